"""A dispatch's file once it is clean: its author is asked, then it is sent like others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.files import Refusal
from bot.domain.incoming import Cleaned
from bot.domain.outgoing import Clean, Outgoing, Say
from bot.domain.text import t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch import consent
from bot.handlers.dispatch.ask import TOPIC as WARNED
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.enclosed import BLURRED, TOPIC, changed
from bot.handlers.dispatch.rights import lost_right, may_for
from bot.handlers.dispatch.send import accept
from bot.handlers.unclean import refused
from bot.storage import dispatches, groups, outbox, questions


async def cleaned(ctx: Context, outcome: Cleaned) -> list[Outgoing]:
    """The file is clean, or cannot cross."""
    group, kept = ctx.group, json.loads(outcome.payload)
    draft = Draft.load(kept["draft"])
    if group is None:
        return []
    ctx.origin, ctx.sent_at = kept["event"], datetime.fromisoformat(kept["at"])
    ctx.thread = None if ctx.moved else kept.get("thread")
    if not may_for(ctx, group, draft):
        await enclosing.drop(ctx, ctx.origin)
        return ctx.reply(lost_right())
    found = outcome.found
    if isinstance(found, Refusal):
        await enclosing.drop(ctx, ctx.origin)  # of which it was to be made
        return ctx.reply(*refused(found))
    if isinstance(found, str):
        words = "\n\n".join(filter(str.strip, (draft.text, found)))
        return await accept(ctx, group, replace(draft, text=words, looked=False))
    draft = replace(draft, enclosed=True)
    if outcome.topic == BLURRED:
        await enclosing.keep(ctx, ctx.origin, found)
        return await accept(ctx, group, draft)
    asked = json.dumps(kept | {"draft": draft.dump()})
    return await enclosing.ask(ctx, outcome, found, TOPIC, asked)


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The author's answer."""
    group, kept = ctx.group, json.loads(payload)
    draft = Draft.load(kept["draft"])
    if group is None:
        return []
    if not yes:
        await _forgotten(ctx, payload)
        return ctx.reply(t("Nothing was sent, and I have forgotten the file."))
    if not may_for(ctx, group, draft):
        await enclosing.drop(ctx, kept["event"])
        return ctx.reply(lost_right())
    ctx.origin, ctx.sent_at = kept["event"], datetime.fromisoformat(kept["at"])
    if await dispatches.by_source(ctx.tx, ctx.origin) is not None:
        return ctx.reply(t("That message is a dispatch already."))
    return await accept(ctx, group, draft)


async def unwanted(ctx: Context, removed: str, rooms: Sequence[str]) -> list[Outgoing]:
    """A message was deleted: what waits is forgotten if that asked for it, or brought its words."""
    out: list[Outgoing] = []
    for room_id in dict.fromkeys(rooms):
        for entry in await outbox.cleaning_in(ctx.tx, room_id):
            wanted = entry.payload
            if isinstance(wanted, Clean) and wanted.topic in (TOPIC, BLURRED):
                out += await _unwanted(ctx, wanted.payload, removed, rooms[-1], entry.source) or []
        for topic in (TOPIC, WARNED):
            for asked in await questions.waiting(ctx.tx, room_id, topic, ctx.now):
                found = await _unwanted(ctx, asked.payload, removed, rooms[-1], asked.source)
                if found is not None:
                    await questions.close(ctx.tx, asked.id)
                    out += found
    return out


async def _unwanted(
    ctx: Context, payload: str, removed: str, home: str, source: str
) -> list[Outgoing] | None:
    """What is said of it, if it is forgotten; None if it is not meant."""
    draft = Draft.load(json.loads(payload)["draft"])
    if removed not in (draft.request, draft.edit):
        return None
    await enclosing.drop(ctx, source)
    group = await groups.of_room(ctx.tx, home)
    if group is None or removed == draft.request:
        return []
    return [Say(home, (changed(),), group.language, f"forgotten:{removed}", source)]


async def _forgotten(ctx: Context, payload: str) -> None:
    """The file goes; where somebody else wanted it sent, nobody asks again."""
    kept = json.loads(payload)
    await enclosing.drop(ctx, kept["event"])
    if Draft.load(kept["draft"]).asker:
        await consent.refused(ctx, payload)


async def blur(ctx: Context, payload: str) -> list[Outgoing]:
    """The author wants nobody to be recognised."""
    return await enclosing.blurred(ctx, json.loads(payload)["event"], BLURRED, payload)


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the file is forgotten, and the author is told."""
    await _forgotten(ctx, payload)
    return ctx.reply(t("I have forgotten this file: my question was not answered within a day."))
