"""A picture, a voice message or a text file in a shared thread: cleaned, its author asked, then relayed."""

from __future__ import annotations

import json
from datetime import datetime

from bot.domain.files import Attached, Refusal
from bot.domain.incoming import Cleaned, Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.thread import ask
from bot.handlers.thread.relay import Written
from bot.handlers.thread.view import Thread, thread_of
from bot.handlers.unclean import refused
from bot.storage import dispatches, questions

TOPIC = "thread-file"
BLURRED = "thread-blurred"


def look(ctx: Context, thread: Thread, message: Message) -> list[Outgoing]:
    """Have the file cleaned."""
    file: Attached | None = message.file
    if file is None:
        return ctx.reply(*refused(Refusal.VIDEO if message.kind == "m.video" else Refusal.KIND))
    problem = thread.problem(file.caption or "-")
    if problem:
        return ctx.reply(*problem)
    kept = {
        "dispatch": thread.dispatch.id,
        "text": file.caption,
        "event": ctx.origin,
        "at": (ctx.sent_at or ctx.now).isoformat(),
        "reply_to": ctx.reply_to,
        "thread": ctx.thread,
    }
    return enclosing.look(ctx, file.file, TOPIC, json.dumps(kept))


async def cleaned(ctx: Context, outcome: Cleaned) -> list[Outgoing]:
    """The file is clean, or cannot cross."""
    kept, found = json.loads(outcome.payload), outcome.found
    ctx.origin, ctx.thread = kept["event"], kept["thread"]
    if isinstance(found, Refusal):
        return ctx.reply(*refused(found))
    if isinstance(found, str):
        return await _cross(ctx, kept, "\n\n".join(filter(str.strip, (kept["text"], found))))
    if outcome.topic == BLURRED:
        await enclosing.keep(ctx, ctx.origin, found)
        return await _cross(ctx, kept, kept["text"])
    return await enclosing.ask(ctx, outcome, found, TOPIC, outcome.payload)


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The author's answer."""
    kept = json.loads(payload)
    if yes:
        return await _cross(ctx, kept, kept["text"])
    await enclosing.drop(ctx, kept["event"])
    return ctx.reply(t("It stays here. Nothing was relayed, and I have forgotten the file."))


async def blur(ctx: Context, payload: str) -> list[Outgoing]:
    """The author wants nobody to be recognised."""
    return await enclosing.blurred(ctx, json.loads(payload)["event"], BLURRED, payload)


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the file is forgotten, and the person is told."""
    await enclosing.drop(ctx, json.loads(payload)["event"])
    return ctx.reply(t("I have forgotten this file: my question was not answered within a day."))


async def changed(ctx: Context, source: str) -> bool:
    """Its author changed a message whose file waits for their answer: the file and the answer are dropped."""
    found = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    asked = [one for one in found if one.source == source and one.topic in (TOPIC, ask.TOPIC)]
    if not asked or not await enclosing.waits(ctx, source):
        return False
    for one in asked:
        await questions.close(ctx.tx, one.id)
    await enclosing.drop(ctx, source)
    return True


async def _cross(ctx: Context, kept: dict[str, str], text: str) -> list[Outgoing]:
    """Into the thread like other messages: with its questions, and behind what waits there."""
    dispatch = await dispatches.load(ctx.tx, int(kept["dispatch"]))
    if ctx.group is None or dispatch is None:
        return []
    ctx.origin, ctx.thread, ctx.reply_to = kept["event"], kept["thread"], kept["reply_to"]
    ctx.sent_at = datetime.fromisoformat(kept["at"])
    thread = await thread_of(ctx, ctx.group, dispatch)
    problem = thread.problem(text or "-")
    if problem:
        await enclosing.drop(ctx, ctx.origin)
        return ctx.reply(*problem)
    return await ask.put(ctx, thread, Written(text, ctx.origin, ctx.sent_at, "", ctx.reply_to))
