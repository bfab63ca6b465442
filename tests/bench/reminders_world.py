"""A small world for bots that remind: a server, a clock, people who wait, and what can go wrong.

Two bots live in it by turns: Twinline, and one of the usual pattern. Both have the same rooms and reminders
and meet the same faults. Time is simulated: `true` passes evenly, the clock shows what a fault makes it show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Protocol

import pytest

import bot.pipeline.receive
import bot.pipeline.send
from bot.domain.clockwork import Running
from bot.domain.incoming import Batch, Tick
from bot.domain.post import Letter
from bot.domain.recurring import Rule
from bot.domain.schedule import Schedule
from bot.handlers.timetable import plan
from bot.i18n import Catalogs
from bot.pipeline.ports import Sent, Unavailable
from bot.storage import groups, reminders
from bot.storage.db import Database
from tests.fakes import FakeTransport
from tests.unit.pipeline.theatre import Theatre

BEGIN = datetime(2027, 1, 4, 12, tzinfo=UTC)
TICK = timedelta(seconds=30)
POINTS = (
    "receive:before-commit",
    "receive:after-commit",
    "send:taken",
    "send:before-request",
    "send:after-request",
    "send:settled",
)


class Killed(BaseException):
    """The process is gone."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A reminder that somebody wants: `text` names it; `rule` and `at` as the place's clock shows."""

    room_id: str
    zone: str
    text: str
    rule: Rule
    at: time


@dataclass(slots=True)
class World:
    """What both bots share. `sent` is what people saw: room, text, and when by true time."""

    folder: Path
    true: datetime = BEGIN
    offset: timedelta = timedelta()
    away: bool = False
    deadly: str = ""
    exactly: datetime | None = None
    sent: list[tuple[str, str, datetime]] = field(default_factory=list)

    @property
    def shown(self) -> datetime:
        """What the clock shows; `exactly` while something rings in between two steps."""
        return self.exactly or self.true + self.offset

    def pass_by(self, point: str) -> None:
        """Die here, if that is wanted."""
        if point == self.deadly:
            self.deadly = ""
            raise Killed(point)


class Bot(Protocol):
    """A bot in the world. `start` begins a process on what it has on disk; `live` is one tick."""

    async def start(self) -> None: ...
    async def wish(self, wishes: list[Wish]) -> None: ...
    async def live(self) -> None: ...
    async def stop(self) -> None: ...


class _Server(FakeTransport):
    """The homeserver: it may be away, and knows what people saw and when."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world

    async def send(self, room_id: str, post: Letter, txn_id: str, marker: str) -> Sent:
        if self.world.away:
            raise Unavailable("away")
        before = len(self.room(room_id).posts)
        sent = await super().send(room_id, post, txn_id, marker)
        if len(self.room(room_id).posts) > before:
            self.world.sent.append((room_id, list(self.room(room_id).shown.values())[-1], self.world.true))
        return sent


class Twinline:
    """The bot of this repository, from its database file to the port to the server."""

    def __init__(self, world: World, catalogs: Catalogs) -> None:
        self.world = world
        self.server = _Server(world)
        self.catalogs = catalogs
        self.database: Database | None = None
        self.homes: dict[str, int] = {}

    async def start(self) -> None:
        self.database = await Database.open(self.world.folder / "twinline.db")
        self.theatre = Theatre(self.database, self.catalogs, self.server)
        self._look_at_the_clock()

    def _look_at_the_clock(self) -> None:
        self.theatre.clock.at = self.world.shown
        self.theatre.clock.count = Running("boot", (self.world.true - BEGIN).total_seconds())

    async def wish(self, wishes: list[Wish]) -> None:
        assert self.database is not None
        for one in wishes:
            if one.room_id not in self.homes:
                await self.theatre.room(one.room_id, ["@ana:here.example"], ["@ben:here.example"])
            async with self.database.tx() as tx:
                group = self.homes.get(one.room_id)
                if group is None:
                    handle = f"g{len(self.homes)}"
                    group = (await groups.create(tx, handle, "G", one.room_id, "en", one.zone, BEGIN)).id
                    self.homes[one.room_id] = group
                kept = await reminders.add(tx, one.text, "en", group, None)
                new = Schedule(0, "reminder", kept.id, one.rule, group, zone=one.zone, hour=one.at)
                await plan(tx, new, self.world.shown)
        async with self.database.tx() as tx:
            await tx.run("DELETE FROM outbox")

    async def live(self) -> None:
        self._look_at_the_clock()
        if not self.world.away:
            await self.theatre.receiver.batch(Batch("c", ()))
        await self.theatre.receiver.single(Tick(self.world.shown, self.theatre.clock.count))
        while True:
            _, rooms = await self.theatre.sender._ready()
            if not [True for room_id in rooms if await self.theatre.sender.drain(room_id)]:
                return

    async def stop(self) -> None:
        if self.database is not None:
            await self.database.close()
            self.database = None


@contextmanager
def deadly_points(world: World) -> Iterator[None]:
    """The named points of the program are where the world lets it die."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.pipeline.receive, "point", world.pass_by)
        patch.setattr(bot.pipeline.send, "point", world.pass_by)
        yield


async def live(world: World, bot_: Bot, until: datetime, *, step: timedelta = TICK) -> None:
    """Time passes, in steps; a process that dies begins anew at once."""
    while world.true < until:
        world.true = min(world.true + step, until)
        await one_tick(bot_)


async def through(world: World, bot_: Bot, moments: list[datetime]) -> None:
    """Time passes over these moments: in ticks around them, in one go between them."""
    for moment in sorted(moments):
        if moment - TICK > world.true:
            await live(world, bot_, moment - TICK, step=timedelta(days=400))
        await live(world, bot_, moment + TICK)


async def one_tick(bot_: Bot) -> None:
    """One tick, and a new process if it dies in it."""
    try:
        await bot_.live()
    except Killed:
        await bot_.stop()
        await bot_.start()


@dataclass(slots=True)
class Tally:
    """How it went: what was due; what of it came once, not at all, more often, or at a wrong time."""

    due: int = 0
    once: int = 0
    lost: int = 0
    twice: int = 0
    wrong: int = 0

    def add(self, other: Tally) -> None:
        for name in ("due", "once", "lost", "twice", "wrong"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def tally(
    world: World, expected: dict[tuple[str, str], list[datetime]], slack: timedelta = timedelta(days=3000)
) -> Tally:
    """What came of what was expected: each moment has the message that came first after it."""
    found: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for room_id, text, at in world.sent:
        for key in expected:
            if key[0] == room_id and f"“{key[1]}”" in text:
                found[key].append(at)
    counted = Tally()
    for key, moments in expected.items():
        counted.due += len(moments)
        left = sorted(found[key])
        for moment in moments:
            near = next((at for at in left if moment - timedelta(minutes=1) <= at <= moment + slack), None)
            if near is None:
                counted.lost += 1
            else:
                left.remove(near)
                counted.once += 1
        if slack < timedelta(days=1):
            # Only from the first to the last of them: a cron expression has neither begin nor end.
            begin, end = moments[0] - timedelta(minutes=1), moments[-1] + timedelta(hours=3)
            counted.wrong += len([at for at in left if begin <= at < end])
        else:
            counted.twice += len(left)
    return counted
