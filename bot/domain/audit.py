"""Audits: a round of red lines and consent before a joint action, as a table.

Rules:
- A steward opens a round; each other group takes part once one of its own stewards accepts, until the
  red lines have been circulated. The round begins with the first that accepts; if none does, it is off.
- From then on the collecting lasts a day at least, unless less was planned: its opener has agreed to no less.
- Who may take part is frozen per group when it accepts (the opener's: when it opens). Others watch.
- Red lines are collected until `lines`, then circulated; ballots are cast until `until`. Either ends earlier
  only if a steward of every group has said so, and the consent only if all ballots are in.
- The verdict is that of `verdict.py`. Held or without a quorum, the round can be revised for 14 days: a new
  consent as long as the first. Agreed, or not revised, it has ended: then nothing leads from words to people.
- A sheet that comes late, since the bot was away, leaves a day for the consent, or as much as was planned.
- A cancelled round leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

LEAST = timedelta(hours=24)  # of each phase, unless the groups agree to less by accepting
USUAL = timedelta(days=14)
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=366)
REVISED_WITHIN = timedelta(days=14)
RECORD_KEPT = timedelta(days=30)
DRAFT_KEPT = timedelta(hours=24)
LAST_CALL = timedelta(hours=24)
LONGEST_LINE = 1500  # characters
LONGEST_TITLE = 120
MOST_LINES = 20  # of one person
SHOWN_FROM = 5  # people, of how many have answered
BY_GROUP_FROM = 3  # people of a group, before a red line is shown as that group's


class State(StrEnum):
    OPENED = "opened"
    COLLECTING = "collecting"
    CONSENT = "consent"
    HELD = "held"
    NO_QUORUM = "no-quorum"
    AGREED = "agreed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Move(StrEnum):
    ACCEPT = "accept"
    CIRCULATE = "circulate"
    HOLD = "hold"
    MISS = "miss"
    AGREE = "agree"
    REVISE = "revise"
    LAPSE = "lapse"
    CANCEL = "cancel"


TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.OPENED, Move.ACCEPT): State.COLLECTING,
    (State.OPENED, Move.CANCEL): State.CANCELLED,
    (State.COLLECTING, Move.ACCEPT): State.COLLECTING,
    (State.COLLECTING, Move.CIRCULATE): State.CONSENT,
    (State.COLLECTING, Move.CANCEL): State.CANCELLED,
    (State.CONSENT, Move.HOLD): State.HELD,
    (State.CONSENT, Move.MISS): State.NO_QUORUM,
    (State.CONSENT, Move.AGREE): State.AGREED,
    (State.CONSENT, Move.CANCEL): State.CANCELLED,
    (State.HELD, Move.REVISE): State.CONSENT,
    (State.HELD, Move.LAPSE): State.LAPSED,
    (State.HELD, Move.CANCEL): State.CANCELLED,
    (State.NO_QUORUM, Move.REVISE): State.CONSENT,
    (State.NO_QUORUM, Move.LAPSE): State.LAPSED,
    (State.NO_QUORUM, Move.CANCEL): State.CANCELLED,
}

OPEN = (State.OPENED, State.COLLECTING, State.CONSENT, State.HELD, State.NO_QUORUM)
"""The states in which a secret leads from words to people."""

JOINABLE = tuple(state for state, move in TRANSITIONS if move is Move.ACCEPT)
"""The states in which a group that was asked can still take part; after that it is told nothing any more."""

REVISABLE = (State.HELD, State.NO_QUORUM)
RECORDS = (State.AGREED, State.LAPSED)


class Kind(StrEnum):
    """What a red line is about, where its author circulates that alone."""

    LEGAL = "legal"
    WORK = "work"
    HOUSING = "housing"
    RESIDENCE = "residence"
    HEALTH = "health"
    FAMILY = "family"
    MONEY = "money"
    PRIVACY = "privacy"
    OTHER = "other"


class Fault(StrEnum):
    """Why a round cannot have these dates."""

    PAST = "past"
    TOO_SOON = "too-soon"
    TOO_LATE = "too-late"
    ORDER = "order"


class NotPossible(Exception):
    """The table has no such move from the present state."""


@dataclass(frozen=True, slots=True)
class Audit:
    """One round. `number` is how all its groups call it; `opener`, `lead` and `wished` are group ids.

    `title` is in the opener's `language`. `wished` is the group that the opener would like to lead; it does
    so once it accepts. `begun` is when the present phase began, `opened` when the first did; `length` is how
    long the first consent lasts. `marks` name the reminders of this phase that are done. `weak`: many stand
    aside. `changed` is what a revision changed, in the language `changed_in`. `decided` is when the verdict
    was, `kept_until` until when the record is kept, `action` whether it belongs to one.
    """

    id: int
    number: int
    opener: int
    lead: int
    wished: int
    title: str
    language: str
    state: State
    lines: datetime
    until: datetime
    begun: datetime
    opened: datetime
    length: timedelta
    round: int = 1
    marks: frozenset[str] = frozenset()
    weak: bool = False
    changed: str = ""
    changed_in: str = ""
    decided: datetime | None = None
    kept_until: datetime | None = None
    action: bool = False

    @property
    def ends(self) -> datetime:
        """When the present phase ends."""
        return self.lines if self.state in (State.OPENED, State.COLLECTING) else self.until

    @property
    def is_open(self) -> bool:
        """Whether a secret leads from its words to people."""
        return self.state in OPEN

    def allows(self, move: Move) -> bool:
        """Whether the table has such a move from the present state."""
        return (self.state, move) in TRANSITIONS

    def moved(self, move: Move) -> Audit:
        """In the next state. Raises NotPossible."""
        try:
            return replace(self, state=TRANSITIONS[self.state, move])
        except KeyError:
            raise NotPossible from None


def dates(now: datetime, lines: datetime | None, until: datetime | None) -> tuple[datetime, datetime] | Fault:
    """When the collecting and the consent end: what was asked for, else the half of the time, and 14 days.

    Where these would leave less than a day after `lines`, the consent takes half of them.
    """
    if until is None:
        until = (now + USUAL).replace(second=0, microsecond=0)
        until = lines + USUAL / 2 if lines is not None and until < lines + LEAST else until
    if lines is None:
        lines = now + (until - now) / 2
        lines = lines.replace(second=0, microsecond=0)
    if until <= now or lines <= now:
        return Fault.PAST
    if until > now + LONGEST:
        return Fault.TOO_LATE
    if lines >= until:
        return Fault.ORDER
    if lines - now < SHORTEST or until - lines < SHORTEST:
        return Fault.TOO_SOON
    return lines, until


def is_short(now: datetime, lines: datetime, until: datetime) -> bool:
    """Whether a phase lasts for less than what groups have unless they agree to less."""
    return lines - now < LEAST or until - lines < LEAST


def accepted(audit: Audit, at: datetime, group: int) -> Audit:
    """A group takes part, and leads if it was asked to; the first one begins the collecting."""
    first = audit.state is State.OPENED
    audit = replace(audit.moved(Move.ACCEPT), lead=group if audit.wished == group else audit.lead)
    if not first:
        return audit
    planned, consent = audit.lines - audit.opened, audit.until - audit.lines
    lines = audit.lines if planned < LEAST else max(audit.lines, _minute(at + LEAST))
    return replace(audit, begun=at, lines=lines, until=max(audit.until, lines + min(LEAST, consent)))


def _minute(at: datetime) -> datetime:
    """The next full minute."""
    return (at + timedelta(seconds=59)).replace(second=0, microsecond=0)


def circulated(audit: Audit, at: datetime) -> Audit:
    """The red lines go to every room, and the consent begins; late ones leave time for it."""
    until = max(audit.until, at + min(LEAST, audit.until - audit.lines))
    return replace(audit.moved(Move.CIRCULATE), begun=at, until=until, length=until - at, marks=frozenset())


def revised(audit: Audit, at: datetime, changed: str, language: str, until: datetime | None) -> Audit:
    """A new consent, as long as the first one unless somebody says otherwise."""
    return replace(
        audit.moved(Move.REVISE),
        begun=at,
        until=until or at + max(audit.length, SHORTEST),
        round=audit.round + 1,
        changed=changed,
        changed_in=language,
        marks=frozenset(),
        weak=False,
        decided=None,
        kept_until=None,
    )


def may_revise(audit: Audit, now: datetime) -> bool:
    """Whether it is not too late for that."""
    return audit.state in REVISABLE and audit.decided is not None and now <= audit.decided + REVISED_WITHIN


def revision_fault(audit: Audit, now: datetime, until: datetime | None) -> Fault | None:
    """Why a revision cannot last until then: nobody shall be asked again for so short that they miss it."""
    if until is None:
        return None
    if until <= now:
        return Fault.PAST
    if until < now + min(LEAST, audit.length):
        return Fault.TOO_SOON
    return Fault.TOO_LATE if until > now + LONGEST else None


def due_marks(audit: Audit, now: datetime) -> frozenset[str]:
    """The reminders whose time has come: at half time, and a day before the end of a longer phase."""
    begun, ends = audit.begun, audit.ends
    times = {"half": begun + (ends - begun) / 2}
    if ends - begun > LAST_CALL:
        times["day"] = ends - LAST_CALL
    return frozenset(name for name, at in times.items() if at <= now < ends) - audit.marks
