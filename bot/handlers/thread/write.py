"""What is written in a shared thread, and in a reply beside it."""

from __future__ import annotations

from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import t
from bot.domain.thread import MEDIA, VOICE
from bot.handlers.context import Context
from bot.handlers.homes import home_of
from bot.handlers.rates import too_much
from bot.handlers.refusal import refuse
from bot.handlers.thread import ask
from bot.handlers.thread.relay import Written, relay
from bot.handlers.thread.view import Thread, thread_at
from bot.handlers.warning import avoided
from bot.storage import outbox, people
from bot.storage.outbox import Entry


async def written(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A message in a shared thread."""
    thread = await thread_at(ctx, message.thread)
    if thread is None or message.edits is not None:
        return None
    if message.kind in MEDIA:
        return ctx.reply(t("Pictures and files do not cross yet; only text does."))
    return await take(ctx, thread, message.body)


async def take(ctx: Context, thread: Thread, text: str, *, typed: str = "") -> list[Outgoing]:
    """Relay a text, or ask first. `typed`: the command after which it was typed, not in the thread."""
    problem = thread.problem(text)
    if problem:
        return await refuse(ctx, *problem) if typed else ctx.reply(*problem)
    words = Written(text, ctx.origin, ctx.sent_at or ctx.now, typed, ctx.reply_to)
    warnings = await avoided(ctx, thread.readers, text)
    new = thread.group.settings.threadconfirm and not await people.knows_threads(ctx.tx, ctx.sender)
    if new or warnings:
        return await ask.ask(ctx, thread, words, warnings, new=new)
    stays = await too_much(ctx, thread.group)
    if stays:
        return ctx.reply(*stays)
    return await relay(ctx, thread, words)


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
