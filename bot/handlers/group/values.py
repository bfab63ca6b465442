"""What a setting is: how it is read from what was typed, and how it reads."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from bot.domain.group import Group, Settings
from bot.domain.text import Listing, Text, t
from bot.handlers.context import Context
from bot.handlers.refusal import No
from bot.i18n import fold

SHOWN = 40  # characters of what was typed, where it is repeated


def choice_of(ctx: Context, typed: str, choices: Mapping[str, Text]) -> str:
    """The choice that was typed, in English or in the room's language."""
    for choice, text in choices.items():
        if fold(typed) in (choice, fold(ctx.house.catalogs.say(text, ctx.language))):
            return choice
    raise No(
        t(
            "“{value}” is not possible here; choose one of: {choices}.",
            value=typed[:SHOWN],
            choices=Listing(tuple(choices)),
        )
    )


def is_off(ctx: Context, typed: str) -> bool:
    return fold(typed) in ("off", "no", "none", fold(ctx.house.catalogs.say(t("off"), ctx.language)))


def having(group: Group, settings: Settings) -> Group:
    return replace(group, settings=settings)


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of `!group set`: how it is read, how it reads, and an example of how it is typed.

    `means`: what the whole room is told, aloud, when it changes.
    """

    change: Callable[[Context, Group, str], Awaitable[Group]]
    reads: Callable[[Group], Text]
    example: str
    means: Callable[[Group], tuple[Text, ...]] | None = None
