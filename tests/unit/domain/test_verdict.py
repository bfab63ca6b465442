"""The laws of the verdict, for whatever ballots there are."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import audit as rules
from bot.domain.audit import OPEN, TRANSITIONS, Audit, Fault, Move, NotPossible, State
from bot.domain.verdict import CHOICES, Ballot, Choice, Outcome, Side, decide

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)

_ballots = st.lists(st.builds(Ballot, st.sampled_from(CHOICES), st.booleans()), max_size=12)


@st.composite
def _side(draw: st.DrawFn, group: int) -> Side:
    ballots = tuple(draw(_ballots))
    present = sum(one.present for one in ballots)
    return Side(
        group,
        present + draw(st.integers(0, 8)),
        ballots,
        quorum=draw(st.integers(1, 100)),
        counts=draw(st.integers(0, 9)),
    )


_sides = st.integers(1, 4).flatmap(lambda many: st.tuples(*(_side(group) for group in range(many))))


def _adding(side: Side, *ballots: Ballot) -> Side:
    return replace(side, ballots=(*side.ballots, *ballots), electors=side.electors + len(ballots))


@given(_sides, st.data())
def test_neither_the_order_of_ballots_nor_that_of_groups_matters(
    sides: tuple[Side, ...], data: st.DataObject
) -> None:
    other = [replace(side, ballots=tuple(data.draw(st.permutations(side.ballots)))) for side in sides]
    assert decide(data.draw(st.permutations(other))) == decide(sides)


@given(_sides, st.integers(0, 3), st.integers(0, 60), st.booleans())
def test_an_objection_is_never_outvoted(
    sides: tuple[Side, ...], where: int, many: int, present: bool
) -> None:
    where %= len(sides)
    crowd = [Ballot(Choice.CONSENT)] * many
    held = [_adding(side, *crowd) for side in sides]
    held[where] = _adding(held[where], Ballot(Choice.OBJECT, present=present))
    assert decide(held).outcome is Outcome.HELD


@given(_sides)
def test_nothing_is_held_without_an_objection(sides: tuple[Side, ...]) -> None:
    objected = any(one.choice is Choice.OBJECT for side in sides for one in side.ballots)
    assert (decide(sides).outcome is Outcome.HELD) == objected


@given(_sides, st.integers(0, 3))
def test_one_more_consent_turns_neither_held_into_consent_nor_consent_into_held(
    sides: tuple[Side, ...], where: int
) -> None:
    more = list(sides)
    where %= len(more)
    one = more[where]
    more[where] = replace(
        one, ballots=(*one.ballots, Ballot(Choice.CONSENT))
    )  # of somebody who had not voted
    before, after = decide(sides).outcome, decide(more).outcome
    assert (before is Outcome.HELD) == (after is Outcome.HELD)
    assert before is not Outcome.AGREED or after is Outcome.AGREED


@given(_sides)
def test_below_the_least_number_of_ballots_no_count_leaves(sides: tuple[Side, ...]) -> None:
    told = {tally.group: sum(count for _, count in tally.chosen) for tally in decide(sides).tallies}
    for side in sides:
        cast = sum(one.present or one.choice is Choice.OBJECT for one in side.ballots)
        least = max(side.counts, 3)
        assert told.get(side.group) == (cast if cast >= least else None)


@given(_sides)
def test_consent_has_a_quorum_in_every_group(sides: tuple[Side, ...]) -> None:
    found = decide(sides)
    short = tuple(
        side.group
        for side in sides
        if not (cast := sum(one.present for one in side.ballots)) or cast * 100 < side.quorum * side.electors
    )
    assert found.missing == (short if found.outcome is not Outcome.HELD else ())
    assert found.outcome is not Outcome.AGREED or not short


@pytest.mark.parametrize(("aside", "weak"), [(0, False), (2, False), (3, True)])
def test_more_than_a_third_standing_aside_is_a_weak_consent(aside: int, weak: bool) -> None:
    ballots = (*[Ballot(Choice.ASIDE)] * aside, *[Ballot(Choice.CONCERN)] * (6 - aside))
    assert decide([Side(1, 6, ballots), Side(2, 1, (Ballot(Choice.CONSENT),))]).weak is weak


def test_a_group_of_whom_nobody_is_left_has_no_quorum() -> None:
    left = Side(2, 0, (Ballot(Choice.CONSENT, present=False),))
    assert decide([Side(1, 1, (Ballot(Choice.CONSENT),)), left]).missing == (2,)


def _audit(state: State) -> Audit:
    ends = NOW + timedelta(days=10)
    return Audit(
        1, 1, 1, 1, 1, "Strike", "en", state, NOW + timedelta(days=4), ends, NOW, NOW, ends - NOW, decided=NOW
    )


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_only_what_the_table_has_is_possible(state: State, move: Move) -> None:
    audit = _audit(state)
    if (state, move) in TRANSITIONS:
        assert audit.moved(move).state is TRANSITIONS[state, move]
    else:
        with pytest.raises(NotPossible):
            audit.moved(move)


def test_a_round_that_has_ended_never_opens_again() -> None:
    assert {state for state, _ in TRANSITIONS} == set(OPEN)


def test_the_dates_are_half_the_time_and_two_weeks_unless_somebody_says_otherwise() -> None:
    assert rules.dates(NOW, None, None) == (NOW + timedelta(days=7), NOW + timedelta(days=14))
    week = NOW + timedelta(days=7)
    assert rules.dates(NOW, week, None) == (week, NOW + timedelta(days=14))
    soon, far = NOW + timedelta(days=3), NOW + timedelta(days=20)
    assert rules.dates(NOW, soon, None) == (soon, NOW + timedelta(days=14))
    assert rules.dates(NOW, far, None) == (far, NOW + timedelta(days=27))
    assert rules.dates(NOW, None, week) == (NOW + timedelta(days=3, hours=12), week)


@pytest.mark.parametrize(
    ("lines", "until", "fault"),
    [
        (-1, 10, Fault.PAST),
        (1, -10, Fault.PAST),
        (None, -1, Fault.PAST),
        (10, 5, Fault.ORDER),
        (5, 5, Fault.ORDER),
        (400, 1826, Fault.TOO_LATE),
        (None, 1826, Fault.TOO_LATE),
        (0.0001, 5, Fault.TOO_SOON),
    ],
)
def test_dates_that_cannot_be(lines: float | None, until: float, fault: Fault) -> None:
    asked = NOW + timedelta(days=lines) if lines is not None else None
    assert rules.dates(NOW, asked, NOW + timedelta(days=until)) is fault


def test_less_than_a_day_is_short() -> None:
    day = timedelta(days=1)
    assert not rules.is_short(NOW, NOW + day, NOW + 2 * day)
    assert rules.is_short(NOW, NOW + day / 2, NOW + 2 * day)
    assert rules.is_short(NOW, NOW + 2 * day, NOW + 2.5 * day)


def test_reminders_come_at_half_time_and_a_day_before_the_end_and_once() -> None:
    audit = _audit(State.CONSENT)
    assert rules.due_marks(audit, NOW + timedelta(days=4)) == frozenset()
    assert rules.due_marks(audit, NOW + timedelta(days=5)) == {"half"}
    assert rules.due_marks(audit, NOW + timedelta(days=9)) == {"half", "day"}
    assert rules.due_marks(replace(audit, marks=frozenset({"half"})), NOW + timedelta(days=9)) == {"day"}
    assert rules.due_marks(audit, NOW + timedelta(days=10)) == frozenset()
    short = replace(audit, until=NOW + timedelta(hours=20))
    assert rules.due_marks(short, NOW + timedelta(hours=19)) == {"half"}


def test_who_accepts_late_leaves_a_day_to_name_red_lines_unless_less_was_planned() -> None:
    asked = replace(_audit(State.OPENED), begun=NOW, opened=NOW, wished=2)
    hour = timedelta(hours=1)
    in_time = rules.accepted(asked, NOW + hour, 2)
    assert (in_time.lines, in_time.until, in_time.lead) == (asked.lines, asked.until, 2)
    late = rules.accepted(asked, asked.lines - hour, 3)
    assert (late.lines, late.lead) == (asked.lines + 23 * hour, asked.lead)
    assert late.until - late.lines >= timedelta(days=1)
    assert rules.accepted(late, late.lines - hour, 2).lines == late.lines
    short = replace(asked, lines=NOW + 2 * hour)
    assert rules.accepted(short, NOW + hour, 2).lines == short.lines


def test_a_sheet_that_comes_late_leaves_time_for_the_consent() -> None:
    audit = _audit(State.COLLECTING)
    in_time = rules.circulated(audit, audit.lines)
    assert (in_time.until, in_time.length) == (audit.until, audit.until - audit.lines)
    late = rules.circulated(audit, audit.until + timedelta(days=3))
    assert late.until == audit.until + timedelta(days=4)
    short = replace(audit, lines=audit.until - timedelta(hours=1))
    assert rules.circulated(short, audit.until).until == audit.until + timedelta(hours=1)


def test_a_revision_lasts_as_long_as_the_first_consent_and_is_possible_for_two_weeks() -> None:
    held = _audit(State.HELD)
    assert rules.may_revise(held, NOW + timedelta(days=14))
    assert not rules.may_revise(held, NOW + timedelta(days=14, seconds=1))
    assert not rules.may_revise(_audit(State.AGREED), NOW)
    again = rules.revised(held, NOW, "later", "en", None)
    assert (again.state, again.round, again.until) == (State.CONSENT, 2, NOW + held.length)
