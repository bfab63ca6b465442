"""Calendar files (RFC 5545). The only importer of icalendar.

Rules:
- An entry keeps its UID for ever and counts its changes, so that importing a file anew updates what is there.
- Hours stand in the reader's time zone, whose rules are in the file; a whole day has no hour.
- What was cancelled stays in the file as cancelled, so that it leaves calendars, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

MIMETYPE = "text/calendar"
_PRODUCT = "-//Twinline//Twinline//EN"
_YEAR = timedelta(days=366)


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
    found = Calendar()
    found.add("prodid", _PRODUCT)
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", name)
    days: list[date] = [now.date()]
    for one in entries:
        event = Event()
        event.add("uid", one.uid)
        event.add("dtstamp", now)
        event.add("last-modified", one.changed)
        event.add("sequence", one.version)
        event.add("summary", one.title)
        event.add("description", one.notes)
        event.add("status", one.status.value)
        begins = one.begins.astimezone(ZoneInfo(zone)) if isinstance(one.begins, datetime) else one.begins
        event.add("dtstart", begins)
        days.append(begins.date() if isinstance(begins, datetime) else begins)
        found.add_component(event)
    found.add_missing_timezones(first_date=min(days) - _YEAR, last_date=max(days) + _YEAR)
    return str(found.to_ical(), "utf-8")
