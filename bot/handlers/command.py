"""How a command is written: its words, then positional arguments and `key=value` in any order.

`!`, `/` and a mention of the bot all begin a command. Case and extra blanks do not matter; quotation
marks and dashes of phones are understood. A text (Shape.REST) stays as typed: its options stand at
its beginning or its end, and what looks like one of them elsewhere is refused, since a dispatch whose
`to=` was taken for words would go to everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import regex

from bot.domain.text import Text, t
from bot.handlers.context import Command, Given, Option, Shape
from bot.i18n import fold

_QUOTES = dict.fromkeys(map(ord, "“”„‟«»″＂"), '"') | dict.fromkeys(map(ord, "‘’‚‛′＇"), "'")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—−"), "-")
_EQUALS = dict.fromkeys(map(ord, "＝﹦"), "=")
_WORD = regex.compile(r'\s*(?:"([^"]*)"|(\S+))')
_WORDS = regex.compile(r'(?:\s+[\p{L}\p{N}][^\s="]*+(?!\s*+=))++')
_SHOWN = 40  # characters of what was typed, where it is repeated
_NUMBER = regex.compile(r"#?(?:[\p{L}\p{M}\p{N}-]+-)?\d+")
_HIDDEN = r"\s\p{Cc}\p{Cf}"  # blanks, and what is not seen at all
_OPEN, _SHUT = r"\[({<", r"\])}>"  # the brackets of a usage line may be typed along
_CLOSED = _SHUT + ".;!"
_IN_ADDRESS = r"\p{L}\p{M}\p{N}?&#/=._%+-"  # what stands before a key that is no option
_BEFORE = rf"(?:(?<![{_IN_ADDRESS}])|(?<=(?:^|[{_HIDDEN}{_OPEN}])-{{1,2}}))"
_KEY = rf"(?P<key>\p{{L}}++)[{_HIDDEN}]*+="
_ITEM = rf'(?:"[^"\n]*+"|[^{_HIDDEN}",{_SHUT}]++)'
_VALUE = rf"[{_HIDDEN}]*+(?P<value>{_ITEM}(?:[{_HIDDEN}]*+,[{_HIDDEN}]*+{_ITEM})*+)"
_FIRST = regex.compile(
    rf"[{_HIDDEN}{_OPEN}-]*+{_KEY}{_VALUE}(?=[{_HIDDEN}{_CLOSED}]|$)[{_CLOSED}]*+[{_HIDDEN}]*+"
)
_LAST = regex.compile(rf"[{_OPEN}-]*{_BEFORE}{_KEY}{_VALUE}[{_CLOSED}]*+[{_HIDDEN}]*+$")
_LOOKS = regex.compile(rf"{_BEFORE}{_KEY}")
_UNKNOWN = regex.compile(r"^\s*+(\p{L}{2,}+=)[^\s=]|(?<!\S)(\p{L}{2,}+=)[^\s=]++\s*+$")
_COLON = (
    regex.compile(rf"^[{_HIDDEN}{_OPEN}-]*+(\p{{L}}++):[^\s/]"),
    regex.compile(rf"{_BEFORE}(\p{{L}}++):[^\s/]++$"),
)
_OPTION = regex.compile(rf'\s*+\[?\s*+{_KEY}[{_HIDDEN}]*+(?P<value>"[^"]*+"|[^{_HIDDEN}"\]]++)\]?')
_GLUED = regex.compile(r'(?<!\S)(?P<key>\p{L}++)=(?P<value>"[^"\n]*+"|[^\s"]++)\s*+$')
_ADDRESSED = regex.compile(r"[:,]?(?:[\s\u200b]+|$|(?=!))!?")  # what follows a name that is spoken to
_LONGEST_OPTION = 200  # characters at the end of a text in which an option is looked for
_UNSEEN = regex.compile(rf"[{_HIDDEN}]*+")
_PREFIXES = ("!", "/", "！", "／")  # as keyboards for Chinese and Japanese write them, too
_LONGEST_WORD = 100  # of a command
_LONGEST_CALL, _MOST_WORDS = 80, 2  # of what may be somebody's call for help


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as typed, without its prefix; `addressed` tells that this was a mention of the bot."""

    text: str
    addressed: bool = False

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
    """Quotation marks, dashes and equals signs of phones as the ones of keyboards."""
    return text.translate(_QUOTES).translate(_DASHES).translate(_EQUALS)


