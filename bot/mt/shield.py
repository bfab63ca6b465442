"""How protected spans get past an engine: peeled off at the edges, as placeholders inside, or in pieces.

Links, emoji and invisible characters at the edges of a sentence are peeled off; spans inside become numbered
placeholders, of which each must come back exactly once; where that fails, the words between the spans are
translated by themselves and glued together again.
"""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import dataclass

import regex

from bot.mt.spans import Span, has_letters, spans

_PEELED = frozenset({"link", "emoji", "invisible", "mail"})
_BEFORE = string.whitespace + ",.:;!?…–—-)]»”"
_AFTER = string.whitespace + ",:;–—-([«“"
"""What stays outside of a piece between two protected spans."""
_EDGE = regex.compile(r"[\s\p{P}\p{S}]*")


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


def shield(text: str, form: Form, protected: Sequence[Span]) -> Shielded | None:
    """Put placeholders in place of the protected spans.

    None if there are more than the form can tell apart, or the text itself looks like a placeholder.
    """
    if len(protected) > form.most:
        return None
    out, values, at = [], [], 0
    for number, span in enumerate(protected, start=1):
        out += [text[at : span.start], form.mark(number)]
        values.append(span.within(text))
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


def pieces(text: str, protected: Sequence[Span]) -> list[Piece]:
    """The text cut at its protected spans, white space apart; joined again it is what must not change."""
    out: list[Piece] = []

    def between(stretch: str) -> None:
        if not has_letters(stretch):
            out.append(Piece(stretch))
            return
        start = len(stretch) - len(stretch.lstrip(_BEFORE))
        end = len(stretch.rstrip(_AFTER))
        out.append(Piece(stretch[:start]))
        out.append(Piece(stretch[start:end], words=True))
        out.append(Piece(stretch[end:]))

    at = 0
    for span in protected:
        between(text[at : span.start])
        out.append(Piece(span.within(text)))
        at = span.end
    between(text[at:])
    return [piece for piece in out if piece.text]
