"""Texts of both directions in one message: isolates around what runs the other way (Unicode UAX #9).

People's own direction controls are removed before (see `neutral`); every isolate put in here is closed
on the same line.
"""

from __future__ import annotations

import unicodedata
from typing import Literal, TypeAlias

from bot.domain.languages import find

Direction: TypeAlias = Literal["ltr", "rtl"]

LRI, RLI, FSI, PDI = "\u2066", "\u2067", "\u2068", "\u2069"

_STRONG: dict[str, Direction] = {"L": "ltr", "R": "rtl", "AL": "rtl"}
_CLINGING = frozenset({"EN", "AN", "ES", "ET", "NSM", "BN"})  # bidi classes that belong to the word before
_OF_LINKS = frozenset("/#=&%_~")


def direction_of(language: str) -> Direction:
    """The direction in which a language is written, by its catalog code."""
    known = find(language)
    return "rtl" if known is not None and known.rtl else "ltr"


def first_strong(text: str) -> Direction | None:
    """The direction of the first character that has one; clients take it for the whole message."""
    return next((d for c in text if (d := _STRONG.get(unicodedata.bidirectional(c)))), None)


def _runs(line: str, base: Direction) -> list[tuple[int, int]]:
    """Where text runs against `base`: from its first to its last such character, with what clings to it."""
    found: list[tuple[int, int]] = []
    start = end = -1
    for i, char in enumerate(line):
        kind = unicodedata.bidirectional(char)
        strong = _STRONG.get(kind)
        if strong is None:
            if end == i and (kind in _CLINGING or char in _OF_LINKS):
                end = i + 1
        elif strong != base:
            start, end = (i if start < 0 else start), i + 1
        elif start >= 0:
            found.append((start, end))
            start = end = -1
    return [*found, (start, end)] if start >= 0 else found


def isolated(text: str, own: Direction, around: Direction) -> str:
    """The text with isolates: `own` is its direction, `around` that of the message it stands in."""
    return "\n".join(_isolated_line(line, own, around) for line in text.split("\n"))


def _isolated_line(line: str, own: Direction, around: Direction) -> str:
    pieces, at = [], 0
    for start, end in _runs(line, own):
        pieces += [line[at:start], FSI, line[start:end], PDI]
        at = end
    inner = "".join([*pieces, line[at:]])
    if own == around or not inner.strip():
        return inner
    return f"{RLI if own == 'rtl' else LRI}{inner}{PDI}"
