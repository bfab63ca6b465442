"""Refusing: a command, which like one that was not understood may be edited into shape, or a room."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.handlers.context import Context
from bot.storage import refused

EDITABLE_FOR = timedelta(minutes=10)


class No(Exception):
    """What was typed cannot be; the lines say why."""

    def __init__(self, *lines: Text) -> None:
        super().__init__(lines[0].source)
        self.lines = lines


async def let_edit(ctx: Context) -> None:
    """Let the message run once more if it is edited soon."""
    await refused.remember(ctx.tx, ctx.origin, ctx.sender, ctx.now + EDITABLE_FOR)


async def refuse(ctx: Context, *lines: Text) -> list[Outgoing]:
    """Answer why not, and let the message be edited into shape."""
    await let_edit(ctx)
    return ctx.reply(*lines)


def only_encrypted() -> Text:
    """Why the bot does not stay in a room without encryption."""
    return t("I work in encrypted rooms only. Please switch encryption on in a new room and invite me there.")
