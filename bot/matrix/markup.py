"""A Post as text and as HTML. Every tag is made here; nothing of people's own formatting is copied.

Links are shown as their own address, and only http, https and mailto ones can be clicked. Each line of
people's words begins with a bar in the text and stands in a quotation in the HTML, and no line of the
bot's own does: nobody's words can pass for the bot's. (Not with "> ", which clients take off the top of a
reply.)
"""

from __future__ import annotations

import html
import re
import unicodedata
from itertools import groupby

from bot.domain.post import Fold, Line, Post, Quote
from bot.matrix.bidi import Direction, direction_of, first_strong, isolated
from bot.matrix.neutral import harmless, harmless_words

BAR = "│"
_ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"\u2066-\u2069]+", re.IGNORECASE)
_WEB = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:[/?#][!-;=?-~]*)?", re.IGNORECASE
)
_MAIL = re.compile(r"mailto:[a-z0-9._%+-]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}


def render(post: Post) -> tuple[str, str]:
    """The plain body and the formatted body of a post."""
    around = _direction(post)
    body, formatted = [], []
    for own, blocks in groupby(post.blocks, lambda block: isinstance(block, Line)):
        rendered = [_line(b, around) if isinstance(b, Line) else _people(b, around) for b in blocks]
        plain, rich = [text for text, _ in rendered], [markup for _, markup in rendered]
        body.append(("\n" if own else "\n\n").join(plain))
        formatted.append(f"<p>{'<br>'.join(rich)}</p>" if own else "".join(rich))
    return "\n\n".join(body), "".join(formatted)


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


def _line(line: Line, around: Direction) -> tuple[str, str]:
    text = _own(line.text, around)
    return text, f"<strong>{_html(text)}</strong>" if line.strong else _html(text)


def _people(block: Quote | Fold, around: Direction) -> tuple[str, str]:
    """People's words."""
    text = isolated(harmless_words(block.text), direction_of(block.language), around) if block.text else ""
    rich = f"<blockquote>{_html(text)}</blockquote>" if text else ""
    barred = "\n".join(f"{BAR} {line}".rstrip() for line in text.split("\n")) if text else ""
    if isinstance(block, Quote):
        return barred, rich
    summary = _own(block.summary, around)
    notes = [_own(note, around) for note in block.notes]
    inside = "<br>".join(map(_html, notes)) + rich
    plain = "\n".join(part for part in (summary, *notes, barred) if part)
    return plain, f"<details><summary>{_html(summary)}</summary>{inside}</details>"


def _html(text: str) -> str:
    """The text escaped, its addresses to click on, its line ends as tags."""
    pieces, at = [], 0
    for found in _ADDRESS.finditer(text):
        address = _clickable(found.group())
        if address:
            shown = html.escape(address)
            pieces += [html.escape(text[at : found.start()]), f'<a href="{shown}">{shown}</a>']
            at = found.start() + len(address)
    pieces.append(html.escape(text[at:]))
    return "".join(pieces).replace("\n", "<br>")


def _clickable(run: str) -> str:
    """The part of a run of characters that is a whole plain address, "" if there is none."""
    plain = next((i for i, c in enumerate(run) if not c.isascii()), len(run))
    if plain < len(run) and unicodedata.category(run[plain])[0] not in "PSZ":
        return ""  # the address goes on in letters that we do not vouch for
    address = run[:plain]
    while address and (address[-1] in ".,;:!?'*_`|" or _unopened(address)):
        address = address[:-1]
    return address if _WEB.fullmatch(address) or _MAIL.fullmatch(address) else ""


def _unopened(address: str) -> bool:
    opening = _CLOSING.get(address[-1])
    return opening is not None and address.count(address[-1]) > address.count(opening)
