"""Recurring dates: a first day, and the rule by which it comes again, as an RRULE that dateutil expands.

Rules:
- What comes monthly, quarterly or yearly on a day that a month does not have comes on that month's last day.
- Every quarter is every third month, so that the first Saturday of May is followed by that of August.
- Only days are counted here; at what hour of which zone is the schedule's affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import takewhile
from typing import Literal

from dateutil.rrule import DAILY, MONTHLY, WEEKLY, YEARLY, rrule, weekday

_NAMES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_Frequency = Literal[0, 1, 2, 3, 4, 5, 6]
_FREQUENCIES: dict[str, _Frequency] = {"DAILY": DAILY, "WEEKLY": WEEKLY, "MONTHLY": MONTHLY, "YEARLY": YEARLY}
_BYDAY = re.compile(r"([+-]?\d)?(MO|TU|WE|TH|FR|SA|SU)")
_END = date.max - timedelta(days=800)


class Every(StrEnum):
    """How often, as people say it."""

    DAY = "day"
    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_MONTHS = {Every.MONTH: 1, Every.QUARTER: 3}
_DAYS = {Every.DAY: 1, Every.WEEK: 7, Every.FORTNIGHT: 14}


@dataclass(frozen=True, slots=True)
class Rule:
    """`first` is the first date that there is; `text` the RRULE, "" for a day that does not come again.

    `until` is the last day on which it may come.
    """

    first: date
    text: str = ""
    until: date | None = None

    @property
    def once(self) -> bool:
        """Whether it does not come again."""
        return not self.text

    def dates(self, begin: date, end: date) -> list[date]:
        """The dates from one day to another, both included, in their order."""
        return list(takewhile(lambda day: day <= end, self.after(begin)))

    def after(self, begin: date) -> Iterator[date]:
        """The dates from a day on, that day included."""
        begin = max(begin, self.first)
        for day in self._all(begin):
            if self.until is not None and day > self.until:
                return
            if day >= begin:
                yield day

    def _all(self, begin: date) -> Iterator[date]:
        if self.once:
            yield self.first
        elif begin < _END:
            parts = _parts(self.text)
            found = rrule(
                parts.freq,
                dtstart=datetime.combine(_near(self.first, begin, parts), time()),
                interval=parts.interval,
                byweekday=parts.weekdays,
                bymonth=parts.months,
                bymonthday=parts.days,
                bysetpos=parts.position,
            )
            yield from (one.date() for one in found)


@dataclass(frozen=True, slots=True)
class _Parts:
    """An RRULE in dateutil's terms."""

    freq: _Frequency
    interval: int
    weekdays: tuple[weekday, ...] | None
    months: tuple[int, ...] | None
    days: tuple[int, ...] | None
    position: tuple[int, ...] | None


@cache
def _parts(text: str) -> _Parts:
    """Raises KeyError, ValueError if it is none of those that are written here."""
    found = dict(part.split("=", 1) for part in text.split(";"))

    def numbers(name: str) -> tuple[int, ...] | None:
        return tuple(map(int, found[name].split(","))) if name in found else None

    days = [_BYDAY.fullmatch(one) for one in found["BYDAY"].split(",")] if "BYDAY" in found else []
    return _Parts(
        freq=_FREQUENCIES[found["FREQ"]],
        interval=int(found.get("INTERVAL", "1")),
        weekdays=tuple(weekday(_NAMES.index(one[2]), int(one[1]) if one[1] else None) for one in days if one)
        or None,
        months=numbers("BYMONTH"),
        days=numbers("BYMONTHDAY"),
        position=numbers("BYSETPOS"),
    )


def _near(first: date, begin: date, parts: _Parts) -> date:
    """A beginning in step with the first date, not long before another day, so that not all is counted."""
    step = parts.interval
    if parts.freq == MONTHLY:
        months = max(0, (begin.year - first.year) * 12 + begin.month - first.month)
        return _months_after(first, months // step * step)
    if parts.freq == YEARLY:
        return date(first.year + max(0, begin.year - first.year) // step * step, 1, 1)
    days = step * (7 if parts.freq == WEEKLY else 1)
    return first + timedelta(days=max(0, (begin - first).days) // days * days)


def _months_after(day: date, months: int) -> date:
    """The first of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def once(day: date) -> Rule:
    """A day that does not come again."""
    return Rule(day)


def on_day(first: date, every: Every, until: date | None = None) -> Rule:
    """The weekday, day of the month or day of the year of a first date, again and again."""
    if every in _DAYS:
        days = _DAYS[every]
        text = f"FREQ=DAILY;INTERVAL={days}" if days == 1 else f"FREQ=WEEKLY;INTERVAL={days // 7}"
        return Rule(first, text + ("" if days == 1 else f";BYDAY={_NAMES[first.weekday()]}"), until)
    if every is Every.YEAR:
        return Rule(first, f"FREQ=YEARLY;BYMONTH={first.month};{_month_day(first.day)}", until)
    return Rule(first, f"FREQ=MONTHLY;INTERVAL={_MONTHS[every]};{_month_day(first.day)}", until)


def _month_day(day: int) -> str:
    """The day of a month, or the last one where the month is shorter."""
    if day <= 28:
        return f"BYMONTHDAY={day}"
    return f"BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def ordinal(nth: int, day: int, begin: date, every: Every = Every.MONTH, month: int | None = None) -> Rule:
    """The nth weekday (1 Monday to 7; nth -1: the last) of months from a day on.

    With a month it begins with the first one of that name.
    """
    byday = f"BYDAY={nth}{_NAMES[day - 1]}"
    text = f"FREQ=MONTHLY;INTERVAL=1;{byday}"
    if month is not None:
        text = f"FREQ=YEARLY;BYMONTH={month};{byday}"
    first = next(Rule(begin, text).after(begin))
    if every is Every.YEAR:
        return Rule(first, f"FREQ=YEARLY;BYMONTH={first.month};{byday}")
    return Rule(first, f"FREQ=MONTHLY;INTERVAL={_MONTHS.get(every, 1)};{byday}")


def again(rule: Rule, every: Every) -> Rule:
    """The same kind of date at another rhythm: the nth weekday stays the nth weekday."""
    byday = next((part for part in rule.text.split(";") if re.match(r"BYDAY=[+-]?\d", part)), None)
    if byday is None or every in _DAYS:
        return on_day(rule.first, every, rule.until)
    if every is Every.YEAR:
        return Rule(rule.first, f"FREQ=YEARLY;BYMONTH={rule.first.month};{byday}", rule.until)
    return Rule(rule.first, f"FREQ=MONTHLY;INTERVAL={_MONTHS[every]};{byday}", rule.until)
