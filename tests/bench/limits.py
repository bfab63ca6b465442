"""A hub and its twins on a homeserver that keeps the limits which Synapse ships: promise G10.

The stage is set without limits, then the server starts anew with them. Messages of a thread that all twins
read cost one sending each, so the least time in which they can arrive follows from the server's rule: a
number at once, then one in so many seconds. Used by `tests.bench.life` and by the test of the promise.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.demo.timeline import Shown
from tests.bench.chaos_world import PASSWORD, token
from tests.bench.relay_stage import limited

AT_ONCE, PER_SECOND = 10, 0.2  # Synapse's `rc_message`, for all messages of an account
SLACK = 1.2
REFUSED = "waits for the homeserver, next try in"  # in the bot's log


@dataclass(slots=True)
class Limited:
    """Whatever runs. `rooms` are those of the twins, by their `handles`; `home` is the hub's."""

    server: Synapse
    bot: BotProcess
    steward: Person
    reader: Person
    home: str
    rooms: list[str]
    handles: list[str]
    marks: list[str] = field(default_factory=list)

    def part(self, twins: int) -> Limited:
        """The same with so many of its twins: what is opened there goes to them alone."""
        return replace(self, rooms=self.rooms[:twins], handles=self.handles[:twins], marks=[])

    async def write(self, words: str, *, thread: str | None = None) -> str:
        """The hub's steward writes something that all twins read; its event."""
        self.marks.append(token())
        return await self.steward.say(self.home, f"{words} {self.marks[-1]}", thread=thread)

    def arrivals(self) -> dict[tuple[str, str], list[Shown]]:
        """The copies by room and mark."""
        found: dict[tuple[str, str], list[Shown]] = {}
        for room in self.rooms:
            for shown in self.reader.screen(room):
                for mark in self.marks if shown.sender == self.bot.user_id else ():
                    if mark in shown.body:
                        found.setdefault((room, mark), []).append(shown)
        return found

    async def arrived(self, within: float) -> None:
        """Wait for every copy. Raises TimeoutError."""
        wanted = len(self.rooms) * len(self.marks)
        await self.reader.wait_until(lambda: len(self.arrivals()) >= wanted, within, f"{wanted} copies")

    def sent(self, since: float) -> list[float]:
        """When the server took each message of the bot since then, in seconds of its clock."""
        own = [event for event in self.server.stored_events() if event["sender"] == self.bot.user_id]
        times = [event["origin_server_ts"] / 1000 for event in own if event["type"] == "m.room.encrypted"]
        return sorted(at for at in times if at >= since)


def least_seconds(messages: int) -> float:
    """The time that so many messages of one account need at least."""
    return max(0, messages - AT_ONCE) / PER_SECOND


async def _group(stage: Limited, handle: str, steward: Person) -> str:
    other = stage.steward if steward is stage.reader else stage.reader
    room = await steward.create_room(handle, invite=[stage.bot.user_id, other.user_id])
    await steward.wait_joined(room, stage.bot.user_id)
    await talk.told(steward, stage.bot.user_id, room, lambda _: True)
    await talk.found(steward, stage.bot.user_id, room, handle, f"Group {handle}", language="en", zone="UTC")
    return room


@contextlib.asynccontextmanager
async def limited_stage(folder: Path, twins: int) -> AsyncIterator[Limited]:
    """The hub with so many twins, and a server that has just begun to count what they send."""
    async with contextlib.AsyncExitStack() as ending:
        server = Synapse(folder / "synapse", name="limited.localhost")
        ending.push_async_callback(server.stop)
        await server.start()
        settings = {"translation": {"engines": ["none"]}}
        account = await server.register("twinline", PASSWORD)
        bot = BotProcess(folder / "bot", server.url, account, settings=settings)
        ending.push_async_callback(bot.stop)
        people = [Person(server.url, await server.register(name, PASSWORD)) for name in ("writer", "reader")]
        for person in people:
            ending.push_async_callback(person.stop)
            await person.start()
        await bot.start()
        handles = [f"t{number}" for number in range(twins)]
        stage = Limited(server, bot, people[0], people[1], "", [], handles)
        stage.home = await _group(stage, "hub", stage.steward)
        await talk.ask(stage.steward, bot.user_id, stage.home, "!group set threadconfirm off")
        stage.rooms = await limited([_group(stage, handle, stage.reader) for handle in handles])
        for handle, room in zip(handles, stage.rooms, strict=True):
            await talk.make_twins(bot.user_id, (stage.reader, room, handle), (stage.steward, stage.home))
        yield stage


async def begin_to_limit(stage: Limited) -> float:
    """Let the server start anew, as Synapse ships it; returns the time of its clock."""
    await stage.bot.quiet()
    await stage.bot.stop()
    await stage.server.stop()
    stage.server.limits = "default"
    await stage.server.start()
    await stage.bot.start()
    return time.time()


async def opened(stage: Limited) -> str:
    """A dispatch that the stage's twins have; the root of its thread in the hub's room."""
    to = ",".join(stage.handles)
    event = await stage.write(f"!dispatch to={to} We won the hearing.")
    root = (await talk.answered(stage.steward, stage.bot.user_id, stage.home, event)).event_id
    await stage.arrived(60)
    stage.marks.clear()
    return root


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a number of messages. `seconds` until the last copy, `least` that were possible."""

    copies: int
    wanted: int
    doubled: int
    in_order: bool
    seconds: float
    least: float
    refusals: int

    @property
    def complete(self) -> bool:
        return self.copies == self.wanted and not self.doubled and self.in_order


async def measured(stage: Limited, root: str, messages: int) -> Outcome:
    """So many messages in the thread of `root`, under the limits."""
    before = stage.bot.log.count(REFUSED)
    since = await begin_to_limit(stage)
    for number in range(messages):
        await stage.write(f"Message {number}.", thread=root)
    wanted = messages * len(stage.rooms)
    with contextlib.suppress(TimeoutError):  # what is missing is counted
        await stage.arrived(2 * SLACK * least_seconds(wanted) + 60)
    found = stage.arrivals()
    last = max((copies[0].sent_at for copies in found.values()), default=since)
    sent = [at for at in stage.sent(since) if at <= last]
    in_room = [[mark for mark in stage.marks if (room, mark) in found] for room in stage.rooms]
    order = [
        sorted(marks, key=lambda mark, room=room: found[room, mark][0].sent_at)  # type: ignore[misc]  # no inference
        for room, marks in zip(stage.rooms, in_room, strict=True)
    ]
    return Outcome(
        copies=len(found),
        wanted=wanted,
        doubled=sum(len(copies) - 1 for copies in found.values()),
        in_order=order == in_room,
        seconds=last - (sent[0] if sent else since),
        least=least_seconds(len(sent)),
        refusals=stage.bot.log.count(REFUSED) - before,
    )
