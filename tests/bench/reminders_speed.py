"""How fast the ledger is: ten thousand schedules, and two hundred rooms that are reminded at once."""

from __future__ import annotations

import asyncio
import time as clock
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.domain.incoming import Tick
from bot.domain.post import Letter
from bot.domain.recurring import Every, on_day, once
from bot.domain.schedule import Customs, Schedule
from bot.handlers.timetable import reckoned
from bot.i18n import Catalogs
from bot.pipeline.ports import Sent, Unavailable
from bot.storage import groups, reminders, schedules
from bot.storage.db import Database
from tests.bench.common import Figure, at_most, median, percentile
from tests.bench.reminders_world import BEGIN
from tests.fakes import FakeTransport
from tests.unit.domain.reference import ZONES
from tests.unit.pipeline.theatre import Theatre

SCHEDULES, GROUPS, ROOMS = 10_000, 200, 200
TICKS = 40
RATE, BURST = 0.2, 10  # messages a second that Synapse lets an account send, and how many at once


async def _theatre(folder: Path, transport: FakeTransport) -> Theatre:
    catalogs = await asyncio.to_thread(Catalogs.load)
    return Theatre(await Database.open(folder / "twinline.db"), catalogs, transport)


async def _fill(theatre: Theatre) -> None:
    """Two hundred groups with fifty reminders each, weekly, monthly and quarterly, in twenty zones."""
    rhythms = (Every.WEEK, Every.MONTH, Every.QUARTER)
    async with theatre.database.tx() as tx:
        for number in range(GROUPS):
            zone = ZONES[number % len(ZONES)]
            home = await groups.create(tx, f"g{number}", f"G {number}", f"!{number}:x", "en", zone, BEGIN)
            for index in range(SCHEDULES // GROUPS):
                kept = await reminders.add(tx, "Council", "en", home.id, None)
                rule = on_day(date(2026, 6, 1) + timedelta(days=index), rhythms[index % 3])
                new = Schedule(0, "reminder", kept.id, rule, home.id, begun=BEGIN, since=BEGIN)
                new = reckoned(new, Customs(zone), BEGIN)
                await schedules.set_next(tx, [_numbered(new, await schedules.add(tx, new))])


def _numbered(schedule: Schedule, number: int) -> Schedule:
    return replace(schedule, id=number)


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
    due = datetime(2027, 1, 10, 9, tzinfo=UTC)
    theatre.clock.at = server.now = server.at = due
    await theatre.receiver.single(Tick(due))
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
    took = (server.sent[-1][1] - due).total_seconds()
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
    theatre.clock.at = datetime(2027, 1, 10, 9, tzinfo=UTC)
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
            new = Schedule(
                0,
                "reminder",
                kept.id,
                once(date(2027, 1, 10)),
                home.id,
                hour=time(9),
                begun=BEGIN,
                since=BEGIN,
            )
            new = reckoned(new, Customs("UTC"), BEGIN)
            await schedules.set_next(tx, [_numbered(new, await schedules.add(tx, new))])
    async with theatre.database.tx() as tx:
        await tx.run("DELETE FROM outbox")
