"""A block cut at the ends of its sentences, never inside a protected span.

Every character is in exactly one part, so that joining the parts gives the block again.
"""

from __future__ import annotations

from dataclasses import dataclass

import regex
import sentencex  # type: ignore[import-untyped]  # carries no types

from bot.domain.languages import tag
from bot.mt.spans import Span, spans

LONGEST = 320
"""Characters of a sentence beyond which it is split at a clause; scripts without blanks count threefold."""

_CODES = {"fil": "tl", "nb": "no", "pt_BR": "pt", "zh_Hant": "zh"}
"""What the splitter calls a language, where it is not its tag."""
_UNSAFE = regex.compile(r"[\p{Cs}\x00]")
_CLAUSE = regex.compile(r"[,;:،؛、，；：।—–)]\s*")
_BLANK = regex.compile(r"\s+")
_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}\p{Tibetan}]")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a block; `sentence` if it is to be translated."""

    text: str
    sentence: bool = False


def sentences(block: str, language: str) -> list[Part]:
    """Cut a block into sentences and the white space between them. `language` is a catalog code."""
    protected = spans(block)
    parts: list[Part] = []
    at = 0
    for end in [*_ends(block, protected, language), len(block)]:
        if end > at:
            for piece in _shorten(block[at:end]):
                parts += _trimmed(piece)
            at = end
    return [part for part in parts if part.text]


def _ends(content: str, protected: list[Span], language: str) -> list[int]:
    """Where sentences end, except inside protected spans."""
    safe = _UNSAFE.sub("\ufffd", content)
    found = sentencex.segment(_CODES.get(language, tag(language)), safe) if safe.strip() else [safe]
    if "".join(found) != safe:
        return []
    ends, at = [], 0
    inside = iter(protected)
    span = next(inside, None)
    for sentence in found:
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
