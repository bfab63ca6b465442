"""Dates in words: what people type where a date is wanted. The only importer of `dateparser`.

Rules:
- ISO is certain; everything else is repeated in full and waits for a "yes" (the caller asks).
- A date in numbers alone that is not ISO is never guessed: it is asked back.
- Days with their month, weekdays, and ordinal weekdays ("first Saturday of May") are read here, with the
  words of the room's language and of English; relative forms ("in three weeks") are left to dateparser.
- A day without a year, a weekday, an ordinal weekday is the next one of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bot.domain.moments import Fault, Local, digits, read_hour, read_iso
from bot.domain.recurring import Every, Rule, again, on_day, once, ordinal
from bot.i18n import Catalogs, fold

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

LONGEST = 80  # characters of what is read as a date
FARTHEST = timedelta(days=366 * 5)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": -1}
_NUMERIC = re.compile(r"[\d\s/.,:-]*\d[\d\s/.,:-]*")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|ero|o|a)?")
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2})(?:[:h](\d{2})(?::\d{2})?)?(?:\s*([ap])\.?\s?m\b\.?)?(?![\d:])", re.IGNORECASE
)
_THREE = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Trouble(StrEnum):
    """Why there is no date."""

    UNKNOWN = "unknown"
    NUMERIC = "numeric"
    NO_SUCH_DAY = "no-such-day"
    NO_SUCH_HOUR = "no-such-hour"
    OTHER_WEEKDAY = "other-weekday"
    PAST = "past"
    FAR = "far"


@dataclass(frozen=True, slots=True)
class Read:
    """What was understood. `certain`: it was ISO, and nobody has to be asked.

    An ordinal weekday keeps the rule by which it could come again (`recurring.again`); `single` drops it.
    """

    rule: Rule
    at: time | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a date is read: the language and zone of the room, and now."""

    catalogs: Catalogs
    language: str
    zone: str
    now: datetime

    @property
    def here(self) -> datetime:
        """What the clock shows there."""
        return self.now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


def read(typed: str, place: Place) -> Read | Trouble:
    """The date that was typed, once; an ordinal keeps its rule, so that it can be made to come again."""
    plain = digits(typed)[:LONGEST].strip().strip("\"'“”")
    local = read_iso(plain)
    if isinstance(local, Local):
        return _checked(Read(once(local.day), local.at, certain=True), place)
    if local is not Fault.NOT_ISO:
        return Trouble(local.value)
    if _NUMERIC.fullmatch(plain):
        return Trouble.NUMERIC
    if not any(map(str.isalpha, plain)):
        return Trouble.UNKNOWN
    found = _in_words(plain, place)
    if found is None:
        found = _relative(plain, place)
    return _checked(found, place) if isinstance(found, Read) else found


def readings(typed: str) -> list[date]:
    """The days that a date in numbers may mean, where that is not clear."""
    found = _THREE.fullmatch(digits(typed).strip())
    if found is None:
        return []
    first, second, year = (int(one) for one in found.groups())
    days = [_day(year, month, day) for month, day in ((second, first), (first, second))]
    return list(dict.fromkeys(one for one in days if one is not None))


def read_every(typed: str, start: Rule, place: Place) -> Rule | Trouble:
    """What comes again and again from a date on: "week", "every Friday", "first Monday", "31".

    An ordinal weekday stays one: the first Saturday of May, every quarter, is followed by that of August.
    """
    begin = start.first
    plain = digits(typed)[:LONGEST].strip().strip("\"'“”")
    words = [word for word in _meant(plain, place) if word.what not in ("every", "of", "next")]
    match [word.what for word in words]:
        case ["unit"]:
            return again(start, Every(words[0].value))
        case ["weekday"]:
            return on_day(_weekday_after(begin, int(words[0].value)), Every.WEEK)
        case ["ordinal", "weekday"]:
            return ordinal(int(words[0].value), int(words[1].value), begin)
        case ["ordinal", "weekday", "unit"] if words[2].value in (Every.MONTH, Every.QUARTER, Every.YEAR):
            return ordinal(int(words[0].value), int(words[1].value), begin, Every(words[2].value))
        case ["ordinal", "weekday", "month"]:
            nth, day, month = (int(word.value) for word in words)
            return ordinal(nth, day, begin, Every.YEAR, month)
        case ["number"] | ["number", "unit"] if words[-1].value in (Every.MONTH, words[0].value):
            return _month_day(int(words[0].value), begin)
    return Trouble.UNKNOWN


