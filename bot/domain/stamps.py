"""Points in time that a text names for certain: a day with its month, and a time, in one sentence.

What could be read in two ways is no such point: days in numbers alone (1/5), "6:00" without a.m. or p.m.,
"10:00" in a sentence that speaks of the evening, or in a language whose words for it are not known here; a
time that names a zone or a place of its own; two days or two times in one sentence, also such as "from 9 to
11 a.m." and "1 or 2 May", and so any other number that could be a day or an hour; a day of the week that is
not that of the day; a day without a year that is past.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.domain import day_words
from bot.domain.calendar_names import MONTHS, WEEKDAYS

MOST = 3
"""Points in time of one text that are repeated."""
_LOOKING_BACK = timedelta(days=7)
_LOOKING_AHEAD = timedelta(days=300)
"""A day without a year is the next one of its name, if that is not so far away that the last may be meant."""

_SENTENCES = re.compile(
    r"[\n;]|(?<=[!?。！？])|(?<![\d])(?<![ap]\.m)(?<!\b[ap])\.(?=\s+[^\W\d_])", re.IGNORECASE
)
_HALF = r"(?P<half>(?i:[ap]))\.?\s?(?i:m)\b\.?"
_ZONE = r"[\s,(]*(?:Z\b|[A-Z]{2,5}\b|[+-]\d)"
_TIME = re.compile(
    r"(?<![\d:.,/+-])(?P<hour>[01]?\d|2[0-3])"
    rf"(?:(?:[:h](?P<minute>[0-5]\d)(?::[0-5]\d)?)?\s?{_HALF}"
    r"|[:h](?P<minute24>[0-5]\d)(?::[0-5]\d)?(?:\s?(?:h|hrs|Uhr)\b)?)"
    rf"(?![\d:]|{_ZONE})"
)
_ISO = re.compile(r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")

_STRAY_HALF = re.compile(r"\bp(?:m|\.\s?m)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_OF_A_PLACE = re.compile(
    r"\b(?:time|times|zone|timezone|hora|horário|heure|ora|oras|zeit|ortszeit|tijd|tid|waktu|czasu|времени|часом|časa"
    r"|gmt|utc)\b",
    re.IGNORECASE,
)
"""Words for a time of somewhere: "Manila time", "hora de México"."""
_LABEL = re.compile(r"^\W*\w+\W*:")
_HOUR_BEFORE = frozenset({"it", "ro"})
"""Languages that say so before every hour ("la ora 10:00")."""
_PLACE = re.compile(
    r"[\s(]*(?:(?i:in|en|a|à|em|na|sa|w|we|i|din|de|di|в|у)\s+)?(?P<name>[^\W\d_a-z][^\W\d_]+)"
)
"""A name behind a time: "10:00 in Milwaukee", "10:00 (Manila)"."""
_THERE = re.compile(
    r"[\s,(]*(?:(?:over\s+)?there|(?:for|by)\s+(?:you|us)|your|our|here|where|allá|allí|ahí|aquí|acá|de\s+(?:allá|acá)"
    r"|là-bas|chez\s+vous|dort|bei\s+euch|diyan|doon|dito)\b",
    re.IGNORECASE,
)


@cache
def _dates(language: str) -> re.Pattern[str] | None:
    names = MONTHS.get(language.partition("_")[0])
    if names is None:
        return None
    month = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    before = r"(?<![\d.,:/-])(?P<day1>\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:(?:de|of|ng|di)\s+|d[’'])?"
    after = r"\s+(?:the\s+)?(?P<day2>\d{1,2})(?:st|nd|rd|th)?(?![\d:.]*\d|\s?[ap]\.?\s?m\b)"
    year = r"(?:,?\s+(?:del?\s+)?(?P<year{}>\d{{4}}))?"
    return re.compile(
        rf"{before}(?P<month1>{month})\b{year.format(1)}|\b(?P<month2>{month}){after}{year.format(2)}",
        re.IGNORECASE,
    )


def stamps(text: str, language: str, zone: str, written_at: datetime) -> tuple[datetime, ...]:
    """The points in time that a text names for a reader in `zone`, in UTC, in the order of the text."""
    found: list[datetime] = []
    for sentence in _SENTENCES.split(text):
        point = _point(sentence, language, zone, written_at) if any(map(str.isdigit, sentence)) else None
        if point is not None and point not in found:
            found.append(point)
    return tuple(found[:MOST])


def _point(sentence: str, language: str, zone: str, written_at: datetime) -> datetime | None:
    language = language.partition("_")[0]
    found = [(one, _iso_day(one)) for one in _ISO.finditer(sentence)]
    pattern = _dates(language)
    if pattern is not None:
        today = written_at.astimezone(ZoneInfo(zone)).date()
        rest = _ISO.sub(_blank, sentence)
        found += [(one, _named_day(one, language, today)) for one in pattern.finditer(rest)]
    times = list(_TIME.finditer(_ISO.sub(_blank, sentence)))
    if len(found) != 1 or len(times) != 1:
        return None
    [(named, day)], [clock] = found, times
    at = _time(clock, sentence, language)
    if day is None or at is None or _elsewhere(sentence, clock, language):
        return None
    others = WEEKDAYS.get(language, {})
    weekdays = {others[word] for word in _WORD.findall(sentence.casefold()) if word in others}
    beside = _blanked(sentence, named, clock)
    if clock["half"] is None and _STRAY_HALF.search(beside):
        return None
    if weekdays - {day.isoweekday()} or any(int(one) <= 31 for one in _NUMBER.findall(beside)):
        return None
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


def _blanked(sentence: str, *gone: re.Match[str]) -> str:
    """With blanks in the place of these."""
    for one in gone:
        sentence = sentence[: one.start()] + _blank(one) + sentence[one.end() :]
    return sentence


def _elsewhere(sentence: str, clock: re.Match[str], language: str) -> bool:
    """Whether the time may be that of another place than the writer's."""
    behind = sentence[clock.end() :]
    place = _PLACE.match(behind)
    if place is not None and place["name"][0].isupper():
        name = place["name"].casefold()
        if name not in WEEKDAYS.get(language, {}) and name not in MONTHS.get(language, {}):
            return True
    if _THERE.match(behind) or _OF_A_PLACE.search(behind):
        return True
    before = _LABEL.sub("", sentence[: clock.start()])
    return language not in _HOUR_BEFORE and _OF_A_PLACE.search(before) is not None


