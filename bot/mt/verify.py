"""Is a translation fit to be shown?

Faults of the first kind make the original stand instead; all others are shown with the translation, as a
warning. Each check compares a sentence with its translation, the protected spans back in place, and knows
nothing of how it was made.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import regex

from bot.domain.rendering import Flag
from bot.mt import dates, names, negation, quantities
from bot.mt.language import foreign
from bot.mt.manner import asks, keeps_label, shouting
from bot.mt.spans import Span, spans
from bot.mt.terms import Agreed

_DIGITS = regex.compile(r"\p{Nd}+")
_ORDINAL = regex.compile(r"\b(\p{Nd}+)(?:st|nd|rd|th|er|ère|e|è|é|a|o|º|ª|\.º|\.ª|r|n|t)\b", regex.IGNORECASE)
_MONTH_NUMBER = regex.compile(r"\p{Nd}{1,2}\s?[月월]")
_WORD = regex.compile(r"\w+")
_SOUND = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_LOWER_WORD = regex.compile(r"(?<![\p{L}\p{M}])\p{Ll}[\p{Ll}\p{M}]{2,}")
_FINAL = (".", "!", "?", "…")
_ENDS = regex.compile(r"[.!?…。！？।؟”\"')»]\s*$")
_UNKNOWN_PIECE = "⁇"
_TAG = regex.compile(r"</?[A-Za-z!][^<>\n]{0,500}>")
_ENTITY = regex.compile(r"&(?:[a-z]{2,8}|#\d{1,7}|#x[0-9a-f]{1,6});", regex.IGNORECASE)
_ADDED = frozenset({"link", "mail", "matrix", "mention", "code", "invisible", "bracket", "slot"})
"""Kinds of spans that no translation may add."""
_AGREED = frozenset({"keep", "term"})
_LENGTHS = {
    "ar": 0.85, "he": 0.8, "fa": 0.95, "zh": 0.33, "zh_Hant": 0.33, "ja": 0.5, "ko": 0.55, "th": 0.9,
    "bn": 0.95, "es": 1.1, "ca": 1.08, "fr": 1.15, "de": 1.15, "pt": 1.08, "pt_BR": 1.08, "it": 1.12,
    "ro": 1.1, "nl": 1.1, "pl": 1.08, "ru": 1.08, "el": 1.15, "fil": 1.2, "id": 1.08, "hu": 1.08,
}  # fmt: skip
"""Letters for what takes one in English."""


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence, its translation, and what both are to be judged by."""

    source: str
    target: str
    languages: tuple[str, str]
    protected: tuple[Span, ...]
    agreed: Agreed

    @classmethod
    def of(
        cls,
        source: str,
        target: str,
        languages: tuple[str, str] = ("", ""),
        protected: Sequence[Span] | None = None,
        agreed: Agreed | None = None,
    ) -> Case:
        """A case by its texts; catalog languages, empty where they are not known."""
        found = tuple(spans(source)) if protected is None else tuple(protected)
        return cls(source, target, languages, found, agreed or Agreed.nothing())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a translation, the worst first; `stands` if the original has to."""

    flags: tuple[Flag, ...] = ()
    stands: bool = False


def judge(case: Case) -> Verdict:
    """All that is wrong with a translation."""
    for flag, wrong in _FATAL.items():
        if wrong(case):
            return Verdict((flag,), stands=True)
    flags = tuple(flag for flag, wrong in _DOUBTS.items() if wrong(case))
    return Verdict(flags, stands=Flag.NUMBERS in flags and _numbers_lost(case))


def _empty(case: Case) -> bool:
    return not _SOUND.search(case.target)


def _unknown(case: Case) -> bool:
    return _UNKNOWN_PIECE in case.target and _UNKNOWN_PIECE not in case.source


def _spans_differ(case: Case) -> bool:
    source, target = case.source, case.target
    folded = target.casefold()
    for value, span in {span.within(source): span for span in case.protected if span.hard}.items():
        if span.kind in _AGREED:
            if value.casefold() not in folded:
                return True
        elif target.count(value) != source.count(value):
            return True
    theirs = Counter(target[span.start : span.end] for span in spans(target) if span.kind in _ADDED)
    if not theirs:
        return False
    ours = Counter(source[span.start : span.end] for span in spans(source) if span.kind in _ADDED)
    return bool(theirs - ours)


def digits(text: str, language: str = "") -> Counter[str]:
    """The groups of digits in a text, whatever script they are written in, with how often each occurs."""
    if language in ("ja", "ko", "zh", "zh_Hant"):
        text = _MONTH_NUMBER.sub(" ", text)
    return Counter(_in_order(text))


def _numbers_differ(case: Case) -> bool:
    ours, theirs = (
        digits(text, lang) for text, lang in zip((case.source, case.target), case.languages, strict=True)
    )
    if ours == theirs:
        return False
    ordinals = Counter(_ORDINAL.findall(case.source))
    return bool(theirs - ours) or bool(ours - theirs - ordinals)


def _numbers_lost(case: Case) -> bool:
    ours, theirs = (
        digits(text, lang) for text, lang in zip((case.source, case.target), case.languages, strict=True)
    )
    return bool(ours - theirs - Counter(_ORDINAL.findall(case.source)))


def _repeats(case: Case) -> bool:
    return runaway(case.source, case.target)


def runaway(source: str, target: str) -> bool:
    """True if the translation runs on: far too long, or the same words again and again."""
    if len(target) > 4 * len(source) + 80:
        return True
    words = _WORD.findall(target.casefold())
    if len(words) < 4:
        return False
    allowed = max(3, longest_run(_WORD.findall(source.casefold())))
    return longest_run(words) > allowed


def longest_run(words: list[str]) -> int:
    """How often the most repeated phrase of one to four words follows itself."""
    longest = 1 if words else 0
    for size in range(1, 5):
        run = 0
        for at in range(size, len(words)):
            run = run + 1 if words[at] == words[at - size] else 0
            longest = max(longest, run // size + 1)
    return longest


def _copied(case: Case) -> bool:
    """The words of the source, names apart, came out again."""
    ours = set(_LOWER_WORD.findall(case.source))
    if len(ours) < 3 or sum(map(len, ours)) < 14 or case.languages[0] == case.languages[1]:
        return False
    theirs = set(_LOWER_WORD.findall(case.target))
    return len(ours & theirs) >= 0.9 * len(ours)


def _length_differs(case: Case) -> bool:
    source, target = case.source.strip(), case.target.strip()
    usual = len(source) * _LENGTHS.get(case.languages[1], 1.0) / _LENGTHS.get(case.languages[0], 1.0)
    if usual < 12:
        return False
    unfinished = _ENDS.search(source) is not None and _ENDS.search(target) is None
    least = 0.8 if unfinished else 0.5
    return len(target) < least * usual - (0 if unfinished else 3) or len(target) > 2.2 * usual + 15


def _dates_differ(case: Case) -> bool:
    return (
        dates.differs(case.source, case.target, case.languages)
        or dates.parts_differ(case.source, case.target, case.languages)
        or _turned_round(case)
    )


def _turned_round(case: Case) -> bool:
    """Whether the digits of a date, a time or the like are all there, in another order."""
    theirs = _in_order(case.target)
    for span in case.protected:
        ours = [] if span.hard else _in_order(span.within(case.source))
        if len(ours) < 2 or Counter(ours) - Counter(theirs):
            continue
        if not any(theirs[n : n + len(ours)] == ours for n in range(len(theirs))):
            return True
    return False


def _in_order(text: str) -> list[str]:
    return ["".join(str(unicodedata.digit(digit)) for digit in group) for group in _DIGITS.findall(text)]


def _units_differ(case: Case) -> bool:
    return quantities.differ(case.source, case.target, case.languages)


def _negation_differs(case: Case) -> bool:
    return negation.differs(case.source, case.target, case.languages)


def _question_differs(case: Case) -> bool:
    return asks(case.source) != asks(case.target)


def _language_differs(case: Case) -> bool:
    return foreign(case.target, case.languages)


def _term_missing(case: Case) -> bool:
    return case.agreed.missing(case.source, case.target)


def _name_lost(case: Case) -> bool:
    return names.lost(case.source, case.target, case.languages)


def _label_lost(case: Case) -> bool:
    return not keeps_label(case.source, case.target)


def _capitals_differ(case: Case) -> bool:
    return shouting(case.source) != shouting(case.target) and len(_SOUND.findall(case.target)) > 1


def _markup_differs(case: Case) -> bool:
    for pattern in (_TAG, _ENTITY):
        if Counter(pattern.findall(case.source)) != Counter(pattern.findall(case.target)):
            return True
    return case.source.count("\n") != case.target.count("\n")


_FATAL: dict[Flag, Callable[[Case], bool]] = {
    Flag.EMPTY: _empty,
    Flag.UNKNOWN: _unknown,
    Flag.SPANS: _spans_differ,
    Flag.REPEATS: _repeats,
    Flag.COPY: _copied,
}
_DOUBTS: dict[Flag, Callable[[Case], bool]] = {
    Flag.NUMBERS: _numbers_differ,
    Flag.NEGATION: _negation_differs,
    Flag.DATES: _dates_differ,
    Flag.UNITS: _units_differ,
    Flag.LANGUAGE: _language_differs,
    Flag.LENGTH: _length_differs,
    Flag.QUESTION: _question_differs,
    Flag.TERM: _term_missing,
    Flag.NAME: _name_lost,
    Flag.LABEL: _label_lost,
    Flag.CAPITALS: _capitals_differ,
    Flag.MARKUP: _markup_differs,
}


def same(source: str, back: str) -> bool:
    """True if a sentence came back from its translation, but for case, punctuation and spacing.

    A question must come back as a question.
    """
    return asks(source) == asks(back) and _core(source) == _core(back) != []


def closed_like(source: str, target: str) -> str:
    """The target with the final mark of the source (".", "!", …) if it has none."""
    end = source[-1:]
    return target + end if end in _FINAL and target[-1:] not in _FINAL else target


def _core(text: str) -> list[str]:
    return list("".join(_SOUND.findall(unicodedata.normalize("NFC", text).casefold())))
