"""How a sentence is said: IN CAPITALS, with a label in front ("Ana: …"), as a question."""

from __future__ import annotations

import regex

from bot.mt.spans import spans, without_spans

_WORD = regex.compile(r"[\p{L}\p{M}]{2,}")
_LABEL = regex.compile(
    r"(\p{Lu}[\p{L}\p{M}'’.-]{0,24}(?:[ ]\p{Lu}[\p{L}\p{M}'’.-]{0,24}){0,2})[:：][ ]+(?=\S)"
)
_COLON = regex.compile(r"[:：]")
_QUESTION = regex.compile(r"[؟？\u037e]")
_GREEK = regex.compile(r"\p{Greek}")
"""Where a semicolon asks."""
_NO_PLAIN_CASE = frozenset({"tr", "az"})
"""Their small and capital i are pairs of their own, which no general rule keeps."""


def shouting(text: str) -> bool:
    """True if all is in capitals: at least two words of letters that have them."""
    words = [word for word in _WORD.findall(text) if word.upper() != word.lower()]
    return len(words) >= 2 and all(word.isupper() for word in words)


def loud(core: str, language: str) -> bool:
    """True for a sentence that is better translated in small letters and put in capitals afterwards."""
    return language not in _NO_PLAIN_CASE and shouting(without_spans(core))


def spoken(text: str) -> str:
    """In small letters but for the first."""
    text = text.lower()
    return capital(text)


def capital(text: str) -> str:
    """With a capital at the first letter."""
    for at, character in enumerate(text):
        if character.isalpha():
            return text[:at] + character.upper() + text[at + 1 :]
    return text


def small(text: str) -> str:
    """With the first letter small."""
    for at, character in enumerate(text):
        if character.isalpha():
            return text[:at] + character.lower() + text[at + 1 :]
    return text


def raised(core: str) -> str:
    """With a capital at the start, as in a book; unless a protected span stands there."""
    protected = spans(core[:200])
    if not core[:1].islower() or (protected and protected[0].start == 0):
        return core
    return core[0].upper() + core[1:]


def label(core: str) -> int:
    """Where the words begin behind a label such as "Ana: "; 0 if there is none."""
    found = _LABEL.match(core)
    return found.end() if found else 0


def keeps_label(core: str, target: str) -> bool:
    """Whether a label of the source has something like it in the translation."""
    end = label(core)
    return end == 0 or _COLON.search(target[: 3 * end + 20]) is not None


def asks(text: str) -> bool:
    """True if a question mark of any script is in the text."""
    if "?" in text or text.isascii():
        return "?" in text
    return _QUESTION.search(text) is not None or (";" in text and _GREEK.search(text) is not None)
