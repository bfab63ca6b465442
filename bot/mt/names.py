"""Do names cross? In most Latin alphabets a capital in the middle of a sentence tells a name."""

from __future__ import annotations

import unicodedata

import regex

from bot.domain.calendar_names import MONTHS, WEEKDAYS

_LANGUAGES = frozenset(
    {
        "az",
        "ca",
        "cs",
        "da",
        "en",
        "eo",
        "es",
        "et",
        "eu",
        "fi",
        "fil",
        "fr",
        "ga",
        "gl",
        "hu",
        "id",
        "it",
        "lt",
    }
    | {"lv", "ms", "nb", "nl", "pl", "pt", "pt_BR", "ro", "sk", "sl", "sq", "sv", "tr"}
)
"""Latin script, and no capitals for common nouns."""
_NAME = regex.compile(r"(?<=[\p{L}\p{M}\p{N},;]\s)\p{Lu}[\p{Ll}\p{M}]{2,}(?![\p{L}\p{M}])")
_PEOPLES = regex.compile(r"(?:ish|ese|ian|ean|can|ench)s?$")
"""Ends of English words for peoples and languages, which other languages write small and otherwise."""
_JOINED = regex.compile(r" (?:(?:de|del|de la|de los|de las|of|of the|da|do|dos|di|du|van|von|al) )?")
"""What stands between the parts of one name."""
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_ALIKE = 4
"""Letters that suffice to know a name again: what follows may be an ending."""


def lost(source: str, target: str, languages: tuple[str, str]) -> bool:
    """True if a name of the source has nothing like it in the translation.

    Of several capitals in a row (Mexico City, Ciudad de México) one is enough.
    """
    if not _LANGUAGES.issuperset(languages):
        return False
    theirs = {_plain(word)[:_ALIKE] for word in _LETTERS.findall(target)}
    own = MONTHS.get(languages[0], {}).keys() | WEEKDAYS.get(languages[0], {}).keys()
    for run in _runs(source):
        known = [word for word in run if word.casefold() not in own and not _PEOPLES.search(word)]
        if known and not any(_plain(word)[:_ALIKE] in theirs for word in known):
            return True
    return False


def _runs(text: str) -> list[list[str]]:
    """The names in a text, those that follow each other together."""
    runs: list[list[str]] = []
    end = len(text)
    for found in _NAME.finditer(text):
        if _JOINED.fullmatch(text, end, found.start()):
            runs[-1].append(found.group())
        else:
            runs.append([found.group()])
        end = found.end()
    return runs


def _plain(word: str) -> str:
    """Without accents, in small letters."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
