"""Attempts to make the bot do something without the right to it, generated, against our bot alone.

The whole way in is real: keys, guard, reader, inlet, router, database. There is no network: what a server
could show is put before the reader. After each attempt nothing may have changed but the memory of what was
seen, and at most one sentence to somebody whose device is not signed may wait.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeAlias

from hypothesis import strategies as st

from bot.domain.incoming import Batch
from bot.handlers.nouns import all_nouns
from bot.matrix.identity import CrossSigning
from bot.matrix.inbound import Reader
from bot.matrix.machine import Machine
from bot.matrix.opening import Opened
from bot.matrix.pins import Pins
from bot.matrix.trust import Trust, identity_of
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, BEN, MANILA, MILWAUKEE
from tests.unit.stage import Stage

Event: TypeAlias = "dict[str, Any]"

MAY_CHANGE = frozenset(
    {"meta", "cursor", "seen", "attempt", "undecrypted", "refused", "warned", "unread_told", "outbox"}
)
"""What was seen, could not be read, or was answered with a sentence; what waits is looked at by itself."""
COMMANDS = (
    "!dispatch a forged word",
    "!group set keep 3",
    "!group forget",
    "!group code",
    "!twin end",
    "!twin pause",
    "!dispatch withdraw 1",
    "!language es",
    "!trust ben",
    "yes",
    *(f"!{' '.join(command.words)} 1" for noun in all_nouns() for command in noun.commands),
)

_numbers = itertools.count(1)


class Kind(StrEnum):
    """What is tried."""

    PLAINTEXT = "plaintext in an encrypted room"
    RELABELLED = "relabelled sender"
    REPLAYED = "replay"
    HIDDEN_STATE = "state hidden in a message"
    UNSIGNED = "unsigned device"
    CHANGED = "changed identity"
    MOVED = "a message of another room"
    STOLEN = "a room key under another's name"
    DAMAGED = "damaged ciphertext"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt. `by` is who really writes; `restart`: the bot is started anew before."""

    kind: Kind
    command: str
    state: str
    by: str
    restart: bool
    shift: int
    cut: int


STATES: Mapping[str, Mapping[str, Any]] = {
    "m.room.power_levels": {"users": {BEN: 100}},
    "m.room.member": {"membership": "leave"},
    "m.room.encryption": {"algorithm": "m.none"},
    "m.room.tombstone": {"replacement_room": "!elsewhere:here.example"},
    "m.room.create": {"creator": BEN},
    "m.room.redaction": {"redacts": "$any"},
}

attempts = st.builds(
    Attempt,
    kind=st.sampled_from(Kind),
    command=st.sampled_from(COMMANDS) | st.text(max_size=40).map(lambda text: f"!dispatch {text}"),
    state=st.sampled_from(sorted(STATES)),
    by=st.sampled_from([BEN, ANA]),
    restart=st.booleans(),
    shift=st.integers(-(10**9), 10**9),
    cut=st.integers(0, 400),
)


