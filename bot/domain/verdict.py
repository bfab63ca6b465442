"""What a consent comes to: a pure function of the ballots and the rules.

Rules:
- Held, if any objection stands in any group, whatever the majority; also that of somebody who is not in the
  group's room any more: nobody is removed to be rid of an objection.
- Else without a quorum, if in some group fewer of those who may take part and are still there have cast a
  ballot than its quorum asks for. Who is gone counts neither way.
- Else agreed; weakly, if in some group more than a third of the ballots stand aside.
- How many chose what is told for a group only from a least number of ballots on; under that nothing is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

USUAL_QUORUM = 50  # per cent of those who may take part
USUAL_COUNTS, LEAST_COUNTS = 5, 3  # ballots from which on counts are told


class Choice(StrEnum):
    """What a ballot says, in the order of the poll."""

    CONSENT = "consent"
    CONCERN = "concern"
    ASIDE = "aside"
    OBJECT = "object"


CHOICES = tuple(Choice)


class Outcome(StrEnum):
    HELD = "held"
    NO_QUORUM = "no-quorum"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True)
class Ballot:
    """One person's choice; `present`: the person is still in the group's room."""

    choice: Choice
    present: bool = True


@dataclass(frozen=True, slots=True)
class Side:
    """A group: how many may take part and are still there, its rules, and its ballots in any order."""

    group: int
    electors: int
    ballots: tuple[Ballot, ...]
    quorum: int = USUAL_QUORUM
    counts: int = USUAL_COUNTS


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a group chose what. None of this exists below the group's least number of ballots."""

    group: int
    chosen: tuple[tuple[Choice, int], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missing` are the groups without a quorum, where that decides. `tallies` are what may be told."""

    outcome: Outcome
    weak: bool = False
    missing: tuple[int, ...] = ()
    tallies: tuple[Tally, ...] = ()


def decide(sides: Iterable[Side]) -> Verdict:
    """The verdict."""
    known = sorted(sides, key=lambda side: side.group)
    tallies = tuple(_tally(side) for side in known if _cast(side) >= max(side.counts, LEAST_COUNTS))
    if any(ballot.choice is Choice.OBJECT for side in known for ballot in side.ballots):
        return Verdict(Outcome.HELD, tallies=tallies)
    missing = tuple(side.group for side in known if not _has_quorum(side))
    if missing:
        return Verdict(Outcome.NO_QUORUM, missing=missing, tallies=tallies)
    return Verdict(Outcome.AGREED, weak=any(_is_weak(side) for side in known), tallies=tallies)


def _counted(side: Side) -> list[Ballot]:
    return [one for one in side.ballots if one.present or one.choice is Choice.OBJECT]


def _cast(side: Side) -> int:
    return len(_counted(side))


def _has_quorum(side: Side) -> bool:
    cast = sum(one.present for one in side.ballots)
    return cast > 0 and cast * 100 >= side.quorum * side.electors


def _is_weak(side: Side) -> bool:
    aside = sum(one.choice is Choice.ASIDE for one in _counted(side))
    return aside * 3 > _cast(side)


def _tally(side: Side) -> Tally:
    chosen = Counter(one.choice for one in _counted(side))
    return Tally(side.group, tuple((choice, chosen[choice]) for choice in CHOICES))