def typed(body: str, names: Sequence[str]) -> Typed | None:
    """The command in a message, or None. `names` are those by which the bot is mentioned, if it is."""
    text = body[_unseen(body) :]
    if text[:1] in _PREFIXES and text[1:2].strip() and text[1:2] not in _PREFIXES:
        return Typed(text[1:])
    for name in names:
        if name and text.casefold().startswith(name.casefold()):
            rest = text[len(name) :]
            if addressed := _ADDRESSED.match(rest):
                return Typed(rest[addressed.end() :], addressed=True)
    return None


def call_for_help(body: str, names: Sequence[str], words: Collection[str]) -> Typed | None:
    """`! help`, `Twinline: help`: help for those who do not know yet how a command is written."""
    text = body[_unseen(body) :][:_LONGEST_CALL].strip()
    for name in names:
        if text.casefold().startswith(name.casefold()):
            text = text[len(name) :]
            break
    else:
        if text[:1] not in (*_PREFIXES, "¡"):
            return None
    said = text.lstrip(" \t\n\u00a0!！¡/／:,.-").split()
    if not said or len(said) > _MOST_WORDS or fold(said[0]) not in words:
        return None
    return Typed(" ".join(("help", *said[1:])))


def _unseen(body: str) -> int:
    """How many blanks and direction marks stand before what was written."""
    found = _UNSEEN.match(body)
    return found.end() if found else 0


def takes_text(command: Command) -> bool:
    """Whether the command ends in free text."""
    return any(argument.shape in (Shape.REST, Shape.PAIR) for argument in command.arguments)


def text_of(command: Command, given: Given) -> str | None:
    """The free text that was given, "" where it was left out; None if the command takes none."""
    texts = [argument.name for argument in command.arguments if argument.shape in (Shape.REST, Shape.PAIR)]
    return (given.get(texts[0]) or "") if texts else None


def is_number(word: str) -> bool:
    """Whether a word is the number or the name of a dispatch."""
    return _NUMBER.fullmatch(word) is not None


def may_be_prose(command: Command, rest: str) -> bool:
    """Whether what follows the command's words cannot be its arguments, but could be somebody's text."""
    words = plain(rest).split(maxsplit=1)
    if not command.arguments:
        return bool(words) and not command.options
    first = command.arguments[0]
    if first.optional and first.shape is Shape.WORD and len(command.arguments) == 1:
        return len(words) > 1 and not command.options
    if first.shape is not Shape.NUMBER:
        return False
    return len(words) > 1 and not is_number(words[0])


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
        if found is None or len(found[1]) > _LONGEST_WORD:
            return None
        written = fold(plain(found[1]))
        if written != word and aliases.get(written) != word:
            return None
        text = text[found.end() :]
    return text


def parse(command: Command, rest: str, aliases: Mapping[str, str] = MappingProxyType({})) -> Given:
    """The arguments of a command; `aliases` are further names of options. Raises WrongUsage."""
    options = {option.name: option for option in command.options}
    named = options | {alias: options[name] for alias, name in aliases.items() if name in options}
    if takes_text(command):
        return _parse_text(command, rest, named)
    return _parse_words(command, plain(rest), named)


class _Values(dict[str, str]):
    """What was given, by name."""

    def option(self, option: Option, typed: str) -> None:
        """One option. Raises WrongUsage if it is empty, or stands there twice."""
        value = typed.replace('"', "").strip()
        if not value.strip(" ,"):
            raise WrongUsage(t("What comes after {option}?", option=f"{option.name}="))
        if self.setdefault(option.name, value) != value:
            raise WrongUsage(t("{option} stands there twice.", option=f"{option.name}="))


