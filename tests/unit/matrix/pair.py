"""Two devices that know each other, with no server between them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.trust import Standing
from bot.matrix.machine import Machine
from bot.matrix.opening import Opened

ANA, BOT = "@ana:example.org", "@bot:example.org"
ROOM = "!room:example.org"

_numbers = itertools.count(1)


def machine(folder: Path, user_id: str, device_id: str) -> Machine:
    return Machine(user_id, device_id, folder / device_id, "key")


def learn(one: Machine, user_id: str, listed: Mapping[str, object]) -> None:
    """Take over a user's devices as an answer to a key query shows them."""
    checked = {device_id: one.checked(user_id, device_id, payload) for device_id, payload in listed.items()}
    one.keep_devices(user_id, {device_id: keys for device_id, keys in checked.items() if keys is not None})


class Pair:
    """`ana` writes, `bot` reads."""

    def __init__(self, folder: Path) -> None:
        self.requests: list[tuple[str, str]] = []  # to verify, in clear
        self.folder = folder
        self.now = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
        self.ana = machine(folder, ANA, "PHONE")
        self.bot = machine(folder, BOT, "SERVER")
        upload = self.bot.key_upload(0, fallback=True)
        assert upload is not None
        self.bot.uploaded()
        learn(self.ana, BOT, {"SERVER": upload["device_keys"]})
        learn(self.bot, ANA, {"PHONE": self.ana.device_keys()})
        self.one_time_keys = iter(upload["one_time_keys"].items())
        (device,) = self.ana.devices(BOT)
        assert self.ana.start_session(device, dict([next(self.one_time_keys)]))
        self.ana.new_outbound(ROOM, {})

    def room_key(self, sender: Machine | None = None, **changes: Any) -> dict[str, Any]:
        """The to-device message with the key of ana's session as it stands now."""
        sender = sender or self.ana
        session = self.ana.outbound(ROOM)
        assert session is not None
        content = {
            "algorithm": "m.megolm.v1.aes-sha2",
            "room_id": ROOM,
            "session_id": session.id,
            "session_key": session.session_key,
            **changes,
        }
        (device,) = sender.devices(BOT)
        encrypted = sender.encrypt_for(device, "m.room_key", content)
        return {"type": "m.room.encrypted", "sender": sender.user_id, "content": encrypted}

    def receive(self, events: Iterable[object]) -> frozenset[str]:
        return self.bot.receive(events, self.now)

    def open(self, room_id: str, event: Mapping[str, Any]) -> Opened:
        """As the session does it, with every device signed."""
        return replace(self.bot.open(room_id, event, self.now), standing=Standing.SIGNED)

    def asked(self, room_id: str, event: Mapping[str, Any]) -> None:
        self.requests.append((room_id, event["event_id"]))

    def share(self) -> frozenset[str]:
        return self.receive([self.room_key()])

    def event(
        self,
        inner: dict[str, Any] | None = None,
        *,
        kind: str = "m.room.message",
        sender: str = ANA,
        room_id: str = ROOM,
        outer: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """An encrypted event; `outer` goes into its unencrypted part."""
        session = self.ana.outbound(ROOM)
        assert session is not None
        content = self.ana.encrypt(ROOM, kind, inner or {"msgtype": "m.text", "body": "hello"})
        return {
            "type": "m.room.encrypted",
            "event_id": f"$event{next(_numbers)}:example.org",
            "sender": sender,
            "room_id": room_id,
            "origin_server_ts": 1_800_000_000_000,
            "content": {**content, **(outer or {})},
        }

    def close(self) -> None:
        self.ana.close()
        self.bot.close()

    def restart_bot(self) -> None:
        self.bot.close()
        self.bot = machine(self.folder, BOT, "SERVER")
