"""What somebody may have meant who typed a command that is none, and where a command works."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping

from bot.domain.text import Text, t
from bot.handlers.command import is_number, plain, takes_text
from bot.handlers.context import Command, Place, Shape
from bot.i18n import fold

CLOSE, CLOSER = 0.7, 0.75  # how alike two words are for "did you mean"; where it could be somebody's text
HELP = "help"
_LOOKED_AT = 200  # characters
_LOOSE = re.compile(r"\s+-\s+(?=\d+\s*$)")  # in the name of a dispatch
_MOST_WORDS = 2  # "withdraw no 2" is a slip, "show up at 10" may be news

Commands = Mapping[tuple[str, ...], Command]
Aliases = Mapping[str, str]


def closest(typed: str, known: Collection[str], cutoff: float = CLOSE) -> str | None:
    """The known word that is written nearly like this one."""
    found = difflib.get_close_matches(typed[:40], sorted(known), n=1, cutoff=cutoff)
    return found[0] if found else None


def sub_command(
    typed: str, group: tuple[str, ...], commands: Commands, aliases: Aliases, cutoff: float = CLOSE
) -> str | None:
    """The word after those of `group` that was meant, in English; `help` counts as one of them."""
    below = {
        words[len(group)] for words in commands if len(words) > len(group) and words[: len(group)] == group
    }
    if not below:
        return None
    known = {word: word for word in (*below, HELP)}
    known |= {alias: word for alias, word in aliases.items() if word in known and alias not in known}
    bare = fold(plain(typed))
    found = closest(bare, known, cutoff) or closest(bare.rstrip("0123456789#-"), known, cutoff)
    return known[found] if found is not None else None


def slip(declared: Command, rest: str, commands: Commands, aliases: Aliases) -> str | None:
    """The command that was meant, where what follows a command's words is a sub-command's slip of the pen.

    What follows a command that takes a text is a text, unless nothing or a dispatch's number comes after.
    """
    words = _LOOSE.sub("-", plain(rest[:_LOOKED_AT])).split()
    own = [word for word in words if aliases.get(fold(word), fold(word)) != declared.words[-1]]
    words = (own or words)[: _MOST_WORDS + 2]
    if not words:
        return None
    if takes_text(declared) and len(words) == 1 and is_number(words[0]) and _is_numbered(declared, commands):
        return f"!{HELP} {declared.name}"
    cutoff = CLOSER if takes_text(declared) else CLOSE
    meant = sub_command(words[0], declared.words, commands, aliases, cutoff)
    if meant is None:
        return _other(declared, words, commands, aliases)
    number = next((one for one in (words[-1], _digits(words[0])) if is_number(one)), None)
    if takes_text(declared) and len(words) > 1 and (number is None or len(words) > 1 + _MOST_WORDS):
        return None
    if meant == HELP:
        return f"!{HELP} {declared.name}"
    return f"!{declared.name} {meant}" + (f" {number.removeprefix('#')}" if number is not None else "")


def _other(declared: Command, words: list[str], commands: Commands, aliases: Aliases) -> str | None:
    """A word of some other command, alone or before a number, is no news either."""
    if not takes_text(declared) or not _is_numbered(declared, commands):
        return None
    if len(words) > 1 and not (len(words) == 2 and is_number(words[1])):
        return None
    bare = fold(plain(words[0]))
    known = any(aliases.get(bare, bare) in one[1:] for one in commands)
    return f"!{HELP} {declared.name}" if known else None


def _is_numbered(declared: Command, commands: Commands) -> bool:
    """Whether sub-commands name one of several by its number."""
    below = [one for words, one in commands.items() if words[:-1] == declared.words]
    return any(argument.shape is Shape.NUMBER for one in below for argument in one.arguments)


def _digits(word: str) -> str:
    return word[len(word.rstrip("0123456789")) :]


def misplaced(word: str, commands: Commands) -> list[str]:
    """The commands of which the first word was left out: `!withdraw` is `!dispatch withdraw`."""
    return [f"!{' '.join(words)}" for words in commands if len(words) > 1 and words[-1] == word]


def where(declared: Command) -> Text:
    """In which rooms a command works."""
    name, places = f"!{declared.name}", declared.places
    if Place.HOME in places and Place.DIRECT in places:
        return t("{command} works in your group's own room, and in a direct chat with me.", command=name)
    if Place.HOME in places:
        return t("{command} works in your group's own room.", command=name)
    if Place.DIRECT in places:
        return t("{command} works in a direct chat with me.", command=name)
    return t(
        "{command} works in a joint room: one where members of both twins sit. Type it there.",
        command=name,
    )
