"""Somebody asks the bot to compare emoji: the session has declined it, here is the sentence why.

Once an hour per person and room, since whoever runs the homeserver can make up such requests.
"""

from __future__ import annotations

from bot.domain.incoming import VERIFY, Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Context, Noun, Place
from bot.handlers.standing import WARN_EVERY
from bot.storage import identities


async def text(ctx: Context, message: Message) -> list[Outgoing] | None:
    """One sentence where the bot speaks."""
    if message.kind != VERIFY:
        return None
    told = f"verify:{ctx.room.room_id}"
    if ctx.place is Place.OTHER or not await identities.warn(
        ctx.tx, told, ctx.sender, ctx.now, not_since=ctx.now - WARN_EVERY
    ):
        return []
    return ctx.reply(
        t(
            "I am a bot and cannot compare emoji with you; my device is signed by my own identity, and its "
            "fingerprint is known to the person who hosts me, {host}.",
            host=ctx.house.host_name,
        )
    )


NOUN = Noun(texts=(text,))
