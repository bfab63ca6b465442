"""Actions: what twins plan to do together on a date, as a table.

Rules:
- A group proposes an action to its twins, and has agreed to it by that. Once every group that takes part has
  agreed to the date, it is agreed; once every group has confirmed it, it is confirmed.
- Whoever asks for another date proposes it to all: those who agreed to the old one are asked anew.
- An audit that did not end in consent holds the action, until another did, or it is moved.
- Every group but the one that proposed may leave at any time; with fewer than two groups it is off. The group
  that proposed cancels it for all.
- It is done when a group says so, not before its day; debriefed once every group has said something about it.
- A series agrees to its rhythm: the date after one that is over is agreed already, and confirmed on its own.
  It ends with the twinnings, and by command.
- An action without an hour is a whole day, which begins for each group in its own time.
- Cancelled and debriefed are for good; what is over cannot be moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.domain.moments import today
from bot.domain.recurring import Rule
from bot.domain.season import When

LONGEST_TITLE = 100
LONGEST_OPTION = 200
LONGEST_DEBRIEF = 4000
MOST_OPEN = 200  # of a group at the same time
MOST_OPTIONS = 20
BEFORE = (28, 14, 7, 1, 0)
"""Days before the day on which a group is reminded if it does not say otherwise."""
DEBRIEF_AFTER = 3
_SEEN_WITHIN = timedelta(seconds=15)


class State(StrEnum):
    PROPOSED = "proposed"
    AGREED = "agreed"
    CONFIRMED = "confirmed"
    HELD = "held"
    DONE = "done"
    DEBRIEFED = "debriefed"
    CANCELLED = "cancelled"


class Move(StrEnum):
    AGREE = "agree"
    CONFIRM = "confirm"
    HOLD = "hold"
    MOVE = "move"
    DECLINE = "decline"
    CANCEL = "cancel"
    DONE = "done"
    DEBRIEF = "debrief"


# AGREE, CONFIRM and DEBRIEF lead there once every group that takes part has made the move; what was held is
# agreed again with the first confirmation.
TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.PROPOSED, Move.AGREE): State.AGREED,
    (State.PROPOSED, Move.MOVE): State.PROPOSED,
    (State.PROPOSED, Move.DECLINE): State.PROPOSED,
    (State.PROPOSED, Move.CANCEL): State.CANCELLED,
    (State.AGREED, Move.CONFIRM): State.CONFIRMED,
    (State.AGREED, Move.HOLD): State.HELD,
    (State.AGREED, Move.MOVE): State.PROPOSED,
    (State.AGREED, Move.DECLINE): State.AGREED,
    (State.AGREED, Move.CANCEL): State.CANCELLED,
    (State.AGREED, Move.DONE): State.DONE,
    (State.CONFIRMED, Move.HOLD): State.HELD,
    (State.CONFIRMED, Move.MOVE): State.PROPOSED,
    (State.CONFIRMED, Move.DECLINE): State.CONFIRMED,
    (State.CONFIRMED, Move.CANCEL): State.CANCELLED,
    (State.CONFIRMED, Move.DONE): State.DONE,
    (State.HELD, Move.CONFIRM): State.CONFIRMED,
    (State.HELD, Move.MOVE): State.PROPOSED,
    (State.HELD, Move.DECLINE): State.HELD,
    (State.HELD, Move.CANCEL): State.CANCELLED,
    (State.DONE, Move.DEBRIEF): State.DEBRIEFED,
    (State.DEBRIEFED, Move.DEBRIEF): State.DEBRIEFED,
}

OPEN = (State.PROPOSED, State.AGREED, State.CONFIRMED, State.HELD)
SETTLED = (State.AGREED, State.CONFIRMED, State.HELD, State.DONE, State.DEBRIEFED)
"""Those in which a quarter has its action."""


class Kind(StrEnum):
    """The menu of ways in which a group takes part; OWN is in somebody's own words."""

    GATHERING = "gathering"
    BRIEFING = "briefing"
    LETTER = "letter"
    ONLINE = "online"
    AID = "aid"
    OWN = "own"


