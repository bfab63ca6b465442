"""Emphasis inside of sentences: engines see the words without it; it is put around the same words again.

A fragment (`**won**`, `[our page](…)`) is translated by itself as well, and looked for in the translation of
its sentence. Where it cannot be found the words matter more than the form, with three exceptions: what was
hidden stays hidden, with its whole sentence; where a link leads to stands behind the sentence; and a sentence
of which something was struck out stands as it was written.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import regex

_DENSE = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Khmer}\p{Lao}\p{Myanmar}]")
"""Letters of scripts that put no blanks between words."""
_TOKEN = regex.compile(
    r"(?P<code>`[^`\n]+`)|(?P<escape>\\[^\w\s])"
    r"|(?P<address>(?:https?://|mailto:|www\.)[^\s<>()\[\]]*[^\s<>()\[\]*_~|.,;:!?])"
    r"|(?P<tag><(?P<slash>/?)(?P<name>del|s|u|sub|sup)>)|(?P<bracket>\[)"
    r"|(?P<target>\]\((?P<url>[^\s()<>]{1,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,200})?)\))"
    r"|(?P<run>\*+|_+|~+|\|+)",
    regex.IGNORECASE,
)
_RUNS = frozenset({"*", "**", "***", "_", "__", "___", "~~", "||"})
_STRUCK = frozenset({"~~", "<del>", "<s>"})
_HIDDEN = "||"
_LINK = "["
MOST = 40
"""Marks of one sentence that are looked for."""
_FINAL = " .!?:;,…。！？"


@dataclass(frozen=True, slots=True)
class Mark:
    """Emphasis on `text[start:end]` of the words without their marks."""

    start: int
    end: int
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Marked:
    """Words without their marks, and the marks; outer ones before those inside them."""

    text: str
    marks: tuple[Mark, ...] = ()

    def within(self, start: int, end: int) -> Marked:
        """A sentence of it; what goes on beyond the sentence stands around its part in it."""
        found = [
            replace(mark, start=max(mark.start, start) - start, end=min(mark.end, end) - start)
            for mark in self.marks
            if mark.start < end and start < mark.end
        ]
        return Marked(self.text[start:end], tuple(found))

    @property
    def fragments(self) -> list[str]:
        """What is to be translated by itself."""
        return [
            self.text[mark.start : mark.end].strip()
            for mark in self.marks
            if (mark.start, mark.end) != (0, len(self.text))
        ]

    @property
    def told(self) -> str:
        """What may be said about it openly: without what is hidden."""
        pieces, at = [], 0
        for mark in self.marks:
            if mark.opening == _HIDDEN and mark.start >= at:
                pieces += [self.text[at : mark.start], "…"]
                at = mark.end
        return "".join([*pieces, self.text[at:]])

    @property
    def written(self) -> str:
        """With the marks."""
        return _around(self.text, self.marks)


def unmarked(text: str) -> Marked:
    """Take the emphasis out of a block."""
    pairs: list[tuple[tuple[int, int], tuple[int, int], str, str]] = []
    waiting: list[tuple[str, int, int]] = []
    names: Counter[str] = Counter()
    for found in _TOKEN.finditer(text):
        name, opens, closes = _read(text, found)
        if closes and names[name]:
            while True:
                opened, start, end = waiting.pop()
                names[opened] -= 1
                if opened == name:
                    break
            pairs.append(((start, end), found.span(), text[start:end], found.group()))
        elif opens:
            names[name] += 1
            waiting.append((name, *found.span()))
    pairs = [pair for pair in pairs if text[pair[0][1] : pair[1][0]].strip()]
    if not pairs:
        return Marked(text)
    cuts = sorted(span for first, last, _, _ in pairs for span in (first, last))
    plain, places, at, gone = [], {}, 0, 0
    for start, end in cuts:
        plain.append(text[at:start])
        places[start] = start - gone
        gone += end - start
        at = end
    plain.append(text[at:])
    marks = [
        Mark(places[first[0]], places[last[0]], opening, closing) for first, last, opening, closing in pairs
    ]
    order = sorted(range(len(pairs)), key=lambda n: pairs[n][0][0])
    return Marked("".join(plain), tuple(marks[n] for n in order))


def _read(text: str, found: regex.Match[str]) -> tuple[str, bool, bool]:
    """The name of a mark, and whether it can open and close; nothing can for what is none."""
    if found["tag"]:
        return f"<{found['name'].lower()}>", not found["slash"], bool(found["slash"])
    if found["bracket"] or found["target"]:
        return _LINK, bool(found["bracket"]), bool(found["target"])
    if found["run"] not in _RUNS:
        return "", False, False
    before, after = text[max(0, found.start() - 1) : found.start()], text[found.end() : found.end() + 1]
    opens = bool(after.strip()) and not _inside_word(before)
    closes = bool(before.strip()) and not _inside_word(after)
    return found["run"], opens, closes


def _inside_word(character: str) -> bool:
    return character.isalnum() and not _DENSE.match(character)


def _around(text: str, marks: Sequence[Mark]) -> str:
    """The text with the marks, which lie within each other or apart; outer ones come first."""
    pieces: list[str] = []
    within: list[Mark] = []
    at = 0
    for mark in (*marks, Mark(len(text) + 1, len(text) + 1, "", "")):
        while within and within[-1].end <= mark.start:
            closed = within.pop()
            pieces += [text[at : closed.end], closed.closing]
            at = closed.end
        pieces += [text[at : mark.start], mark.opening]
        at = mark.start
        within.append(mark)
    return "".join(pieces)


def marked_like(source: Marked, target: str, fragments: Mapping[str, str | None]) -> tuple[str | None, bool]:
    """The translation with the marks of the source, None where that has to stand; and whether some are lost.

    `fragments` are the translations of its fragments.
    """
    put: list[tuple[Mark, Mark]] = []
    lost: list[Mark] = []
    for mark in source.marks[:MOST]:
        there = _placed(source, mark, target, fragments)
        if there is None or any(_lies(mark, one) != _lies(there, two) for one, two in put):
            lost.append(mark)
        else:
            put.append((mark, there))
    lost += source.marks[MOST:]
    placed = [there for _, there in put]
    if any(mark.opening.lower() in _STRUCK for mark in lost):
        return None, True
    if any(mark.opening == _HIDDEN for mark in lost):
        placed = [mark for mark in placed if mark.opening != _HIDDEN]
        placed.append(Mark(0, len(target), _HIDDEN, _HIDDEN))
    placed.sort(key=lambda mark: (mark.start, -mark.end))
    links = "".join(f" {mark.closing[1:]}" for mark in lost if mark.opening == _LINK)
    return _around(target, placed) + links, bool(lost)


def _placed(source: Marked, mark: Mark, target: str, fragments: Mapping[str, str | None]) -> Mark | None:
    """The mark around the same words of the translation; None if they are not to be found."""
    if (mark.start, mark.end) == (0, len(source.text)):
        return replace(mark, end=len(target))
    own = source.text[mark.start : mark.end].strip()
    for option in (fragments.get(own), own):
        for words in dict.fromkeys((option or "", (option or "").strip(_FINAL))):
            found = [] if _too_short(words, own) else _occurrences(words, target)
            if found:
                wanted = mark.start / len(source.text)
                start, end = min(found, key=lambda span: abs(span[0] / len(target) - wanted))
                return _readable(replace(mark, start=start, end=end), target)
    return None


def _readable(mark: Mark, target: str) -> Mark:
    """Lines mark nothing inside of a word, and so not where there are no blanks between words."""
    beside = target[max(0, mark.start - 1) : mark.start] + target[mark.end : mark.end + 1]
    if mark.opening[0] == "_" and any(map(str.isalnum, beside)):
        return replace(mark, opening=mark.opening.replace("_", "*"), closing=mark.closing.replace("_", "*"))
    return mark


def _too_short(words: str, own: str) -> bool:
    """Whether a fragment cannot be whole: what is half hidden or half struck out says something else."""
    return not _DENSE.search(words) and 3 * len(words) < len(own)


def _occurrences(words: str, target: str) -> list[tuple[int, int]]:
    """Where whole words stand in a translation, in capitals or not."""
    if not words:
        return []
    spans = [found.span() for found in regex.finditer(regex.escape(words), target, regex.IGNORECASE)]
    return [
        (start, end)
        for start, end in spans
        if not (_inside_word(target[:start][-1:]) and _inside_word(target[start]))
        and not (_inside_word(target[end : end + 1]) and _inside_word(target[end - 1]))
    ]


def _lies(one: Mark, other: Mark) -> str:
    """How two stretches lie: apart, the one in the other, or across each other's ends."""
    if one.end <= other.start or other.end <= one.start:
        return "apart"
    if other.start <= one.start and one.end <= other.end:
        return "within"
    return "around" if one.start <= other.start and other.end <= one.end else "across"
