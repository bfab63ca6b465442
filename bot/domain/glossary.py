"""What the people of a twinning agreed on for translating between two languages, in one direction."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

LONGEST_TERM = 60  # characters of a word and of its translation
LONGEST_WHY = 200  # of the reason why a word is better avoided
MOST_TERMS = 500  # of a twinning

_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-"})


@dataclass(frozen=True, slots=True)
class Glossary:
    """People's words win over the machine's.

    `corrections` maps `normalised` source texts (a whole message, a line of it, or a sentence; the longest
    match wins) to what people wrote instead of the machine's translation. `terms` are agreed translations
    (source, target), `keep` are words that are never translated; both hold for whole words, in any case.
    """

    corrections: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[tuple[str, str], ...] = ()
    keep: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.corrections or self.terms or self.keep)


NO_GLOSSARY = Glossary()


def normalised(text: str) -> str:
    """The key of a correction: case, kinds of quotation marks and dashes, extra blanks are alike."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_QUOTES).casefold().split())
