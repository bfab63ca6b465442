"""People's text made harmless: it pings nobody, commands nothing, hides no change of direction.

Nothing is taken away that can be seen; what could act is split by a word joiner, which has no width.
"""

from __future__ import annotations

import re
import unicodedata

JOINER = "\u2060"

_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_DOT = r"(?:\.|%2e|[\u3002\uff0e\uff61])"
_MENTIONS = re.compile(
    r"(?P<room>@(?=room))"  # the whole room
    r"|(?P<user>@(?=[^\s@:]*:[^\s:]))"  # a user id, historical ones too
    rf"|(?P<matrix_to>matrix(?={_DOT}to(?![a-z0-9-])))"  # a link that clients turn into a mention
    r"|(?P<scheme>matrix(?=:[a-z/%]))"  # the same as a scheme of its own
    r"|(?P<app>/#(?=/(?:user|room|group)/|/(?:[@!#+$]|%40|%21|%23|%2b|%24)))",  # the same in a web client
    re.IGNORECASE,
)
_COMMAND = re.compile(r"^(?=[^\S\n]*[!/\\.$%&?~;=^|,+>:#@])", re.MULTILINE)


def clean(text: str) -> str:
    """The text without control characters (but newline and tab) and without direction controls."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isprintable() and text.isascii():
        return text
    return "".join(c for c in text if c in "\n\t" or not _is_control(c))


def _is_control(char: str) -> bool:
    return char in _BIDI_CONTROLS or unicodedata.category(char) in ("Cc", "Cs")


def harmless(text: str) -> str:
    """Cleaned text in which nothing is a mention, for the bot's own lines, which may hold people's names."""
    return _MENTIONS.sub(lambda found: found.group() + JOINER, clean(text))


def harmless_words(text: str) -> str:
    """The same for people's words, in which also no line begins like a command."""
    return _COMMAND.sub(JOINER, harmless(text))
