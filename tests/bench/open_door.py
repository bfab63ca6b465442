"""Twinline without the checks of the door, to measure their cost: `python -m tests.bench.open_door run …`.

Everybody's device passes as signed, no ciphertext is remembered, no payload is watched, no policy is asked.
For `tests.bench.door_cost` alone.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from nio.crypto import OlmDevice

from bot.__main__ import main
from bot.domain.trust import Policy, Standing
from bot.matrix import devices
from bot.matrix.guard import Guard
from bot.matrix.sharing import Sharing, signed_only
from bot.matrix.trust import Trust


def _standing(self: Trust, device: OlmDevice, now: datetime) -> Standing:
    return Standing.SIGNED


def _accepts(self: Trust, device: OlmDevice, policy: Policy, now: datetime) -> bool:
    return True


def _first(self: Guard, session_id: str, index: int, event_id: str) -> bool:
    return True


@contextlib.contextmanager
def _reading(self: Guard, payload: str, what: object) -> Iterator[bool]:
    yield True


def _no_identity(user_id: str, master_key: object, self_signing_key: object) -> None:
    return None


def take_away() -> None:
    """Take the checks away."""
    Trust.standing = _standing  # type: ignore[method-assign]  # that is the purpose
    Trust.accepts = _accepts  # type: ignore[method-assign]  # that is the purpose
    Guard.first = _first  # type: ignore[method-assign]  # that is the purpose
    Guard.reading = _reading  # type: ignore[method-assign]  # that is the purpose
    vars(devices)["identity_of"] = _no_identity
    made: Any = Sharing.__init__

    def with_no_policy(self: Sharing, *args: Any) -> None:
        made(self, *args[:-1], signed_only)

    Sharing.__init__ = with_no_policy  # type: ignore[method-assign,assignment]  # that is the purpose


if __name__ == "__main__":
    take_away()
    sys.exit(main())
