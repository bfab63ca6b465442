"""Fakes of the ports. Each passes the contract tests that the real one passes (tests/contract)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.domain.clockwork import Running
from bot.domain.files import Cipher, Remote
from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.incoming import Batch, Message
from bot.domain.outgoing import DIRECT_CHATS
from bot.domain.post import Asked, Attachment, Closed, Fold, Letter, Post
from bot.domain.rendering import Flag
from bot.pipeline.ports import (
    NoModel,
    Refused,
    Segment,
    Sent,
    TooLarge,
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
        self.count: Running | None = None

    def running(self) -> Running | None:
        """For how long the machine has been on, as a test says."""
        return self.count

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    def forward(self, **time: float) -> None:
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
    polls: dict[str, Asked | Closed] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    markers: dict[str, str] = field(default_factory=dict)
    people: dict[str, Message] = field(default_factory=dict)


def text_of(post: Letter) -> str:
    """What a post says, one block a line."""
    if isinstance(post, Asked):
        return "\n".join((post.question, *(words for _, words in post.answers), *filter(None, [post.hint])))
    if isinstance(post, Closed):
        return post.text
    if isinstance(post, Attachment):
        return f"[{post.form.name}]"
    return "\n".join(
        "\n".join((f"{block.summary}: {block.text}", *block.notes)) if isinstance(block, Fold) else block.text
        for block in post.blocks
    )


class FakeTransport:
    """The Transport port, and the homeserver behind it.

    `trouble` holds what the next calls into a room raise before the server does anything, `lost` what they
    raise after it did. Calls into a room that is in `held` wait until its event is set. `log` is a file that
    outlives the process: what the server was given, by which it knows a repeated transaction again.
    """

    def __init__(self, *, device_id: str = "DEVICE", log: Path | None = None) -> None:
        self.user_id = ME
        self.device_id = device_id
        self.rooms: dict[str, FakeRoom] = {}
        self.calls: list[tuple[str, str, str]] = []
        self.trouble: dict[str, list[Exception]] = {}
        self.lost: dict[str, list[Exception]] = {}
        self.held: dict[str, asyncio.Event] = {}
        self.unreadable: tuple[str, ...] = ()
        self.left: list[tuple[str, str]] = []
        self.acknowledged: list[tuple[str, str]] = []
        self.direct: list[tuple[str, str, str]] = []
        self.media: dict[str, bytes] = {}
        self._remembered: dict[tuple[str, str, str], str] = {}
        self._log = log
        if log is not None and log.exists():
            for line in log.read_text(encoding="utf-8").splitlines():
                self._recall(json.loads(line))

    def room(self, room_id: str, *, encrypted: bool = True, joined: bool = True) -> FakeRoom:
        """The room, made if it is not there."""
        return self.rooms.setdefault(room_id, FakeRoom(encrypted, joined))

    def texts(self, room_id: str) -> list[str]:
        """What people read in the room, oldest first."""
        return list(self.room(room_id).shown.values())

    def keys(self, what: str, room_id: str) -> list[str]:
        """The transaction ids, markers or event ids of the calls of one kind into a room."""
        return [key for kind, room, key in self.calls if (kind, room) == (what, room_id)]

    def forget_transactions(self) -> None:
        """As a server does after a day."""
        self._remembered.clear()

    async def upload(self, pieces: AsyncIterator[bytes], size: int) -> Remote:
        await self._enter("upload", "", str(size))
        found = b"".join([piece async for piece in pieces])
        url = f"mxc://here.example/{len(self.media)}"
        self.media[url] = found
        self._exit("")
        return Remote(url, Cipher(f"key-{url}", "iv", hashlib.sha256(found).hexdigest()), len(found))

    async def download(self, url: str, limit: int) -> AsyncIterator[bytes]:
        await self._enter("download", "", url)
        if url not in self.media:
            raise Refused("not there")
        if len(self.media[url]) > limit:
            raise TooLarge("too large")
        for start in range(0, len(self.media[url]), 1000):
            yield self.media[url][start : start + 1000]

    async def send(self, room_id: str, post: Letter, txn_id: str, marker: str) -> Sent:
        await self._enter("send", room_id, txn_id)
        room = self._joined(room_id)
        if not room.encrypted:
            raise Refused(f"{room_id} is not encrypted")
        known = self._remembered.get((room_id, self.device_id, txn_id))
        event_id = known or _event_id(room_id, self.device_id, txn_id, str(len(room.markers)))
        if known is None:
            self._remembered[room_id, self.device_id, txn_id] = event_id
            if isinstance(post, Post):
                room.posts[event_id] = post
            elif isinstance(post, Attachment):
                room.attachments[event_id] = post
            else:
                room.polls[event_id] = post
            room.shown[event_id] = text_of(post)
            room.markers[marker] = event_id
        await self._write(
            {
                "room": room_id,
                "device": self.device_id,
                "txn": txn_id,
                "event": event_id,
                "marker": marker,
                "text": text_of(post),
                "known": known is not None,
            }
        )
        self._exit(room_id)
        return Sent(event_id, self.unreadable)

    async def redact(self, room_id: str, event_id: str, txn_id: str) -> None:
        await self._enter("redact", room_id, txn_id)
        room = self._joined(room_id)
        room.shown.pop(event_id, None)
        room.people.pop(event_id, None)
        await self._write({"room": room_id, "txn": txn_id, "redacts": event_id})
        self._exit(room_id)

    async def find(self, room_id: str, marker: str, since: datetime) -> str | None:
        await self._enter("find", room_id, marker)
        return self._joined(room_id).markers.get(marker)

    async def fetch(self, room_id: str, event_id: str) -> Message | None:
        await self._enter("fetch", room_id, event_id)
        room = self.rooms.get(room_id)
        return room.people.get(event_id) if room is not None and room.joined else None

    async def join(self, room_id: str) -> None:
        await self._enter("join", room_id, "")
        room = self.rooms.get(room_id)
        if room is None or not (room.invited or room.joined):
            raise Refused(f"not invited to {room_id}")
        room.joined = True

    async def open_direct(self, user_id: str, marker: str) -> str:
        await self._enter("open", DIRECT_CHATS, marker)
        room_id = f"!direct{len(self.direct) + 1}:here.example"
        self.room(room_id)
        self.direct.append((room_id, user_id, marker))
        self._exit(DIRECT_CHATS)
        return room_id

    async def opened(self, user_id: str, marker: str) -> str | None:
        await self._enter("opened", DIRECT_CHATS, marker)
        return next(
            (
                room_id
                for room_id, user, mark in self.direct
                if (user, mark) == (user_id, marker) and self.room(room_id).joined
            ),
            None,
        )

    async def acknowledge(self, user_id: str, change: str) -> None:
        await self._enter("acknowledge", "", user_id)
        self.acknowledged.append((user_id, change))

    async def erase(self, room_id: str, since: datetime, until: datetime, *, remove: bool) -> None:
        await self._enter("erase", room_id, "remove" if remove else "keys")
        room = self._joined(room_id)
        if remove:
            room.shown.clear()
            room.people.clear()
        self._exit(room_id)

    async def leave(self, room_id: str, reason: str) -> None:
        await self._enter("leave", room_id, "")
        room = self.rooms.get(room_id)
        if room is not None:
            room.joined = room.invited = False
        self.left.append((room_id, reason))

    async def _enter(self, what: str, room_id: str, key: str) -> None:
        self.calls.append((what, room_id, key))
        await asyncio.sleep(0)
        if room_id in self.held:
            await self.held[room_id].wait()
        if self.trouble.get(room_id):
            raise self.trouble[room_id].pop(0)

    def _exit(self, room_id: str) -> None:
        if self.lost.get(room_id):
            raise self.lost[room_id].pop(0)

    def _joined(self, room_id: str) -> FakeRoom:
        room = self.rooms.get(room_id)
        if room is None or not room.joined:
            raise Refused(f"the bot is not in {room_id}")
        return room

    async def _write(self, line: Mapping[str, object]) -> None:
        if self._log is not None:
            await asyncio.to_thread(_append, self._log, json.dumps(line) + "\n")

    def _recall(self, line: Mapping[str, str]) -> None:
        room = self.room(line["room"])
        if "redacts" in line:
            room.shown.pop(line["redacts"], None)
        elif line["event"] not in room.posts:
            self._remembered[line["room"], line["device"], line["txn"]] = line["event"]
            room.posts[line["event"]] = Post(())
            room.shown[line["event"]] = line["text"]
            room.markers[line["marker"]] = line["event"]


def _event_id(*parts: str) -> str:
    return "$" + hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)


def away(count: int = 1, retry_after: float | None = None) -> list[Exception]:
    """So many answers of a server that is away, or asks to wait."""
    return [Unavailable("away", retry_after) for _ in range(count)]


class FakeTranslator:
    """The Translator port with a table of phrases, by language pair; a message is one segment a line.

    A phrase of the other direction is in the reader's language already. `flags` are the doubts about a
    phrase. `down` makes every call fail, `held` makes it wait until the event is set.
    """

    def __init__(self, phrases: Mapping[tuple[str, str], Mapping[str, str]]) -> None:
        self.phrases = phrases
        self.calls: list[tuple[tuple[str, ...], str, str]] = []
        self.flags: dict[str, tuple[Flag, ...]] = {}
        self.down = False
        self.held: asyncio.Event | None = None

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        if source == target or not texts:
            return [Translation(text, ()) for text in texts]
        self.calls.append((tuple(texts), source, target))
        await asyncio.sleep(0)
        if (source, target) not in self.phrases:
            raise NoModel(f"{source} → {target}")
        if self.held is not None:
            await self.held.wait()
        if self.down:
            raise TranslatorDown("down")
        known, other = self.phrases[source, target], self.phrases.get((target, source), {})
        return [
            Translation(text, (), language=target)
            if text.strip() in other and text.strip() not in known
            else _translated(text, known, glossary, self.flags)
            for text in texts
        ]

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        found = {
            language
            for (language, _), known in self.phrases.items()
            if language in among and text.strip() in known
        }
        return found.pop() if len(found) == 1 and len(set(among)) > 1 else None

    async def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset(self.phrases)


_SAME = re.compile(r"(?:https?://\S+|@\S+:\S+|[\W\d_])*")  # links, mentions, numbers, emoji


def _translated(
    text: str, known: Mapping[str, str], glossary: Glossary, doubts: Mapping[str, tuple[Flag, ...]]
) -> Translation:
    whole = glossary.corrections.get(normalised(text))
    if whole is not None:
        return Translation(whole, (Segment(text, whole, corrected=True),))
    lines, segments = [], []
    for line in text.split("\n"):
        said = line.strip()
        corrected = glossary.corrections.get(normalised(said))
        found = said if _SAME.fullmatch(said) else corrected or known.get(said)
        if said:
            flags = (Flag.UNKNOWN,) if found is None else doubts.get(said, ())
            segments.append(Segment(said, found, flags, corrected=corrected is not None))
        lines.append(line if found is None else line.replace(said, found) if said else line)
    return Translation("\n".join(lines), tuple(segments))


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
