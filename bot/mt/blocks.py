"""A message cut into blocks: lines, list items, quotes, table cells; what is between them stands as it is.

Joining the blocks gives the message again, so that white space, line breaks, bullets, bars of tables and
code cross as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import regex

from bot.mt.spans import spans

_LINES = regex.compile(r"([\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+)")
_BULLET = regex.compile(r"\s*(?:(?:[-*+•–—·▪◦‣>]|#{1,6}|\[[ xX]\]|\p{Nd}{1,3}[.)]|[a-z]\))\s+|>+\s*)*\s*")
_FENCE = regex.compile(r"^\s*(?P<fence>```|~~~)")
_TABLE = regex.compile(r"^\s*\|.*\|\s*$")


class Kind(StrEnum):
    """What is to be done with a block."""

    GAP = "gap"  # stands as it is
    CODE = "code"  # stands as it is
    WORDS = "words"  # is translated


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a message."""

    text: str
    kind: Kind


def blocks(text: str) -> list[Block]:
    """Cut a message into blocks."""
    found: list[Block] = []
    fenced = ""
    for number, line in enumerate(_LINES.split(text)):
        if number % 2:
            found.append(Block(line, Kind.CODE if fenced else Kind.GAP))
        elif (fence := _fence(line)) and fenced in ("", fence):
            fenced = "" if fenced else fence
            found.append(Block(line, Kind.CODE))
        elif fenced:
            found.append(Block(line, Kind.CODE))
        else:
            found += _line(line)
    return [block for block in found if block.text]


def _fence(line: str) -> str:
    """What begins or ends a block of code on this line."""
    found = _FENCE.match(line)
    return found["fence"] if found and line.count(found["fence"]) == 1 else ""


def _line(line: str) -> list[Block]:
    start = found.end() if (found := _BULLET.match(line)) else 0
    head = [Block(line[:start], Kind.GAP)]
    if not _TABLE.match(line):
        return [*head, *_trimmed(line[start:])]
    cells, at = [], 0
    inside = [span for span in spans(line) if span.hard]
    for bar in (n for n, character in enumerate(line) if character == "|"):
        if not any(span.start <= bar < span.end for span in inside):
            cells += [*_trimmed(line[at:bar]), Block("|", Kind.GAP)]
            at = bar + 1
    return [*cells, *_trimmed(line[at:])]


def _trimmed(text: str) -> list[Block]:
    words = text.strip()
    if not words:
        return [Block(text, Kind.GAP)]
    start = len(text) - len(text.lstrip())
    return [
        Block(text[:start], Kind.GAP),
        Block(words, Kind.WORDS),
        Block(text[start + len(words) :], Kind.GAP),
    ]
