"""What is due, and when: a pure function of the schedule, the time and the zones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.recurring import Every, on_day, once, ordinal
from bot.domain.schedule import Customs, Schedule, due, upcoming

MANILA = Customs("Asia/Manila")
CHICAGO = Customs("America/Chicago")
NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def schedule(day: date, *offsets: int, begun: datetime = NEW_YEAR) -> Schedule:
    return Schedule(1, "probe", 1, once(day), offsets=offsets or (0,), begun=begun, since=begun)


def days(found: Schedule, customs: Customs, now: datetime) -> list[str]:
    return [one.on.isoformat() for one in due(found, customs, now)]


def test_an_occurrence_is_due_at_the_hour_of_its_place() -> None:
    one = schedule(date(2027, 5, 1))
    assert not due(one, MANILA, utc(2027, 5, 1, 0, 59))
    found = due(one, MANILA, utc(2027, 5, 1, 1))
    assert [(each.on, each.at, each.id) for each in found] == [
        (date(2027, 5, 1), utc(2027, 5, 1, 1), "occurrence:1:2027-05-01")
    ]


def test_offsets_come_in_their_order_and_know_their_date() -> None:
    one = schedule(date(2027, 5, 1), -28, -14, -7, -1, 0, 3)
    found = due(one, MANILA, utc(2027, 6, 1))
    assert [each.offset for each in found] == [-28, -14, -7, -1, 0, 3]
    assert {each.about for each in found} == {date(2027, 5, 1)}


def test_what_was_due_before_the_schedule_was_made_is_not_due() -> None:
    one = schedule(date(2027, 5, 1), -28, -7, 0, begun=utc(2027, 4, 10))
    assert days(one, MANILA, utc(2027, 6, 1)) == ["2027-04-24", "2027-05-01"]


def test_what_has_been_seen_to_is_not_due_again() -> None:
    one = replace(schedule(date(2027, 5, 1), -7, 0), since=utc(2027, 4, 24, 1))
    assert days(one, MANILA, utc(2027, 5, 1, 1)) == ["2027-05-01"]


def test_the_clock_goes_back_and_nothing_is_due() -> None:
    one = replace(schedule(date(2027, 5, 1)), since=utc(2027, 5, 1, 2))
    assert not due(one, MANILA, utc(2027, 5, 1, 1, 30))


@pytest.mark.parametrize(
    ("quiet", "hour", "at"),
    [
        ("", time(9), 9 * 60),
        ("21:00-08:00", time(9), 9 * 60),
        ("21:00-10:30", time(9), 10 * 60 + 30),
        ("08:30-09:30", time(9), 9 * 60 + 30),
        ("21:00-08:00", time(22), 20 * 60 + 59),
    ],
)
def test_reminders_come_outside_quiet_hours_of_the_same_day(quiet: str, hour: time, at: int) -> None:
    found = upcoming(schedule(date(2027, 5, 1)), Customs("UTC", hour, quiet), utc(2027, 4, 1))
    assert found is not None
    assert found.at == utc(2027, 5, 1) + timedelta(minutes=at)


def test_an_hour_of_its_own_is_kept_in_quiet_hours() -> None:
    one = replace(schedule(date(2027, 5, 1)), hour=time(22))
    found = upcoming(one, Customs("UTC", time(9), "21:00-08:00"), utc(2027, 4, 1))
    assert found is not None
    assert found.at == utc(2027, 5, 1, 22)


def saturday_and_sunday(day: date) -> bool:
    return day.isoweekday() > 5


def friday_and_saturday(day: date) -> bool:
    return day.isoweekday() in (5, 6)


def test_reminders_before_the_date_come_on_the_working_day_before() -> None:
    """1 May 2027 is a Saturday; the day itself and what comes after it stay."""
    one = schedule(date(2027, 5, 1), -7, -6, -1, 0, 1)
    customs = Customs("UTC", off=saturday_and_sunday)
    found = due(one, customs, utc(2027, 6, 1))
    assert [(each.on.day, each.day.day) for each in found] == [(25, 23), (30, 30), (1, 1), (2, 2)]
    customs = Customs("UTC", off=friday_and_saturday)
    found = due(one, customs, utc(2027, 6, 1))
    assert [(each.on.day, each.day.day) for each in found] == [(24, 22), (25, 25), (30, 29), (1, 1), (2, 2)]


def test_what_would_have_had_to_come_before_the_schedule_was_made_comes_at_once() -> None:
    """Made on Saturday; the reminder of Sunday would have come on Friday."""
    made = utc(2027, 5, 1, 12)
    one = schedule(date(2027, 5, 3), -1, begun=made)
    customs = Customs("UTC", off=saturday_and_sunday)
    found = upcoming(one, customs, made)
    assert found is not None
    assert (found.on, found.at) == (date(2027, 5, 2), made + timedelta(seconds=1))
    assert upcoming(replace(one, since=found.at), customs, found.at) is None


def test_nobody_works_and_the_day_stays() -> None:
    found = upcoming(schedule(date(2027, 5, 3), -1), Customs("UTC", off=lambda _: True), utc(2027, 4, 1))
    assert found is not None
    assert found.day == date(2027, 5, 2)


def test_the_first_saturday_of_may_every_quarter_is_that_of_august() -> None:
    rule = ordinal(1, 6, date(2027, 4, 2), Every.QUARTER, 5)
    assert rule.dates(date(2027, 1, 1), date(2028, 2, 28)) == [
        date(2027, 5, 1),
        date(2027, 8, 7),
        date(2027, 11, 6),
        date(2028, 2, 5),
    ]


@pytest.mark.parametrize(
    ("first", "every", "dates"),
    [
        (date(2027, 1, 31), Every.MONTH, ["01-31", "02-28", "03-31", "04-30"]),
        (date(2027, 1, 30), Every.MONTH, ["01-30", "02-28", "03-30", "04-30"]),
        (date(2027, 1, 31), Every.QUARTER, ["01-31", "04-30", "07-31", "10-31"]),
        (date(2027, 1, 5), Every.FORTNIGHT, ["01-05", "01-19", "02-02", "02-16"]),
        (date(2027, 1, 5), Every.DAY, ["01-05", "01-06", "01-07", "01-08"]),
        (date(2027, 1, 5), Every.WEEK, ["01-05", "01-12", "01-19", "01-26"]),
    ],
)
def test_a_day_that_a_month_does_not_have_is_its_last(first: date, every: Every, dates: list[str]) -> None:
    found = on_day(first, every).dates(first, date(2027, 12, 31))[:4]
    assert [day.isoformat()[5:] for day in found] == dates


def test_the_29th_of_february_is_the_28th_in_other_years() -> None:
    found = on_day(date(2028, 2, 29), Every.YEAR).dates(date(2028, 1, 1), date(2032, 12, 31))
    assert [day.isoformat() for day in found] == [
        "2028-02-29",
        "2029-02-28",
        "2030-02-28",
        "2031-02-28",
        "2032-02-29",
    ]


def test_the_local_hour_stays_when_the_clocks_change() -> None:
    one = replace(schedule(date(2027, 3, 13)), rule=on_day(date(2027, 3, 13), Every.DAY))
    found = due(one, CHICAGO, utc(2027, 3, 16))
    local = [each.at.astimezone(ZoneInfo("America/Chicago")).hour for each in found]
    assert local == [9, 9, 9]
    assert [each.at.hour for each in found] == [15, 14, 14]
