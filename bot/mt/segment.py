"""A message cut into sentences: line by line, then at sentence ends, never inside a protected span.

Every character of the message is in exactly one part, so that joining the parts gives the message again:
white space, line breaks, bullets and fenced code are parts that stand as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex
import sentencex  # type: ignore[import-untyped]  # carries no types

from bot.mt.codes import splitter_language
from bot.mt.shield import Span, spans

LONGEST = 320
"""Characters of a sentence beyond which it is split at a clause; scripts without blanks count threefold."""

_LINES = regex.compile(r"([\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+)")
_BULLET = regex.compile(r"\s*(?:(?:[-*•–—·▪◦‣>]|\p{Nd}{1,3}[.)]|[a-z]\))\s+|>+\s*)*\s*")
_FENCE = regex.compile(r"^\s*```")
_UNSAFE = regex.compile(r"[\p{Cs}\x00]")
_CLAUSE = regex.compile(r"[,;:،؛、，；：।—–)]\s*")
_BLANK = regex.compile(r"\s+")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}\p{Tibetan}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a message; `sentence` if it is to be translated."""

    text: str
    sentence: bool = False


def split(text: str, language: str) -> list[Part]:
    """Cut a message into parts. `language` is the engine's code of the source language."""
    parts: list[Part] = []
    fenced = False
    for number, line in enumerate(_LINES.split(text)):
        if number % 2 == 0 and _FENCE.match(line) and line.count("```") == 1:
            fenced = not fenced
            parts.append(Part(line))
        elif number % 2 or fenced:
            parts.append(Part(line))
        else:
            parts += _line(line, language)
    return [part for part in parts if part.text]


def _line(line: str, language: str) -> list[Part]:
    found = _BULLET.match(line)
    bullet = found.end() if found else 0
    content = line[bullet:]
    parts = [Part(line[:bullet])]
    protected = spans(content)
    at = 0
    for end in [*_ends(content, protected, language), len(content)]:
        if end > at:
            for piece in _shorten(content[at:end]):
                parts += _trimmed(piece)
            at = end
    return parts


def _ends(content: str, protected: list[Span], language: str) -> list[int]:
    """Where sentences end, except inside protected spans."""
    safe = _UNSAFE.sub("\ufffd", content)
    sentences = sentencex.segment(splitter_language(language), safe) if safe.strip() else [safe]
    if "".join(sentences) != safe:
        return []
    ends, at = [], 0
    inside = iter(protected)
    span = next(inside, None)
    for sentence in sentences:
        at += len(sentence)
        while span is not None and span.end <= at:
            span = next(inside, None)
        if span is None or span.start >= at:
            ends.append(at)
    return ends


def _weight(text: str) -> int:
    return len(text) + 2 * len(_DENSE.findall(text))


def _shorten(sentence: str) -> list[str]:
    """An overlong sentence in pieces: at clause ends, else at blanks, else anywhere outside spans."""
    if _weight(sentence) <= LONGEST:
        return [sentence]
    limit = LONGEST // 3 if _DENSE.search(sentence) else LONGEST
    protected = spans(sentence)
    out, at = [], 0
    while len(sentence) - at > limit:
        cut = _cut(sentence, at, limit, protected)
        if cut >= len(sentence):
            break
        out.append(sentence[at:cut])
        at = cut
    return [*out, sentence[at:]]


def _cut(sentence: str, at: int, limit: int, protected: list[Span]) -> int:
    window = sentence[at : at + limit]
    for pattern in (_CLAUSE, _BLANK):
        for found in reversed(list(pattern.finditer(window))):
            cut = at + found.end()
            if cut > at + limit // 4 and not _within(cut, protected):
                return cut
    cut = at + limit
    holder = next((span for span in protected if span.start < cut < span.end), None)
    if holder is None:
        return cut
    return holder.start if holder.start > at else holder.end


def _within(position: int, protected: list[Span]) -> bool:
    return any(span.start < position < span.end for span in protected)


def _trimmed(sentence: str) -> list[Part]:
    inner = sentence.strip()
    if not inner:
        return [Part(sentence)]
    before = sentence[: len(sentence) - len(sentence.lstrip())]
    after = sentence[len(sentence.rstrip()) :]
    return [Part(before), Part(inner, sentence=True), Part(after)]
