"""The loop of a step that takes time, and so works on rows of the outbox outside any transaction.

Rules:
- It looks when it is woken, and by itself when something may be due.
- It works on several things at once; what is worked on is not found again meanwhile.
- Trouble with the database is waited out: what a step leaves undone then is found again. What else goes wrong
  and is not dealt with by the step ends the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from bot.pipeline.ports import Clock
from bot.pipeline.receive import waits
from bot.storage import outbox
from bot.storage.db import Database

log = logging.getLogger(__name__)

IDLE = 30.0  # seconds
LOOK_AGAIN = 5.0  # seconds, after trouble with the database

Work = TypeVar("Work")


class Loop(ABC, Generic[Work]):
    """Finds work and has it done until cancelled."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wake = asyncio.Event()
        self._busy: set[int] = set()

    @abstractmethod
    async def pending(self) -> list[Work]:
        """What is to be done next, without what is worked on."""

    @abstractmethod
    async def step(self, work: Work) -> None:
        """Do one thing."""

    @abstractmethod
    def rows(self, work: Work) -> set[int]:
        """The rows of the outbox that it is about."""

    def wake(self) -> None:
        """There may be something to do."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._wake.clear()
                try:
                    pending, due = await self.pending(), await self._due()
                except Exception as error:
                    if not waits(error):
                        raise
                    await self._wait_out(error)
                    continue
                for work in pending:
                    self._busy |= self.rows(work)
                    tasks.create_task(self._done(work))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(due):  # wait_for can lose a cancellation (until Python 3.12)
                        await self._wake.wait()

    async def _due(self) -> float:
        """Seconds until there may be something to do although nothing wakes."""
        now = self._clock.now()
        later = await self._database.ask(lambda tx: outbox.next_translation(tx, now))
        return IDLE if later is None else min(IDLE, max(0.05, (later - now).total_seconds()))

    async def _done(self, work: Work) -> None:
        try:
            await self.step(work)
        except Exception as error:
            if not waits(error):
                raise
            await self._wait_out(error)
        finally:
            self._busy -= self.rows(work)
            self._wake.set()

    async def _wait_out(self, error: Exception) -> None:
        log.warning("the database is in trouble: %s", error)
        await self._clock.sleep(LOOK_AGAIN)
