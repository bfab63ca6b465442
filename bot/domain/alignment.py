"""Which line and which sentence of a correction stands for which of the original.

People correct a whole message; when its author changes one sentence of it, their words for the others stay.

Rules:
- Lines belong together where both texts have as many; their sentences where both have as many.
- They do not where one pair is a question on one side alone, has other numbers, or is much longer or shorter
  than the rest: who joined sentences or turned them round would be given the words of another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.domain.glossary import normalised

MOST = 2.0  # times as long, against the rest, as one of a pair may be
_SLACK = 10  # characters that short sentences may differ by

_BULLET = re.compile(r"\s*(?:(?:[-*+•–—·▪◦‣]|#{1,6}|\[[ xX]\]|\d{1,3}[.)]|[a-z]\))\s+|>+\s*)*")
_END = re.compile(r"[.!?…؟۔।։።][\"'”’»)\]]*\s+|[。！？]+[”’」』）]*")
_QUESTION = frozenset("?？؟")
_NUMBER = re.compile(r"\d+")
_NO_LINES = ("```", "~~~", "|")  # code and tables


def pairs(original: str, correction: str) -> tuple[tuple[str, str], ...]:
    """The lines and sentences that belong together for certain, without the texts as a whole."""
    if any(mark in text for mark in _NO_LINES for text in (original, correction)):
        return ()
    lines, corrected = _lines(original), _lines(correction)
    alone = _matched(lines, corrected)
    found = list(alone)
    if len(lines) == len(corrected) == 1:
        alone = [(lines[0], corrected[0])]
    for one, other in alone:
        found += _matched(_sentences(one), _sentences(other))
    whole = normalised(original)
    return tuple(dict.fromkeys(pair for pair in found if normalised(pair[0]) != whole))


def _matched(originals: Sequence[str], corrections: Sequence[str]) -> list[tuple[str, str]]:
    if len(originals) != len(corrections) or len(originals) < 2:
        return []
    found = list(zip(originals, corrections, strict=True))
    usual = sum(map(len, corrections)) / max(1, sum(map(len, originals)))
    return found if all(_alike(one, other, usual) for one, other in found) else []


def _alike(one: str, other: str, usual: float) -> bool:
    """Whether these can mean the same; `usual` is how long corrections are, by the length of the original."""
    if (one[-1] in _QUESTION) != (other[-1] in _QUESTION):
        return False
    if sorted(_NUMBER.findall(one)) != sorted(_NUMBER.findall(other)):
        return False
    ratio = (len(other) + _SLACK) / (len(one) * usual + _SLACK)
    return 1 / MOST <= ratio <= MOST


def _lines(text: str) -> list[str]:
    lines = (_BULLET.sub("", line, count=1).strip() for line in text.split("\n"))
    return [line for line in lines if line]


def _sentences(line: str) -> list[str]:
    ends = [0, *(found.end() for found in _END.finditer(line)), len(line)]
    cut = (line[start:end].strip() for start, end in pairwise(ends))
    return [sentence for sentence in cut if sentence]
