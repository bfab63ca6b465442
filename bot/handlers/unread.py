"""Messages that the bot cannot read: their sender hears of it kindly.

Rules:
- Keys may come late: only after a minute, and only if two ticks in a row found the message unread.
- Once an hour per person; in a home room, a joint room or their direct chat, and while they are in it.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outgoing import Outgoing, Say
from bot.domain.room import Room
from bot.domain.text import t
from bot.handlers.context import Context, Noun
from bot.storage import groups, people, rooms, twinnings, unread
from bot.storage.unread import Unread

PATIENCE = timedelta(minutes=1)
TELL_EVERY = timedelta(hours=1)


async def tick(ctx: Context) -> list[Outgoing]:
    """Tell those whose messages wait for their keys for too long."""
    overdue = await unread.overdue(ctx.tx, ctx.now - PATIENCE)
    await unread.notice(ctx.tx)
    if not overdue:
        return []
    await unread.settle(ctx.tx, [one.event_id for one in overdue])
    await unread.forget(ctx.tx, ctx.now - TELL_EVERY)
    found = [await _tell(ctx, one) for one in overdue]
    return [say for say in found if say is not None]


async def _tell(ctx: Context, one: Unread) -> Outgoing | None:
    room = await rooms.load(ctx.tx, one.room_id)
    if room is None or not room.joined or not room.encrypted or not room.has(one.sender):
        return None
    language = await _language(ctx, room, one.sender)
    if language is None or one.sender == ctx.house.me:
        return None
    if not await unread.tell(ctx.tx, one.sender, ctx.now, not_since=ctx.now - TELL_EVERY):
        return None
    return Say(
        room_id=room.room_id,
        lines=(
            t(
                "I cannot read this message: its key has not reached me. Please write it again; if that does "
                "not help, restart your app and try once more."
            ),
        ),
        language=language,
        what="unread",
        source=one.event_id,
        reply_to=one.event_id,
        private_with=one.sender if room.direct_with(ctx.house.me) == one.sender else None,
    )


async def _language(ctx: Context, room: Room, sender: str) -> str | None:
    """The language to answer in; None where the bot does not speak."""
    group = await groups.of_room(ctx.tx, room.room_id)
    if group is not None:
        return group.language
    if not await twinnings.joints_at(ctx.tx, room.room_id) and room.direct_with(ctx.house.me) != sender:
        return None
    homes = await groups.of_member(ctx.tx, sender)
    home = homes[0].language if homes else ctx.house.language
    return await people.language(ctx.tx, sender) or home


NOUN = Noun(ticks=(tick,))
