"""Days and hours of a place as points in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.moments import (
    Fault,
    Local,
    begin_of_day,
    deadline,
    end_of_day,
    everywhere,
    moment,
    read_hour,
    read_iso,
    today,
)
from bot.domain.text import Moment


def utc(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("2027-05-01", Local(date(2027, 5, 1))),
        (" 2027-05-01 10:00 ", Local(date(2027, 5, 1), time(10))),
        ("2027-05-01T9.30", Local(date(2027, 5, 1), time(9, 30))),
        ("٢٠٢٧-٠٥-٠١ ١٠:٠٠", Local(date(2027, 5, 1), time(10))),
        ("2027-05-01 10:00:00", Local(date(2027, 5, 1), time(10))),
        ("2027-02-30", Fault.NO_SUCH_DAY),
        ("2027-02-29", Fault.NO_SUCH_DAY),
        ("2028-02-29", Local(date(2028, 2, 29))),
        ("2027-13-01", Fault.NO_SUCH_DAY),
        ("9999-12-31", Fault.NO_SUCH_DAY),
        ("2027-05-01 25:00", Fault.NO_SUCH_HOUR),
        ("2027-05-01 10:60", Fault.NO_SUCH_HOUR),
        ("1/5/2027", Fault.NOT_ISO),
        ("tomorrow", Fault.NOT_ISO),
        ("2027-05-01 10", Fault.NOT_ISO),
        ("", Fault.NOT_ISO),
    ],
)
def test_iso_dates(typed: str, found: Local | Fault) -> None:
    assert read_iso(typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("9", time(9)),
        ("09:30", time(9, 30)),
        ("9.30", time(9, 30)),
        ("25:00", Fault.NO_SUCH_HOUR),
        ("ten", Fault.NOT_ISO),
    ],
)
def test_hours(typed: str, found: time | Fault) -> None:
    assert read_hour(typed) == found


@pytest.mark.parametrize(
    ("day", "at", "zone", "found"),
    [
        (date(2027, 5, 1), time(10), "Asia/Manila", utc(2027, 5, 1, 2)),
        (
            date(2027, 3, 14),
            time(2, 30),
            "America/Chicago",
            utc(2027, 3, 14, 8),
        ),  # 3:00 is the first there is
        (date(2027, 3, 14), time(2), "America/Chicago", utc(2027, 3, 14, 8)),
        (date(2027, 3, 14), time(3), "America/Chicago", utc(2027, 3, 14, 8)),
        (date(2027, 11, 7), time(1, 30), "America/Chicago", utc(2027, 11, 7, 6, 30)),  # the first of two
        (date(2027, 11, 7), time(1, 30, fold=1), "America/Chicago", utc(2027, 11, 7, 6, 30)),
        (date(2027, 10, 3), time(2, 15), "Australia/Lord_Howe", utc(2027, 10, 2, 15, 30)),  # half an hour
        (date(2011, 12, 30), time(9), "Pacific/Apia", utc(2011, 12, 30, 10)),  # a day that was left out
    ],
)
def test_an_hour_that_does_not_exist_is_the_first_that_does(
    day: date, at: time, zone: str, found: datetime
) -> None:
    assert moment(day, at, zone) == found


def test_a_day_ends_with_its_last_minute() -> None:
    assert end_of_day(date(2027, 5, 1), "Asia/Manila") == utc(2027, 5, 1, 15, 59)
    assert deadline("2027-05-01", "Asia/Manila") == utc(2027, 5, 1, 15, 59)
    assert deadline("2027-05-01 10:00", "Asia/Manila") == utc(2027, 5, 1, 2)
    assert deadline("2027-02-30", "Asia/Manila") is Fault.NO_SUCH_DAY


def test_a_day_whose_last_hour_comes_twice_ends_with_the_second() -> None:
    """In Beirut the clocks go back at midnight, to 23:00 of the day that has just ended."""
    end = end_of_day(date(2027, 10, 30), "Asia/Beirut")
    local = end.astimezone(ZoneInfo("Asia/Beirut"))
    assert (local.day, local.hour, local.minute, local.fold) == (30, 23, 59, 1)


def test_a_day_without_midnight_begins_with_its_first_hour() -> None:
    begin = begin_of_day(date(2027, 3, 28), "Asia/Beirut").astimezone(ZoneInfo("Asia/Beirut"))
    assert (begin.day, begin.hour) == (28, 1)
    assert end_of_day(date(2027, 3, 27), "Asia/Beirut") == begin.astimezone(UTC) - timedelta(minutes=1)


def test_it_is_another_day_elsewhere() -> None:
    now = utc(2027, 4, 30, 23, 59)
    assert (today(now, "America/Chicago"), today(now, "Asia/Manila")) == (date(2027, 4, 30), date(2027, 5, 1))


def test_one_moment_is_listed_once_for_each_zone() -> None:
    at = utc(2027, 5, 1, 2)
    listed = everywhere(at, ["Asia/Manila", "Europe/Lisbon", "Asia/Manila"])
    assert listed.items == (Moment(at, "Asia/Manila"), Moment(at, "Europe/Lisbon"))
