"""Messages of a shared thread that their authors change or delete."""

from __future__ import annotations

from bot.domain.dispatch import State
from bot.domain.incoming import Message, Redaction
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.domain.thread import VOICE
from bot.handlers import edits, enclosing
from bot.handlers.context import Context
from bot.handlers.rates import too_much
from bot.handlers.removal import remove_relays
from bot.handlers.succession import onward
from bot.handlers.thread import ask, picture
from bot.handlers.thread.answer import COMMAND, numbered
from bot.handlers.threads import readers_of
from bot.handlers.warning import new_doubts
from bot.storage import dispatches, moves, outbox, questions


async def edited(ctx: Context, message: Message) -> list[Outgoing] | None:
    """The author has edited a message of a thread; others' edits count for nothing."""
    ctx = await onward(ctx)
    group, source = ctx.group, message.edits
    if source is None or group is None:
        return None
    waiting = await picture.reworded(ctx, message)
    if waiting is not None:
        return waiting
    asked = await ask.asked_about(ctx, source)
    if asked is not None:
        return await ask.reworded(ctx, asked, message.body)
    rows = [row for row in await edits.own_relays(ctx, source, VOICE) if row.origin_room == group.room_id]
    if not rows:
        return None
    dispatch = await dispatches.load(ctx.tx, rows[0].dispatch or 0)
    if dispatch is None or dispatch.state is State.WITHDRAWN:
        return ctx.reply(t("This thread has ended: its dispatch was withdrawn. Nothing was relayed."))
    text: str | None = message.body
    if edits.typed_after(rows):
        text = edits.retyped(ctx, (COMMAND,), "answer")
        text = (await numbered(ctx, group, text))[1] if text is not None else None
    elif ctx.typed is not None:
        text = None
    found = enclosing.kept_from_change(ctx, message, rows)
    found = found or edits.problem(text, with_file=message.file is not None)
    if text is None or found:
        return ctx.reply(*found)
    readers = await readers_of(ctx, group, dispatch)
    found = await new_doubts(ctx, group, readers, text) or await too_much(ctx, group, text)
    return ctx.reply(*found) if found else await edits.change(ctx, rows, text)


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """A message of a thread was deleted: its copies go, and a question about it is closed."""
    await questions.drop_source(ctx.tx, redaction.room_id, redaction.redacts)
    home = await moves.now_at(ctx.tx, redaction.room_id)
    forgotten = await picture.edit_deleted(ctx, redaction.redacts, home)
    freed = [*forgotten, *await ask.freed(ctx)]
    relays = await outbox.relays_of(ctx.tx, redaction.redacts)
    if not any(row.what == VOICE and row.origin_room == redaction.room_id for row in relays):
        return freed
    return [*freed, *await remove_relays(ctx, redaction.redacts)]
