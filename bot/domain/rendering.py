"""What came of translating somebody's words: the text, and what is to be said about it.

Values of this file rest in the outbox as JSON: fields are only ever added, with defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Flag(StrEnum):
    """Why a sentence stands as it was written, or may be wrong in its translation."""

    # the original stands
    UNKNOWN = "unknown"  # the model does not know it
    EMPTY = "empty"  # nothing came out
    REPEATS = "repeats"  # the same words again and again
    COPY = "copy"  # the words of the original came out
    SPANS = "spans"  # a link, a mention, an emoji, code … was lost
    NUMBERS = "numbers"  # digits differ
    # the translation is shown, with a warning
    LENGTH = "length"  # too short or too long for what was written
    DATES = "dates"  # the names of months or days of the week differ, "tonight", "a.m.", 1/5 and 5/1
    UNITS = "units"  # a currency, a unit, "million" or the minus differs
    NEGATION = "negation"  # a "not" looks lost, or added
    LANGUAGE = "language"  # it looks like another language
    QUESTION = "question"  # a question became a statement, or the other way round
    TERM = "term"  # an agreed translation was not used
    NAME = "name"  # a name looks translated
    LABEL = "label"  # "Ana:" at the beginning was lost
    CAPITALS = "capitals"  # ALL CAPITALS, or not, unlike the original
    MARKUP = "markup"  # tags, list or line structure differ


class Mark(StrEnum):
    """Why a relay stands untranslated, wholly or in part."""

    NO_MODEL = "no-model"
    DOWN = "down"
    UNKNOWN = "unknown"
    PARTLY = "partly"
    FAILED = "failed"
    STANDS = "stands"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A warning about one sentence, in the words of its author. `stands`: it is shown as it was written."""

    flag: Flag
    sentence: str
    stands: bool = False


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the translation brought: `text` is None where the original stands alone.

    `language` is the one the words turned out to be written in, None if it is the one they were thought to
    be in. `doubts` are shown with the original, and how many `more` there are. `times` are points in time
    that the words name for certain, read in `there`, the writer's time zone. `corrected_by` names who has
    corrected the translation; if it was `remembered`, all of it is what people wrote for the same words
    before.
    """

    text: str | None
    marks: tuple[Mark, ...] = ()
    via: str | None = None
    language: str | None = None
    doubts: tuple[Doubt, ...] = ()
    times: tuple[datetime, ...] = ()
    there: str = ""
    corrected_by: str = ""
    remembered: bool = False
    more: int = 0


@dataclass(frozen=True, slots=True)
class Proof:
    """How somebody's words, written in `source`, read in `language`, before they go there.

    `back` is the translation put into the language of the words again, None where nothing came of that.
    """

    source: str
    language: str
    rendering: Rendering
    back: str | None = None
