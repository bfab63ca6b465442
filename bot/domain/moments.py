"""Days and hours of a place as points in time: what an ISO date means in a zone.

Rules:
- An hour that does not exist, since clocks go forward, is the first that does; of one that comes twice it is
  the first.
- A day without an hour, as the end of something, ends with its last minute: the one before the next day
  begins, whenever that is.
- `2027-05-01` and `2027-05-01 10:00` (or with a T, or as `10.00`) are ISO; nothing else is read here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.domain.text import Listing, Moment

FIRST_YEAR, LAST_YEAR = 1970, 2199
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:\s*[Tt]\s*|\s+)(\d{1,2})[:.](\d{2})(?::\d{2})?)?")
_HOUR = re.compile(r"(\d{1,2})[:.](\d{2})")


class Fault(StrEnum):
    """Why something typed is no date: it is not ISO, there is no such day (30 February) or hour (25:00)."""

    NOT_ISO = "not-iso"
    NO_SUCH_DAY = "no-such-day"
    NO_SUCH_HOUR = "no-such-hour"


@dataclass(frozen=True, slots=True)
class Local:
    """A day, and perhaps an hour, as clocks show them somewhere."""

    day: date
    at: time | None = None


def read_iso(typed: str) -> Local | Fault:
    """The day, and hour if there is one, of `2027-05-01 10:00`; digits of every script count."""
    found = _ISO.fullmatch(digits(typed).strip())
    if found is None:
        return Fault.NOT_ISO
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return Fault.NO_SUCH_DAY
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return Fault.NO_SUCH_DAY
    if found[4] is None:
        return Local(day)
    at = _time(found[4], found[5])
    return Fault.NO_SUCH_HOUR if at is None else Local(day, at)


def read_hour(typed: str) -> time | Fault:
    """The hour of `10:00`, `9.30` or `9`."""
    plain = digits(typed).strip()
    found = _HOUR.fullmatch(plain)
    if found is None and not re.fullmatch(r"[0-9]{1,2}", plain):
        return Fault.NOT_ISO
    at = _time(found[1], found[2]) if found else _time(plain, "0")
    return Fault.NO_SUCH_HOUR if at is None else at


def _time(hour: str, minute: str) -> time | None:
    return time(int(hour), int(minute)) if int(hour) < 24 and int(minute) < 60 else None


def digits(typed: str) -> str:
    """With the decimal digits of every script, and full-width signs, as the ones of keyboards."""
    return "".join(
        str(unicodedata.decimal(c)) if c.isdecimal() else c for c in unicodedata.normalize("NFKC", typed)
    )


def moment(day: date, at: time, zone: str) -> datetime:
    """When the clocks of a zone show this, in UTC: the first that exists, and the first of two."""
    place = ZoneInfo(zone)
    local = datetime.combine(day, at.replace(fold=0), place)
    found = local.astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None, fold=0) == local.replace(tzinfo=None):
        return found
    return _first_after(local.replace(fold=1).astimezone(UTC), found, place)


def _first_after(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The moment between two others at which the clocks of a place have gone forward."""
    offset = after.astimezone(place).utcoffset()
    low, high = before, after
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        middle = middle.replace(microsecond=0)
        if middle <= low:
            break
        if middle.astimezone(place).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def begin_of_day(day: date, zone: str) -> datetime:
    """When a day begins somewhere: at midnight, or where there is none, at the first hour there is."""
    return moment(day, time(), zone)


def end_of_day(day: date, zone: str) -> datetime:
    """The last minute of a day somewhere."""
    return begin_of_day(day + timedelta(days=1), zone) - timedelta(minutes=1)


def deadline(typed: str, zone: str) -> datetime | Fault:
    """The point in time meant by an ISO date with an hour, or by the end of a day without one."""
    local = read_iso(typed)
    if isinstance(local, Fault):
        return local
    return end_of_day(local.day, zone) if local.at is None else moment(local.day, local.at, zone)


def today(now: datetime, zone: str) -> date:
    """Which day it is somewhere."""
    return now.astimezone(ZoneInfo(zone)).date()


def everywhere(at: datetime, zones: Iterable[str]) -> Listing:
    """One moment as the clocks of several zones show it, each zone once, to be listed in a sentence."""
    return Listing(tuple(Moment(at, zone) for zone in dict.fromkeys(zones)))