MENU = (Kind.GATHERING, Kind.BRIEFING, Kind.LETTER, Kind.ONLINE, Kind.AID)


class Question(StrEnum):
    """What a debrief asks."""

    WORKED = "worked"
    FAILED = "failed"
    LEARNED = "learned"


class NotPossible(Exception):
    """The table has no such move from the present state, or this side may not make it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A group's part. `picks` are numbers of the menu; `before` are days before the day, for reminders.

    `left`: it takes no part any more.
    """

    group: int
    agreed: bool = False
    confirmed: bool = False
    debriefed: bool = False
    left: bool = False
    picks: tuple[int, ...] = ()
    before: tuple[int, ...] = BEFORE


@dataclass(frozen=True, slots=True)
class Option:
    """An entry of the menu that `group` has added."""

    number: int
    group: int
    kind: Kind
    text: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Action:
    """`number` names it in the rooms of all groups that take part; `proposer` is a group's id.

    `title` is in the proposer's `language`. `rule` is the rhythm of a series, else "", `rule_on` the
    day of it that this action stands for; `rhythm`: all have agreed to it. The date was changed last at
    `changed_at` by `changed_by`, a pseudonym; `version` counts the changes. `audit` is the round about it.
    """

    id: int
    number: int
    proposer: int
    title: str
    language: str
    when: When
    state: State
    parts: tuple[Part, ...]
    changed_at: datetime
    changed_by: str = ""
    rule: str = ""
    rule_on: date | None = None
    rhythm: bool = False
    audit: int | None = None
    version: int = 0

    @property
    def present(self) -> tuple[Part, ...]:
        """The parts of those who take part."""
        return tuple(part for part in self.parts if not part.left)

    @property
    def open(self) -> bool:
        return self.state in OPEN

    def part(self, group: int) -> Part | None:
        """A group's part, if it takes part."""
        return next((part for part in self.present if part.group == group), None)

    def allows(self, move: Move) -> bool:
        """Whether the table has such a move from the present state."""
        return (self.state, move) in TRANSITIONS

    def seen(self, sent_at: datetime | None, person: str) -> bool:
        """Whether whoever wrote then can have known the date, which somebody else may just have changed."""
        if sent_at is None or self.version == 0 or person == self.changed_by:
            return True
        return sent_at >= self.changed_at + _SEEN_WITHIN

    def waits_for(self, move: Move) -> tuple[int, ...]:
        """The groups that have not made the move yet."""
        return tuple(part.group for part in self.present if not _made(part, move))


def _made(part: Part, move: Move) -> bool:
    return {Move.AGREE: part.agreed, Move.CONFIRM: part.confirmed, Move.DEBRIEF: part.debriefed}[move]


def _next(action: Action, move: Move) -> State:
    try:
        return TRANSITIONS[action.state, move]
    except KeyError:
        raise NotPossible from None


def _with(action: Action, changed: Part) -> Action:
    parts = tuple(changed if part.group == changed.group else part for part in action.parts)
    return replace(action, parts=parts)


def with_part(action: Action, group: int, **changes: object) -> Action:
    """A group's part has changed. Raises NotPossible if it takes no part."""
    part = action.part(group)
    if part is None:
        raise NotPossible
    return _with(action, replace(part, **changes))  # type: ignore[arg-type]  # fields of a part


def _together(action: Action, move: Move) -> Action:
    """The next state, if everybody has made the move."""
    return action if action.waits_for(move) else replace(action, state=_next(action, move))


def agree(action: Action, by: int) -> Action:
    """A group agrees to the date, and to the rhythm, if it comes again."""
    _next(action, Move.AGREE)
    return _rhythmic(_together(with_part(action, by, agreed=True), Move.AGREE))


def _rhythmic(action: Action) -> Action:
    return replace(action, rhythm=action.rhythm or action.state in SETTLED)


