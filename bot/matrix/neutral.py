"""People's text made harmless: it pings nobody, commands nothing, hides no change of direction.

Nothing is taken away that can be read; what could act is split by a word joiner, which has no width. What
cannot be seen, and what piles up over other lines, is limited to what languages and emoji need.
"""

from __future__ import annotations

import re
import unicodedata

import regex

JOINER = "\u2060"

_BIDI_CONTROLS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_LINE_ENDS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")

_DOT = r"(?:\.|%2e|[\u3002\uff0e\uff61])"
_MENTIONS = re.compile(
    r"(?P<room>@(?=room))"  # the whole room
    rf"|(?P<user>@(?!{JOINER})(?=[^\s@:]*:[^\s:]))"  # a user id, historical ones too
    rf"|(?P<matrix_to>matrix(?={_DOT}to(?![a-z0-9-])))"  # a link that clients turn into a mention
    r"|(?P<scheme>matrix(?=:[a-z/%]))"  # the same as a scheme of its own
    r"|(?P<app>/#(?=/(?:user|room|group)/|/(?:[@!#+$]|%40|%21|%23|%2b|%24)))",  # the same in a web client
    re.IGNORECASE,
)
_COMMAND = re.compile(r"^(?=[^\S\n]*[!/\\.$%&?~;=^|,+>:#@])", re.MULTILINE)

_BLACK_FLAG = "\U0001f3f4"
_TAGGED = re.compile(f"{_BLACK_FLAG}?[\U000e0000-\U000e007f]+")  # letters that no client shows
_FLAGS = frozenset(  # the three that are emoji
    _BLACK_FLAG + "".join(chr(0xE0000 + ord(c)) for c in code) + "\U000e007f"
    for code in ("gbeng", "gbsct", "gbwls")
)
_SELECTORS = re.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_UNSEEN = "[\u00ad\u034f\u115f\u1160\u180b-\u180f\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]"
_RUN = re.compile(f"({_UNSEEN}{{2}}){_UNSEEN}+")  # two in a row do occur in Indic and Arabic texts
# Marks of no script of their own: Vietnamese stacks two, phonetics four. Burmese has words with five of its
# own; pointed Hebrew and Tibetan come near.
_COMMON = r"[[\p{Mn}\p{Me}]&&\p{sc=Zinh}]"
_PILE = regex.compile(rf"((?:{_UNSEEN}*{_COMMON}){{4}})(?:{_UNSEEN}*{_COMMON})+", regex.V1)
_STACK = regex.compile(rf"((?:{_UNSEEN}*[\p{{Mn}}\p{{Me}}]){{8}})(?:{_UNSEEN}*[\p{{Mn}}\p{{Me}}])+")
_BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){2,}")
MOST_LINES = 120  # the longest text, wrapped by hand as in a letter, has fewer


def clean(text: str) -> str:
    """The text without control characters (but newline and tab), direction controls and hidden letters."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isprintable() and text.isascii():
        return text
    text = "".join(c for c in text if c in "\n\t" or not _is_control(c))
    text = _TAGGED.sub(_untagged, text)
    text = _RUN.sub(r"\1", _SELECTORS.sub(r"\1", text))
    return _STACK.sub(r"\1", _PILE.sub(r"\1", text))


def _untagged(found: re.Match[str]) -> str:
    whole = found.group()
    return whole if whole in _FLAGS else whole[:1] if whole[0] == _BLACK_FLAG else ""


def compact(text: str) -> str:
    """Without more lines than anybody wants to scroll past: those at the end stand in one, none is lost."""
    lines = _BLANK_LINES.sub("\n\n", text).split("\n")
    if len(lines) <= MOST_LINES:
        return "\n".join(lines)
    rest = " / ".join(line.strip() for line in lines[MOST_LINES - 1 :] if line.strip())
    return "\n".join([*lines[: MOST_LINES - 1], rest])


def _is_control(char: str) -> bool:
    return char in _BIDI_CONTROLS or unicodedata.category(char) in ("Cc", "Cs")


def harmless(text: str) -> str:
    """Cleaned text in which nothing is a mention, for the bot's own lines, which may hold people's names."""
    return _MENTIONS.sub(lambda found: found.group() + JOINER, clean(text))


def unled(text: str) -> str:
    """People's words, of which no line begins like a command."""
    return _COMMAND.sub(JOINER, text)
