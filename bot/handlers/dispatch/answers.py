"""What people answer to the questions about a dispatch before it goes."""

from __future__ import annotations

import json
from datetime import datetime

from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch import consent, enclosed
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.rights import lost_right, may_for
from bot.handlers.dispatch.send import accept


async def confirmed(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The answer to a warning, or to a preview."""
    group, asked = ctx.group, json.loads(payload)
    draft = Draft.load(asked["draft"])
    if group is None:
        return []
    if not yes:
        await enclosing.drop(ctx, asked["event"])
        return ctx.reply(t("Nothing was sent."))
    if not may_for(ctx, group, draft):
        await enclosing.drop(ctx, asked["event"])
        return ctx.reply(lost_right())
    ctx.origin, ctx.sent_at = asked["event"], datetime.fromisoformat(asked["at"])
    ctx.sender = asked.get("author", ctx.sender)
    return await accept(ctx, group, draft, first=False)


async def agreed(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The answer of the author whose words somebody else wants to send."""
    group, asked = ctx.group, json.loads(payload)
    draft = Draft.load(asked["draft"])
    if group is None:
        return []
    if not yes:
        await consent.refused(ctx, payload)
        return ctx.reply(t("It stays here. Nothing was sent, and I have forgotten the text."))
    if not may_for(ctx, group, draft):
        return ctx.reply(lost_right())
    ctx.origin, ctx.sent_at = asked["event"], datetime.fromisoformat(asked["at"])
    file = consent.file_of(payload)
    if file is not None:
        return await enclosed.look(ctx, draft, file, ctx.thread)
    return await accept(ctx, group, draft)


async def not_agreed(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """They have not answered: that is a "no"."""
    await consent.refused(ctx, payload)
    if ctx.group is None:
        return []
    return ctx.reply(
        t("There was no answer within a day, so nothing was sent, and I have forgotten the text.")
    )


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the words are forgotten, and the author is told."""
    await enclosing.drop(ctx, json.loads(payload)["event"])
    if ctx.group is None:
        return []
    return ctx.reply(t("I have forgotten this dispatch: my question was not answered within a day."))
