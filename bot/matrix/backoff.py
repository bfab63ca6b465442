"""How long to wait before the next try."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.pipeline.ports import Clock, Unavailable

T = TypeVar("T")

LONGEST = 60.0
"""Seconds; the server's own wish may be longer."""

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
        except Unavailable as error:
            if (error.retry_after or 0.0) > _PATIENCE:
                raise
            await clock.sleep(pause(failures, error.retry_after))
    return await call()
