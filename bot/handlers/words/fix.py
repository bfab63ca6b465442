"""`!fix`: whoever knows better corrects a translation; the room sees who did, a steward can undo it."""

from __future__ import annotations

import json

import regex

from bot.domain import dispatch as rules
from bot.domain.incoming import Fetched
from bot.domain.outgoing import Fetch, Outgoing, Relay
from bot.domain.rendering import Rendering
from bot.domain.text import t
from bot.domain.thread import COPY
from bot.handlers import command
from bot.handlers.context import Context, Given
from bot.handlers.refusal import refuse
from bot.handlers.reissue import reissue
from bot.storage import dispatches, outbox, words
from bot.storage.outbox import Entry

FETCHED = "fix"
_HEAD = regex.compile(r"\s*\S+\s+(?:(?:[\p{L}\p{M}\p{N}-]+-)?\d{1,9}\s+)?")


async def fix(ctx: Context, given: Given) -> list[Outgoing]:
    """`!fix TEXT`, as a reply to a translation."""
    text = given["TEXT"]
    if rules.size(text) > rules.LONGEST_TEXT:
        return await refuse(
            ctx,
            t(
                "This text has {size} bytes; a message can have {limit}.",
                size=rules.size(text),
                limit=rules.LONGEST_TEXT,
            ),
        )
    return await _start(ctx, text)


async def undo(ctx: Context, given: Given) -> list[Outgoing]:
    """`!fix undo`, as a reply to a corrected translation; for stewards."""
    return await _start(ctx, None)


async def _start(ctx: Context, text: str | None) -> list[Outgoing]:
    row = await outbox.by_event(ctx.tx, ctx.reply_to) if ctx.reply_to else None
    if row is None or row.kind != "relay" or row.room_id != ctx.room.room_id or row.twinning is None:
        return await refuse(ctx, t("Reply to a translation of mine with {usage}", usage="!fix TEXT"))
    payload = json.dumps({"row": row.id, "text": text})
    if row.what == COPY and row.dispatch is not None:
        dispatch = await dispatches.load(ctx.tx, row.dispatch)
        if dispatch is None or dispatch.original is None:
            return await refuse(ctx, t("I no longer have the words of the original."))
        return await _apply(ctx, row, dispatch.original, text)
    return [
        Fetch(
            ctx.room.room_id,
            row.source,
            topic=FETCHED,
            by=ctx.sender,
            payload=payload,
            at=row.origin_room or "",
        )
    ]


async def fetched(ctx: Context, outcome: Fetched) -> list[Outgoing]:
    """The original is here, or gone."""
    asked = json.loads(outcome.payload)
    row = await outbox.load(ctx.tx, asked["row"])
    if row is None or outcome.message is None:
        return ctx.reply(t("I no longer have the words of the original."))
    original = outcome.message.body
    if command.typed(original, []) is not None:
        original = _HEAD.sub("", original, count=1)
    return await _apply(ctx, row, original, asked["text"])


async def _apply(ctx: Context, row: Entry, original: str, text: str | None) -> list[Outgoing]:
    frame = row.payload if isinstance(row.payload, Relay) else row.frame
    if frame is None or row.twinning is None:
        return ctx.reply(t("That message cannot be changed any more."))
    language, target = frame.words.language, frame.target
    name = ctx.sender[1:].partition(":")[0]
    if text is not None:
        await words.correct(ctx.tx, row.twinning, language, target, original, text, ctx.now)
        said = t("{name} has corrected this translation; I keep it in mind.", name=name)
    elif await words.undo(ctx.tx, row.twinning, language, target, original):
        text = await words.corrected(ctx.tx, row.twinning, language, target, original)
        said = t("{name} has taken the last correction back.", name=name)
    else:
        return await refuse(ctx, t("Nobody has corrected this translation."))
    rendering = Rendering(text, corrected_by=name) if text is not None else None
    edit = reissue(row, original, ctx.source, rendering)
    if edit is None:
        return ctx.reply(t("That message cannot be changed any more."))
    return [edit, *ctx.reply(said)]
