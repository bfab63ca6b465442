"""The clock rings at start and regularly, one ring at a time, whatever happens to the machine's time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from apscheduler.schedulers import base
from apscheduler.triggers import interval

from bot.clock import AHEAD, SystemClock, ticks
from bot.domain.incoming import Tick
from bot.pipeline.ports import Clock


@asynccontextmanager
async def ringing(ring: object, period: float) -> AsyncIterator[asyncio.Task[None]]:
    async with asyncio.timeout(10):
        task = asyncio.create_task(ticks(SystemClock(), ring, period))  # type: ignore[arg-type]  # any function
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


def test_the_time_is_aware_and_in_utc() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)


async def test_it_rings_at_once_and_then_regularly() -> None:
    rung: asyncio.Queue[Tick] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    start = loop.time()
    async with ringing(rung.put, 0.2):
        first = await rung.get()
        assert loop.time() - start < 0.15
        second = await rung.get()
        third = await rung.get()
    assert first.at < second.at < third.at
    assert loop.time() - start >= 0.35


async def test_one_ring_at_a_time_and_the_missed_ones_become_one() -> None:
    running = 0
    starts: list[float] = []
    enough = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def ring(_: Tick) -> None:
        nonlocal running
        running += 1
        assert running == 1
        starts.append(loop.time())
        await asyncio.sleep(0.35 if len(starts) == 1 else 0)
        running -= 1
        if len(starts) == 3:
            enough.set()

    async with ringing(ring, 0.1):
        await enough.wait()
    assert starts[1] - starts[0] >= 0.35
    assert starts[2] - starts[1] > 0.02


async def test_an_error_of_the_ring_comes_out() -> None:
    async def ring(_: Tick) -> None:
        raise ConnectionError("the database is gone")

    with pytest.raises(ConnectionError):
        await ticks(SystemClock(), ring, 0.1)


async def test_it_goes_on_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    shift = timedelta(0)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]  # only called with UTC
            return datetime.now(UTC) + shift

    for module in (base, interval):
        monkeypatch.setattr(module, "datetime", Shifted)
    rung: asyncio.Queue[Tick] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    async with ringing(rung.put, 0.25):
        await rung.get()
        await rung.get()
        shift = timedelta(hours=-1)
        await rung.get()
        start = loop.time()
        for _ in range(4):
            await rung.get()
    assert loop.time() - start < 1.7  # at half the pace it would be 2.0


async def test_a_tick_says_for_how_long_the_machine_has_been_on() -> None:
    rung: asyncio.Queue[Tick] = asyncio.Queue()
    ringing = asyncio.create_task(ticks(SystemClock(), rung.put, period=0.05))
    first, second = await rung.get(), await rung.get()
    ringing.cancel()
    assert first.running is not None
    assert second.running is not None
    assert first.running.boot == second.running.boot
    assert 0 < second.running.seconds - first.running.seconds < 60


def test_fast_motion_sets_the_clock_and_the_machine_s_count_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = SystemClock()
    monkeypatch.setenv(AHEAD, "86400")
    fast = SystemClock()
    day, second = timedelta(days=1), timedelta(seconds=5)
    assert abs(fast.now() - plain.now() - day) < second
    was, is_now = plain.running(), fast.running()
    if was is not None and is_now is not None:
        assert abs(is_now.seconds - was.seconds - day.total_seconds()) < second.total_seconds()
