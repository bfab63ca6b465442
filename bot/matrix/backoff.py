"""How long to wait before the next try, and before the next question."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from bot.matrix.http import Oversized
from bot.pipeline.ports import Clock, Unavailable

T = TypeVar("T")

LONGEST = 60.0
"""Seconds; the server's own wish may be longer."""

_QUICK = timedelta(seconds=0.2)  # an answer that the server had no reason to hold back
_SHORTEST_REST, _LONGEST_REST = 0.1, 0.4  # seconds
_PATIENCE = 5.0  # seconds that a call waits inside itself; more is for the outbox, which knows the queue


def pause(failures: int, retry_after: float | None = None) -> float:
    """Seconds to wait after so many failures in a row: doubling, jittered, at least the server's wish."""
    own: float = min(LONGEST, 0.5 * 2 ** min(failures - 1, 10))
    jittered = own * random.uniform(0.75, 1.25)  # noqa: S311 - spreads load, guards nothing
    return max(jittered, retry_after or 0.0)


async def insist(clock: Clock, call: Callable[[], Awaitable[T]], tries: int = 3) -> T:
    """Await `call()` up to `tries` times while it raises Unavailable and the server's wish is short."""
    for failures in range(1, tries):
        try:
            return await call()
        except Oversized:
            raise
        except Unavailable as error:
            if (error.retry_after or 0.0) > _PATIENCE:
                raise
            await clock.sleep(pause(failures, error.retry_after))
    return await call()


class Pace:
    """The pace of asking for news: at once, but ever slower while the answers come quickly.

    In a burst an answer costs the server half of what a message costs, and the later it is asked for the
    more messages it carries. What comes after a quiet moment is not held up.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._quick = 0  # answers in a row
        self._answered = clock.now()

    async def ask(self, question: Awaitable[T]) -> T:
        """The answer to the question. Raises what it raises."""
        asked = self._clock.now()
        answer = await question
        self._answered = self._clock.now()
        self._quick = self._quick + 1 if self._answered - asked < _QUICK else 0
        return answer

    async def rest(self) -> None:
        """Let news gather, after so many quick answers in a row."""
        rest = min(_SHORTEST_REST * 2.0 ** min(self._quick - 1, 10), _LONGEST_REST) if self._quick else 0.0
        left = rest - (self._clock.now() - self._answered).total_seconds()
        if 0 < left <= rest:  # a clock that was set back must not make it longer
            await self._clock.sleep(left)
