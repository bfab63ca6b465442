"""Do dates and times cross? Names of months and days of the week, parts of the day, and today or tomorrow.

For the languages in `bot.domain.calendar_names` and `bot.domain.day_words`. Dates, times and the like that
are written in digits must keep their order in every language.
"""

from __future__ import annotations

from collections.abc import Iterable

import regex

from bot.domain import day_words
from bot.domain.calendar_names import MONTHS, WEEKDAYS

_WORD = regex.compile(r"[\p{L}\p{M}-]+")
_DIGIT = regex.compile(r"\p{Nd}")
_UNSURE = {
    "en": frozenset({"may", "march", "august"}),
    "fr": frozenset({"mars"}),
    "de": frozenset({"mai"}),
    "es": frozenset({"martes"}),
    "fil": frozenset({"linggo", "martes"}),
    "pl": frozenset({"maja"}),
    "ms": frozenset({"mac"}),
    "id": frozenset({"minggu"}),
    "tr": frozenset({"ocak", "pazar", "ekim", "mart"}),
    "da": frozenset({"maj"}),
    "ro": frozenset({"mai"}),
    "nb": frozenset({"mai"}),
    "it": frozenset({"marzo"}),
    "cs": frozenset({"září"}),
}
"""Words that mean other things as well; they count only beside a number."""
_STEM = 3
"""Letters at the end of a name that may change with its case."""


def differs(source: str, target: str, languages: tuple[str, str]) -> bool:
    """True if one of the two surely names a month or a day of the week that the other does not."""
    for names in (MONTHS, WEEKDAYS):
        ours, theirs = (names.get(language.partition("_")[0]) for language in languages)
        if ours is None or theirs is None:
            continue
        for text, own, other, language, there in (
            (source, ours, target, languages[0], theirs),
            (target, theirs, source, languages[1], ours),
        ):
            sure = _sure(text, own, language)
            if sure and not sure <= _perhaps(other, there):
                return True
    return False


def parts_differ(source: str, target: str, languages: tuple[str, str]) -> bool:
    """True if one of the two surely names a part of the day, today or the like, and the other does not."""
    if not day_words.LANGUAGES.issuperset(language.partition("_")[0] for language in languages):
        ours, theirs = map(day_words.halves, (source, target), languages)
        return bool(ours and theirs) and _misses(ours, theirs)
    ours, theirs = map(day_words.meanings, (source, target), languages)
    return _misses(ours, theirs) or _misses(theirs, ours)


def _misses(said: Iterable[day_words.Meaning], shown: Iterable[day_words.Meaning]) -> bool:
    return any(one.sure and not any(one.parts & other.parts for other in shown) for one in said)


def _sure(text: str, names: dict[str, int], language: str) -> set[int]:
    unsure = _UNSURE.get(language.partition("_")[0], frozenset())
    found = set()
    for word in _WORD.finditer(text):
        name = word.group().casefold()
        number = names.get(name)
        if number is None:
            continue
        around = text[max(0, word.start() - 6) : word.start()] + text[word.end() : word.end() + 4]
        if name not in unsure or _DIGIT.search(around):
            found.add(number)
    return found


def _perhaps(text: str, names: dict[str, int]) -> set[int]:
    words = [word.casefold() for word in _WORD.findall(text)]
    found = set()
    for name, number in names.items():
        stem = name[: max(_STEM, len(name) - _STEM)]
        if any(word == name or (len(name) > _STEM + 1 and word.startswith(stem)) for word in words):
            found.add(number)
    return found
