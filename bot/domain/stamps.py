"""Points in time that a text names for certain: a day with its month, and a time, in one sentence.

What could be read in two ways is no such point: days in numbers alone (1/5), "6:00" without a.m. or p.m., a
time that names a zone of its own, two days or two times in one sentence, a day without a year that is past.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from bot.domain.calendar_names import MONTHS

MOST = 3
"""Points in time of one text that are repeated."""
_LOOKING_BACK = timedelta(days=7)
_LOOKING_AHEAD = timedelta(days=300)
"""A day without a year is the next one of its name, if that is not so far away that the last may be meant."""

_SENTENCES = re.compile(
    r"[\n;]|(?<=[!?。！？])|(?<![\d])(?<![ap]\.m)(?<!\b[ap])\.(?=\s+[^\W\d_])", re.IGNORECASE
)
_HALF = r"(?P<half>(?i:[ap]))\.?\s?(?i:m)\b\.?"
_ZONE = r"\s?(?:Z|[A-Z]{2,4}|[+-]\d\d)\b"
_TIME = re.compile(
    r"(?<![\d:.,/+-])(?P<hour>[01]?\d|2[0-3])"
    rf"(?:(?:[:h](?P<minute>[0-5]\d)(?::[0-5]\d)?)?\s?{_HALF}"
    r"|[:h](?P<minute24>[0-5]\d)(?::[0-5]\d)?(?:\s?(?:h|hrs|Uhr)\b)?)"
    rf"(?![\d:]|{_ZONE})"
)
_ISO = re.compile(r"(?<![\d-])(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")


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
    days = [_iso_day(one) for one in _ISO.finditer(sentence)]
    pattern = _dates(language)
    if pattern is not None:
        today = written_at.astimezone(ZoneInfo(zone)).date()
        rest = _ISO.sub(" ", sentence)
        days += [_named_day(one, language, today) for one in pattern.finditer(rest)]
    times = [_time(one) for one in _TIME.finditer(_ISO.sub(lambda one: " " * len(one.group()), sentence))]
    if len(days) != 1 or len(times) != 1 or days[0] is None or times[0] is None:
        return None
    return datetime.combine(days[0], times[0], ZoneInfo(zone)).astimezone(UTC)


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


def _time(found: re.Match[str]) -> time | None:
    hour = int(found["hour"])
    if found["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        return time(hour % 12 + (12 if found["half"] in "pP" else 0), int(found["minute"] or 0))
    if len(found["hour"]) < 2:
        return None  # "6:00" may be in the evening
    return time(hour, int(found["minute24"]))
