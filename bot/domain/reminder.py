"""Reminders of a room's own, or a person's: some words, and when they are said again.

Rules:
- A reminder belongs to a group's room or to one person, and has a number there.
- It is over when nothing of it is to come; for a week it can still be snoozed, then its words are deleted.
- Snoozing says it once more after a while, and leaves its rhythm alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

KEPT = timedelta(days=7)
MOST = 100  # of one room or person
LONGEST = 500  # characters
LONGEST_SNOOZE = timedelta(days=366)
_DELAY = re.compile(r"(\d{1,3})\s*([^\W\d_]*)")


@dataclass(frozen=True, slots=True)
class Reminder:
    """Either `group` or `person` is whose it is. `language` is that of the text."""

    id: int
    number: int
    text: str
    language: str
    group: int | None = None
    person: str | None = None
    over_at: datetime | None = None


def read_delay(typed: str, units: dict[str, str]) -> timedelta | None:
    """How long "2d", "3 hours", "1w" is; `units` are words, and which of minute, hour, day, week each is."""
    found = _DELAY.fullmatch(typed.strip().casefold())
    unit = units.get(found[2]) if found else None
    if found is None or unit is None:
        return None
    delay = timedelta(**{f"{unit}s": int(found[1])})
    return delay if timedelta() < delay <= LONGEST_SNOOZE else None
