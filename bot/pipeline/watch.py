"""The watchdog of the way in: a sync that stalls although the process lives is noticed and begun anew.

Rules:
- No batch for 90 s: the way in is cancelled, which drops its connection, and runs again from the stored
  cursor. A batch that is being handled may take longer, and so may the reading of what was missed, but not
  for ever.
- An outage is told when it is noticed, and once more when the next batch has been handled.
- Time is counted in short naps, so that a clock that jumps, or a machine that slept, raises no alarm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.domain.incoming import Batch, Outage
from bot.pipeline.ports import Clock, Inbound

log = logging.getLogger(__name__)

LONGEST_SILENCE = 90.0  # seconds without a batch
LONGEST_HANDLING = 900.0  # seconds for one batch, or without one while the bot reads what it missed
NAP = 5.0  # seconds between two looks


class Watch:
    """Runs the way in. `cursor` reads the stored cursor, `handle` takes a batch, `tell` news of outages."""

    def __init__(
        self,
        inbound: Inbound,
        clock: Clock,
        cursor: Callable[[], Awaitable[str | None]],
        handle: Callable[[Batch], Awaitable[None]],
        tell: Callable[[Outage], Awaitable[None]],
    ) -> None:
        self._inbound = inbound
        self._clock = clock
        self._cursor = cursor
        self._handle = handle
        self._tell = tell
        self._heard = clock.now()
        self._silence = 0.0
        self._handling = False
        self._outage: datetime | None = None

    async def run(self) -> None:
        """Until cancelled, or the way in ends. Raises what that raises."""
        while True:
            self._silence, self._handling = 0.0, False
            loop = asyncio.create_task(self._inbound.run(await self._cursor(), self._batch), name="sync")
            try:
                stalled = await self._stalls(loop)
            finally:
                loop.cancel()
                await asyncio.wait([loop])
            if not stalled:
                return loop.result()
            log.warning("no sync for %.0f s: beginning anew", self._silence)
            if self._outage is None:
                self._outage = self._heard
                await self._tell(Outage(self._outage, over=False))

    async def _stalls(self, loop: asyncio.Task[None]) -> bool:
        """Watch until the way in ends (False) or has been silent for too long."""
        while True:
            nap = asyncio.ensure_future(self._clock.sleep(NAP))
            try:
                await asyncio.wait([loop, nap], return_when=asyncio.FIRST_COMPLETED)
            finally:
                nap.cancel()
            if loop.done():
                return False
            self._silence += NAP
            busy = self._handling or self._inbound.reading_back
            if self._silence >= (LONGEST_HANDLING if busy else LONGEST_SILENCE):
                return True

    async def _batch(self, batch: Batch) -> None:
        before = self._silence
        self._silence, self._handling = 0.0, True
        await self._handle(batch)
        self._silence, self._handling = 0.0 if batch.synced else before, False
        if not batch.synced:
            return
        self._heard = self._clock.now()
        if self._outage is not None:
            over, self._outage = Outage(self._outage, over=True), None
            await self._tell(over)
