"""Protected spans: what must cross a translation letter by letter.

Hard spans (links, mentions, ids, code, emoji, invisible characters, words that a group keeps …) never reach
the engine. Numbers (times, dates, amounts, phone numbers) may be shown to an engine that is good with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex

_DOMAINS = (
    "org|com|net|info|io|eu|coop|edu|gov|int|news|app|dev|social|uk|de|at|ch|fr|es|mx|ph|us|br|pt|ar|cl|co|"
    "pe|it|pl|ru|tr|ua|in|bd|pk|cn|hk|tw|jp|kr|ca|au|za|ke|ng|cat"
)
_UNITS = (
    "km/h|km|cm|mm|m²|m2|kg|mg|g|l|ml|ha|kwh|kw|w|mb|gb|tb|hrs?|min|h|s|°c|°f|"
    "usd|eur|gbp|php|mxn|ars|cop|clp|pen|brl|inr|bdt|cny|rub|try|uah|pln"
)
_CURRENCIES = "USD|EUR|GBP|PHP|MXN|ARS|COP|CLP|PEN|BRL|INR|BDT|CNY|RUB|TRY|UAH|PLN"
_EMOJI = (
    r"(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|"
    r"(?:(?![0-9#*©®™])\p{Extended_Pictographic})[\p{EMod}\uFE0F\u200D\U000E0020-\U000E007F]*)"
)
_STOP = r"""[^\s<>"(.,;:!?'»”’)\]}…]"""
"""What a link may end with."""
_INNER = r"\([^\s<>\"()]{0,200}\)"
_REST = rf"(?:{_INNER}|[^\s<>\"()])*(?:{_INNER}|{_STOP})"
_GROUPS = r"\p{Nd}++(?:[.,'’\u00A0\u202F]\p{Nd}++){0,12}+"
"""Digits with separators. Every repetition here is bounded or possessive: no text may be slow to search."""

_HARD = {
    "code": r"```.*?(?:```|$)|`[^`\n]+`",
    "link": rf"(?:https?|ftp|ssh|magnet|geo|xmpp|matrix|mailto|tel|signal):{_REST}|\bwww\.{_REST}"
    rf"|(?<![\w.@-])(?:[\w-]{{1,63}}\.){{1,8}}(?:{_DOMAINS})\b(?:[/?#:]{_REST})?/?(?![\w.]{{0,64}}@)",
    "mail": r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}",
    "matrix": r"(?<!\w)[@#!$+][\w.=/+-]{1,255}:[\w.-]{0,254}\w(?::\d{1,5})?",
    "mention": r"(?<!\w)@[\w.-]{0,254}\w",
    "hashtag": r"(?<!\w)#\w{0,80}?\p{L}\w*+",
    "command": r"(?<!\S)[!/][a-z]{2,}(?![\w/])",
    "name": r"(?<![\w.-])\p{L}[\p{L}\p{Nd}]{1,15}-\p{Nd}+(?![\w-])|(?<!\w)\w{0,120}?_\w*+"
    r"|(?<!\w)\w{1,120}\.(?:pdf|jpe?g|png|docx?|odt|xlsx?|zip|mp[34]|py|txt)\b",
    "slot": r"\{[\w.]{0,80}\}|%[sd]\b|</?[A-Za-z][^<>\n]{0,500}>",
    "emoji": rf"{_EMOJI}(?:\s*{_EMOJI})*|(?<!\S)(?::-?[()DPp/|]|;-?[()]|<3|:'\()(?!\w)",
    "invisible": r"[\p{Cc}\p{Cs}\p{Co}\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFD]+",
    "bracket": r"⟦[^⟦⟧]{0,8}⟧|[⟦⟧]+",
}
_NUMBERS = {
    "date": r"\b\p{Nd}{4}-\p{Nd}{2}-\p{Nd}{2}"
    r"(?:[T ]\p{Nd}{2}:\p{Nd}{2}(?::\p{Nd}{2})?(?:Z|[+-]\p{Nd}{2}:?\p{Nd}{2})?)?\b"
    r"|(?<![\p{Nd}.,/-])\p{Nd}{1,2}(?P<between>[./-])\p{Nd}{1,2}(?P=between)\p{Nd}{2,4}(?![\p{Nd}/-])",
    "time": r"(?<![\p{Nd}:.,])\p{Nd}{1,2}(?:[:h]\p{Nd}{2}(?::\p{Nd}{2})?)?\s?[ap](?:m\b|\.\s?m\b\.)"
    r"|(?<![\p{Nd}:.,])\p{Nd}{1,2}[:h]\p{Nd}{2}(?::\p{Nd}{2})?(?:\s?(?:h|hrs|Uhr)\b)?(?![\p{Nd}:])",
    "phone": r"(?<![\w+])\+\p{Nd}{1,3}(?:[ .-]?\(\p{Nd}{1,5}\))?(?:[ .-]\p{Nd}{1,9}){1,6}(?!\p{Nd})"
    r"|(?<![\w+])(?:\(\p{Nd}{2,5}\)[ .-]?)?\p{Nd}{2,4}(?:[ .-]\p{Nd}{2,4}){2,5}(?!\p{Nd})"
    r"|(?<!\w)\+\p{Nd}{7,15}(?!\p{Nd})",
    "amount": rf"(?<!\w)(?:\p{{Sc}}|(?:{_CURRENCIES})\s)\s?[+-]?{_GROUPS}(?!\p{{L}})"
    rf"|(?<![\w.,])[+-]?{_GROUPS}[\s\u00A0]?(?:\p{{Sc}}|%|‰|(?i:{_UNITS})\b)",
    "number": rf"(?<![\p{{L}}\p{{Nd}}_])[+-]?{_GROUPS}(?:[/:]\p{{Nd}}++){{0,12}}+(?![\p{{L}}\p{{Nd}}_])",
}
_PATTERN = regex.compile("|".join(f"(?P<{kind}>{form})" for kind, form in (_HARD | _NUMBERS).items()))
_PLAIN = regex.compile(r"(?:[\p{L}\p{M} ,;'’“”«»¿¡-]|[.!?:…](?=\s|$))*+")
"""Words alone: nothing in it can be protected."""
_LETTER = regex.compile(r"\p{L}")


