"""Taking back what was relayed of a message, for every noun that relays."""

from __future__ import annotations

from bot.domain.outgoing import Outgoing, Redact, RowRef
from bot.handlers.context import Context
from bot.storage import outbox


async def remove_relays(ctx: Context, source: str) -> list[Outgoing]:
    """Cancel the message's relays that wait, and ask for the removal of those that may have arrived."""
    ctx.settled += await outbox.cancel_source(ctx.tx, source, ctx.now)
    return [
        Redact(row.room_id, RowRef(source, row.room_id, row.what), what=f"redact:{row.what}", source=source)
        for row in await outbox.relays_of(ctx.tx, source)
        if row.is_open or row.state == "sent"
    ]
