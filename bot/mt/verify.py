"""Is a translation fit to be shown? What fails here stands as it was written, with a flag that says why."""

from __future__ import annotations

import unicodedata
from collections import Counter

import regex

from bot.domain.rendering import Flag
from bot.mt import shield

_DIGITS = regex.compile(r"\p{Nd}+")
_WORD = regex.compile(r"\w+")
_SOUND = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_FINAL = (".", "!", "?", "…")
_UNKNOWN_PIECE = "⁇"


def digits(text: str) -> Counter[str]:
    """The groups of digits in a text, whatever script they are written in, with how often each occurs."""
    return Counter(
        "".join(str(unicodedata.digit(digit)) for digit in group) for group in _DIGITS.findall(text)
    )


def runaway(source: str, target: str) -> bool:
    """True if the translation runs on: far too long, or the same words again and again."""
    if len(target) > 4 * len(source) + 80:
        return True
    words = _WORD.findall(target.casefold())
    allowed = max(3, _longest_run(_WORD.findall(source.casefold())))
    return _longest_run(words) > allowed


def _longest_run(words: list[str]) -> int:
    """How often the most repeated phrase of one to four words follows itself."""
    longest = 1 if words else 0
    for size in range(1, 5):
        run = 0
        for at in range(size, len(words)):
            run = run + 1 if words[at] == words[at - size] else 0
            longest = max(longest, run // size + 1)
    return longest


def fault(source: str, target: str) -> Flag | None:
    """What is wrong with a translated sentence, its protected spans back in place; None if nothing is."""
    if not target.strip() or (_UNKNOWN_PIECE in target and _UNKNOWN_PIECE not in source):
        return Flag.UNKNOWN
    if any(target.count(value) != source.count(value) for value in shield.values(source, hard=True)):
        return Flag.SPANS
    if digits(source) != digits(target):
        return Flag.NUMBERS
    if runaway(source, target):
        return Flag.UNKNOWN
    return None


def same(source: str, back: str) -> bool:
    """True if a sentence came back from its translation, but for case, punctuation and spacing.

    A question must come back as a question.
    """
    return asks(source) == asks(back) and _core(source) == _core(back) != []


def asks(text: str) -> bool:
    """True if a question mark of any script is in the text."""
    return any(mark in text for mark in "?؟？")


def closed_like(source: str, target: str) -> str:
    """The target with the final mark of the source (".", "!", …) if it has none."""
    end = source[-1:]
    return target + end if end in _FINAL and target[-1:] not in _FINAL else target


def _core(text: str) -> list[str]:
    return list("".join(_SOUND.findall(unicodedata.normalize("NFC", text).casefold())))
