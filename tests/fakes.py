"""Fakes of the ports. Each passes the contract tests that the real one passes (tests/contract)."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.incoming import Batch, Message
from bot.domain.post import Fold, Post
from bot.domain.rendering import Flag
from bot.pipeline.ports import (
    NoModel,
    Refused,
    Segment,
    Sent,
    Translation,
    TranslatorDown,
    Unavailable,
)

ME = "@twinline:here.example"


class FakeClock:
    """The Clock port under the test's hand: to sleep is to move it."""

    def __init__(self, at: datetime | None = None) -> None:
        self.at = at or datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def pass_(self, **time: float) -> None:
        """Time passes (timedelta's keywords)."""
        self.at += timedelta(**time)


@dataclass(slots=True)
class FakeRoom:
    """A room as the server has it. `shown` maps event ids to what people read, in their order."""

    encrypted: bool = True
    joined: bool = True
    invited: bool = False
    shown: dict[str, str] = field(default_factory=dict)
    posts: dict[str, Post] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    people: dict[str, Message] = field(default_factory=dict)


def text_of(post: Post) -> str:
    """What a post says, one block a line."""
    return "\n".join(
        f"{block.summary}: {block.text}" if isinstance(block, Fold) else block.text for block in post.blocks
    )


class FakeTransport:
    """The Transport port, and the homeserver behind it.

    `trouble` holds what the next calls raise, per room; a room that is in `closed` waits until the event is
    set. `log` is a file that outlives the process: what was sent, and what the server remembers of it.
    """

    def __init__(
        self, clock: FakeClock | None = None, *, device_id: str = "DEVICE", log: Path | None = None
    ) -> None:
        self.clock = clock or FakeClock()
        self.user_id = ME
        self.device_id = device_id
        self.rooms: dict[str, FakeRoom] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.trouble: dict[str, list[Exception]] = {}
        self.after: dict[str, list[Exception]] = {}
        self.closed: dict[str, asyncio.Event] = {}
        self.unreadable: tuple[str, ...] = ()
        self.left: list[tuple[str, str]] = []
        self._remembered: dict[tuple[str, str, str], tuple[str, datetime]] = {}
        self._numbers = itertools.count(1)
        self._log = log

    def room(self, room_id: str, *, encrypted: bool = True, joined: bool = True) -> FakeRoom:
        """The room, made if it is not there."""
        return self.rooms.setdefault(room_id, FakeRoom(encrypted, joined))

    def texts(self, room_id: str) -> list[str]:
        """What people read in the room, oldest first."""
        return list(self.room(room_id).shown.values())

    def forget_transactions(self) -> None:
        """As a server does after a day, or after a change of device."""
        self._remembered.clear()

    async def send(self, room_id: str, post: Post, txn_id: str, marker: str) -> Sent:
        await self._enter("send", room_id, txn_id)
        room = self._joined(room_id)
        if not room.encrypted:
            raise Refused(f"{room_id} is not encrypted")
        known = self._remembered.get((room_id, self.device_id, txn_id))
        event_id = known[0] if known else f"$sent{next(self._numbers)}:here.example"
        if known is None:
            self._remembered[room_id, self.device_id, txn_id] = event_id, self.clock.now()
            room.posts[event_id] = post
            room.shown[event_id] = text_of(post)
            room.markers[marker] = event_id
        if self._log is not None:
            await asyncio.to_thread(self._write, {"room": room_id, "txn": txn_id, "text": text_of(post)})
        self._leave(room_id)
        return Sent(event_id, self.unreadable)

    async def redact(self, room_id: str, event_id: str, txn_id: str) -> None:
        await self._enter("redact", room_id, txn_id)
        room = self._joined(room_id)
        room.shown.pop(event_id, None)
        room.people.pop(event_id, None)
        if self._log is not None:
            await asyncio.to_thread(self._write, {"room": room_id, "txn": txn_id, "redacts": event_id})
        self._leave(room_id)

    async def find(self, room_id: str, marker: str, since: datetime) -> str | None:
        await self._enter("find", room_id, marker)
        return self._joined(room_id).markers.get(marker)

    async def fetch(self, room_id: str, event_id: str) -> Message | None:
        await self._enter("fetch", room_id, event_id)
        return self.room(room_id, joined=False).people.get(event_id)

    async def join(self, room_id: str) -> None:
        await self._enter("join", room_id, "")
        room = self.rooms.get(room_id)
        if room is None or not (room.invited or room.joined):
            raise Refused(f"not invited to {room_id}")
        room.joined = True

    async def leave(self, room_id: str, reason: str) -> None:
        await self._enter("leave", room_id, "")
        self.room(room_id).joined = False
        self.left.append((room_id, reason))

    async def _enter(self, what: str, room_id: str, key: str) -> None:
        self.calls.append((what, room_id, key))
        await asyncio.sleep(0)
        if room_id in self.closed:
            await self.closed[room_id].wait()
        if self.trouble.get(room_id):
            raise self.trouble[room_id].pop(0)

    def _leave(self, room_id: str) -> None:
        if self.after.get(room_id):
            raise self.after[room_id].pop(0)

    def _joined(self, room_id: str) -> FakeRoom:
        room = self.rooms.get(room_id)
        if room is None or not room.joined:
            raise Refused(f"the bot is not in {room_id}")
        return room

    def _write(self, line: Mapping[str, str]) -> None:
        assert self._log is not None
        with self._log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def away(count: int = 1, retry_after: float | None = None) -> list[Exception]:
    """So many answers of a server that is away, or asks to wait."""
    return [Unavailable("away", retry_after) for _ in range(count)]


class FakeTranslator:
    """The Translator port with a table of phrases, by language pair; a message is one segment a line.

    `down` makes every call fail, `hanging` makes it wait until the event is set.
    """

    def __init__(self, phrases: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        self.phrases = phrases
        self.calls: list[tuple[tuple[str, ...], str, str]] = []
        self.down = False
        self.hanging: asyncio.Event | None = None

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        if source == target:
            return [Translation(text, ()) for text in texts]
        self.calls.append((tuple(texts), source, target))
        await asyncio.sleep(0)
        if (source, target) not in self.phrases:
            raise NoModel(f"{source} → {target}")
        if self.hanging is not None:
            await self.hanging.wait()
        if self.down:
            raise TranslatorDown("down")
        known = self.phrases[source, target]
        own = glossary.corrections
        return [
            Translation(own[normalised(text)], (Segment(text, own[normalised(text)], corrected=True),))
            if normalised(text) in own
            else _translated(text, known)
            for text in texts
        ]

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        found = {a for (a, _), known in self.phrases.items() if a in among and text.strip() in known}
        return found.pop() if len(found) == 1 else None

    async def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.phrases)


def _translated(text: str, known: Mapping[str, str]) -> Translation:
    segments = []
    for line in text.split("\n"):
        said = line.strip()
        if any(c.isalpha() for c in said):
            found = known.get(said)
            segments.append(Segment(said, found, () if found is not None else (Flag.UNKNOWN,)))
    whole = "\n".join(
        line.replace(line.strip(), known[line.strip()]) if line.strip() in known else line
        for line in text.split("\n")
    )
    return Translation(whole, tuple(segments))


class FakeInbound:
    """The Inbound port: brings the batches that a test puts into `batches`."""

    def __init__(self) -> None:
        self.batches: asyncio.Queue[Batch] = asyncio.Queue()
        self.cursors: list[str | None] = []

    async def run(self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]]) -> None:
        self.cursors.append(cursor)
        while True:
            await handle(await self.batches.get())
            self.batches.task_done()
