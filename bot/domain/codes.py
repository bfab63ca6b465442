"""Codes by which one group finds another: drawn, read aloud, typed, kept as a keyed hash, and not guessed.

Rules:
- A code is four groups of three letters or digits, without those that look alike: 55 bits.
- It works once, for 7 days; a fresh one makes the earlier void. Only its keyed hash is kept.
- Three wrong codes in 24 hours are free. Then a room waits after each: 1, 2, 4 … up to 60 minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

ALPHABET = "ACDEFGHJKMNPQRTUVWXY3479"
GROUPS, GROUP_LENGTH = 4, 3
VALID_FOR = timedelta(days=7)
REMEMBERED_FOR = timedelta(days=30)

FREE_TRIES = 3
TRIES_COUNT_FOR = timedelta(hours=24)
LONGEST_WAIT = timedelta(minutes=60)


def draw(choose: Callable[[str], str]) -> str:
    """A fresh code, as people see it. `choose` picks one character of a string at random."""
    return "-".join("".join(choose(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def typed(code: str) -> str:
    """A code as compared: blanks, dashes, marks around it and case do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c.isalnum())


def hashed(key: bytes, code: str) -> str:
    """What is kept of a code; without the installation's key nobody can try codes against it."""
    return hmac.new(key, b"code\x00" + typed(code).encode(), hashlib.sha256).hexdigest()


def wait(wrong: Sequence[datetime], now: datetime) -> timedelta:
    """How long a room has still to wait before the next try; `wrong` are the times of its wrong codes."""
    counted = [at for at in wrong if at > now - TRIES_COUNT_FOR]
    if len(counted) < FREE_TRIES:
        return timedelta(0)
    minutes = 2 ** min(len(counted) - FREE_TRIES, 10)
    pause = min(timedelta(minutes=minutes), LONGEST_WAIT)
    return max(max(counted) + pause - now, timedelta(0))
