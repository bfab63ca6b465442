"""Dates in words, read on Thursday, 1 April 2027, at 20:30 in the room's own zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from bot.domain.recurring import once
from bot.handlers.date_talk import examples, no_date
from bot.handlers.dates import Place, Read, Trouble, read, read_every, readings
from bot.i18n import Catalogs

CATALOGS = Catalogs.load()
NOW = datetime(2027, 4, 1, 12, 30, tzinfo=UTC)  # 20:30 in Manila


def place(language: str, now: datetime = NOW, zone: str = "Asia/Manila") -> Place:
    return Place(CATALOGS, language, zone, now)


PHRASES = {
    "en": [
        ("2027-05-01", "2027-05-01", None),
        ("2027-05-01 10:00", "2027-05-01", "10:00"),
        ("May 1", "2027-05-01", None),
        ("1 May", "2027-05-01", None),
        ("1st of May", "2027-05-01", None),
        ("the 1st of May at 10", "2027-05-01", "10:00"),
        ("May 1st at 10:00", "2027-05-01", "10:00"),
        ("1 May 2028", "2028-05-01", None),
        ("Saturday, May 1", "2027-05-01", None),
        ("1 April 2028", "2028-04-01", None),
        ("31 March", "2028-03-31", None),
        ("Feb 29", "2028-02-29", None),
        ("Friday", "2027-04-02", None),
        ("next Friday", "2027-04-02", None),
        ("on Thursday", "2027-04-08", None),
        ("Friday at 6 pm", "2027-04-02", "18:00"),
        ("first Saturday of May", "2027-05-01", None),
        ("First Saturday in May at 10:30", "2027-05-01", "10:30"),
        ("last Friday", "2027-04-30", None),
        ("the last Friday of the month", "2027-04-30", None),
        ("second Tuesday of next month", "2027-05-11", None),
        ("third Sunday of April", "2027-04-18", None),
        ("fourth Monday of March", "2028-03-27", None),
        ("first Saturday of May 2028", "2028-05-06", None),
        ("tomorrow", "2027-04-02", None),
        ("tomorrow at 23:59", "2027-04-02", "23:59"),
        ("the day after tomorrow", "2027-04-03", None),
        ("in 3 weeks", "2027-04-22", None),
        ("in two weeks", "2027-04-15", None),
        ("in 10 days", "2027-04-11", None),
        ("next week", "2027-04-08", None),
        ("next month", "2027-05-01", None),
        ("in 2 hours", "2027-04-01", "22:30"),
        ("today at 9 p.m.", "2027-04-01", "21:00"),
    ],
    "es": [
        ("2027-05-01", "2027-05-01", None),
        ("1 de mayo", "2027-05-01", None),
        ("el 1 de mayo", "2027-05-01", None),
        ("el 1º de mayo", "2027-05-01", None),
        ("primero de mayo", "2027-05-01", None),
        ("1 de mayo de 2028", "2028-05-01", None),
        ("1 de mayo a las 10:00", "2027-05-01", "10:00"),
        ("el sábado 1 de mayo a las 10", "2027-05-01", "10:00"),
        ("29 de febrero", "2028-02-29", None),
        ("viernes", "2027-04-02", None),
        ("el viernes", "2027-04-02", None),
        ("el próximo viernes", "2027-04-02", None),
        ("este viernes a las 18:00", "2027-04-02", "18:00"),
        ("el viernes que viene", "2027-04-02", None),
        ("primer sábado de mayo", "2027-05-01", None),
        ("el primer sabado de mayo", "2027-05-01", None),
        ("último viernes", "2027-04-30", None),
        ("el último viernes del mes", "2027-04-30", None),
        ("segundo martes del próximo mes", "2027-05-11", None),
        ("tercer domingo de abril", "2027-04-18", None),
        ("cuarto lunes de marzo", "2028-03-27", None),
        ("primer sábado de mayo de 2028", "2028-05-06", None),
        ("mañana", "2027-04-02", None),
        ("mañana a las 23:59", "2027-04-02", "23:59"),
        ("pasado mañana", "2027-04-03", None),
        ("en 3 semanas", "2027-04-22", None),
        ("dentro de 2 semanas", "2027-04-15", None),
        ("en 10 días", "2027-04-11", None),
        ("la próxima semana", "2027-04-08", None),
        ("el mes que viene", "2027-05-01", None),
        ("first Saturday of May", "2027-05-01", None),
    ],
}


@pytest.mark.parametrize(
    ("language", "typed", "day", "at"),
    [(language, *row) for language, rows in PHRASES.items() for row in rows],
)
def test_dates_in_words(language: str, typed: str, day: str, at: str | None) -> None:
    found = read(typed, place(language))
    assert isinstance(found, Read), found
    assert found.rule.first == date.fromisoformat(day)
    assert found.at == (time.fromisoformat(at) if at else None)
    assert found.certain == typed[:4].isdecimal()


@pytest.mark.parametrize(
    ("language", "typed", "trouble"),
    [
        ("en", "1/5/2027", Trouble.NUMERIC),
        ("en", "5.1.27", Trouble.NUMERIC),
        ("en", "10:00", Trouble.NUMERIC),
        ("en", "2027", Trouble.NUMERIC),
        ("en", "15", Trouble.NUMERIC),
        ("en", "2027-02-30", Trouble.NO_SUCH_DAY),
        ("en", "30 February", Trouble.NO_SUCH_DAY),
        ("es", "30 de febrero", Trouble.NO_SUCH_DAY),
        ("en", "31 April", Trouble.NO_SUCH_DAY),
        ("en", "2027-05-01 25:00", Trouble.NO_SUCH_HOUR),
        ("en", "tomorrow at 25:00", Trouble.NO_SUCH_HOUR),
        ("es", "mañana a las 25:00", Trouble.NO_SUCH_HOUR),
        ("en", "Friday at 13 pm", Trouble.NO_SUCH_HOUR),
        ("en", "Saturday, May 2", Trouble.OTHER_WEEKDAY),
        ("en", "2027-03-31", Trouble.PAST),
        ("en", "2027-04-01 20:30", Trouble.PAST),
        ("en", "1 May 1999", Trouble.PAST),
        ("en", "yesterday", Trouble.PAST),
        ("es", "ayer", Trouble.PAST),
        ("en", "2099-01-01", Trouble.FAR),
        ("en", "next quarter", Trouble.UNKNOWN),
        ("es", "próximo trimestre", Trouble.UNKNOWN),
        ("en", "May", Trouble.UNKNOWN),
        ("en", "three", Trouble.UNKNOWN),
        ("en", "soon", Trouble.UNKNOWN),
        ("es", "hola", Trouble.UNKNOWN),
        ("en", "fifth Friday of May", Trouble.UNKNOWN),
        ("en", "🎉", Trouble.UNKNOWN),
        ("en", "", Trouble.UNKNOWN),
        ("en", "in 99999999999999 days", Trouble.UNKNOWN),
        ("en", "x" * 5000, Trouble.UNKNOWN),
    ],
)
def test_what_is_no_date(language: str, typed: str, trouble: Trouble) -> None:
    assert read(typed, place(language)) is trouble


def test_the_next_quarter_is_no_date_on_the_last_day_of_the_year_either() -> None:
    now = datetime(2027, 12, 31, 12, tzinfo=UTC)
    assert read("next quarter", place("en", now)) is Trouble.UNKNOWN
    found = read("tomorrow", place("en", now))
    assert isinstance(found, Read)
    assert found.rule.first == date(2028, 1, 1)


@pytest.mark.parametrize(
    ("zone", "day"), [("America/Chicago", date(2027, 4, 2)), ("Asia/Manila", date(2027, 4, 3))]
)
def test_tomorrow_is_the_rooms_own(zone: str, day: date) -> None:
    found = read("tomorrow at 23:59", place("en", datetime(2027, 4, 1, 23, 59, tzinfo=UTC), zone))
    assert isinstance(found, Read)
    assert found.rule.first == day


def test_both_readings_of_a_date_in_numbers() -> None:
    assert readings("1/5/2027") == [date(2027, 5, 1), date(2027, 1, 5)]
    assert readings("25.12.2027") == [date(2027, 12, 25)]
    assert readings("5/5/2027") == [date(2027, 5, 5)]
    assert readings("31/31/2027") == []


@pytest.mark.parametrize(
    ("language", "typed", "text", "first"),
    [
        ("en", "week", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TH", "2027-04-01"),
        ("en", "every quarter", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", "2027-04-01"),
        ("en", "every Friday", "FREQ=WEEKLY;INTERVAL=1;BYDAY=FR", "2027-04-02"),
        ("en", "first Monday", "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", "2027-04-05"),
        ("en", "last Friday of every quarter", "FREQ=MONTHLY;INTERVAL=3;BYDAY=-1FR", "2027-04-30"),
        ("en", "first Saturday of May", "FREQ=YEARLY;BYMONTH=5;BYDAY=1SA", "2027-05-01"),
        ("en", "31", "FREQ=MONTHLY;INTERVAL=1;BYMONTHDAY=28,29,30,31;BYSETPOS=-1", "2027-04-30"),
        ("es", "cada semana", "FREQ=WEEKLY;INTERVAL=1;BYDAY=TH", "2027-04-01"),
        ("es", "todos los viernes", "FREQ=WEEKLY;INTERVAL=1;BYDAY=FR", "2027-04-02"),
        ("es", "primer lunes", "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", "2027-04-05"),
        ("es", "primer lunes de cada mes", "FREQ=MONTHLY;INTERVAL=1;BYDAY=1MO", "2027-04-05"),
        ("es", "trimestre", "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=1", "2027-04-01"),
    ],
)
def test_what_comes_again(language: str, typed: str, text: str, first: str) -> None:
    found = read_every(typed, once(date(2027, 4, 1)), place(language))
    assert not isinstance(found, Trouble)
    assert (found.text, found.first.isoformat()) == (text, first)


@pytest.mark.parametrize("typed", ["", "blue moon", "32", "0", "5 minutes", "fifth Friday", "x" * 500])
def test_what_does_not_come_again(typed: str) -> None:
    assert isinstance(read_every(typed, once(date(2027, 4, 1)), place("en")), Trouble)


def test_an_ordinal_comes_again_as_an_ordinal() -> None:
    found = read("first Saturday of May", place("en"))
    assert isinstance(found, Read)
    rule = read_every("every quarter", found.rule, place("en"))
    assert not isinstance(rule, Trouble)
    assert rule.dates(date(2027, 4, 1), date(2027, 12, 31)) == [
        date(2027, 5, 1),
        date(2027, 8, 7),
        date(2027, 11, 6),
    ]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_examples_are_understood_in_their_language(language: str) -> None:
    said = [CATALOGS.say(one, language) for one in examples()]
    assert len(said) == 3
    assert [type(read(one, place(language))) for one in said] == [Read] * 3


@pytest.mark.parametrize("trouble", list(Trouble))
def test_every_trouble_has_its_sentence(trouble: Trouble) -> None:
    said = " ".join(CATALOGS.say(line, "en") for line in no_date("1/5/2027", trouble))
    assert "1/5/2027" in said
    if trouble is Trouble.NUMERIC:
        assert "2027-05-01" in said
        assert "2027-01-05" in said
