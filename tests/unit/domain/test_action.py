"""Actions: the table, who has to agree, dates and series."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.domain import action as rules
from bot.domain import season
from bot.domain.action import (
    OPEN,
    TRANSITIONS,
    Action,
    Move,
    NotPossible,
    Part,
    State,
)
from bot.domain.lines import clean
from bot.domain.season import Fault, When

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
MAY = When(date(2027, 5, 1), time(10), "Asia/Manila")
A, B, C = 1, 2, 3


def proposed(*groups: int, **more: object) -> Action:
    parts = tuple(Part(one, agreed=one == A) for one in groups or (A, B))
    action = Action(7, 3, A, "Día de cuidado", "es", MAY, State.PROPOSED, parts, NOW)
    return replace(action, **more)  # type: ignore[arg-type]  # fields of an action


def agreed(*groups: int, **more: object) -> Action:
    action = proposed(*groups, **more)
    for part in action.present[1:]:
        action = rules.agree(action, part.group)
    return action


def confirmed() -> Action:
    return rules.confirm(rules.confirm(agreed(), A), B)


def in_state(state: State) -> Action:
    return replace(confirmed(), state=state)


def test_it_is_agreed_once_all_agree_and_confirmed_once_all_confirm() -> None:
    action = rules.agree(proposed(A, B, C), B)
    assert action.state is State.PROPOSED
    assert action.waits_for(Move.AGREE) == (C,)
    action = rules.agree(action, C)
    assert action.state is State.AGREED
    for group in (A, B, C):
        assert action.state is State.AGREED
        action = rules.confirm(action, group)
    assert action.state is State.CONFIRMED


@pytest.mark.parametrize("state", State)
def test_every_move_that_is_not_in_the_table_is_refused(state: State) -> None:
    late = datetime(2027, 6, 1, tzinfo=UTC)
    moves: dict[Move, Callable[[Action], Action]] = {
        Move.AGREE: lambda one: rules.agree(one, B),
        Move.CONFIRM: lambda one: rules.confirm(one, B, audit=1),
        Move.HOLD: lambda one: rules.hold(one, 1),
        Move.MOVE: lambda one: rules.move(one, MAY, B, late, "p"),
        Move.DECLINE: lambda one: rules.decline(one, B),
        Move.CANCEL: lambda one: rules.cancel(one, A),
        Move.DONE: lambda one: rules.done(one, B, late, "UTC"),
        Move.DEBRIEF: lambda one: rules.debrief(one, B),
    }
    assert set(moves) == set(Move)
    for move, make in moves.items():
        if (state, move) in TRANSITIONS:
            make(in_state(state))
        else:
            with pytest.raises(NotPossible):
                make(in_state(state))


def test_what_is_over_cannot_be_moved() -> None:
    assert [state for state in State if (state, Move.MOVE) in TRANSITIONS] == list(OPEN)


def test_another_date_asks_everybody_anew() -> None:
    moved = rules.move(confirmed(), replace(MAY, day=date(2027, 5, 8)), B, NOW, "p")
    assert moved.state is State.PROPOSED
    assert moved.waits_for(Move.AGREE) == (A,)
    assert moved.waits_for(Move.CONFIRM) == (A, B)
    assert rules.agree(moved, A).state is State.AGREED


def test_a_group_that_takes_no_part_moves_nothing() -> None:
    with pytest.raises(NotPossible):
        rules.agree(proposed(), C)
    with pytest.raises(NotPossible):
        rules.move(proposed(), MAY, C, NOW, "p")
    with pytest.raises(NotPossible):
        rules.done(confirmed(), C, NOW + timedelta(days=365), "UTC")


def test_whoever_leaves_leaves_the_others_to_it() -> None:
    action = rules.decline(rules.agree(proposed(A, B, C), B), C)
    assert action.state is State.AGREED  # nobody else was waited for
    assert action.part(C) is None


def test_of_two_groups_none_is_left_to_do_it_alone() -> None:
    assert rules.decline(proposed(), B).state is State.CANCELLED
    with pytest.raises(NotPossible):
        rules.decline(proposed(), A)
    with pytest.raises(NotPossible):
        rules.cancel(proposed(), B)


def test_an_audit_holds_it_until_another_one_ends_in_consent() -> None:
    held = rules.hold(confirmed(), 5)
    assert held.state is State.HELD
    with pytest.raises(NotPossible):
        rules.confirm(held, A)
    again = rules.confirm(rules.confirm(held, A, audit=6), B, audit=6)
    assert (again.state, again.audit) == (State.CONFIRMED, 6)


def test_it_is_not_done_before_its_day_which_comes_first_where_the_sun_does() -> None:
    day = replace(confirmed(), when=When(date(2027, 5, 1), None, "Asia/Manila"))
    now = datetime(2027, 4, 30, 20, tzinfo=UTC)
    assert rules.done(day, A, now, "Asia/Manila").state is State.DONE
    with pytest.raises(NotPossible):
        rules.done(day, B, now, "America/Chicago")


def test_it_is_debriefed_once_everybody_has_said_something() -> None:
    over = rules.done(confirmed(), A, datetime(2027, 5, 2, tzinfo=UTC), "UTC")
    first = rules.debrief(over, B)
    assert first.state is State.DONE
    assert rules.debrief(first, A).state is State.DEBRIEFED


# dates


def test_an_hour_is_one_moment_and_a_day_begins_everywhere_on_its_own() -> None:
    assert MAY.day_in("America/Chicago") == date(2027, 4, 30)
    assert replace(MAY, at=None).day_in("America/Chicago") == date(2027, 5, 1)


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        (When(date(2027, 1, 3), None, "UTC"), Fault.PAST),
        (When(date(2027, 1, 4), None, "UTC"), None),
        (When(date(2027, 1, 4), time(11, 59), "UTC"), Fault.PAST),
        (When(date(2027, 1, 4), time(20, 0), "Asia/Manila"), None),
        (When(date(2027, 1, 4), time(19, 59), "Asia/Manila"), Fault.PAST),
        (When(date(2032, 1, 4), None, "UTC"), None),
        (When(date(2032, 1, 5), None, "UTC"), Fault.TOO_LATE),
    ],
)
def test_dates_that_are_past_or_too_far_away(when: When, fault: Fault | None) -> None:
    assert season.problem(when, NOW) is fault


def test_tomorrow_at_a_minute_to_midnight_is_today_in_another_zone() -> None:
    when = When(date(2027, 1, 5), time(23, 59), "Asia/Manila")
    assert season.problem(when, NOW) is None
    assert when.day_in("America/Los_Angeles") == date(2027, 1, 5)
    assert replace(when, at=time(0, 1)).day_in("America/Los_Angeles") == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("day", "yearstart", "expected"),
    [
        (date(2026, 12, 31), 1, (date(2026, 10, 1), date(2027, 1, 1))),
        (date(2027, 1, 1), 1, (date(2027, 1, 1), date(2027, 4, 1))),
        (date(2027, 1, 31), 2, (date(2026, 11, 1), date(2027, 2, 1))),
        (date(2027, 2, 1), 2, (date(2027, 2, 1), date(2027, 5, 1))),
        (date(2027, 3, 15), 6, (date(2027, 3, 1), date(2027, 6, 1))),
        (date(2027, 12, 5), 12, (date(2027, 12, 1), date(2028, 3, 1))),
    ],
)
def test_quarters(day: date, yearstart: int, expected: tuple[date, date]) -> None:
    assert season.quarter(day, yearstart) == expected


# series

SATURDAYS = "FREQ=MONTHLY;INTERVAL=3;BYDAY=1SA"


def series(**more: object) -> Action:
    return agreed(rule=SATURDAYS, rule_on=date(2027, 5, 1), **more)


def test_the_first_saturday_of_may_is_followed_by_that_of_august() -> None:
    following = rules.next_in_series(series(), date(2028, 1, 1), date(2027, 5, 2))
    assert following == replace(MAY, day=date(2027, 8, 7))
    new = rules.following(series(), following, 4, NOW)
    assert (new.number, new.state, new.rule_on) == (4, State.AGREED, date(2027, 8, 7))
    assert new.waits_for(Move.CONFIRM) == (A, B)


def test_a_date_that_was_moved_does_not_move_the_rhythm() -> None:
    moved = rules.move(series(), replace(MAY, day=date(2027, 5, 15)), B, NOW, "p")
    following = rules.next_in_series(moved, date(2028, 1, 1), date(2027, 5, 16))
    assert following is not None
    assert following.day == date(2027, 8, 7)


def test_a_series_ends_with_its_last_day_and_goes_on_without_dates_that_are_past() -> None:
    assert rules.next_in_series(series(), date(2027, 8, 6), date(2027, 5, 2)) is None
    late = rules.next_in_series(series(), date(2029, 1, 1), date(2028, 1, 1))
    assert late is not None
    assert late.day == date(2028, 2, 5)


def test_a_rhythm_to_which_nobody_agreed_does_not_go_on() -> None:
    asked = proposed(rule=SATURDAYS, rule_on=date(2027, 5, 1))
    assert rules.next_in_series(asked, date(2028, 1, 1), date(2027, 5, 2)) is None


# words


@pytest.mark.parametrize("title", ["🎉", "Día, “de” cuidado", "a" * 100, "יום של טיפול", "1 May"])
def test_titles(title: str) -> None:
    assert clean(title, 100) == title


@pytest.mark.parametrize("title", ["", "  ", "\u200b", "\u202e\u2066", "a" * 101, "\n\n"])
def test_what_is_no_title(title: str) -> None:
    assert clean(title, 100) is None


def test_a_title_is_one_line_without_hidden_signs() -> None:
    assert clean("Day\n\nof \u202ecare", 100) == "Day of care"


@pytest.mark.parametrize(("typed", "days"), [("21,3,0", (21, 3, 0)), ("0,3,3", (3, 0)), ("366", (366,))])
def test_days_before(typed: str, days: tuple[int, ...]) -> None:
    assert season.read_before(typed.split(",")) == days


@pytest.mark.parametrize("typed", ["", "-1", "x", "367", "1.5", ",".join(map(str, range(11)))])
def test_what_are_no_days_before(typed: str) -> None:
    assert season.read_before(typed.split(",")) is None


def test_who_wrote_before_the_news_came_has_not_seen_it() -> None:
    moved = rules.move(agreed(), replace(MAY, day=date(2027, 5, 8)), B, NOW, "ana")
    assert not moved.seen(NOW + timedelta(seconds=5), "carl")
    assert moved.seen(NOW + timedelta(seconds=15), "carl")
    assert moved.seen(NOW, "ana")