def _parse_text(command: Command, rest: str, named: Mapping[str, Option]) -> Given:
    flat = plain(rest)  # as long as `rest`, so that places in one are places in the other
    begin, end = 0, len(flat)
    values = _Values()
    is_pair = any(argument.shape is Shape.PAIR for argument in command.arguments)
    while named and not is_pair and (found := _FIRST.match(flat, begin)):
        option = named.get(fold(found["key"]))
        if option is None:
            break
        values.option(option, found["value"])
        begin = found.end()
    last = _GLUED if is_pair else _LAST
    while named:
        end = begin + len(flat[begin:end].rstrip())
        found = last.search(flat, max(end - _LONGEST_OPTION, begin), end)
        option = named.get(fold(found["key"])) if found else None
        if found is None or option is None:
            break
        values.option(option, found["value"])
        end = found.start()
    if not is_pair:
        _nothing_like_an_option(flat[begin:end], named)
    rest = rest[begin:end]
    for argument in command.arguments:
        if argument.shape in (Shape.REST, Shape.PAIR):
            text = rest.strip()
            if text:
                values[argument.name] = text
        elif head := regex.match(r"\s*(\S+)", rest):
            values[argument.name] = plain(head[1])
            rest = rest[head.end() :]
    return _complete(command, values)


def _nothing_like_an_option(text: str, named: Mapping[str, Option]) -> None:
    """Raises WrongUsage where the text holds what the writer may have meant as an option."""
    if not named:
        return
    looks = [(found["key"], "=") for found in _LOOKS.finditer(text)]
    end = len(text.rstrip())
    ends = (_COLON[0].match(text), _COLON[1].search(text, max(end - _LONGEST_OPTION, 0), end))
    looks += [(found[1], ":") for found in ends if found]
    for key, sign in looks:
        option = named.get(fold(key))
        if option is not None:
            raise WrongUsage(
                t(
                    "I cannot read “{part}” as an option: options stand at the beginning or at the end, "
                    "like {example}; several words go between quotation marks. Nothing was sent.",
                    part=f"{key}{sign}",
                    example=f"{option.name}={option.example}",
                )
            )
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        raise WrongUsage(
            t(
                "I do not know the option “{part}”. Nothing was sent.",
                part=(unknown[1] or unknown[2])[:40],
            )
        )


def _parse_words(command: Command, rest: str, named: Mapping[str, Option]) -> Given:
    values = _Values()
    waiting = list(command.arguments)
    before = ""
    while rest.strip():
        found = _OPTION.match(rest)
        option = named.get(fold(found["key"])) if found else None
        if found and option:
            values.option(option, found["value"])
            before, rest = found[0], rest[found.end() :]
            continue
        word = _WORD.match(rest)
        if word is None or not waiting:
            raise WrongUsage(_left_over(before, rest))
        argument = waiting.pop(0)
        written = word[1] if word[1] is not None else word[2]
        if argument.shape is Shape.NUMBER and not is_number(written):
            raise WrongUsage(t("“{part}” is not a number.", part=written[:40]))
        values[argument.name] = written.removeprefix("#") if argument.shape is Shape.NUMBER else written
        before, rest = "" if argument.shape is Shape.NUMBER else word[0], rest[word.end() :]
    return _complete(command, values)


def _left_over(before: str, rest: str) -> Text:
    """What does not fit, and that it may belong to what stands before it without quotation marks."""
    part, words = rest.strip()[:_SHOWN], _WORDS.match(rest)
    if not before or '"' in before or words is None:
        return t("I did not understand “{part}”.", part=part)
    key, sign, value = before.strip(" []").rpartition("=")
    return t(
        "I did not understand “{part}”. Words that belong together go between quotation marks: {example}",
        part=part,
        example=f'{key}{sign}"{value[:_SHOWN]} {words[0].strip()[:_SHOWN]}"',
    )


def _complete(command: Command, values: Mapping[str, str]) -> Given:
    for argument in command.arguments:
        if not argument.optional and not values.get(argument.name, "").strip():
            raise WrongUsage(t("{argument} is missing.", argument=argument.name))
    return Given(values)
