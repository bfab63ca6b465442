"""Twinnings: the agreed link between two groups, as a table.

Rules:
- `a` proposes to the group `b` that gave the code; nothing crosses before `b` accepts.
- Either side pauses and ends at once. What one side paused, that side resumes; where both paused,
  both have to resume. The other side's wish to resume is told.
- A twinning lasts up to and including its end date (a day in UTC), one year if nobody says otherwise, and
  never more than five years from today; both sides can renew it together.
- Ended and declined are for good.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    PROPOSED = "proposed"
    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"
    DECLINED = "declined"


class Move(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    RENEW = "renew"


TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.PROPOSED, Move.ACCEPT): State.ACTIVE,
    (State.PROPOSED, Move.DECLINE): State.DECLINED,
    (State.PROPOSED, Move.END): State.ENDED,
    (State.ACTIVE, Move.PAUSE): State.PAUSED,
    (State.ACTIVE, Move.END): State.ENDED,
    (State.ACTIVE, Move.RENEW): State.ACTIVE,
    (State.PAUSED, Move.PAUSE): State.PAUSED,
    (State.PAUSED, Move.RESUME): State.ACTIVE,
    (State.PAUSED, Move.END): State.ENDED,
    (State.PAUSED, Move.RENEW): State.PAUSED,
}

USUAL_YEARS, MOST_YEARS = 1, 5
ENDS_SOON = timedelta(days=30)

OPEN = (State.PROPOSED, State.ACTIVE, State.PAUSED)


class Fault(StrEnum):
    """Why a day cannot be an end date."""

    NOT_A_DAY = "not-a-day"
    TOO_SOON = "too-soon"
    TOO_LATE = "too-late"


class NotPossible(Exception):
    """The table has no such move from the present state, or this side may not make it."""


@dataclass(frozen=True, slots=True)
class Twinning:
    """`a` and `b` are group ids; `alias_a` is a's handle as b sees it, `alias_b` b's as a sees it."""

    id: int
    a: int
    b: int
    state: State
    alias_a: str
    alias_b: str
    check_words: str
    ends_on: date
    created_at: datetime
    paused_a: bool = False
    paused_b: bool = False
    renew_by: int | None = None
    renew_until: date | None = None

    def other(self, group: int) -> int:
        """The id of the other side."""
        return self.b if group == self.a else self.a

    def alias_for(self, reader: int) -> str:
        """How `reader` sees the other side's handle."""
        return self.alias_a if reader == self.b else self.alias_b

    def alias_of(self, group: int) -> str:
        """How the other side sees this group's handle."""
        return self.alias_a if group == self.a else self.alias_b

    def paused_by(self, group: int) -> bool:
        """Whether this side pauses it."""
        return self.paused_a if group == self.a else self.paused_b

    def allows(self, move: Move) -> bool:
        """Whether the table has such a move from the present state."""
        return (self.state, move) in TRANSITIONS

    def ends_soon(self, today: date) -> bool:
        """Whether it is time to think of renewing."""
        return self.ends_on <= today + ENDS_SOON

    def is_active(self, today: date) -> bool:
        """Whether words may cross today (a day in UTC)."""
        return self.state is State.ACTIVE and today <= self.ends_on


def accept(twinning: Twinning, by: int) -> Twinning:
    """The side that gave the code accepts."""
    if by != twinning.b:
        raise NotPossible
    return replace(twinning, state=_next(twinning, Move.ACCEPT))


def decline(twinning: Twinning, by: int) -> Twinning:
    """The side that gave the code declines."""
    if by != twinning.b:
        raise NotPossible
    return replace(twinning, state=_next(twinning, Move.DECLINE))


def pause(twinning: Twinning, by: int) -> Twinning:
    """One side suffices."""
    state = _next(twinning, Move.PAUSE)
    if by == twinning.a:
        return replace(twinning, state=state, paused_a=True)
    return replace(twinning, state=state, paused_b=True)


def resume(twinning: Twinning, by: int) -> Twinning:
    """Take back one's own pause; active again once neither side pauses."""
    state = _next(twinning, Move.RESUME)
    paused_a = twinning.paused_a and by != twinning.a
    paused_b = twinning.paused_b and by != twinning.b
    still = State.PAUSED if paused_a or paused_b else state
    return replace(twinning, state=still, paused_a=paused_a, paused_b=paused_b)


def end(twinning: Twinning) -> Twinning:
    """One side suffices, and the end date."""
    return replace(twinning, state=_next(twinning, Move.END))


def renew(twinning: Twinning, by: int, until: date) -> Twinning:
    """Ask for, or agree to, a new end date; it holds once the other side has asked for the same."""
    state = _next(twinning, Move.RENEW)
    asked = twinning.renew_by is not None and twinning.renew_by != by
    if asked and twinning.renew_until == until:
        return replace(twinning, state=state, ends_on=until, renew_by=None, renew_until=None)
    return replace(twinning, state=state, renew_by=by, renew_until=until)


def _next(twinning: Twinning, move: Move) -> State:
    try:
        return TRANSITIONS[twinning.state, move]
    except KeyError:
        raise NotPossible from None


def years_after(day: date, years: int) -> date:
    """The same day in a later year; 28 February where there is no 29th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def end_date(typed: str, today: date) -> date | Fault:
    """The end date that a person typed as `2027-11-20`: from tomorrow to five years from today."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", typed):
        return Fault.NOT_A_DAY
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return Fault.NOT_A_DAY
    if day <= today:
        return Fault.TOO_SOON
    return Fault.TOO_LATE if day > years_after(today, MOST_YEARS) else day


def next_end(ends_on: date, today: date) -> date:
    """The end date that a renewal asks for if nobody says otherwise: a year more, within five years."""
    return min(years_after(max(ends_on, today), USUAL_YEARS), years_after(today, MOST_YEARS))


def renewal(twinning: Twinning, by: int, today: date) -> date:
    """The end date meant by a side that names none: the one the other side asked for, or a year more."""
    if (
        twinning.renew_by not in (None, by)
        and twinning.renew_until is not None
        and twinning.renew_until > today
    ):
        return twinning.renew_until
    return next_end(twinning.ends_on, today)
