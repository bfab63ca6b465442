"""`poe commands`: writes the table of commands into the README, from their declarations."""

from __future__ import annotations

import re

from bot.handlers.context import Command, Place, Theme, Who
from bot.i18n import SOURCE, Catalogs
from tests.tools.lock import ROOT
from tests.tools.words import nouns

README = ROOT / "README.md"
_TABLE = re.compile(
    r"(<!-- commands: written by `poe commands` -->\n).*?(<!-- end of commands -->)", re.DOTALL
)


def _who(command: Command) -> str:
    room = "members" if Who.MEMBER in command.who else "stewards" if Who.STEWARD in command.who else ""
    person = (
        "anybody, in a direct chat" if Who.PERSON in command.who and Place.DIRECT in command.places else ""
    )
    host = "the host, in a direct chat" if Who.HOST in command.who and not person else ""
    return "; ".join(filter(None, (room, person, host)))


def table() -> str:
    """All commands by theme, in the order of their declaration."""
    catalogs = Catalogs.load()
    declared = [command for noun in nouns() for command in noun.commands]
    rows = ["", "| command | who | what it does |", "|---|---|---|"]
    for theme in Theme:
        for command in declared:
            if command.theme is theme:
                summary = catalogs.say(command.summary, SOURCE).replace("|", "\\|")
                usage = command.usage.replace("|", "\\|")
                rows.append(f"| `{usage}` | {_who(command)} | {summary} |")
    return "\n".join([*rows, "", ""])


def updated(readme: str) -> str:
    """The README with the commands of today. Raises ValueError if it has no place for them."""
    if not _TABLE.search(readme):
        raise ValueError("the README has no place for the commands")
    return _TABLE.sub(lambda found: found[1] + table() + found[2], readme)


if __name__ == "__main__":
    README.write_text(updated(README.read_text(encoding="utf-8")), encoding="utf-8")
