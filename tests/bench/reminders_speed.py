"""How fast the ledger is: ten thousand schedules, and two hundred rooms that are reminded at once."""

from __future__ import annotations

import asyncio
import time as clock
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.domain.action import BEFORE, DEBRIEF_AFTER, Action, Part, State
from bot.domain.group import Group
from bot.domain.incoming import Tick
from bot.domain.post import Letter
from bot.domain.recurring import Every, on_day, once
from bot.domain.schedule import Schedule
from bot.domain.season import When
from bot.domain.twinning import State as Twinned
from bot.handlers.timetable import plan
from bot.i18n import Catalogs
from bot.pipeline.ports import Sent, Unavailable
from bot.storage import actions, groups, reminders, twinnings
from bot.storage.db import Database, Tx
from tests.bench.common import Figure, at_most, median, percentile
from tests.bench.reminders_world import BEGIN
from tests.fakes import FakeTransport
from tests.unit.domain.reference import ZONES
from tests.unit.pipeline.theatre import Theatre

GROUPS, ROOMS = 200, 200
EACH = 25  # reminders of a group, and actions of two twins: 10,000 schedules in all
TICKS = 40
YEAR = timedelta(days=365)
DUE = datetime(2027, 1, 10, 9, tzinfo=UTC)
RATE, BURST = 0.2, 10  # messages a second that Synapse lets an account send, and how many at once


async def _theatre(folder: Path, transport: FakeTransport) -> Theatre:
    catalogs = await asyncio.to_thread(Catalogs.load)
    return Theatre(await Database.open(folder / "twinline.db"), catalogs, transport)


async def _fill(theatre: Theatre) -> None:
    """Two hundred groups in twenty zones, two and two twins: each with 25 reminders of its own, weekly,
    monthly and quarterly, and as many actions with its twin.
    """
    async with theatre.database.tx() as tx:
        homes = []
        for number in range(GROUPS):
            zone = ZONES[number % len(ZONES)]
            home = await groups.create(tx, f"g{number}", f"G {number}", f"!{number}:x", "en", zone, BEGIN)
            await _reminders(tx, home)
            homes.append(home)
        for one, other in zip(homes[::2], homes[1::2], strict=True):
            await _actions(tx, one, other)
    await theatre.receiver.single(Tick(BEGIN))  # their quarters, and the end of their twinnings


async def _reminders(tx: Tx, home: Group) -> None:
    rhythms = (Every.WEEK, Every.MONTH, Every.QUARTER)
    for index in range(EACH):
        kept = await reminders.add(tx, "Council", "en", home.id, None)
        rule = on_day(date(2026, 6, 1) + timedelta(days=2 * index), rhythms[index % 3])
        await plan(tx, Schedule(0, "reminder", kept.id, rule, home.id), BEGIN)


async def _actions(tx: Tx, one: Group, other: Group) -> None:
    twins = await twinnings.propose(
        tx,
        a=one.id,
        b=other.id,
        alias_a="a",
        alias_b="b",
        check_words="",
        ends_on=BEGIN.date() + YEAR,
        now=BEGIN,
    )
    await twinnings.save(tx, replace(twins, state=Twinned.ACTIVE), BEGIN)
    for number in range(1, EACH + 1):
        when = When(BEGIN.date() + timedelta(days=12 * number), time(18), one.zone)
        parts = tuple(Part(group.id, agreed=True) for group in (one, other))
        new = Action(0, number, one.id, "Vigil", "en", when, State.AGREED, parts, BEGIN)
        new = await actions.add(tx, new, f"action:{one.id}:{number}")
        offsets = (*(-days for days in BEFORE), DEBRIEF_AFTER)
        for group in (one, other):
            rule = once(when.day_in(group.zone))
            await plan(tx, Schedule(0, "action", new.id, rule, group.id, offsets=offsets), BEGIN)


