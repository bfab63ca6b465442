"""Calendar files (RFC 5545). The only importer of icalendar.

Rules:
- An entry keeps its UID for ever and counts its changes, so that importing a file anew updates what is there.
- Hours stand in the reader's time zone, whose rules are in the file; a whole day has no hour. An hour
  that comes twice stands in UTC, since calendars do not agree which of the two is meant.
- Each change of the clocks is written on its own, at the hour that the clocks show before it (RFC 5545,
  3.6.5): what libraries put together from the rules of a zone is late where clocks go forward, and leaves
  out changes of zones like Casablanca's.
- What was cancelled stays in the file as cancelled, so that it leaves calendars, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard

MIMETYPE = "text/calendar"
_PRODUCT = "-//Twinline//Twinline//EN"
_YEAR, _DAY, _SECOND = timedelta(days=366), timedelta(days=1), timedelta(seconds=1)


class Status(StrEnum):
    """How certain an entry is."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event; `begins` is a moment, or a whole day. `version` counts its changes."""

    uid: str
    title: str
    notes: str
    begins: datetime | date
    status: Status
    version: int
    changed: datetime


def calendar(name: str, zone: str, entries: Iterable[Entry], now: datetime) -> str:
    """A calendar file, as text."""
    place = ZoneInfo(zone)
    found = Calendar()
    found.add("prodid", _PRODUCT)
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    days: list[date] = [now.date()]
    events = []
    for one in entries:
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", now)
        event.add("last-modified", one.changed)
        event.add("sequence", one.version)
        event.add("summary", one.title)
        event.add("description", one.notes)
        event.add("status", one.status.value)
        begins = one.begins.astimezone(place) if isinstance(one.begins, datetime) else one.begins
        days.append(begins.date() if isinstance(begins, datetime) else begins)
        event.add("dtstart", one.begins if _comes_twice(begins) else begins)
        events.append(event)
    if zone != "UTC":
        found.add_component(_rules(place, min(days) - _YEAR, max(days) + _YEAR))
    for event in events:
        found.add_component(event)
    return str(found.to_ical(), "utf-8")


def _comes_twice(begins: datetime | date) -> bool:
    return (
        isinstance(begins, datetime)
        and begins.utcoffset() != begins.replace(fold=not begins.fold).utcoffset()
    )


def _rules(place: ZoneInfo, first: date, last: date) -> Timezone:
    """What the clocks of a place show from one day to another."""
    found = Timezone()
    found.add("tzid", place.key)
    begin = datetime.combine(first, time(), UTC)
    before = _offset(begin, place)
    for at in (begin, *_changes(place, begin, datetime.combine(last, time(), UTC))):
        local = at.astimezone(place)
        part = TimezoneDaylight() if local.dst() else TimezoneStandard()
        part.add("dtstart", (at + before).replace(tzinfo=None))
        part.add("tzname", local.tzname())
        part.add("tzoffsetfrom", before)
        before = _offset(at, place)
        part.add("tzoffsetto", before)
        found.add_component(part)
    return found


def _changes(place: ZoneInfo, begin: datetime, end: datetime) -> Iterator[datetime]:
    """The moments at which the clocks of a place are changed."""
    while begin < end:
        low, high = begin, begin + _DAY
        begin = high
        if _offset(low, place) == _offset(high, place):
            continue
        while high - low > _SECOND:
            middle = (low + (high - low) / 2).replace(microsecond=0)
            low, high = (middle, high) if _offset(middle, place) == _offset(low, place) else (low, middle)
        yield high


def _offset(at: datetime, place: ZoneInfo) -> timedelta:
    return at.astimezone(place).utcoffset() or timedelta()
