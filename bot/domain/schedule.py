"""Schedules and their occurrences: what is due is a pure function of the schedule, the time and the zones.

Rules:
- An occurrence is a schedule and a local date: the date that the rule names, with an offset in days. It
  happens once, whatever the clocks, the zone or its rules do meanwhile.
- It is due at the schedule's own hour, else at the hour of those whom it reminds, then outside their quiet
  hours: at their end where that is on the same day, else just before they begin.
- What reminds before the date, and falls on a day on which they do not work, comes on the working day before,
  if they want that. The date itself, and what comes after it, never moves.
- Two occurrences that are moved to the same day are one: the later speaks.
- What is late by up to a week comes late; what is older is only mentioned.
- Nothing is due that was due before the schedule was made or changed; what then would have to be moved before
  that comes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.domain.group import is_quiet_at
from bot.domain.moments import moment
from bot.domain.recurring import Rule

USUAL_HOUR = time(9)
GRACE = timedelta(minutes=5)
"""So late something may be without a word about it."""
LATE = timedelta(days=7)
"""So late it still comes."""
AT_ONCE = timedelta(seconds=1)
"""After the schedule was made, for what should have come before."""
MOST_SHIFT = 14
"""Days that a reminder is moved at the most."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_REACH = timedelta(days=2)  # between a local day and any other place's
_WINDOWS = (40, 200, 800, 3200)  # days in which the next date is looked for, one after the other


def _never(day: date) -> bool:
    return False


@dataclass(frozen=True)
class Customs:
    """How those who are reminded keep time.

    `off` tells whether they do not work on a day, for those who want reminders to come before it.
    """

    zone: str
    hour: time = USUAL_HOUR
    quiet: str = ""
    off: Callable[[date], bool] = _never

    @cached_property
    def aloud(self) -> time:
        """The hour, or where it is quiet then, the nearest one of the same day at which it is not."""
        if not self.quiet or not is_quiet_at(self.quiet, self.hour):
            return self.hour
        begin, end = (time.fromisoformat(part) for part in self.quiet.split("-"))
        if begin < end or self.hour < end:
            return end
        return (datetime.combine(date.max, begin) - timedelta(minutes=1)).time()


@dataclass(frozen=True, slots=True)
class Schedule:
    """`kind` and `owner` say what it belongs to, `group` whose customs hold (None: a person's own).

    `zone` and `hour` hold instead of those of the group; a person's own schedule has a zone. `offsets` are in
    days from the rule's dates. It was made or changed when it has `begun`; what was due up to `since` has
    been seen to. `next_on` is the next occurrence, `next_day` the day on which it comes, `next_at` when;
    None: there is none.
    """

    id: int
    kind: str
    owner: int
    rule: Rule
    group: int | None = None
    zone: str = ""
    hour: time | None = None
    offsets: tuple[int, ...] = (0,)
    begun: datetime | None = None
    since: datetime | None = None
    next_on: date | None = None
    next_day: date | None = None
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`on` is its local date, `about` the date of which it reminds, `day` the one on which it comes."""

    schedule: int
    on: date
    about: date
    day: date
    at: datetime

    @property
    def offset(self) -> int:
        """Days from the date that it is about."""
        return (self.on - self.about).days

    @property
    def id(self) -> str:
        """Its name for ever: what is sent of it has this as its source."""
        return f"occurrence:{self.schedule}:{self.on.isoformat()}"

    def is_late(self, now: datetime) -> bool:
        """Whether a word about it is due, too."""
        return now - self.at > GRACE

    def is_old(self, now: datetime) -> bool:
        """Whether it is only mentioned."""
        return now - self.at > LATE


@dataclass(frozen=True, slots=True)
class Due:
    """An occurrence whose time has come, with its schedule and the zone in which it is read."""

    schedule: Schedule
    occurrence: Occurrence
    zone: str
    late: bool = False

    @property
    def id(self) -> str:
        return self.occurrence.id


def customs_for(schedule: Schedule, customs: Customs) -> Customs:
    """The customs that hold for a schedule: its own zone and hour, where it has them."""
    zone = schedule.zone or customs.zone
    if schedule.hour is None:
        return replace(customs, zone=zone)
    return replace(customs, zone=zone, hour=schedule.hour, quiet="")


def due(schedule: Schedule, customs: Customs, now: datetime) -> list[Occurrence]:
    """What has become due since the schedule was looked at, oldest first."""
    since = schedule.since or now
    if since >= now:
        return []
    begin = _local(since, customs, schedule) - _REACH
    end = _local(now, customs, schedule) + _REACH
    return [one for one in _between(schedule, customs, begin, end) if since < one.at <= now]


def upcoming(schedule: Schedule, customs: Customs, after: datetime) -> Occurrence | None:
    """The first occurrence that is due after a moment."""
    begin = _local(after, customs, schedule) - _REACH
    for days in _WINDOWS:
        end = begin + timedelta(days=days)
        found = next((one for one in _between(schedule, customs, begin, end) if one.at > after), None)
        if found is not None:
            return found
    return None


def when(schedule: Schedule, customs: Customs, day: date) -> datetime:
    """When what comes on a day is due."""
    own = customs_for(schedule, customs)
    return moment(day, own.aloud, own.zone)


def _local(at: datetime, customs: Customs, schedule: Schedule) -> date:
    return at.astimezone(ZoneInfo(schedule.zone or customs.zone)).date()


def _between(schedule: Schedule, customs: Customs, begin: date, end: date) -> list[Occurrence]:
    """What comes from one local day to another, in its order; of several on one day only the last."""
    own, begun = customs_for(schedule, customs), schedule.begun or _LONG_AGO
    found: dict[date, Occurrence] = {}
    for on, about in _nominal(schedule, begin, end + timedelta(days=MOST_SHIFT)):
        day = _working_day(on, own.off) if on < about else on
        at = moment(day, own.aloud, own.zone)
        if day < on and at <= begun < moment(on, own.aloud, own.zone):
            at = begun + AT_ONCE
        if day <= end:
            found[day] = Occurrence(schedule.id, on, about, day, at)
    return sorted(found.values(), key=lambda one: (one.at, one.on))


def _nominal(schedule: Schedule, begin: date, end: date) -> list[tuple[date, date]]:
    """The local dates within these days, each with the rule's date next to it."""
    found: dict[date, date] = {}
    first, last = begin - timedelta(days=max(schedule.offsets)), end - timedelta(days=min(schedule.offsets))
    for about in schedule.rule.dates(first, last):
        for offset in schedule.offsets:
            on = about + timedelta(days=offset)
            if begin <= on <= end and (on not in found or abs(on - about) < abs(on - found[on])):
                found[on] = about
    return sorted(found.items())


def _working_day(day: date, off: Callable[[date], bool]) -> date:
    """The day, or the last one before it on which they work; itself where there is none."""
    for back in range(MOST_SHIFT + 1):
        if not off(day - timedelta(days=back)):
            return day - timedelta(days=back)
    return day
