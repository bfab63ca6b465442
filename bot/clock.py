"""The only reader of the time, and the only importer of apscheduler.

APScheduler is the alarm clock and nothing more: in memory, late rather than never, one ring for all that
were missed. What is due at a tick is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.domain.clockwork import Running
from bot.domain.incoming import Tick
from bot.pipeline.ports import MachineClock

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_BOOT = _BOOT_ID.read_text(encoding="ascii").strip() if _BOOT_ID.exists() else ""
AHEAD = "TWINLINE_CLOCK_AHEAD"
PERIOD = 30.0  # seconds between two ticks


class SystemClock:
    """The time of this machine.

    `TWINLINE_CLOCK_AHEAD` sets it forward by so many seconds (below zero: back), with the machine's own
    count: for what is shown and tested in fast motion.
    """

    def __init__(self) -> None:
        self._ahead = timedelta(seconds=float(os.environ.get(AHEAD, "0")))

    def now(self) -> datetime:
        """The current time, aware, UTC."""
        return datetime.now(UTC) + self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def running(self) -> Running | None:
        """For how long this machine has been on, asleep or awake; None where that is not counted."""
        if not _BOOT:
            return None
        return Running(_BOOT, time.clock_gettime(time.CLOCK_BOOTTIME) + self._ahead.total_seconds())


async def ticks(clock: MachineClock, ring: Callable[[Tick], Awaitable[None]], period: float = PERIOD) -> None:
    """Ring at once and then every `period` seconds, one ring at a time, until cancelled.

    A ring that raises ends it, with that error. Rings missed while one ran, or while the machine slept,
    become one.
    """
    due = asyncio.Event()
    due.set()

    async def wake() -> None:
        due.set()

    scheduler = AsyncIOScheduler(timezone=UTC)
    job = scheduler.add_job(
        wake, "interval", seconds=period, misfire_grace_time=None, coalesce=True, max_instances=1
    )
    scheduler.start()
    try:
        while True:
            try:
                async with asyncio.timeout(2 * period):
                    await due.wait()
            except TimeoutError:
                # The machine's clock was set back, and the alarm would stay silent for the difference.
                job.reschedule("interval", seconds=period)
            due.clear()
            await ring(Tick(clock.now(), clock.running()))
    finally:
        scheduler.shutdown(wait=False)
