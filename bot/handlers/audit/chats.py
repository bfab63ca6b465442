"""Direct chats that end while a round runs: what was said there is closed at once, not at the round's end.

Rules:
- A chat ends when a third person comes or is invited, when its person leaves, and when the bot does.
- The bot says nothing more there; it only destroys the keys that open what was said.
"""

from __future__ import annotations

from bot.domain.incoming import RoomLeft
from bot.domain.outgoing import Erase, Outgoing
from bot.handlers.context import Context, Place
from bot.storage import audits


async def changed(ctx: Context) -> list[Outgoing]:
    """A room's state changed: it may have been a direct chat until now."""
    if ctx.place in (Place.HOME, Place.JOINT) or ctx.room.direct_with(ctx.house.me) is not None:
        return []
    return await _closed(ctx)


async def left(ctx: Context, event: RoomLeft) -> list[Outgoing]:
    """The bot is not in a room any more."""
    return await _closed(ctx)


async def _closed(ctx: Context) -> list[Outgoing]:
    if ctx.room.was_direct_with is None or not await audits.all_open(ctx.tx):
        return []
    return [Erase(ctx.room.room_id, ctx.now, ctx.now, source=ctx.source)]
