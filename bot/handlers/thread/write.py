"""What is written in a shared thread, and in a reply beside it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.dispatch import State
from bot.domain.ids import pseudonym
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import t
from bot.domain.thread import MEDIA, VOICE
from bot.handlers.context import Context
from bot.handlers.homes import home_of
from bot.handlers.refusal import refuse
from bot.handlers.thread import ask
from bot.handlers.thread.relay import Written
from bot.handlers.thread.view import Thread, thread_at
from bot.handlers.threads import root_in
from bot.storage import dispatches, outbox, people
from bot.storage.outbox import Entry


async def written(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A message in a shared thread."""
    if message.edits is not None or message.thread is None:
        return None
    thread = await thread_at(ctx, message.thread)
    if thread is None:
        return await _beside(ctx, message.thread)
    if message.kind in MEDIA:
        return ctx.reply(t("Pictures and files do not cross yet; only text does."))
    stays = await ask.stray(ctx, thread, message.body)
    return stays if stays is not None else await take(ctx, thread, message.body)


async def _beside(ctx: Context, root: str) -> list[Outgoing] | None:
    """In the thread under the message that made a dispatch nothing crosses; each person is told so once."""
    dispatch = await dispatches.by_source(ctx.tx, root)
    if dispatch is None or dispatch.room_id != ctx.room.room_id or dispatch.state is State.WITHDRAWN:
        return None
    told = ctx.answer(
        t("What is written in this thread stays here: the shared thread is the one under this post of mine."),
        what=f"beside:{pseudonym(ctx.house.key, f'beside:{root}', ctx.sender)}",
    )
    return [replace(told, source=root, reply_to=await root_in(ctx, dispatch, ctx.room.room_id))]


async def take(ctx: Context, thread: Thread, text: str, *, typed: str = "") -> list[Outgoing]:
    """Relay a text, or ask first. `typed`: the command after which it was typed, not in the thread."""
    problem = thread.problem(text)
    if problem:
        return await refuse(ctx, *problem) if typed else ctx.reply(*problem)
    words = Written(text, ctx.origin, ctx.sent_at or ctx.now, typed, ctx.reply_to)
    return await ask.put(ctx, thread, words)


async def replied(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A plain reply to something relayed does not cross; the person is told once how to."""
    if message.thread is not None or message.reply_to is None or message.edits is not None:
        return None
    entry = await outbox.by_event(ctx.tx, message.reply_to)
    if entry is None or ctx.group is None or entry.kind != "relay":
        return None
    if message.kind in MEDIA or not await people.tell_replies(ctx.tx, ctx.sender):
        return []
    return ctx.reply(
        t(
            "This reply stays here. To answer the other group, write in the dispatch's thread, or: {usage}",
            usage="!answer TEXT",
        )
    )


async def told(ctx: Context, entry: Entry) -> list[Outgoing]:
    """A relayed message of a thread did not arrive: its author is told where."""
    if entry.what != VOICE or entry.state not in ("failed", "cancelled") or entry.reason == "withdrawn":
        return []
    target, origin = await home_of(ctx.tx, entry.room_id), await home_of(ctx.tx, entry.origin_room)
    if target is None or origin is None:
        return []
    return [
        Say(
            room_id=origin.room_id,
            lines=(t("This message did not reach {group}.", group=target.name),),
            language=origin.language,
            what=f"lost:{target.id}",
            source=entry.source,
            reply_to=entry.source if origin.room_id == entry.origin_room else None,
        )
    ]
