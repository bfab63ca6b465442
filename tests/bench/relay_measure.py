"""What `tests.bench.relay` measures: bursts and single messages, seen by the clients of people.

A message carries a token ("burst3-0042"); a delivery is a message of the bot in a room that should have it,
decrypted by a client there, with that token. Times are the machine's: bots, people and server share it.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bot.demo.person import Person
from bot.demo.timeline import Seen
from tests.bench.common import cpu_seconds, percentile
from tests.bench.relay_stage import Thread

QUIET = 4.0  # seconds without a delivery after which the rest counts as lost

_TOKEN = re.compile(r"\b([a-z]+\d+-\d{4})\b")
WORDS = "The meeting is moved to the parish hall; bring water and the list of names."


def token_of(seen: Seen) -> str | None:
    """The token in a readable message."""
    found = _TOKEN.search(seen.body) if seen.is_message and seen.encrypted and seen.readable else None
    return found[1] if found else None


@dataclass(slots=True)
class Burst:
    """What came of a burst. Rates count from the first message sent to the last one readable."""

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
        cpu, began = cpu_seconds(self.pid), time.time()
        lanes = max(len(threads), len(writers))

        async def lane(first: int) -> None:
            for number in range(first, count, lanes):
                thread, writer = threads[number % len(threads)], writers[number % len(writers)]
                await self.write(writer, thread, f"{tag}-{number:04}")

        await asyncio.gather(*(lane(first) for first in range(lanes)))
        await self.watch.until(wanted)
        arrived = [copies for copies in self.watch.seen.values() if copies]
        ended = max((copies[0].seen_at for copies in arrived), default=time.time())
        return Burst(
            wanted=wanted,
            arrived=len(arrived),
            doubled=sum(len(copies) - 1 for copies in arrived),
            in_order=self._in_order(tag, threads, writers[0]),
            seconds=ended - began,
            cpu=cpu_seconds(self.pid) - cpu,
        )

    def _in_order(self, tag: str, threads: Sequence[Thread], writer: Person) -> bool:
        """Whether every room shows what arrived in the order in which the source room shows it."""
        for thread in threads:
            sent = tokens(writer, thread.room, tag, lambda seen: seen.sender != self.bot)
            for room in thread.rooms:
                reader = next(p for p in self.watch.people if room in p.rooms)
                got = tokens(reader, room, tag, lambda seen: seen.sender == self.bot)
                if got != [token for token in sent if token in set(got)]:
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


def tokens(person: Person, room: str, tag: str, wanted: Callable[[Seen], bool]) -> list[str]:
    """The tokens of a burst in the order in which the room shows them."""
    found = [
        token
        for seen in person.rooms[room].events
        if wanted(seen) and (token := token_of(seen)) is not None and token.startswith(f"{tag}-")
    ]
    twice = [token for token, times in Counter(found).items() if times > 1]
    return [token for token in found if token not in twice]


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    return percentile(seconds, 0.95)
