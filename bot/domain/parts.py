"""Long texts in parts, each small enough for one message, and the names of the parts.

Rules:
- The same text has the same parts. The slices joined are the text.
- A slice ends after a paragraph, else a line, a sentence, a word, where that leaves it at least half full;
  code blocks are spared where they can be. It never ends inside a link or a letter with its marks, unless
  that alone is too large.
- A code block that is cut is closed in one part and opened again in the next. What nobody can see is no part.
- The first part has the plain name ("copy"), the others have their number ("copy#2"); one that an edit has
  added has its mark as well ("copy#3+k2Jx"), since another may have had its number before.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.domain.dispatch import LONGEST_PART, is_blank, size

_LINE = 5  # what a line end counts: every line of people's words begins with a bar
_FENCES = 80  # what the fences of a code block that was cut may take
_PARAGRAPHS = re.compile(r"\n(?:[^\S\n]*\n)+")
_LINES = re.compile(r"\n")
_SENTENCES = re.compile(r"[.!?…؟۔।։።][\"'”’»)\]]*\s+|[。！？]+[”’」』）]*")
_WORDS = re.compile(r"\s+")
_LINK = re.compile(
    r"\[[^\[\]\n]{1,200}\]\([^()\s]{1,2000}\)"
    r"|(?:[a-z][a-z0-9+.-]{0,20}://|mailto:|www\.)[^\s<>\"。，、！？）」』]+",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^ {0,3}(?P<fence>`{3,16}(?!`)|~{3,16}(?!~))[^\S\n]*(?P<info>[^\n]*)$", re.MULTILINE)
_CODE_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{0,20}")
_GLUE = frozenset("\u200c\u200d\u0e33\u0eb3")


@dataclass(frozen=True, slots=True)
class _Code:
    """The inside of a code block, from `start` to `end`, and how the block is closed and opened again."""

    start: int
    end: int
    fence: str
    language: str


def weight(text: str) -> int:
    """What a text counts: its bytes, and more for its line ends."""
    return size(text) + (_LINE - 1) * text.count("\n")


def parts(text: str) -> tuple[str, ...]:
    """The text in parts; a text that fits is one, as it is."""
    found = slices(text)
    if len(found) == 1:
        return (text,)
    blocks, dressed, start = _code(text)[0], [], 0
    for piece in found:
        end = start + len(piece)
        shown = piece.strip("\n").rstrip()
        if not is_blank(shown):
            before, after = _around(blocks, start), _around(blocks, end)
            shown = f"{before.fence}{before.language}\n{shown}" if before else shown
            dressed.append(f"{shown}\n{after.fence}" if after else shown)
        start = end
    return tuple(dressed) or (text[:1],)


def slices(text: str, limit: int = LONGEST_PART) -> list[str]:
    """The text cut in pieces, of which none counts more than the limit."""
    if weight(text) <= limit:
        return [text]
    blocks, lines = _code(text)
    shut, code = bytearray(len(text) + 1), bytearray(len(text) + 1)
    for first, last in [*lines, *(found.span() for found in _LINK.finditer(text))]:
        inside = range(first + 1, min(last, len(text)))
        shut[inside.start : inside.stop] = b"\1" * len(inside)
    for block in blocks:
        code[block.start : block.end] = b"\1" * (block.end - block.start)
    found, start = [], 0
    while start < len(text):
        most = _most(text, start, limit - _FENCES)
        end = most if most == len(text) else _cut(text, start, most, shut, code)
        found.append(text[start:end])
        start = end
    return found


def part_name(base: str, part: int, added: str = "") -> str:
    """The name of a part; `added` is the mark of the edit that brought it."""
    if added:
        return f"{base}#{part}+{added}"
    return base if part == 1 else f"{base}#{part}"


def base_of(what: str) -> str:
    """The name without the part: "copy" of "copy#2"."""
    return what.partition("#")[0]


def is_part(what: str, base: str) -> bool:
    """Whether this is the name of a part of what has the name `base`, and not of an edit of one."""
    return what == base or (what.startswith(f"{base}#") and ":" not in what[len(base) :])


def is_added(what: str) -> bool:
    """Whether this is the name of a part that an edit has added."""
    return "#" in what and "+" in what and ":" not in what.partition("#")[2]


def _most(text: str, start: int, limit: int) -> int:
    """How far a slice may go; at least one character."""
    used = 0
    for at in range(start, len(text)):
        used += _LINE if text[at] == "\n" else size(text[at])
        if used > limit:
            return max(at, start + 1)
    return len(text)


def _cut(text: str, start: int, most: int, shut: bytearray, code: bytearray) -> int:
    """Where the slice ends: at the best place, as far to the end as it can be."""
    half = start + (most - start) // 2
    outside = [(_PARAGRAPHS, code), (_LINES, code)]
    anywhere = [(pattern, shut) for pattern in (_PARAGRAPHS, _LINES, _SENTENCES, _WORDS)]
    for pattern, but in outside + anywhere:
        ends = [found.end() for found in pattern.finditer(text, half, most)]
        end = next((end for end in reversed(ends) if not (shut[end] or but[end])), None)
        if end is not None:
            return end
    early = [found.end() for found in _WORDS.finditer(text, start, half)]
    open_ends = [*range(most, half, -1), *reversed(early), *range(half, start, -1)]
    end = next((end for end in open_ends if not shut[end] and _between_letters(text, end)), None)
    if end is None:
        end = next((end for end in range(most, start, -1) if _between_letters(text, end)), None)
    return most if end is None else end


def _between_letters(text: str, at: int) -> bool:
    """Whether a letter with its marks, or an emoji, ends here; cautious where Unicode has many rules."""
    before, after = text[at - 1], text[at]
    if unicodedata.category(after)[0] == "M" or after in _GLUE or before == "\u200d":
        return False
    if before == "\r" and after == "\n":
        return False
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0000" <= after <= "\U000e007f":
        return False
    if unicodedata.combining(before) == 9 and unicodedata.category(after)[0] == "L":
        return False  # consonants joined by a virama
    if "\u1100" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3":
        return not "\u1100" <= after <= "\u11ff" and not ("\u1100" <= before <= "\u11ff" and _syllable(after))
    if _regional(before) and _regional(after):
        first = at
        while first and _regional(text[first - 1]):
            first -= 1
        return (at - first) % 2 == 0
    return True


def _syllable(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3"


def _regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _code(text: str) -> tuple[list[_Code], list[tuple[int, int]]]:
    """The code blocks, and where their fences stand, each with a character of the code."""
    blocks: list[_Code] = []
    lines: list[tuple[int, int]] = []
    opened: _Code | None = None
    for found in _FENCE.finditer(text):
        fence, info = found["fence"], found["info"]
        if opened is None:
            if "`" in fence and "`" in info:
                continue
            language = _CODE_LANGUAGE.match(info)
            opened = _Code(found.end() + 1, len(text), fence, language[0] if language else "")
            lines.append((found.start(), found.end() + 2))
        elif fence.startswith(opened.fence) and not info.strip():
            blocks.append(_Code(opened.start, found.start(), opened.fence, opened.language))
            lines.append((found.start() - 1, found.end()))
            opened = None
    return [*blocks, *([opened] if opened is not None else [])], lines


def _around(blocks: list[_Code], at: int) -> _Code | None:
    """The code block that is cut here."""
    return next((block for block in blocks if block.start < at < block.end), None)
