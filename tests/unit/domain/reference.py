"""An independent reference for dates and hours: no dateutil, no zoneinfo, nothing of the program's.

Days are walked one by one through the calendar. An hour of a place is the first minute at which its clock, as
pytz has it, shows that hour or a later one: so an hour that is left out is the first that exists, and one
that comes twice is the first.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytz  # type: ignore[import-untyped]  # it has no types; only what is called here is used

ZONES = (
    "America/Chicago", "Asia/Manila", "Europe/Lisbon", "Europe/Madrid", "America/Mexico_City", "Asia/Beirut",
    "Africa/Cairo", "Asia/Gaza", "America/Santiago", "America/Asuncion", "Australia/Lord_Howe",
    "Asia/Kathmandu", "Pacific/Chatham", "Pacific/Kiritimati", "America/St_Johns", "America/Havana",
    "Africa/Casablanca", "Asia/Kolkata", "Antarctica/Troll", "Pacific/Apia",
)  # fmt: skip
FIRST, LAST = date(2026, 1, 1), date(2035, 12, 31)


def days(begin: date = FIRST, end: date = LAST) -> Iterator[date]:
    """Every day, one by one."""
    while begin <= end:
        yield begin
        begin += timedelta(days=1)


def weekly(begin: date) -> list[date]:
    return [day for day in days(begin) if day.weekday() == begin.weekday()]


def _last_of_month(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def monthly(begin: date, months: int = 1) -> list[date]:
    """The same day of the month, or its last; every so many months."""
    found = []
    for day in days(begin):
        apart = (day.year - begin.year) * 12 + day.month - begin.month
        if apart % months == 0 and day.day == min(begin.day, _last_of_month(day)):
            found.append(day)
    return found


def yearly(begin: date) -> list[date]:
    return [
        day
        for day in days(begin)
        if day.month == begin.month and day.day == min(begin.day, _last_of_month(day))
    ]


def last_friday(begin: date) -> list[date]:
    return [day for day in days(begin) if day.isoweekday() == 5 and day.day + 7 > _last_of_month(day)]


def first_saturday_by_quarter(begin: date) -> list[date]:
    """From a first Saturday on, that of every third month."""
    return [
        day
        for day in days(begin)
        if day.isoweekday() == 6 and day.day <= 7 and (day.month - begin.month) % 3 == 0
    ]


def shows(zone: str) -> Callable[[datetime], datetime]:
    """What a place's clock shows at a moment in UTC."""
    place = pytz.timezone(zone)

    def local(at: datetime) -> datetime:
        shown: datetime = at.astimezone(place).replace(tzinfo=None)
        return shown

    return local


def first_minute(day: date, at: time, local: Callable[[datetime], datetime]) -> datetime:
    """The first minute at which the clock shows this or something later."""
    wanted = datetime.combine(day, at)
    begin = (wanted - (local(_utc(wanted)) - wanted)).replace(tzinfo=UTC)
    found = begin - timedelta(hours=3)
    while local(found) >= wanted:
        found -= timedelta(hours=12)
    for step in (timedelta(minutes=30), timedelta(minutes=1)):
        while local(found + step) < wanted:
            found += step
    return found + timedelta(minutes=1)


def _utc(wanted: datetime) -> datetime:
    return wanted.replace(tzinfo=UTC)


def changes(zone: str, first: int, last: int) -> list[datetime]:
    """When a place's clocks are changed in these years, in UTC."""
    times = getattr(pytz.timezone(zone), "_utc_transition_times", ())
    return [one.replace(tzinfo=UTC) for one in times if first <= one.year <= last]
