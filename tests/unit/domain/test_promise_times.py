"""G8, the dates and hours: against an independent reference, in twenty zones over ten years, and around every
change of a clock that is known for 2026 to 2030."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import pytz  # type: ignore[import-untyped]  # it has no types; only its version and zones are used
import tzdata  # type: ignore[import-untyped]  # it has no types; only its version is used

from bot.domain.moments import moment
from bot.domain.recurring import Every, Rule, on_day, once, ordinal
from bot.domain.schedule import Customs, Schedule, due, upcoming
from tests.unit.domain import reference
from tests.unit.domain.reference import FIRST, LAST, ZONES, changes, first_minute, shows

HOURS = (time(9), time(2, 30), time(0, 15))

Reference = Callable[[date], list[date]]
RULES: dict[str, tuple[Rule, Reference, date]] = {
    "weekly": (on_day(date(2026, 1, 7), Every.WEEK), reference.weekly, date(2026, 1, 7)),
    "monthly": (on_day(date(2026, 1, 15), Every.MONTH), reference.monthly, date(2026, 1, 15)),
    "quarterly": (
        on_day(date(2026, 2, 10), Every.QUARTER),
        lambda begin: reference.monthly(begin, 3),
        date(2026, 2, 10),
    ),
    "last Friday": (ordinal(-1, 5, FIRST), reference.last_friday, FIRST),
    "first Saturday of May, every quarter": (
        ordinal(1, 6, FIRST, Every.QUARTER, 5),
        reference.first_saturday_by_quarter,
        date(2026, 5, 2),
    ),
    "31st": (on_day(date(2026, 1, 31), Every.MONTH), reference.monthly, date(2026, 1, 31)),
    "31st, quarterly": (
        on_day(date(2026, 1, 31), Every.QUARTER),
        lambda begin: reference.monthly(begin, 3),
        date(2026, 1, 31),
    ),
    "29 February": (on_day(date(2028, 2, 29), Every.YEAR), reference.yearly, date(2028, 2, 29)),
}


@pytest.fixture(scope="module", autouse=True)
def _one_database_of_zones() -> Iterator[None]:
    """The zones of the package, which are of the same edition as the reference's."""
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath(to=[])
    ZoneInfo.clear_cache()
    yield
    zoneinfo.reset_tzpath(to=before)
    ZoneInfo.clear_cache()


def test_program_and_reference_have_the_same_edition_of_zones() -> None:
    assert tzdata.IANA_VERSION == pytz.OLSON_VERSION


@pytest.mark.parametrize("name", RULES)
def test_the_days_of_a_rule_in_ten_years(name: str) -> None:
    rule, expected, begin = RULES[name]
    assert rule.dates(FIRST, LAST) == expected(begin)
    assert all(rule.dates(day, day + timedelta(days=40))[:1] for day in expected(begin)[-3:])


@pytest.mark.parametrize("zone", ZONES)
def test_every_occurrence_comes_once_at_the_right_local_hour(zone: str) -> None:
    local = shows(zone)
    for index, (name, (rule, expected, begin)) in enumerate(RULES.items()):
        at = HOURS[index % len(HOURS)]
        start = datetime(2025, 12, 30, tzinfo=UTC)
        schedule = Schedule(1, "probe", 1, rule, zone=zone, hour=at, begun=start, since=start)
        end = datetime(2036, 1, 1, tzinfo=UTC) + timedelta(days=1)
        found = [(one.on, one.at) for one in due(schedule, Customs(zone), end) if one.on <= LAST]
        assert found == [(day, first_minute(day, at, local)) for day in expected(begin)], (zone, name)


@pytest.mark.parametrize("zone", ZONES[::4])
def test_from_one_occurrence_to_the_next_is_the_same_as_all_at_once(zone: str) -> None:
    for rule, _, _ in RULES.values():
        start = datetime(2025, 12, 30, tzinfo=UTC)
        schedule = Schedule(1, "probe", 1, rule, zone=zone, hour=time(2, 30), begun=start, since=start)
        end = datetime(2031, 1, 1, tzinfo=UTC)
        steps, at = [], start
        while (found := upcoming(schedule, Customs(zone), at)) is not None and found.at <= end:
            steps.append(found)
            at = found.at
        assert steps == due(schedule, Customs(zone), end)


def test_around_every_change_of_a_clock_known_for_2026_to_2030() -> None:
    seen: set[tuple[str, datetime]] = set()
    for zone in sorted(pytz.all_timezones):
        if zone not in zoneinfo.available_timezones():
            continue
        local = shows(zone)
        for change in changes(zone, 2026, 2030):
            seen.add((zone, change))
            before, after = local(change - timedelta(seconds=1)), local(change)
            gap = after - before - timedelta(seconds=1)
            inside = before + timedelta(seconds=1) + gap / 2 if gap else before
            for shown in (before - timedelta(hours=1), inside, after, after + timedelta(hours=1)):
                wanted = shown.replace(second=0)
                found = moment(wanted.date(), wanted.time(), zone)
                assert found == first_minute(wanted.date(), wanted.time(), local), (zone, wanted)
    assert len(seen) > 500


def test_daily_at_each_change_is_once_a_day() -> None:
    for zone in ZONES:
        for change in changes(zone, 2026, 2030):
            start = change - timedelta(days=2)
            hour = change.astimezone(ZoneInfo(zone)).time().replace(second=0, microsecond=0)
            for at in (hour, (datetime.combine(FIRST, hour) - timedelta(minutes=30)).time()):
                rule = on_day(start.date(), Every.DAY)
                one = Schedule(1, "probe", 1, rule, zone=zone, hour=at, begun=start, since=start)
                found = [each.on for each in due(one, Customs(zone), change + timedelta(days=3))]
                assert found == list(reference.days(found[0], found[-1])), (zone, change, at)
                assert len(found) >= 4


def test_a_single_day_that_a_place_left_out_comes_when_the_next_begins() -> None:
    """Samoa went from 29 to 31 December 2011."""
    start = datetime(2011, 12, 1, tzinfo=UTC)
    one = Schedule(
        1, "probe", 1, once(date(2011, 12, 30)), zone="Pacific/Apia", hour=time(9), begun=start, since=start
    )
    [found] = due(one, Customs("UTC"), datetime(2012, 1, 2, tzinfo=UTC))
    assert found.at == datetime(2011, 12, 30, 10, tzinfo=UTC)
