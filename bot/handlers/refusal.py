"""A command refused by its handler: like one that was not understood, it may be edited into shape."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outgoing import Outgoing
from bot.domain.text import Text
from bot.handlers.context import Context
from bot.storage import refused

EDITABLE_FOR = timedelta(minutes=10)


async def let_edit(ctx: Context) -> None:
    """Let the message run once more if it is edited soon."""
    await refused.remember(ctx.tx, ctx.origin, ctx.sender, ctx.now + EDITABLE_FOR)


async def refuse(ctx: Context, *lines: Text) -> list[Outgoing]:
    """Answer why not, and let the message be edited into shape."""
    await let_edit(ctx)
    return ctx.reply(*lines)
