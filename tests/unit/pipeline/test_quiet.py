"""A group's quiet hours: what arrives then does not ring, unless it is urgent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.group import clean_hours, is_quiet
from tests.unit.handlers.cast import ANA, BEN, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

NIGHT, DAY = (
    datetime(2027, 1, 5, 6, 0, tzinfo=UTC),
    datetime(2027, 1, 5, 18, 0, tzinfo=UTC),
)  # 0:00, 12:00 there


async def _rang(theatre: Theatre, body: str, who: str = ANA) -> bool:
    """Whether a dispatch of Manila rings in Milwaukee."""
    await theatre.say(MANILA, who, f"!dispatch {body}")
    await theatre.play()
    posts = [post for post in theatre.transport.room(MILWAUKEE).posts.values() if post.thread is None]
    return not posts[-1].notice


@pytest.fixture
async def quiet(theatre: Theatre) -> Theatre:
    """Milwaukee (Chicago's time) has quiet hours."""
    await theatre.say(MILWAUKEE, CARL, "!group set quiet 21:00-08:00")
    await theatre.play()
    return theatre


async def test_relays_arrive_silently_in_quiet_hours_and_ring_in_others(quiet: Theatre) -> None:
    quiet.clock.at = NIGHT
    assert not await _rang(quiet, "Ganamos.")
    quiet.clock.at = DAY
    assert await _rang(quiet, "Gracias.")
    await quiet.say(MILWAUKEE, CARL, "!group set quiet off")
    await quiet.play()
    quiet.clock.at = NIGHT
    assert await _rang(quiet, "Buenos días")


async def test_announcements_arrive_silently_too(quiet: Theatre) -> None:
    quiet.clock.at = NIGHT
    await quiet.say(MANILA, ANA, "!twin pause")
    await quiet.play()
    assert all(post.notice for post in list(quiet.transport.room(MILWAUKEE).posts.values())[-2:])


async def test_what_is_urgent_rings_from_stewards_and_those_they_named(quiet: Theatre) -> None:
    quiet.clock.at = NIGHT
    assert await _rang(quiet, "Ganamos. urgent=yes")
    await quiet.say(MANILA, ANA, "!group set dispatch members")
    before = len(quiet.transport.room(MILWAUKEE).posts)
    await quiet.say(MANILA, BEN, "!dispatch Gracias. urgent=yes")
    await quiet.play()
    assert len(quiet.transport.room(MILWAUKEE).posts) == before
    assert "!group set urgent" in quiet.transport.texts(MANILA)[-1]
    await quiet.say(MANILA, ANA, "!group set urgent ben")
    assert await _rang(quiet, "Gracias. urgent=yes", BEN)
    assert not await _rang(quiet, "Gracias.", BEN)


@pytest.mark.parametrize("value", ["25-8", "night", "8-8", "21:00"])
async def test_hours_that_are_none_are_refused(quiet: Theatre, value: str) -> None:
    await quiet.say(MILWAUKEE, CARL, f"!group set quiet {value}")
    await quiet.play()
    assert "21:00-08:00" in quiet.transport.texts(MILWAUKEE)[-1]


async def test_nobody_unknown_is_named(quiet: Theatre) -> None:
    await quiet.say(MILWAUKEE, CARL, "!group set urgent ana")
    await quiet.play()
    assert "Nobody here" in quiet.transport.texts(MILWAUKEE)[-1]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("21:00-08:00", "21:00-08:00"), ("21-8", "21:00-08:00"), ("9.30 – 17", "09:30-17:00"), ("0-24", None)],
)
def test_hours_are_read_as_people_write_them(typed: str, kept: str | None) -> None:
    assert clean_hours(typed) == kept


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        ("21:00-08:00", 21, True),
        ("21:00-08:00", 7, True),
        ("21:00-08:00", 8, False),
        ("09:00-17:00", 12, True),
        ("09:00-17:00", 17, False),
        ("", 3, False),
    ],
)
def test_hours_may_go_over_midnight(hours: str, at: int, *, quiet: bool) -> None:
    assert is_quiet(hours, "UTC", datetime(2027, 1, 5, at, 0, tzinfo=UTC)) is quiet
