"""What the bot says (Text, from catalogs) and what people say (Words, machine-translated).

A Text names a sentence of the catalog by its English source; it becomes words only in
`bot.i18n`, at the last moment, in the language of whoever reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
class CalendarName:
    """The name of a weekday, 1 (Monday) to 7, or of a month, to be worded in the reader's language."""

    of: Literal["days", "months"]
    number: int
    kind: Literal["calendar"] = "calendar"


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


Arg: TypeAlias = "str | int | Moment | Day | CalendarName | Language | Listing | Text | Words"


def t(source: str, /, **args: Arg) -> Text:
    """A sentence of the catalog. The name is a keyword of the catalog extraction."""
    return Text(source, args)


def tn(source: str, plural: str, count: int, /, **args: Arg) -> Text:
    """A sentence with a number in it; `{count}` is given."""
    return Text(source, {**args, "count": count}, plural, count)


def words_in(arg: Arg) -> Iterator[Words]:
    """The people's words in a sentence, in its arguments and theirs."""
    match arg:
        case Words():
            yield arg
        case Text():
            for inner in arg.args.values():
                yield from words_in(inner)
        case Listing():
            for inner in arg.items:
                yield from words_in(inner)


def with_words(text: Text, change: Callable[[Words], Words]) -> Text:
    """The sentence with other people's words in it."""

    def changed(arg: Arg) -> Arg:
        match arg:
            case Words():
                return change(arg)
            case Text():
                return with_words(arg, change)
            case Listing():
                return Listing(tuple(changed(one) for one in arg.items))
        return arg

    return replace(text, args={name: changed(arg) for name, arg in text.args.items()})
