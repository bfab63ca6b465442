"""What `tests.bench.relay` measures: bursts and single messages.

A message carries a token ("one3-0042"); a delivery is a message of the bot in a room that should have it,
with that token, decrypted by a client there. People write a burst with their phones off, which catch up when
it is over: what is measured are the bots and the server, not the phones. A burst lasts from its first message
to the moment at which the server took the last delivery; all run on one clock.
"""

from __future__ import annotations

import asyncio
import re
import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import combinations

from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.demo.timeline import Seen
from tests.bench.common import cpu_seconds, percentile
from tests.bench.relay_stage import Thread

QUIET = 5.0  # seconds without a delivery after which the rest counts as lost
LOOK_EVERY = 0.25

_TOKEN = re.compile(r"\b([a-z]+\d+-\d{4})\b")
WORDS = "The meeting is moved to the parish hall; bring water and the list of names."


def token_of(seen: Seen) -> str | None:
    """The token in a readable message."""
    found = _TOKEN.search(seen.body) if seen.is_message and seen.encrypted and seen.readable else None
    return found[1] if found else None


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of a burst. `seconds` and `cpu`, the bot's processor time, are for all of it."""

    wanted: int
    arrived: int
    doubled: int
    in_order: bool
    seconds: float
    cpu: float

    @property
    def rate(self) -> float:
        return self.arrived / self.seconds

    @property
    def cpu_per_delivery(self) -> float:
        return self.cpu / max(self.arrived, 1)


class Ledger:
    """What the server has stored, read from its database beside it."""

    def __init__(self, server: Synapse) -> None:
        self._file = f"file:{server.database}?mode=ro"

    def _ask(self, query: str, values: Sequence[str | int]) -> list[tuple[int, ...]]:
        with closing(sqlite3.connect(self._file, uri=True, timeout=10)) as db:
            return db.execute(query, values).fetchall()

    def position(self) -> int:
        """How far the server has come."""
        return int(self._ask("SELECT MAX(stream_ordering) FROM events", ())[0][0])

    def written(self, sender: str, since: int) -> int:
        """How many encrypted messages the user has written since."""
        query = "SELECT COUNT(*) FROM events WHERE stream_ordering > ? AND sender = ? AND type = ?"
        return int(self._ask(query, (since, sender, "m.room.encrypted"))[0][0])

    def places(self, since: int) -> dict[str, tuple[int, int]]:
        """Of each event: where it stands by the time it came and by what it follows. Those that were sent at
        the same time may stand one way here and the other way there, and clients show either."""
        query = "SELECT event_id, stream_ordering, topological_ordering FROM events WHERE stream_ordering > ?"
        return {str(row[0]): (row[1], row[2]) for row in self._ask(query, (since,))}


