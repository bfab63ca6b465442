"""Protected spans: what must cross a translation letter by letter.

Hard spans (links, mentions, ids, code, emoji, invisible characters …) never reach the engine. Numbers
(times, dates, amounts, phone numbers) may be shown to an engine that is good with them, else they go in as
placeholders too. Links, emoji and invisible characters at the edges of a sentence are peeled off; spans
inside become numbered placeholders, of which each must come back exactly once.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

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
_KINDS = (*_HARD, *_NUMBERS)
_PEELED = frozenset({"link", "emoji", "invisible", "mail"})
_LETTER = regex.compile(r"\p{L}")
_BEFORE = string.whitespace + ",.:;!?…–—-)]»”"
_AFTER = string.whitespace + ",:;–—-([«“"
"""What stays outside of a piece between two protected spans."""
_EDGE = regex.compile(r"[\s\p{P}\p{S}]*")


@dataclass(frozen=True, slots=True)
class Span:
    """A protected stretch of a text: `text[start:end]`."""

    start: int
    end: int
    kind: str

    @property
    def hard(self) -> bool:
        return self.kind in _HARD


def spans(text: str) -> list[Span]:
    """The protected spans of a text, in order, without overlaps."""
    return [
        Span(found.start(), found.end(), next(kind for kind in _KINDS if found[kind] is not None))
        for found in _PATTERN.finditer(text)
        if found.end() > found.start()
    ]


def without_spans(text: str) -> str:
    """The text with a blank for each protected span."""
    rest, at = [], 0
    for span in spans(text):
        rest.append(text[at : span.start])
        at = span.end
    return " ".join([*rest, text[at:]])


def wordless(text: str) -> bool:
    """True if nothing is left to translate once the protected spans are taken out."""
    return not _LETTER.search(without_spans(text))


def peel(text: str) -> tuple[str, str, str]:
    """(before, core, after): white space, links, emoji and invisible characters cut off at both edges."""
    found = spans(text)
    start, end = 0, len(text)
    for span in found:
        if span.kind not in _PEELED or text[start : span.start].strip():
            break
        start = span.end
    for span in reversed(found):
        tail = text[span.end : end]
        if span.kind not in _PEELED or span.start < start or not _EDGE.fullmatch(tail):
            break
        if tail.strip() and end != len(text):
            break
        end = span.start
    core = text[start:end]
    inner = core.strip()
    if not inner:
        return text, "", ""
    start += len(core) - len(core.lstrip())
    return text[:start], inner, text[start + len(inner) :]


@dataclass(frozen=True, slots=True)
class Form:
    """The shape of placeholders for one engine, such as "⟦{}⟧", and how many it can tell apart."""

    pattern: str
    most: int = 6

    def mark(self, number: int) -> str:
        return self.pattern.replace("{}", str(number))

    def finder(self, count: int) -> regex.Pattern[str]:
        """Finds the placeholders 1 to `count` in a translation; blanks inside are forgiven."""
        before, after = (regex.escape(part) for part in self.pattern.split("{}"))
        numbers = "|".join(str(number) for number in range(1, count + 1))
        return regex.compile(rf"{before}\s?({numbers})\s?{after}")


@dataclass(frozen=True, slots=True)
class Shielded:
    """A text with placeholders instead of the protected `values` (the first value is placeholder 1)."""

    text: str
    values: tuple[str, ...]
    form: Form

    def restore(self, translated: str) -> str | None:
        """The translation with the values back, or None unless each placeholder is there exactly once."""
        if not self.values:
            return translated
        seen: list[int] = []

        def value(found: regex.Match[str]) -> str:
            seen.append(int(found.group(1)))
            return self.values[seen[-1] - 1]

        restored = self.form.finder(len(self.values)).sub(value, translated)
        return restored if sorted(seen) == list(range(1, len(self.values) + 1)) else None


def shield(text: str, form: Form, numbers: bool) -> Shielded | None:
    """Put placeholders in place of the protected spans, of numbers too if asked.

    None if there are more than the form can tell apart, or the text itself looks like a placeholder.
    """
    chosen = [span for span in spans(text) if span.hard or numbers]
    if len(chosen) > form.most:
        return None
    out, values, at = [], [], 0
    for number, span in enumerate(chosen, start=1):
        out += [text[at : span.start], form.mark(number)]
        values.append(text[span.start : span.end])
        at = span.end
    out.append(text[at:])
    if values and form.finder(form.most).search("\n".join(out[0::2])):
        return None
    return Shielded("".join(out), tuple(values), form)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence; `words` if it is to be translated by itself, else it stays as it is."""

    text: str
    words: bool = False


def pieces(text: str, numbers: bool) -> list[Piece]:
    """The text cut at its protected spans, white space apart; joined again it is the text."""
    out: list[Piece] = []

    def between(stretch: str) -> None:
        if not _LETTER.search(stretch):
            out.append(Piece(stretch))
            return
        start = len(stretch) - len(stretch.lstrip(_BEFORE))
        end = len(stretch.rstrip(_AFTER))
        out.append(Piece(stretch[:start]))
        out.append(Piece(stretch[start:end], words=True))
        out.append(Piece(stretch[end:]))

    at = 0
    for span in spans(text):
        if span.hard or numbers:
            between(text[at : span.start])
            out.append(Piece(text[span.start : span.end]))
            at = span.end
    between(text[at:])
    return [piece for piece in out if piece.text]


def values(text: str, hard: bool) -> Sequence[str]:
    """The protected stretches themselves: the hard ones, or the numbers."""
    return [text[span.start : span.end] for span in spans(text) if span.hard == hard]
