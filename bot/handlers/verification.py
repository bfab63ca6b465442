"""Somebody asks the bot to compare emoji: the session has declined it, here is the sentence why."""

from __future__ import annotations

from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Context, Noun, Place

REQUEST = "m.key.verification.request"  # a message type of the Matrix specification


async def text(ctx: Context, message: Message) -> list[Outgoing] | None:
    """One sentence where the bot speaks."""
    if message.kind != REQUEST:
        return None
    if ctx.place is Place.OTHER:
        return []
    return ctx.reply(
        t(
            "I am a bot and cannot compare emoji with you; my device is signed by my own identity, and its "
            "fingerprint is known to the person who hosts me, {host}.",
            host=ctx.house.host_name,
        )
    )


NOUN = Noun(texts=(text,))
