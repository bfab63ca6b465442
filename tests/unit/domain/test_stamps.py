from __future__ import annotations

from datetime import UTC, datetime

import pytest
from babel.dates import format_date

from bot.domain.calendar_names import MONTHS, WEEKDAYS
from bot.domain.stamps import MOST, stamps

WRITTEN = datetime(2027, 4, 10, 12, tzinfo=UTC)


def found(text: str, language: str = "en") -> list[str]:
    return [f"{at:%Y-%m-%d %H:%M}" for at in stamps(text, language, "Asia/Manila", WRITTEN)]


@pytest.mark.parametrize(
    ("language", "text", "at"),
    [
        ("en", "We meet on 1 May, 10:00 at the park.", "2027-05-01 02:00"),
        ("en", "May 1st at 6 pm we march. Bring 20 chairs.", "2027-05-01 10:00"),
        ("en", "at 9 a.m. on May 2. We eat.", "2027-05-02 01:00"),
        ("en", "10:00 AM on 3 May 2028", "2028-05-03 02:00"),
        ("en", "12 am on 3 May", "2027-05-02 16:00"),
        ("en", "on 2027-05-01 at 18:00", "2027-05-01 10:00"),
        ("xx", "2027-05-01 18:00", "2027-05-01 10:00"),
        ("en", "on 5 April at 10:00 we met", "2027-04-05 02:00"),
        ("es", "El 1 de mayo a las 10:00 nos vemos.", "2027-05-01 02:00"),
        ("es", "el 3 de marzo de 2028, 18h30", "2028-03-03 10:30"),
        ("de", "Am 1. Mai um 10:00 Uhr", "2027-05-01 02:00"),
        ("fr", "le 1er mai à 18h30", "2027-05-01 10:30"),
        ("ca", "l'1 d’octubre a les 10:00", "2027-10-01 02:00"),
        ("pl", "3 maja o 18:00", "2027-05-03 10:00"),
        ("fil", "Mayo 1, 10:00 ng umaga", "2027-05-01 02:00"),
    ],
)
def test_a_day_and_a_time_in_one_sentence_are_a_point_in_time(language: str, text: str, at: str) -> None:
    assert found(text, language) == [at]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We meet at 10:00.",
        "We meet on 1 May.",
        "1 May, 6:00",
        "12/5 at 10:00",
        "31 June at 10:00",
        "2027-02-30 10:00",
        "1 May 10:00 UTC",
        "1 May 10:00 +02:00",
        "on 3 March at 10:00 we met",
        "May 2 10:00 and May 3 11:00",
        "1 May, 10:00 to 12:00",
        "13 pm on 1 May",
        "you may come 10:00",
        "May 10:00",
        "1 May, 10:00 at night",
        "1 May, 10:00 o'clock p.m.",
        "On 1 May in the evening, at 10:00",
        "1 May at 02:00 in the afternoon",
        "1 May at 10:00 Milwaukee time",
        "Milwaukee time, 1 May at 10:00",
        "1 May at 10:00 your time",
        "1 May at 10:00 in Milwaukee",
        "1 May at 10:00 (Milwaukee)",
        "1 May at 10:00 (UTC)",
        "1 May at 10:00, UTC",
        "2027-05-01 10:00 +0800",
        "May 1, 10 to 12 am",
        "May 1, 10–11 am",
        "May 1, between 9 and 11 am",
        "1 May, from 9 to 11:00",
        "1 May 10:00/14:00",
        "1 or 2 May at 10:00",
        "May 1 and 2, 10:00",
        "May 1-3, 10:00",
        "Sunday, 1 May, 10:00",
    ],
)
def test_what_can_be_read_in_two_ways_is_none(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "El 1 de mayo a las 10:00 de la noche"),
        ("es", "El 1 de mayo a las 10:00 por la noche"),
        ("es", "El 1 de mayo a las 10:00 hora de México"),
        ("es", "Entre el 1 y el 3 de mayo a las 10:00"),
        ("es", "De 10 a 12:00 el 1 de mayo"),
        ("de", "Am 1. Mai um 10:00 Uhr abends"),
        ("de", "Um 6 am 1. Mai"),
        ("fil", "Mayo 1, 10:00 ng gabi"),
        ("cs", "1. května v 10:00"),
    ],
)
def test_other_languages_are_not_read_in_two_ways_either(language: str, text: str) -> None:
    assert found(text, language) == []


@pytest.mark.parametrize(
    "text",
    [
        "1 May, 10:00 in the morning",
        "Saturday 1 May, 10:00 at City Hall, for the 300 families",
        "Time: 10:00, day: 1 May 2027",
        "1 May at 10:00 Saturday",
    ],
)
def test_what_is_certain_stays_certain(text: str) -> None:
    assert found(text) == ["2027-05-01 02:00"]


def test_of_many_points_in_time_the_first_are_named_and_none_twice() -> None:
    text = "\n".join(f"{day} May, 10:00" for day in (1, 1, 2, 3, 4, 5))
    assert found(text) == [f"2027-05-0{day} 02:00" for day in (1, 2, 3)]
    assert MOST == 3


def test_the_clock_change_of_the_zone_counts() -> None:
    [summer] = stamps("1 May 2027, 10:00", "en", "America/Chicago", WRITTEN)
    [winter] = stamps("1 December 2027, 10:00", "en", "America/Chicago", WRITTEN)
    assert (summer.hour, winter.hour) == (15, 16)


@pytest.mark.parametrize("language", sorted(MONTHS))
def test_the_names_are_those_of_the_cldr(language: str) -> None:
    for number in range(1, 13):
        name = format_date(datetime(2027, number, 4, tzinfo=UTC), "d MMMM", locale=language).casefold()
        assert any(known in name for known, month in MONTHS[language].items() if month == number), name
    for number in range(1, 8):
        name = format_date(datetime(2027, 3, number, tzinfo=UTC), "EEEE", locale=language).casefold()
        assert WEEKDAYS[language][name] == number
