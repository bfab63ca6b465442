"""A picture, a voice message or a text file in a shared thread: cleaned, its author asked, then relayed."""

from __future__ import annotations

import json
from datetime import datetime

from bot.domain.files import Attached, Refusal
from bot.domain.incoming import Cleaned, Message
from bot.domain.outgoing import Clean, Outgoing, Say
from bot.domain.text import t
from bot.domain.thread import MEDIA
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.thread import ask
from bot.handlers.thread.relay import Written
from bot.handlers.thread.view import Thread, thread_of
from bot.handlers.unclean import refused
from bot.storage import dispatches, groups, outbox, questions

TOPIC = "thread-file"
BLURRED = "thread-blurred"


async def written(ctx: Context, thread: Thread, message: Message) -> list[Outgoing]:
    """A file in the thread."""
    if message.file is None:
        return ctx.reply(*refused(Refusal.VIDEO if message.kind == "m.video" else Refusal.KIND))
    return await look(ctx, thread, message.file)


async def look(ctx: Context, thread: Thread, file: Attached, *, typed: str = "") -> list[Outgoing]:
    """Have the file cleaned. `typed`: the command after which its caption was typed, not in the thread."""
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
        "room": ctx.room.room_id,
        "typed": typed,
    }
    return await enclosing.look(ctx, file.file, TOPIC, json.dumps(kept))


async def cleaned(ctx: Context, outcome: Cleaned) -> list[Outgoing]:
    """The file is clean, or cannot cross."""
    kept, found = json.loads(outcome.payload), outcome.found
    _about(ctx, kept)
    if isinstance(found, Refusal):
        await enclosing.drop(ctx, ctx.origin)  # of which it was to be made
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


async def reworded(ctx: Context, message: Message) -> list[Outgoing] | None:
    """Its author changed a message with a file that has not gone: the words change that will go with it.

    None if none of theirs waits. With another file, after a command, or where the words were the file, it is
    forgotten.
    """
    source = message.edits or ""
    found = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    asked = next((one for one in found if one.source == source and one.topic in (TOPIC, ask.TOPIC)), None)
    looked = await enclosing.looked_at(ctx, source, (TOPIC, BLURRED))
    file = await enclosing.address(ctx, source)
    wanted = looked.payload if looked is not None and isinstance(looked.payload, Clean) else None
    if (asked is None and wanted is None) or (file is None and message.kind not in MEDIA):
        return None
    held = asked.payload if asked is not None else wanted.payload if wanted is not None else "{}"
    if json.loads(held).get("typed") or not enclosing.has_same(message, file):
        if asked is not None:
            await questions.close(ctx.tx, asked.id)
        await enclosing.drop(ctx, source)
        line = t("It stays here. Nothing was relayed, and I have forgotten the file.")
        return [*await ask.freed(ctx), *ctx.reply(line)]
    if asked is not None and asked.topic == ask.TOPIC:
        return await ask.reworded(ctx, asked, message.body)
    if asked is not None:
        await questions.reword(ctx.tx, asked.id, _with_text(ctx, asked.payload, message.body))
    elif looked is not None:
        await outbox.reword_clean(ctx.tx, looked, _with_text(ctx, held, message.body))
    return []


def _with_text(ctx: Context, payload: str, text: str) -> str:
    return json.dumps(json.loads(payload) | {"text": text, "edit": ctx.source})


async def edit_deleted(ctx: Context, edit: str, home: str) -> list[Outgoing]:
    """The edit that brought the words of what waits was deleted: it is forgotten, with its file."""
    found: list[str] = []
    for topic in (TOPIC, ask.TOPIC):
        for asked in await questions.waiting(ctx.tx, home, topic, ctx.now):
            if json.loads(asked.payload).get("edit") == edit:
                await questions.close(ctx.tx, asked.id)
                found.append(asked.source)
    for room_id in dict.fromkeys((ctx.room.room_id, home)):
        for entry in await outbox.cleaning_in(ctx.tx, room_id):
            wanted = entry.payload
            if isinstance(wanted, Clean) and json.loads(wanted.payload).get("edit") == edit:
                found.append(entry.source)
    group = await groups.of_room(ctx.tx, home)
    for source in found:
        await enclosing.drop(ctx, source)
    line = t("I have forgotten your answer, since you changed it. Please write it anew.")
    return [
        Say(home, (line,), group.language, f"forgotten:{edit}", one) for one in found if group is not None
    ]


def _about(ctx: Context, kept: dict[str, str]) -> None:
    """What is said now is about the message with the file, in its thread if that is in this room."""
    ctx.origin = kept["event"]
    ctx.moved = kept.get("room", ctx.room.room_id) != ctx.room.room_id
    ctx.thread = None if ctx.moved else kept["thread"]


async def _cross(ctx: Context, kept: dict[str, str], text: str) -> list[Outgoing]:
    """Into the thread like other messages: with its questions, and behind what waits there."""
    dispatch = await dispatches.load(ctx.tx, int(kept["dispatch"]))
    if ctx.group is None or dispatch is None:
        return []
    _about(ctx, kept)
    ctx.reply_to = kept["reply_to"]
    ctx.sent_at = datetime.fromisoformat(kept["at"])
    thread = await thread_of(ctx, ctx.group, dispatch)
    problem = thread.problem(text or "-")
    if problem:
        await enclosing.drop(ctx, ctx.origin)
        return ctx.reply(*problem)
    return await ask.put(
        ctx, thread, Written(text, ctx.origin, ctx.sent_at, kept.get("typed", ""), ctx.reply_to)
    )
