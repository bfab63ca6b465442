"""Addresses in people's words: shown as they are, and only http, https and mailto ones can be clicked."""

from __future__ import annotations

import html
import re
import unicodedata

ADDRESS = re.compile(r"(?:https?://|mailto:)[^\s<>\"\u2066-\u2069]+", re.IGNORECASE)
_WEB = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?(?:[/?#][!-;=?-~]*)?", re.IGNORECASE
)
_MAIL = re.compile(r"mailto:[a-z0-9._%+-]+@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", re.IGNORECASE)
_CLOSING = {")": "(", "]": "[", "}": "{"}


def linked(text: str) -> str:
    """The text escaped, its addresses to click on, its line ends as tags."""
    pieces, at = [], 0
    for found in ADDRESS.finditer(text):
        address = clickable(found.group())
        if address:
            shown = html.escape(address)
            pieces += [html.escape(text[at : found.start()]), f'<a href="{shown}">{shown}</a>']
            at = found.start() + len(address)
    pieces.append(html.escape(text[at:]))
    return "".join(pieces).replace("\n", "<br>")


def clickable(run: str) -> str:
    """The part of a run of characters that is a whole plain address, "" if there is none."""
    plain = next((i for i, c in enumerate(run) if not c.isascii()), len(run))
    if plain < len(run) and unicodedata.category(run[plain])[0] not in "PSZ":
        return ""  # the address goes on in letters that we do not vouch for
    address = run[:plain]
    closing = {c: address.count(c) - address.count(_CLOSING[c]) for c in _CLOSING}
    end = len(address)
    while end and (address[end - 1] in ".,;:!?'*_`|~" or closing.get(address[end - 1], 0) > 0):
        end -= 1
        if address[end] in closing:
            closing[address[end]] -= 1
    address = address[:end]
    return address if _WEB.fullmatch(address) or _MAIL.fullmatch(address) else ""