def _iso_day(found: re.Match[str]) -> date | None:
    return _day(int(found["year"]), int(found["month"]), int(found["day"]))


def _named_day(found: re.Match[str], language: str, today: date) -> date | None:
    number = "1" if found["month1"] else "2"
    month = MONTHS[language.partition("_")[0]].get(found[f"month{number}"].casefold())
    if month is None:
        return None
    day, year = int(found[f"day{number}"]), found[f"year{number}"]
    if year is not None:
        return _day(int(year), month, day)
    earliest = today - _LOOKING_BACK
    for candidate in (_day(earliest.year + more, month, day) for more in (0, 1)):
        if candidate is not None and candidate >= earliest:
            return candidate if candidate - today <= _LOOKING_AHEAD else None
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _time(found: re.Match[str], sentence: str, language: str) -> time | None:
    hour = int(found["hour"])
    if found["half"] is not None:
        if not day_words.halves(found.group(), language):
            return None  # "um 6 am 1. Mai"
        if not 1 <= hour <= 12:
            return None
        return time(hour % 12 + (12 if found["half"] in "pP" else 0), int(found["minute"] or 0))
    if len(found["hour"]) < 2:
        return None  # "6:00" may be in the evening
    if hour <= 12 and (language not in day_words.LANGUAGES or day_words.late(sentence, language)):
        return None
    return time(hour, int(found["minute24"]))