@dataclass(slots=True)
class Watch:
    """Listens to the clients of the people and notes what a bot delivers where."""

    people: Sequence[Person]
    bot: str = ""
    rooms: frozenset[str] = frozenset()
    seen: dict[tuple[str, str], list[Seen]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        for person in self.people:
            person.on_seen(self._note)

    def start(self, bot: str, rooms: Iterable[str]) -> None:
        """Forget everything and count what this bot writes in these rooms."""
        self.bot, self.rooms, self.seen = bot, frozenset(rooms), {}

    def _note(self, seen: Seen) -> None:
        token = token_of(seen) if seen.sender == self.bot and seen.room_id in self.rooms else None
        if token is None:
            return
        found = self.seen.setdefault((seen.room_id, token), [])
        if all(seen.event_id != other.event_id for other in found):
            found.append(seen)
            self.news.set()

    async def until(self, wanted: int) -> None:
        """Wait until so much has arrived, or nothing comes any more."""
        while len(self.seen) < wanted:
            self.news.clear()
            try:
                await asyncio.wait_for(self.news.wait(), QUIET)
            except TimeoutError:
                return


@dataclass(slots=True)
class Run:
    """One bot that is running, and how people write so that it relays."""

    name: str
    bot: str
    pid: int
    watch: Watch
    ledger: Ledger
    people: Sequence[Person]
    shared: bool

    async def write(self, writer: Person, thread: Thread, token: str) -> str:
        """Write in the shared thread; for the bare bot, which repeats all, in one that is not shared."""
        root = thread.root if self.shared else thread.aside
        relation = {
            "rel_type": "m.thread",
            "event_id": root,
            "is_falling_back": True,
            "m.in_reply_to": {"event_id": root},
        }
        text = {"msgtype": "m.text", "body": f"{token} {WORDS}", "m.mentions": {}}
        return await writer.send(thread.room, {**text, "m.relates_to": relation})

    async def burst(
        self, tag: str, threads: Sequence[Thread], writers: Sequence[Person], count: int
    ) -> Burst:
        """`count` messages, spread evenly over the threads; the writers write at the same time."""
        wanted = sum(len(threads[number % len(threads)].rooms) for number in range(count))
        self.watch.start(self.bot, (room for thread in threads for room in thread.rooms))
        await asyncio.gather(*(person.pause() for person in self.people))
        since, cpu, began = self.ledger.position(), cpu_seconds(self.pid), time.time()
        sent = await self._write_all(tag, threads, writers, count)
        await self._worked_off(since, wanted)
        cpu = cpu_seconds(self.pid) - cpu
        for person in self.people:
            person.resume()
        await self.watch.until(wanted)
        arrived = list(self.watch.seen.values())
        ended = max((copies[0].sent_at for copies in arrived), default=time.time())
        return Burst(
            wanted=wanted,
            arrived=len(arrived),
            doubled=sum(len(copies) - 1 for copies in arrived),
            in_order=self._in_order(sent, self.ledger.places(since)),
            seconds=ended - began,
            cpu=cpu,
        )

    async def _write_all(
        self, tag: str, threads: Sequence[Thread], writers: Sequence[Person], count: int
    ) -> dict[str, str]:
        """The event of each token."""
        lanes = max(len(threads), len(writers))
        sent: dict[str, str] = {}

        async def lane(first: int) -> None:
            for number in range(first, count, lanes):
                thread, writer = threads[number % len(threads)], writers[number % len(writers)]
                token = f"{tag}-{number:04}"
                sent[token] = await self.write(writer, thread, token)

        await asyncio.gather(*(lane(first) for first in range(lanes)))
        return sent

    async def _worked_off(self, since: int, wanted: int) -> None:
        """Wait until the bot has written as much as it should, or nothing more comes."""
        last, quiet = 0, time.monotonic() + QUIET
        while last < wanted and time.monotonic() < quiet:
            await asyncio.sleep(LOOK_EVERY)
            written = self.ledger.written(self.bot, since)
            if written > last:
                last, quiet = written, time.monotonic() + QUIET

    def _in_order(self, sent: dict[str, str], places: dict[str, tuple[int, int]]) -> bool:
        """Whether no room shows two messages the other way round than their own room does."""
        rooms: dict[str, list[tuple[int, str]]] = {}
        for (room, token), copies in self.watch.seen.items():
            rooms.setdefault(room, []).append((places[copies[0].event_id][0], token))
        for arrived in rooms.values():
            for (_, one), (_, other) in combinations(sorted(arrived), 2):
                first, then = places[sent[one]], places[sent[other]]
                if first[0] > then[0] and first[1] > then[1]:
                    return False
        return True

    async def paced(self, tag: str, thread: Thread, writer: Person, count: int, pause: float) -> list[float]:
        """Seconds from the moment of sending to being readable, for messages sent one by one."""
        self.watch.start(self.bot, thread.rooms)
        began: dict[str, float] = {}
        for number in range(count):
            token = f"{tag}-{number:04}"
            began[token] = time.time()
            await self.write(writer, thread, token)
            await asyncio.sleep(max(0.0, began[token] + pause - time.time()))
        await self.watch.until(count)
        return [
            self.watch.seen[room, token][0].seen_at - at
            for token, at in began.items()
            for room in thread.rooms
            if (room, token) in self.watch.seen
        ]


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    return percentile(seconds, 0.95)