def _month_day(number: int, begin: date) -> Rule | Trouble:
    """A day of every month, or its last."""
    if not 1 <= number <= 31:
        return Trouble.NO_SUCH_DAY
    longest = date(begin.year - 1, 12, number)  # a month that has every day
    return Rule(next(on_day(longest, Every.MONTH).after(begin)), on_day(longest, Every.MONTH).text)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word by what it is: ordinal, weekday, month, unit, number, year, every, next, of, other."""

    what: str
    value: str


def _meant(text: str, place: Place) -> list[_Word]:
    known = _vocabulary(place.catalogs, place.language)
    found: list[_Word] = []
    folded = [fold(word) for word in re.split(r"[\s,]+", text.replace("’", "'")) if word.strip()]
    for word in folded:
        day = _DAY.fullmatch(word)
        if word in known:
            found.append(known[word])
        elif day:
            found.append(_Word("number", day[1]))
        elif re.fullmatch(r"\d{4}", word):
            found.append(_Word("year", word))
        elif word:
            found.append(_Word("other", word))
    return found


@lru_cache(maxsize=32)
def _vocabulary(catalogs: Catalogs, language: str) -> dict[str, _Word]:
    days, months = catalogs.weekdays(language), catalogs.months(language)
    both = days.keys() & months.keys()
    known = {name: _Word("weekday", str(number)) for name, number in days.items() if name not in both}
    known |= {name: _Word("month", str(number)) for name, number in months.items() if name not in both}
    for name, meaning in catalogs.date_words(language).items():
        if meaning in _ORDINALS:
            known[name] = _Word("ordinal", str(_ORDINALS[meaning]))
        elif meaning.isdecimal():
            known[name] = _Word("number", meaning)
        elif meaning in set(Every):
            known[name] = _Word("unit", meaning)
        else:
            known[name] = _Word(meaning, name)
    return known


def _in_words(text: str, place: Place) -> Read | Trouble | None:
    """Days with their month, weekdays, ordinal weekdays; None if it is nothing of the kind."""
    rest, at = _without_hour(text, place)
    if isinstance(at, Fault):
        return Trouble.NO_SUCH_HOUR
    if fold(rest) in place.catalogs.phrases("day after tomorrow", place.language):
        return Read(once(place.here.date() + timedelta(days=2)), at, certain=False)
    today = place.here.date()
    words = [word for word in _meant(rest, place) if word.what not in ("of", "every", "at")]
    month_next = [word.what for word in words[-2:]] == ["next", "unit"]
    shape = [word.what for word in words]
    values = {word.what: word.value for word in words}
    rule: Rule | Trouble | None = None
    match shape:
        case ["ordinal", "weekday"] | ["ordinal", "weekday", "unit"] if (
            values.get("unit", "month") == "month"
        ):
            rule = _ordinal(values, today + timedelta(days=1))
        case ["ordinal", "weekday", "next", "unit"] if month_next and values["unit"] == "month":
            rule = _ordinal(values, (today.replace(day=1) + timedelta(days=32)).replace(day=1))
        case ["ordinal", "weekday", "month"] | ["ordinal", "weekday", "month", "year"]:
            rule = _ordinal(values, today + timedelta(days=1))
        case ["weekday"] | ["next", "weekday"] | ["weekday", "next"]:
            rule = once(_weekday_after(today + timedelta(days=1), int(values["weekday"])))
        case ["next", "unit"] | ["unit", "next"] if values["unit"] == "month":
            rule = once(next(iter(on_day(today, Every.MONTH).after(today + timedelta(days=1)))))
        case _ if set(shape) >= {"month"} and _is_day(shape):
            rule = _named_day(values, today)
    if rule is None or isinstance(rule, Trouble):
        return rule
    return Read(rule, at, certain=False)


def _is_day(shape: Sequence[str]) -> bool:
    """Whether it is a day and a month in either order, perhaps with a weekday before and a year after."""
    bare = [what for what in shape if what not in ("weekday", "year", "next")]
    return sorted(bare) in (["month", "number"], ["month", "ordinal"]) and len(set(shape)) == len(shape)


def _ordinal(values: dict[str, str], begin: date) -> Rule | Trouble:
    month = int(values["month"]) if "month" in values else None
    if "year" in values:
        begin = max(begin, date(int(values["year"]), 1, 1))
    found = ordinal(int(values["ordinal"]), int(values["weekday"]), begin, month=month)
    if "year" in values and found.first.year != int(values["year"]):
        return Trouble.PAST
    return found


def _named_day(values: dict[str, str], today: date) -> Rule | Trouble:
    number, month = int(values.get("number") or values["ordinal"]), int(values["month"])
    if number < 1:
        return Trouble.UNKNOWN
    years = [int(values["year"])] if "year" in values else range(today.year, today.year + 9)
    days = [_day(year, month, number) for year in years]
    known = [day for day in days if day is not None]
    if not known or ((number, month) != (29, 2) and None in days):
        return Trouble.NO_SUCH_DAY
    day = next((day for day in known if day >= today), known[-1])
    if "weekday" in values and day.isoweekday() != int(values["weekday"]):
        return Trouble.OTHER_WEEKDAY
    return once(day)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _weekday_after(begin: date, weekday: int) -> date:
    """The first such weekday from a day on."""
    return begin + timedelta(days=(weekday - begin.isoweekday()) % 7)


def _without_hour(text: str, place: Place) -> tuple[str, time | Fault | None]:
    """The text without the hour in it: "at 10", "10:30", "3 pm"."""
    words = place.catalogs.date_words(place.language)
    before = "|".join(re.escape(word) for word, meaning in words.items() if meaning == "at")
    for found in _CLOCK.finditer(text):
        led = re.search(rf"(?:^|\s)(?:{before})\s*$", text[: found.start()], re.IGNORECASE)
        if found[2] is None and found[3] is None and led is None:
            continue
        rest = text[: led.start() if led else found.start()] + " " + text[found.end() :]
        return rest, _hour(found)
    return text, None


def _hour(found: re.Match[str]) -> time | Fault:
    at = read_hour(f"{found[1]}:{found[2] or '00'}")
    if isinstance(at, Fault) or found[3] is None:
        return at
    if not 1 <= at.hour <= 12:
        return Fault.NO_SUCH_HOUR
    return at.replace(hour=at.hour % 12 + (12 if found[3] in "pP" else 0))


@lru_cache(maxsize=8)
def _parser(languages: tuple[str, ...], base: datetime) -> DateDataParser:
    from dateparser.date import DateDataParser

    return DateDataParser(
        languages=list(languages),
        settings={
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "future",
            "RETURN_AS_TIMEZONE_AWARE": False,
            "PARSERS": ["relative-time"],
        },
    )


def _relative(text: str, place: Place) -> Read | Trouble:
    """What dateparser makes of it, at two times of the day: if the hour follows, none was typed."""
    rest, at = _without_hour(text, place)
    if isinstance(at, Fault):
        return Trouble.NO_SUCH_HOUR
    base = place.here.replace(second=0, microsecond=0)
    found = [_parsed(rest, one, place) for one in (base, base.replace(hour=0, minute=0))]
    if found[0] is None or found[1] is None:
        return Trouble.UNKNOWN
    if at is None and (found[0].time(), found[1].time()) != (base.time(), time()):
        at = found[0].time()
    return Read(once(found[0].date()), at, certain=False)


def _parsed(text: str, base: datetime, place: Place) -> datetime | None:
    code = _LANGUAGE.match(place.language)
    languages = tuple(dict.fromkeys((code[0] if code else "en", "en")))
    known = _vocabulary(place.catalogs, place.language)
    typed = [(word, known.get(fold(word))) for word in text.split()]
    words = [seen.value if seen and seen.what == "number" else word for word, seen in typed]
    try:
        while words:
            found: datetime | None = _parser(languages, base).get_date_data(" ".join(words)).date_obj
            if found is not None:
                return found
            if known.get(fold(words[0]), _Word("", "")).what != "of":
                return None
            words.pop(0)
    except (OverflowError, ValueError):
        return None
    return None


def _checked(found: Read, place: Place) -> Read | Trouble:
    """Only what is still to come, and not too far away."""
    here, day = place.here, found.rule.first
    if day < here.date() or (day == here.date() and found.at is not None and found.at <= here.time()):
        return Trouble.PAST
    return Trouble.FAR if day - here.date() > FARTHEST else found


def single(found: Read) -> Read:
    """The date alone, without the rule by which it could come again."""
    return replace(found, rule=once(found.rule.first))
