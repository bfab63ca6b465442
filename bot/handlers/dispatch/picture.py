"""A dispatch's file once it is clean: its author is asked, then it is sent like others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from bot.domain.files import Refusal
from bot.domain.incoming import Cleaned
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.enclosed import BLURRED, TOPIC
from bot.handlers.dispatch.send import accept, may
from bot.handlers.unclean import refused


async def cleaned(ctx: Context, outcome: Cleaned) -> list[Outgoing]:
    """The file is clean, or cannot cross."""
    group, kept = ctx.group, json.loads(outcome.payload)
    draft = Draft.load(kept["draft"])
    if group is None or not may(ctx, group):
        return []
    ctx.origin, ctx.sent_at = kept["event"], datetime.fromisoformat(kept["at"])
    found = outcome.found
    if isinstance(found, Refusal):
        return ctx.reply(*refused(found))
    if isinstance(found, str):
        words = "\n\n".join(filter(str.strip, (draft.text, found)))
        return await accept(ctx, group, replace(draft, text=words))
    if outcome.topic == BLURRED:
        await enclosing.keep(ctx, ctx.origin, found)
        return await accept(ctx, group, draft)
    return await enclosing.ask(ctx, outcome, found, TOPIC, outcome.payload)


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The author's answer."""
    group, kept = ctx.group, json.loads(payload)
    if group is None or not may(ctx, group):
        return []
    if not yes:
        await enclosing.drop(ctx, kept["event"])
        return ctx.reply(t("Nothing was sent, and I have forgotten the file."))
    ctx.origin, ctx.sent_at = kept["event"], datetime.fromisoformat(kept["at"])
    return await accept(ctx, group, Draft.load(kept["draft"]))


async def blur(ctx: Context, payload: str) -> list[Outgoing]:
    """The author wants nobody to be recognised."""
    return await enclosing.blurred(ctx, json.loads(payload)["event"], BLURRED, payload)


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the file is forgotten, and the author is told."""
    await enclosing.drop(ctx, json.loads(payload)["event"])
    return ctx.reply(t("I have forgotten this file: my question was not answered within a day."))
