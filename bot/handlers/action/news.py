"""What one group did, told to the others that take part."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.action import Action
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text
from bot.handlers.action.names import known_as, members, status, tell
from bot.handlers.context import Context


async def announce(
    ctx: Context, action: Action, by: Group, news: Callable[[Text, Group], Text], *more: Text
) -> list[Outgoing]:
    """What one group did, to the rooms of all others that take part."""
    found: list[Outgoing] = []
    for reader in await members(ctx.tx, action):
        if reader.id != by.id:
            [name] = await known_as(ctx.tx, reader, [by.id])
            lines = (news(name, reader), *more, await status(ctx.tx, action, reader))
            found.append(await tell(ctx, reader, action, *lines, what=f"action-news-{action.id}"))
    return found
