"""A Post as text and as HTML. Every tag is made here; nothing of people's own formatting is copied.

Each line of people's words begins with a bar in the text, where it stands as typed, and is in a quotation in
the HTML, which shows its Markdown; no line of the bot's own does: nobody's words can pass for the bot's. (Not
with "> ", which clients take off the top of a reply.)
"""

from __future__ import annotations

from itertools import groupby

from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.addresses import linked
from bot.matrix.bidi import Direction, direction_of, first_strong, isolated
from bot.matrix.markdown import formatted
from bot.matrix.neutral import compact, harmless, unled

BAR = "│"


def render(post: Post, me: str = "") -> tuple[str, str]:
    """The plain and the formatted body of a post. The address of `me`, the bot, works in its own lines."""
    around, home = _direction(post), f"https://matrix.to/#/{me}" if me else ""
    body, markup = [], []
    for own, blocks in groupby(post.blocks, lambda block: isinstance(block, Line)):
        rendered = [_line(b, around, home) if isinstance(b, Line) else _people(b, around) for b in blocks]
        plain, rich = [text for text, _ in rendered], [tags for _, tags in rendered]
        body.append(("\n" if own else "\n\n").join(plain))
        markup.append(f"<p>{'<br>'.join(rich)}</p>" if own else "".join(rich))
    return "\n\n".join(body), "".join(markup)


def _direction(post: Post) -> Direction:
    """The direction that clients will give the message."""
    for block in post.blocks:
        texts = (block.summary, block.text) if isinstance(block, Fold) else (block.text,)
        for text in texts:
            found = first_strong(harmless(text))
            if found is not None:
                return found
    return "ltr"


def _own(text: str, around: Direction) -> str:
    """A line of the bot's own words; they may hold names, and people's words, also of the other direction."""
    text = " ".join(harmless(text).replace(BAR, "|").split("\n"))
    return isolated(text, first_strong(text) or around, around)


def _line(line: Line, around: Direction, home: str) -> tuple[str, str]:
    text = _own(line.text, around)
    if home:
        text = text.replace(harmless(home), home)
    return text, f"<strong>{linked(text)}</strong>" if line.strong else linked(text)


def _people(block: Quote | Fold, around: Direction) -> tuple[str, str]:
    """People's words."""
    own, words = direction_of(block.language), compact(harmless(block.text))
    text = isolated(unled(words), own, around) if words else ""
    rich = f"<blockquote>{formatted(words, own, around) or linked(text)}</blockquote>" if text else ""
    barred = "\n".join(f"{BAR} {line}".rstrip() for line in text.split("\n")) if text else ""
    if isinstance(block, Quote):
        return barred, rich
    summary = _own(block.summary, around)
    notes = [_own(note, around) for note in block.notes]
    inside = "<br>".join(map(linked, notes)) + rich
    plain = "\n".join(part for part in (summary, *notes, barred) if part)
    return plain, f"<details><summary>{linked(summary)}</summary>{inside}</details>"
