"""What is written in a shared thread, and in a reply beside it."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.dispatch import Dispatch, State
from bot.domain.ids import pseudonym
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.parts import is_added, is_part, part_name
from bot.domain.text import t
from bot.domain.thread import COPY, MEDIA, VOICE
from bot.handlers.context import Context
from bot.handlers.homes import home_of
from bot.handlers.refusal import refuse
from bot.handlers.thread import ask, picture
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
        return await picture.written(ctx, thread, message)
    stays = await ask.stray(ctx, thread, message.body)
    return stays if stays is not None else await take(ctx, thread, message.body)


async def _beside(ctx: Context, root: str) -> list[Outgoing] | None:
    """In the thread under the message that made a dispatch nothing crosses; each person is told so once."""
    post = await outbox.by_event(ctx.tx, root)
    if post is not None:
        return await _under_part(ctx, post)
    dispatch = await dispatches.by_source(ctx.tx, root)
    if dispatch is None or dispatch.room_id != ctx.room.room_id or dispatch.state is State.WITHDRAWN:
        return None
    return await _told_where(ctx, dispatch)


async def _under_part(ctx: Context, post: Entry) -> list[Outgoing] | None:
    """Of a dispatch that came in parts, the shared thread is the one under the first."""
    if not is_part(post.what, COPY) or post.room_id != ctx.room.room_id:
        return None
    dispatch = await dispatches.by_source(ctx.tx, post.source)
    if dispatch is None or dispatch.state is State.WITHDRAWN:
        return None
    return await _told_where(ctx, dispatch)


async def _told_where(ctx: Context, dispatch: Dispatch) -> list[Outgoing]:
    told = ctx.answer(
        t("What is written in this thread stays here: the shared thread is the one under this post of mine."),
        what=f"beside:{pseudonym(ctx.house.key, f'beside:{dispatch.source}', ctx.sender)}",
    )
    root = await root_in(ctx, dispatch, ctx.room.room_id)
    return [replace(told, source=dispatch.source, reply_to=root)]


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
    lost = entry.state == "failed" or (entry.state == "cancelled" and entry.reason != "withdrawn")
    if not lost or not is_part(entry.what, VOICE) or is_added(entry.what):
        return []
    target, origin = await home_of(ctx.tx, entry.room_id), await home_of(ctx.tx, entry.origin_room)
    if target is None or origin is None:
        return []
    line = t("This message did not reach {group}.", group=target.name)
    if await outbox.find(ctx.tx, RowRef(entry.source, entry.room_id, part_name(VOICE, 2))) is not None:
        line = t("Not all parts of this message reached {group}.", group=target.name)
    return [
        Say(
            room_id=origin.room_id,
            lines=(line,),
            language=origin.language,
            what=f"lost:{target.id}",
            source=entry.source,
            reply_to=entry.source if origin.room_id == entry.origin_room else None,
        )
    ]
