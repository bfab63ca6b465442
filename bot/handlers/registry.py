"""The nouns, and their commands by name. Two claims to a name fail at start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from bot.handlers.context import Command, Noun


def commands_of(nouns: Iterable[Noun]) -> Mapping[tuple[str, ...], Command]:
    """All commands by their words. Raises ValueError if two claim the same."""
    found: dict[tuple[str, ...], Command] = {}
    for noun in nouns:
        for command in noun.commands:
            if command.words in found:
                raise ValueError(f"two commands claim {command.name!r}")
            found[command.words] = command
    return MappingProxyType(found)
