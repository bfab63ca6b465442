"""How a command is written: its words, then positional arguments, then `key=value` in any order.

`!`, `/` and a mention of the bot all begin a command. Case and extra blanks do not matter; quotation
marks and dashes of phones are understood. The text of a dispatch (Shape.REST) stays as typed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex

from bot.domain.text import Text, t
from bot.handlers.context import Command, Given, Shape
from bot.i18n import fold

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»″＂"), '"') | dict.fromkeys(map(ord, "‘’‚‛′＇"), "'")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_WORD = regex.compile(r'\s*(?:"([^"]*)"|(\S+))')
_OPTION = regex.compile(r'\s*([\p{L}]+)=(?:"([^"]*)"|(\S+))')
_NUMBER = regex.compile(r"(?:[\p{L}\p{M}\p{N}-]+-)?\d+")
_TRAILING = regex.compile(r'(?<!\S)(\p{L}+)=(?:"([^"\n]*)"|([^\s"]+))$')
_ADDRESSED = regex.compile(r"[:,]?(?:[\s\u200b]+|$|(?=!))!?")  # what follows a name that is spoken to
_LONGEST_OPTION = 200  # characters at the end of a text in which an option is looked for


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as typed, without its prefix."""

    text: str

    @property
    def first(self) -> str:
        """The first word, in lower case, for "did you mean"."""
        words = self.text.split(maxsplit=1)
        return fold(plain(words[0])) if words else ""


class WrongUsage(Exception):
    """The arguments do not fit; `reason` is one sentence."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.source)
        self.reason = reason


def plain(text: str) -> str:
    """Quotation marks and dashes of phones as the ones of keyboards."""
    return text.translate(_QUOTES).translate(_DASHES)


def typed(body: str, names: Sequence[str]) -> Typed | None:
    """The command in a message, or None. `names` are those by which the bot is mentioned, if it is."""
    text = body.lstrip()
    if text[:1] in ("!", "/") and text[1:2].strip() and text[1:2] not in "!/":
        return Typed(text[1:])
    for name in names:
        if name and text.casefold().startswith(name.casefold()):
            rest = text[len(name) :]
            if addressed := _ADDRESSED.match(rest):
                return Typed(rest[addressed.end() :])
    return None


def takes_text(command: Command) -> bool:
    """Whether the command ends in free text."""
    return any(argument.shape is Shape.REST for argument in command.arguments)


def may_be_prose(command: Command, rest: str) -> bool:
    """Whether what follows the command's words cannot be its arguments, but could be somebody's text."""
    words = plain(rest).split(maxsplit=1)
    if not command.arguments:
        return bool(words) and not command.options
    if command.arguments[0].shape is not Shape.NUMBER:
        return False
    return len(words) > 1 and _NUMBER.fullmatch(words[0]) is None


def match(
    text: str, commands: Mapping[tuple[str, ...], Command], aliases: Mapping[str, str]
) -> tuple[Command, str] | None:
    """The command with the most words that the text begins with, and what is left of the text."""
    best: tuple[Command, str] | None = None
    for words, command in commands.items():
        rest = _after(text, words, aliases)
        if rest is not None and (best is None or len(words) > len(best[0].words)):
            best = command, rest
    return best


def _after(text: str, words: tuple[str, ...], aliases: Mapping[str, str]) -> str | None:
    for word in words:
        found = regex.match(r"\s*(\S+)", text)
        if found is None:
            return None
        written = fold(plain(found[1]))
        if written != word and aliases.get(written) != word:
            return None
        text = text[found.end() :]
    return text


def parse(command: Command, rest: str) -> Given:
    """The arguments of a command. Raises WrongUsage."""
    if takes_text(command):
        return _parse_text(command, rest)
    return _parse_words(command, plain(rest))


def _parse_text(command: Command, rest: str) -> Given:
    names = {option.name for option in command.options}
    values: dict[str, str] = {}
    for _ in names:
        rest = rest.rstrip()
        found = _TRAILING.search(plain(rest), max(len(rest) - _LONGEST_OPTION, 0))
        if found is None or found[1].casefold() not in names:
            break
        values.setdefault(found[1].casefold(), found[2] if found[2] is not None else found[3])
        rest = rest[: found.start()]
    for argument in command.arguments:
        if argument.shape is Shape.REST:
            text = rest.strip()
            if text:
                values[argument.name] = text
        elif head := regex.match(r"\s*(\S+)", rest):
            values[argument.name] = plain(head[1])
            rest = rest[head.end() :]
    return _complete(command, values)


def _parse_words(command: Command, rest: str) -> Given:
    names = {option.name for option in command.options}
    values: dict[str, str] = {}
    waiting = list(command.arguments)
    while rest.strip():
        option = _OPTION.match(rest)
        if option and option[1].casefold() in names:
            values[option[1].casefold()] = option[2] if option[2] is not None else option[3]
            rest = rest[option.end() :]
            continue
        word = _WORD.match(rest)
        if word is None or not waiting:
            raise WrongUsage(t("I did not understand “{part}”.", part=rest.strip()[:40]))
        argument = waiting.pop(0)
        written = word[1] if word[1] is not None else word[2]
        if argument.shape is Shape.NUMBER and not _NUMBER.fullmatch(written):
            raise WrongUsage(t("“{part}” is not a number.", part=written[:40]))
        values[argument.name] = written
        rest = rest[word.end() :]
    return _complete(command, values)


def _complete(command: Command, values: dict[str, str]) -> Given:
    for argument in command.arguments:
        if not argument.optional and not values.get(argument.name, "").strip():
            raise WrongUsage(t("{argument} is missing.", argument=argument.name))
    return Given(values)
