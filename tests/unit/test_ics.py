"""Calendar files, read by a second library."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from dateutil.tz import tzical

from bot.ics import Entry, Status, calendar

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
MAY = datetime(2027, 5, 1, 2, tzinfo=UTC)


def entry(title: str = "Day", begins: datetime | date = MAY, **more: object) -> Entry:
    values = {
        "uid": "x@twinline",
        "notes": "confirmed",
        "status": Status.CONFIRMED,
        "version": 3,
        "changed": NOW,
    }
    return Entry(title=title, begins=begins, **{**values, **more})  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize(
    "title",
    [
        "Day of care, rain; or shine",
        'They call it "care"',
        "“Cuidado” \\ y más\\n",
        "יום של טיפול",
        "يوم الرعاية, غدا",
        "🎉",
        "a" * 100,
        "ñ" * 100,
        "BEGIN:VEVENT",
    ],
)
def test_titles_come_out_as_they_went_in(title: str) -> None:
    found = vobject.readOne(calendar("Manila", "Asia/Manila", [entry(title, notes=f"{title}\n{title}")], NOW))
    (event,) = found.vevent_list
    assert event.summary.value == title
    assert event.description.value == f"{title}\n{title}"


@pytest.mark.parametrize("zone", ["Asia/Manila", "America/Chicago", "Europe/Lisbon", "Asia/Kathmandu", "UTC"])
def test_an_hour_is_the_same_moment_in_every_zone(zone: str) -> None:
    text = calendar("x", zone, [entry(begins=MAY), entry(begins=NOW, uid="y")], NOW)
    found = vobject.readOne(text)
    assert [event.dtstart.value.astimezone(UTC) for event in found.vevent_list] == [MAY, NOW]
    assert f"TZID:{zone}" in text if zone != "UTC" else "VTIMEZONE" not in text


CLOCKS = [  # a zone, and a day at whose first hour, or later, its clocks are changed
    ("Europe/Lisbon", date(2027, 3, 28), date(2027, 10, 31)),
    ("Europe/Dublin", date(2027, 3, 28), date(2027, 10, 31)),
    ("America/Chicago", date(2027, 3, 14), date(2027, 11, 7)),
    ("America/Santiago", date(2027, 4, 4), date(2027, 9, 5)),
    ("America/Havana", date(2027, 3, 14), date(2027, 11, 7)),
    ("Africa/Casablanca", date(2027, 2, 7), date(2027, 3, 14)),
    ("Africa/Cairo", date(2027, 4, 30), date(2027, 10, 29)),
    ("Asia/Beirut", date(2027, 3, 28), date(2027, 10, 31)),
    ("Australia/Lord_Howe", date(2027, 4, 4), date(2027, 10, 3)),
    ("Pacific/Chatham", date(2027, 4, 4), date(2027, 9, 26)),
]


@pytest.mark.parametrize(("zone", "first", "second"), CLOCKS)
def test_around_a_change_of_the_clocks_each_hour_is_the_same_moment(
    zone: str, first: date, second: date
) -> None:
    place = ZoneInfo(zone)
    begins = [datetime(day.year, day.month, day.day, tzinfo=place).astimezone(UTC) for day in (first, second)]
    moments = [begin + timedelta(minutes=30 * half) for begin in begins for half in range(-26, 76)]
    assert len({at.astimezone(place).utcoffset() for at in moments}) == 2
    text = calendar("x", zone, [entry(begins=at, uid=str(at)) for at in moments], NOW)
    found = vobject.readOne(text).vevent_list
    assert [event.dtstart.value.astimezone(UTC) for event in found] == moments
    rules = tzical(io.StringIO(text.replace("\r\n", "\n"))).get(
        zone
    )  # the rules in the file and nothing else
    written = re.findall(
        r"^DTSTART(;TZID=[^:]+)?:(\d+T\d+)(Z?)\r$", text.partition("BEGIN:VEVENT")[2], re.MULTILINE
    )
    read = [
        datetime.strptime(local, "%Y%m%dT%H%M%S").replace(tzinfo=rules if named else UTC).astimezone(UTC)
        for named, local, _ in written
    ]
    assert read == moments


@pytest.mark.parametrize("zone", [zone for zone, _, _ in CLOCKS])
def test_every_change_of_the_clocks_is_in_the_file_at_its_moment(zone: str) -> None:
    text = calendar("x", zone, [entry()], NOW)
    place = ZoneInfo(zone)
    found = {}
    for part in re.findall(r"BEGIN:(?:STANDARD|DAYLIGHT)\r\n(.*?)END:", text, re.DOTALL):
        values = dict(line.split(":", 1) for line in part.splitlines())
        before, after = (_offset(values[name]) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        found[datetime.strptime(values["DTSTART"], "%Y%m%dT%H%M%S").replace(tzinfo=UTC) - before] = after
    at, end = min(found), datetime(2028, 5, 1, tzinfo=UTC)
    assert at <= NOW - timedelta(days=365)
    expected = found[at]
    while at < end:
        expected = found.get(at, expected)
        assert at.astimezone(place).utcoffset() == expected, at
        at += timedelta(minutes=30)


def _offset(text: str) -> timedelta:
    found = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return -found if text[0] == "-" else found


@pytest.mark.parametrize("zone", ["Etc/UTC", "Etc/GMT-14", "Asia/Kathmandu"])
def test_a_zone_whose_clocks_never_change(zone: str) -> None:
    found = vobject.readOne(calendar("x", zone, [entry()], NOW))
    assert found.vevent.dtstart.value.astimezone(UTC) == MAY


def test_a_whole_day_has_no_hour() -> None:
    found = vobject.readOne(calendar("x", "Asia/Manila", [entry(begins=date(2027, 5, 1))], NOW))
    assert found.vevent.dtstart.value == date(2027, 5, 1)


def test_an_entry_keeps_its_name_and_counts_its_changes() -> None:
    found = vobject.readOne(calendar("x", "UTC", [entry(status=Status.CANCELLED)], NOW))
    event = found.vevent
    assert (event.uid.value, event.sequence.value, event.status.value) == ("x@twinline", "3", "CANCELLED")


def test_without_entries_it_is_a_calendar_all_the_same() -> None:
    assert "BEGIN:VCALENDAR" in calendar("x", "UTC", [], NOW)


def test_two_hundred_entries_fit_into_a_row() -> None:
    text = calendar("x", "Asia/Manila", [entry("ñ" * 100, uid=str(n)) for n in range(200)], NOW)
    assert len(text.encode()) < 256 * 1024