async def speed(folder: Path) -> list[Figure]:
    """A tick, and the start, with ten thousand schedules."""
    theatre = await _theatre(folder, FakeTransport())
    await _fill(theatre)
    await theatre.database.close()
    began = clock.perf_counter()
    again = await _theatre(folder, FakeTransport())
    loaded = clock.perf_counter() - began
    again.clock.at = BEGIN
    await again.receiver.single(Tick(BEGIN))
    start = clock.perf_counter() - began
    quiet, busy = [], []
    for number in range(TICKS):
        again.clock.at = BEGIN + timedelta(seconds=30 * number)
        began = clock.perf_counter()
        await again.receiver.single(Tick(again.clock.at))
        quiet.append((clock.perf_counter() - began) * 1000)
    again.clock.at = at = datetime(2027, 1, 5, tzinfo=UTC)
    while at < datetime(2027, 1, 6, tzinfo=UTC):
        at += timedelta(minutes=30)
        again.clock.at = at
        began = clock.perf_counter()
        await again.receiver.single(Tick(at))
        busy.append((clock.perf_counter() - began) * 1000)
    async with again.database.tx() as tx:
        said = int(await tx.value("SELECT COUNT(*) FROM outbox") or 0)
    await again.database.close()
    note = f" ({said} reminders in a day of ticks, median {median(busy):.1f} ms, longest {max(busy):.0f} ms)"
    return [
        at_most("a tick, 10,000 schedules", percentile(quiet, 0.95), 20, lambda ms: f"{ms:.1f} ms", note),
        at_most(
            "start, everything reckoned anew", start, 2, lambda s: f"{s:.2f} s", f" ({loaded:.2f} s to open)"
        ),
    ]


class _Limited(FakeTransport):
    """A server that lets an account send only so much."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.at = float(BURST), BEGIN
        self.now = BEGIN
        self.sent: list[tuple[str, datetime]] = []

    async def send(self, room_id: str, post: Letter, txn_id: str, marker: str) -> Sent:
        self.tokens = min(BURST, self.tokens + (self.now - self.at).total_seconds() * RATE)
        self.at = self.now
        if self.tokens < 1:
            raise Unavailable("limited", (1 - self.tokens) / RATE)
        self.tokens -= 1
        self.sent.append((room_id, self.now))
        return await super().send(room_id, post, txn_id, marker)


async def flood(folder: Path) -> list[Figure]:
    """Two hundred rooms at once; then without limits, how long after its time the last one is there."""
    server = _Limited()
    theatre = await _theatre(folder, server)
    await _rooms(theatre)
    theatre.clock.at = server.now = server.at = DUE
    await theatre.receiver.single(Tick(DUE))
    for _ in range(100_000):
        theatre.clock.at = max(theatre.clock.at, server.now)
        server.now = theatre.clock.at
        wait, ready = await theatre.sender._ready()
        shares = await theatre.sender._shares(ready)
        for share in shares:
            theatre.sender._busy.update(share.rooms)
            await theatre.sender._work_off(share)
        if not shares:
            if len({room for room, _ in server.sent}) == ROOMS:
                break
            theatre.clock.at += timedelta(seconds=wait)
    await theatre.database.close()
    took = (server.sent[-1][1] - DUE).total_seconds()
    least = (ROOMS - BURST) / RATE
    once_each = len(server.sent) == len({room for room, _ in server.sent}) == ROOMS
    unlimited = await _unlimited(folder / "free")
    return [
        Figure(
            "200 rooms at once, 0.2 messages a second", f"{len(server.sent)} sent", "each once", once_each
        ),
        at_most("of the least time that the limits allow", took / least, 1.2, lambda part: f"{part:.2f} ×"),
        at_most(
            "200 rooms at once, no limits: the last one", unlimited, 60, lambda s: f"{s:.1f} s after its time"
        ),
    ]


async def _unlimited(folder: Path) -> float:
    """Seconds of work for two hundred reminders, and up to one tick before it begins."""
    folder.mkdir()
    theatre = await _theatre(folder, FakeTransport())
    await _rooms(theatre)
    theatre.clock.at = DUE
    began = clock.perf_counter()
    await theatre.receiver.single(Tick(theatre.clock.at))
    await theatre.play()
    took = clock.perf_counter() - began
    await theatre.database.close()
    return 30 + took


async def _rooms(theatre: Theatre) -> None:
    for number in range(ROOMS):
        room_id = f"!{number}:here.example"
        await theatre.room(room_id, ["@ana:here.example"], ["@ben:here.example"])
        async with theatre.database.tx() as tx:
            home = await groups.create(tx, f"g{number}", f"G {number}", room_id, "en", "UTC", BEGIN)
            kept = await reminders.add(tx, "Council", "en", home.id, None)
            await plan(
                tx, Schedule(0, "reminder", kept.id, once(DUE.date()), home.id, hour=DUE.time()), BEGIN
            )
    async with theatre.database.tx() as tx:
        await tx.run("DELETE FROM outbox")
