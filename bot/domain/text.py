"""What the bot says (Text, from catalogs) and what people say (Words, machine-translated).

A Text names a sentence of the catalog by its English source; it becomes words only in
`bot.i18n`, at the last moment, in the language of whoever reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Words:
    """Something a person wrote.

    `language` is a catalog code ("es", "pt_BR"); `by` is the name of the group it came from. `among` are the
    languages that it may be in where there are several: the first, unless it looks like another.
    """

    text: str
    language: str
    by: str = ""
    among: tuple[str, ...] = ()
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time, to be worded in the reader's language; `at` is aware, `zone` an IANA name."""

    at: datetime
    zone: str
    kind: Literal["moment"] = "moment"


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day, to be worded in the reader's language."""

    on: date
    kind: Literal["day"] = "day"


@dataclass(frozen=True, slots=True)
class Language:
    """The name of a language, to be worded in the reader's language."""

    code: str
    kind: Literal["language"] = "language"


@dataclass(frozen=True, slots=True)
class Listing:
    """Several values joined in the reader's language ("a, b and c")."""

    items: tuple[Arg, ...]
    kind: Literal["listing"] = "listing"


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence of the catalog: `source` is its English form with named `{placeholders}`.

    With `plural` the catalog chooses the form by `count`, which is also the argument `count`.
    """

    source: str
    args: Mapping[str, Arg] = field(default_factory=dict)
    plural: str | None = None
    count: int | None = None
    kind: Literal["text"] = "text"


Arg: TypeAlias = "str | int | Moment | Day | Language | Listing | Text | Words"


def t(source: str, /, **args: Arg) -> Text:
    """A sentence of the catalog. The name is a keyword of the catalog extraction."""
    return Text(source, args)


def tn(source: str, plural: str, count: int, /, **args: Arg) -> Text:
    """A sentence with a number in it; `{count}` is given."""
    return Text(source, {**args, "count": count}, plural, count)
