"""A text as a card to be read aloud: short plain sentences, and how long that takes.

Rules:
- Markup goes, of a link its words or its host stay: what is read aloud is heard, not seen.
- A sentence longer than 20 words is parted where its author has set a mark, as near to its middle as can be.
- An abbreviation whose long form is known is said in full.
- 130 words a minute; where words are not parted by blanks, four characters a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import ceil

LONGEST = 20  # words of a line
_PER_MINUTE = 130
_PAUSE = 0.6  # seconds after a line
_SHORT = (
    *("dr", "dra", "sr", "sra", "srta", "mr", "mrs", "ms", "prof", "st", "av", "avda", "no", "núm", "num"),
    *("art", "etc", "p.m", "a.m", "ee.uu", "vs", "pág", "lic", "ing"),
)
_LINK = re.compile(r"\[([^\]\n]{1,300})\]\((?:[^()\s]|\([^()\s]*\)){1,2000}\)")
_ADDRESS = re.compile(r"(?i)\b(?:https?://|www\.)([\w.-]{1,200})[^\s<>]*")
_BEGINNING = re.compile(r"^(?:[ \t]*+(?:#{1,6}|>|[-*+•]|\d{1,3}[.)])[ \t]++)++", re.MULTILINE)
_MARKS = re.compile(r"\*{1,3}|_{2,3}|~~|\|\||`{1,3}|(?<!\w)_|_(?!\w)")
_END = re.compile(r"(?<![.!?…。！？])[.!?…。！？]++[\"”»’)\]]*+(?=\s|$)|[。！？]")
_PART = re.compile(r"(?<=[;:,–—])\s+")
_ABBREVIATION = re.compile(r"\b[^\W\d_]{2,6}\b")


def is_abbreviation(word: str) -> bool:
    """Whether a word is written like one: two to six capitals."""
    return bool(_ABBREVIATION.fullmatch(word)) and word.isupper()


def plain(text: str) -> str:
    """The text without its markup."""
    text = _ADDRESS.sub(r"\1", _LINK.sub(r"\1", text))
    return _MARKS.sub("", _BEGINNING.sub("", text))


def spelled(text: str, known: Mapping[str, str]) -> str:
    """The text with its abbreviations said in full, as far as they are known."""

    def full(found: re.Match[str]) -> str:
        return known.get(found[0], found[0]) if found[0].isupper() else found[0]

    return _ABBREVIATION.sub(full, text)


def lines(text: str) -> list[str]:
    """The sentences of a text, the long ones in parts."""
    found = (" ".join(sentence.split()) for line in text.splitlines() for sentence in _sentences(line))
    return [part for sentence in found if any(c.isalnum() for c in sentence) for part in _parted(sentence)]


def _sentences(line: str) -> Iterator[str]:
    begin = 0
    for found in _END.finditer(line):
        before = line[begin : found.start()].rsplit(maxsplit=1)
        if found[0] == "." and before and (before[-1].casefold() in _SHORT or len(before[-1]) == 1):
            continue
        yield line[begin : found.end()]
        begin = found.end()
    yield line[begin:]


def _parted(sentence: str) -> Iterator[str]:
    if len(sentence.split()) <= LONGEST:
        yield sentence
        return
    places = [found.span() for found in _PART.finditer(sentence)]
    if not places:
        yield sentence
        return
    begin, end = min(places, key=lambda one: abs(one[0] - len(sentence) / 2))
    yield from _parted(sentence[:begin])
    yield from _parted(sentence[end:])


def seconds(card: list[str]) -> int:
    """How long it takes to read the lines aloud, in steps of five seconds."""
    needed = sum(max(len(line.split()) * 60 / _PER_MINUTE, _dense(line) / 4) + _PAUSE for line in card)
    return 5 * ceil(needed / 5)


def _dense(line: str) -> int:
    """The characters of scripts that part no words: of Chinese, Japanese, Thai and their like."""
    return sum("\u0e00" <= c <= "\u0eff" or "\u3040" <= c <= "\u9fff" for c in line)