class Door:
    """Ana, a steward, and Ben, a member, with signed devices; Ana has an unsigned one too; and the bot."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage = stage
        self.folder = folder
        self.machines = {
            name: Machine(user, name, folder / name, "key")
            for name, user in (("PHONE", ANA), ("TABLET", ANA), ("BENS", BEN))
        }
        self.identities = {ANA: CrossSigning.create(), BEN: CrossSigning.create()}
        self.pins = Pins(folder / Pins.NAME, {})
        self._open()

    def _open(self) -> None:
        self.bot = Machine(ME, "SERVER", self.folder / "SERVER", "key")
        self.trust = Trust(ME, self.bot.signed, self.pins)
        self.reader = Reader(ME, self, self.bot.guard)
        self.show()

    def restart(self) -> None:
        """The process ends and begins anew."""
        self.bot.guard.save()
        self.bot.close()
        self._open()

    def open(self, room_id: str, event: Mapping[str, Any]) -> Opened:
        """As the session does it."""
        opened = self.bot.open(room_id, event, self.now)
        return replace(opened, standing=self.trust.standing(opened.device, self.now))

    def asked(self, room_id: str, event: Mapping[str, Any]) -> None:
        """Declining is the session's affair."""

    @property
    def now(self) -> datetime:
        return self.stage.clock.now()

    def show(self, *, impostor: CrossSigning | None = None) -> None:
        """The server answers a key query; with `impostor` as Ana's identity."""
        for user, names in ((ANA, ("PHONE", "TABLET")), (BEN, ("BENS",))):
            keys = {name: self.machines[name].device_keys() for name in names}
            kept = self.bot.keep_devices(user, keys)
            identity = impostor if impostor is not None and user == ANA else self.identities[user]
            body = identity.upload_body(user)
            shown = identity_of(user, body["master_key"], body["self_signing_key"])
            signed = {name: device if name != "TABLET" else None for name, device in kept.items()}
            self.trust.learn(user, shown, signed, self.now)

    def share(self, name: str, room_id: str, **changes: Any) -> None:
        """A device begins a new session in a room and gives the bot its key."""
        machine = self.machines[name]
        session = machine.new_outbound(room_id, {})
        content = {"room_id": room_id, "session_id": session.id, "session_key": session.session_key}
        self.give(name, content | changes)

    def give(self, name: str, content: Mapping[str, Any]) -> None:
        """A device sends the bot a room key."""
        machine = self.machines[name]
        machine.keep_devices(ME, {"SERVER": self.bot.device_keys()})
        (device,) = machine.devices(ME)
        if not machine.has_session(device):
            upload = self.bot.key_upload(0, fallback=False)
            assert upload is not None
            self.bot.uploaded()
            assert machine.start_session(device, dict([next(iter(upload["one_time_keys"].items()))]))
        whole = {"algorithm": "m.megolm.v1.aes-sha2", **content}
        encrypted = machine.encrypt_for(device, "m.room_key", whole)
        event = {"type": "m.room.encrypted", "sender": machine.user_id, "content": encrypted}
        self.bot.receive([event], self.now)

    def write(
        self, name: str, room_id: str, inner: dict[str, Any], kind: str = "m.room.message", shift: int = 0
    ) -> dict[str, Any]:
        """An encrypted event of a device's current session, as the server shows it."""
        machine = self.machines[name]
        return {
            "type": "m.room.encrypted",
            "event_id": f"$attempt{next(_numbers)}:here.example",
            "sender": machine.user_id,
            "origin_server_ts": max(0, int(self.now.timestamp() * 1000) + shift),
            "content": machine.encrypt(room_id, kind, inner),
        }

    async def deliver(self, event: dict[str, Any], room_id: str = MANILA) -> None:
        """The server brings an event."""
        found = self.reader.event(room_id, json.loads(json.dumps(event)))
        self.bot.guard.save()
        await self.stage.receiver.batch(Batch("c", (found,) if found is not None else ()))

    async def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that an attempt must not change, and what waits to be sent."""
        async with self.stage.database.tx() as tx:
            names = [row[0] for row in await tx.all("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            found = {
                table: [tuple(row) for row in await tx.all(f"SELECT * FROM {table}")]  # noqa: S608 - our own names
                for table in names
                if table not in MAY_CHANGE and not table.startswith("sqlite_")
            }
            found["outbox"] = [
                tuple(row)
                for row in await tx.all(
                    "SELECT id, room_id, source, what, kind FROM outbox WHERE kind <> 'say'"
                )
            ]
            found["said"] = [
                tuple(row)
                for row in await tx.all("SELECT id, room_id, source FROM outbox WHERE kind = 'say'")
            ]
        return found

    def close(self) -> None:
        self.bot.close()
        for machine in self.machines.values():
            machine.close()


def text(body: str) -> dict[str, Any]:
    return {"msgtype": "m.text", "body": body}


async def made(door: Door, attempt: Attempt) -> list[Event]:
    """The events of an attempt. What goes before it honestly is done here."""
    if attempt.kind is Kind.REPLAYED:
        return await _replayed(door, attempt)
    return _MAKERS[attempt.kind](door, attempt)


def _another_id() -> str:
    return f"$attempt{next(_numbers)}:here.example"


def _written(door: Door, attempt: Attempt, name: str, room_id: str = MANILA) -> Event:
    """The command, encrypted by a device in a session of its own."""
    door.share(name, room_id)
    return door.write(name, room_id, text(attempt.command), shift=attempt.shift)


def _plaintext(door: Door, attempt: Attempt) -> list[Event]:
    event = _written(door, attempt, "PHONE")
    return [{**event, "type": "m.room.message", "content": text(attempt.command)}]


def _relabelled(door: Door, attempt: Attempt) -> list[Event]:
    return [{**_written(door, attempt, "BENS"), "sender": ANA}]


async def _replayed(door: Door, attempt: Attempt) -> list[Event]:
    door.share("PHONE", MANILA)
    said = door.write("PHONE", MANILA, text("!status"))
    await door.deliver(said)
    await door.stage.deliver(MANILA)
    later = said["origin_server_ts"] + abs(attempt.shift)
    return [{**said, "event_id": _another_id(), "origin_server_ts": later}, said]


def _hidden_state(door: Door, attempt: Attempt) -> list[Event]:
    name = "PHONE" if attempt.by == ANA else "BENS"
    door.share(name, MANILA)
    event = door.write(name, MANILA, dict(STATES[attempt.state]), attempt.state)
    return [event, {**event, "event_id": _another_id(), "state_key": ""}]


def _unsigned(door: Door, attempt: Attempt) -> list[Event]:
    return [_written(door, attempt, "TABLET")]


def _changed(door: Door, attempt: Attempt) -> list[Event]:
    door.show(impostor=CrossSigning.create())
    return [_written(door, attempt, "PHONE")]


def _moved(door: Door, attempt: Attempt) -> list[Event]:
    return [_written(door, attempt, "PHONE", MILWAUKEE)]


def _stolen(door: Door, attempt: Attempt) -> list[Event]:
    """Ben claims a session of his own as Ana's: her device's name on it, and her name on the event."""
    event = _written(door, attempt, "BENS")
    content = {**event["content"], "device_id": "PHONE", "sender_key": door.machines["PHONE"].curve25519}
    return [{**event, "content": content, "sender": ANA}]


def _damaged(door: Door, attempt: Attempt) -> list[Event]:
    event = _written(door, attempt, "PHONE")
    whole = event["content"]["ciphertext"]
    at = attempt.cut % len(whole)
    event["content"]["ciphertext"] = whole[:at] + ("B" if whole[at] == "A" else "A") + whole[at + 1 :]
    return [event]


_MAKERS: Mapping[Kind, Callable[[Door, Attempt], list[Event]]] = {
    Kind.PLAINTEXT: _plaintext,
    Kind.RELABELLED: _relabelled,
    Kind.HIDDEN_STATE: _hidden_state,
    Kind.UNSIGNED: _unsigned,
    Kind.CHANGED: _changed,
    Kind.MOVED: _moved,
    Kind.STOLEN: _stolen,
    Kind.DAMAGED: _damaged,
}


async def fails(door: Door, attempt: Attempt) -> list[str]:
    """Make an attempt; what it has changed, empty if nothing."""
    await door.stage.deliver(MANILA)
    await door.stage.deliver(MILWAUKEE)
    events = await made(door, attempt)
    if attempt.restart:
        door.restart()
        if attempt.kind is Kind.CHANGED:
            door.show(impostor=CrossSigning.create())
    before = await door.state()
    for event in events:
        await door.deliver(event)
    after = await door.state()
    door.show()
    spoken = len(after.pop("said")) - len(before.pop("said"))
    allowed = 1 if attempt.kind in (Kind.UNSIGNED, Kind.CHANGED) else 0
    changed = [table for table, rows in after.items() if rows != before[table]]
    return changed + (["said"] if spoken > allowed else [])


async def heard(door: Door) -> bool:
    """Whether the bot still does what a steward says from a signed device."""
    await door.stage.deliver(MANILA)
    door.share("PHONE", MANILA)
    await door.deliver(door.write("PHONE", MANILA, text("!status")))
    return bool(await door.stage.deliver(MANILA))
