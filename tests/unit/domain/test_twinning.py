"""The twinning's table: every move from every state, and the end date."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import twinning as rules
from bot.domain.twinning import Fault, Move, NotPossible, State, Twinning

A, B = 1, 2
TODAY = date(2027, 1, 4)


def make(state: State = State.ACTIVE, *, paused_a: bool = False, paused_b: bool = False) -> Twinning:
    at = datetime(2027, 1, 4, tzinfo=UTC)
    return Twinning(
        7,
        A,
        B,
        state,
        "manila",
        "milwaukee",
        "one two three four",
        date(2028, 1, 4),
        at,
        paused_a=paused_a,
        paused_b=paused_b,
    )


def move(twinning: Twinning, which: Move, by: int) -> Twinning:
    match which:
        case Move.ACCEPT:
            return rules.accept(twinning, by)
        case Move.DECLINE:
            return rules.decline(twinning, by)
        case Move.PAUSE:
            return rules.pause(twinning, by)
        case Move.RESUME:
            return rules.resume(twinning, by)
        case Move.END:
            return rules.end(twinning)
        case Move.RENEW:
            return rules.renew(twinning, by, date(2029, 1, 4))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("which", Move)
def test_only_the_moves_of_the_table_are_possible(state: State, which: Move) -> None:
    before = make(state)
    if (state, which) in rules.TRANSITIONS:
        assert before.allows(which)
        move(before, which, B)
    else:
        assert not before.allows(which)
        with pytest.raises(NotPossible):
            move(before, which, B)


@pytest.mark.parametrize("state", [State.ENDED, State.DECLINED])
def test_ended_and_declined_are_for_good(state: State) -> None:
    assert not any(before is state for before, _ in rules.TRANSITIONS)


@pytest.mark.parametrize("which", [Move.ACCEPT, Move.DECLINE])
def test_only_the_side_that_gave_the_code_answers(which: Move) -> None:
    with pytest.raises(NotPossible):
        move(make(State.PROPOSED), which, A)


@given(st.lists(st.tuples(st.sampled_from(list(Move)), st.sampled_from([A, B]))))
def test_words_cross_only_while_it_is_accepted_and_nobody_pauses(history: list[tuple[Move, int]]) -> None:
    twinning, accepted = make(State.PROPOSED), False
    for which, by in history:
        try:
            twinning = move(twinning, which, by)
        except NotPossible:
            continue
        accepted = accepted or which is Move.ACCEPT
        if twinning.is_active(TODAY):
            assert accepted
            assert not twinning.paused_a
            assert not twinning.paused_b


@pytest.mark.parametrize(
    ("paused_a", "paused_b", "by", "after"),
    [
        (True, False, A, State.ACTIVE),
        (True, False, B, State.PAUSED),
        (False, True, B, State.ACTIVE),
        (True, True, A, State.PAUSED),
        (True, True, B, State.PAUSED),
    ],
)
def test_each_side_takes_back_its_own_pause(*, paused_a: bool, paused_b: bool, by: int, after: State) -> None:
    before = make(State.PAUSED, paused_a=paused_a, paused_b=paused_b)
    resumed = rules.resume(before, by)
    assert resumed.state is after
    assert not resumed.paused_by(by)
    assert resumed.paused_by(before.other(by)) == before.paused_by(before.other(by))


def test_each_side_has_its_name_for_the_other() -> None:
    twinning = make()
    assert (twinning.alias_for(A), twinning.alias_of(A)) == ("milwaukee", "manila")
    assert (twinning.alias_for(B), twinning.alias_of(B)) == ("manila", "milwaukee")


def test_it_lasts_up_to_and_including_its_end_date() -> None:
    twinning = make()
    assert twinning.is_active(twinning.ends_on)
    assert not twinning.is_active(twinning.ends_on + timedelta(days=1))


@pytest.mark.parametrize(("days", "soon"), [(31, False), (30, True), (0, True)])
def test_it_ends_soon_in_its_last_month(*, days: int, soon: bool) -> None:
    twinning = make()
    assert twinning.ends_soon(twinning.ends_on - timedelta(days=days)) is soon


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2027-01-05", date(2027, 1, 5)),
        ("2032-01-04", date(2032, 1, 4)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2027-01-04", Fault.TOO_SOON),
        ("0001-01-01", Fault.TOO_SOON),
        ("2032-01-05", Fault.TOO_LATE),
        ("9999-12-31", Fault.TOO_LATE),
        ("2027-02-29", Fault.NOT_A_DAY),
        ("20270501", Fault.NOT_A_DAY),
        ("2027-W10-1", Fault.NOT_A_DAY),
        ("2027-5-1", Fault.NOT_A_DAY),
        ("٢٠٢٧-٠٥-٠١", Fault.NOT_A_DAY),
        ("2027-05-01\n", Fault.NOT_A_DAY),
        ("", Fault.NOT_A_DAY),
    ],
)
def test_an_end_date_is_an_iso_day_from_tomorrow_to_five_years(typed: str, meant: date | Fault) -> None:
    assert rules.end_date(typed, TODAY) == meant


def test_a_year_after_the_29th_of_february_is_the_28th() -> None:
    assert rules.years_after(date(2028, 2, 29), 1) == date(2029, 2, 28)
    assert rules.years_after(date(2028, 2, 29), 4) == date(2032, 2, 29)


def test_a_renewal_holds_once_both_ask_for_the_same_day() -> None:
    until = date(2029, 1, 4)
    asked = rules.renew(make(), A, until)
    assert (asked.ends_on, asked.renew_by, asked.renew_until) == (date(2028, 1, 4), A, until)
    assert rules.renew(asked, A, until) == asked
    other = rules.renew(asked, B, date(2028, 6, 1))
    assert (other.ends_on, other.renew_by) == (date(2028, 1, 4), B)
    agreed = rules.renew(asked, B, until)
    assert (agreed.ends_on, agreed.renew_by, agreed.renew_until) == (until, None, None)


def test_without_a_date_a_side_agrees_to_what_the_other_asked_for() -> None:
    asked = rules.renew(make(), A, date(2028, 6, 1))
    assert rules.renewal(asked, B, TODAY) == date(2028, 6, 1)
    assert rules.renewal(asked, A, TODAY) == date(2029, 1, 4)
    assert rules.renewal(make(), B, TODAY) == date(2029, 1, 4)


def test_what_was_asked_for_long_ago_is_not_agreed_to_once_that_day_has_come() -> None:
    asked = rules.renew(make(), A, date(2027, 3, 1))
    assert rules.renewal(asked, B, date(2027, 3, 1)) == date(2029, 1, 4)


def test_a_year_more_stays_within_five_years_from_today() -> None:
    far = replace(make(), ends_on=date(2031, 12, 1))
    assert rules.renewal(far, A, TODAY) == date(2032, 1, 4)