@dataclass(frozen=True, slots=True)
class Span:
    """A protected stretch of a text: `text[start:end]`.

    `shown` is what stands in the translation instead: an agreed term; empty where it is the stretch itself.
    """

    start: int
    end: int
    kind: str
    shown: str = ""

    @property
    def hard(self) -> bool:
        return self.kind not in _NUMBERS

    def within(self, text: str) -> str:
        """What must stand in the translation."""
        return self.shown or text[self.start : self.end]


def spans(text: str, agreed: Iterable[Span] = ()) -> list[Span]:
    """The protected spans of a text, in order, without overlaps.

    `agreed` are those that a glossary adds; a number gives way to them, anything else does not.
    """
    found = list(_found(text))
    for span in agreed:
        across = [one for one in found if one.start < span.end and span.start < one.end]
        if not any(one.hard for one in across):
            found = [one for one in found if one not in across] + [span]
            found.sort(key=lambda one: one.start)
    return found


@lru_cache(maxsize=256)
def _found(text: str) -> tuple[Span, ...]:
    """Those of the text itself. A sentence is looked at several times on its way."""
    if _PLAIN.fullmatch(text):
        return ()
    return tuple(
        Span(found.start(), found.end(), found.lastgroup or "")
        for found in _PATTERN.finditer(text)
        if found.end() > found.start()
    )


def without_spans(text: str) -> str:
    """The text with a blank for each protected span."""
    found = _found(text)
    if not found:
        return text
    rest, at = [], 0
    for span in found:
        rest.append(text[at : span.start])
        at = span.end
    return " ".join([*rest, text[at:]])


def has_letters(text: str) -> bool:
    """Whether there is a letter of any script in it."""
    return _LETTER.search(text) is not None


def wordless(text: str) -> bool:
    """True if nothing is left to translate once the protected spans are taken out."""
    return not has_letters(without_spans(text))


def values(text: str, protected: Sequence[Span], *, hard: bool) -> list[str]:
    """What of the protected stretches must stand in a translation: the hard ones, or the numbers."""
    return [span.within(text) for span in protected if span.hard == hard]
