"""The dates of a season: days with or without an hour, quarters, days before a day.

Rules:
- A date with an hour is one moment, whatever day that is elsewhere; one without is a whole day everywhere.
- Nothing is planned for what is past, or for more than five years ahead.
- Quarters are those of the calendar, in a year that begins with a month of one's choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.moments import end_of_day, moment, today
from bot.domain.twinning import years_after

MOST_YEARS = 5
MOST_BEFORE, LONGEST_BEFORE = 10, 366


class Fault(StrEnum):
    """Why there can be no action at that time."""

    PAST = "past"
    TOO_LATE = "too-late"


@dataclass(frozen=True, slots=True)
class When:
    """A day, and an hour as clocks show it in `zone`; without one it is a whole day, wherever one is."""

    day: date
    at: time | None
    zone: str

    @property
    def begins(self) -> datetime | None:
        """When it begins, in UTC; None for a whole day."""
        return moment(self.day, self.at, self.zone) if self.at is not None else None

    def day_in(self, zone: str) -> date:
        """Which day it is there."""
        begins = self.begins
        return self.day if begins is None else begins.astimezone(ZoneInfo(zone)).date()

    def over(self, now: datetime, zone: str) -> bool:
        """Whether it lies behind those who live there: its hour, or the whole day."""
        begins = self.begins
        return (end_of_day(self.day, zone) if begins is None else begins) < now


def problem(when: When, now: datetime) -> Fault | None:
    """Why there can be no action then."""
    if when.over(now, when.zone):
        return Fault.PAST
    return Fault.TOO_LATE if when.day > years_after(today(now, when.zone), MOST_YEARS) else None


def quarter(day: date, yearstart: int) -> tuple[date, date]:
    """The first day of the quarter in which a day lies, and of the next; years begin with a month."""
    back = (day.month - yearstart) % 3
    first = _month(day, -back)
    return first, _month(first, 3)


def _month(day: date, months: int) -> date:
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def read_before(typed: Iterable[str]) -> tuple[int, ...] | None:
    """Days before the day from "21", "3", "0", most first; None if they are none."""
    words = [word.strip() for word in typed if word.strip()]
    if (
        not words
        or len(words) > MOST_BEFORE
        or not all(word.isdecimal() and len(word) <= 3 for word in words)
    ):
        return None
    days = tuple(sorted({int(word) for word in words}, reverse=True))
    return days if days[0] <= LONGEST_BEFORE else None
