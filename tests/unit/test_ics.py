"""Calendar files, read by a second library."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import vobject

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