def confirm(action: Action, by: int, audit: int | None = None) -> Action:
    """A group stands by it; what an audit has held needs one in which all consented."""
    _next(action, Move.CONFIRM)
    if action.state is State.HELD:
        if audit is None:
            raise NotPossible
        action = replace(action, state=State.AGREED)
    action = replace(action, audit=audit if audit is not None else action.audit)
    return _together(with_part(action, by, confirmed=True), Move.CONFIRM)


def hold(action: Action, audit: int) -> Action:
    """An audit did not end in consent: nobody's confirmation holds any more."""
    parts = tuple(replace(part, confirmed=False) for part in action.parts)
    return replace(action, state=_next(action, Move.HOLD), parts=parts, audit=audit)


def move(action: Action, when: When, by: int, now: datetime, person: str) -> Action:
    """A group asks all others for another date."""
    state = _next(action, Move.MOVE)
    if action.part(by) is None:
        raise NotPossible
    parts = tuple(replace(part, agreed=part.group == by, confirmed=False) for part in action.parts)
    return replace(
        action,
        state=state,
        when=when,
        parts=parts,
        changed_at=now,
        changed_by=person,
        audit=None,
        version=action.version + 1,
    )


def decline(action: Action, by: int) -> Action:
    """A group leaves it; with fewer than two it is off. Those who proposed it cancel instead."""
    if by == action.proposer:
        raise NotPossible
    _next(action, Move.DECLINE)
    return without(action, by)


def without(action: Action, group: int) -> Action:
    """A group takes no part any more."""
    left = with_part(action, group, left=True)
    if len(left.present) < 2:
        return replace(left, state=State.CANCELLED, version=left.version + 1) if left.open else left
    for step in (Move.AGREE, Move.CONFIRM, Move.DEBRIEF):
        if left.allows(step) and left.state is not State.HELD:
            left = _together(left, step)
    return _rhythmic(left)


def off(action: Action) -> Action:
    """Too few are left."""
    return replace(action, state=_next(action, Move.CANCEL), version=action.version + 1)


def cancel(action: Action, by: int) -> Action:
    """The group that proposed it cancels it for all."""
    if by != action.proposer:
        raise NotPossible
    return off(action)


def done(action: Action, by: int, now: datetime, zone: str) -> Action:
    """It has taken place. Raises NotPossible before its day, in `zone`."""
    state = _next(action, Move.DONE)
    if action.part(by) is None or today(now, zone) < action.when.day_in(zone):
        raise NotPossible
    return replace(action, state=state, version=action.version + 1)


def debrief(action: Action, by: int) -> Action:
    """A group has said how it was."""
    _next(action, Move.DEBRIEF)
    return _together(with_part(action, by, debriefed=True), Move.DEBRIEF)


def next_in_series(action: Action, until: date, here: date) -> When | None:
    """The date after this one in its rhythm, not before today and up to a last day; None if there is none."""
    if not (action.rule and action.rhythm) or action.rule_on is None or len(action.present) < 2:
        return None
    rule = Rule(action.rule_on, action.rule, until)
    after = max(action.rule_on, action.when.day) + timedelta(days=1)
    day = next((one for one in rule.after(max(after, here))), None)
    return replace(action.when, day=day) if day is not None else None


def following(action: Action, when: When, number: int, now: datetime) -> Action:
    """The next of a series: agreed by those who take part, to be confirmed by each of them."""
    parts = tuple(Part(part.group, agreed=True, before=part.before) for part in action.present)
    return replace(
        action,
        id=0,
        number=number,
        when=when,
        rule_on=when.day,
        state=State.AGREED,
        parts=parts,
        changed_at=now,
        changed_by="",
        audit=None,
        version=0,
    )


def dates_to_come(action: Action, until: date) -> list[date]:
    """The further dates of a series up to a last day, each of which will be an action of its own."""
    if not action.rule or action.rule_on is None:
        return []
    rule = Rule(action.rule_on, action.rule)
    return rule.dates(max(action.rule_on, action.when.day) + timedelta(days=1), until)
