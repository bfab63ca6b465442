"""Noticing an upgrade: the old room is told to invite the bot, the new one to confirm."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.text import Text, t
from bot.handlers.context import Context, Place
from bot.handlers.succession import Succession, may_move, succession_of
from bot.storage import outbox, questions, rooms

TOPIC = "group-move"
WHAT = "move"
ASK_FOR = timedelta(hours=24)
DELAY = 3  # seconds; devices of the new room's members have to be known first


async def look(ctx: Context) -> list[Outgoing]:
    """A room's state has changed: does it succeed another one, or has it been replaced?"""
    room = ctx.room
    if not room.joined:
        return []
    if room.predecessor is not None:
        found = await succession_of(ctx.tx, room)
        if found is not None:
            return await _ask(ctx, found)
    if room.successor is None or ctx.place not in (Place.HOME, Place.JOINT):
        return []
    new = await rooms.load(ctx.tx, room.successor)
    found = await succession_of(ctx.tx, new) if new is not None and new.joined else None
    return await _ask(ctx, found) if found is not None else _replaced(ctx)


def _replaced(ctx: Context) -> list[Outgoing]:
    """Said in the old room, once for each successor, if it takes messages still."""
    if not ctx.room.may_write(ctx.house.me):
        return []
    lines = (
        t("This room has been replaced by a new one: please invite me there."),
        t("What your twins send waits until a steward confirms the move there, for a week at most."),
    )
    source = f"replaced:{ctx.room.successor}"
    return [Say(ctx.room.room_id, lines, ctx.language, what="replaced", source=source, notice=False)]


async def _ask(ctx: Context, found: Succession) -> list[Outgoing]:
    """Ask the stewards who are in the new room, for a day; `!group move` works later, too."""
    new, source = found.new, f"succeeds:{found.old.room_id}"
    asked = await outbox.find(ctx.tx, RowRef(source, new.room_id, WHAT))
    until = (asked.created_at if asked is not None else ctx.now) + ASK_FOR
    for user in sorted(new.members):
        if new.has(user) and until > ctx.now and await may_move(ctx.tx, found, user):
            about = f"move:{new.room_id}:{user}"
            await questions.ask_once(ctx.tx, new.room_id, user, TOPIC, about, "{}", until, post=source)
    if asked is not None:
        return []
    language = found.group.language if found.group is not None else ctx.language
    lines = (*_about(found), t("A steward confirms it with “yes” or {command}.", command="!group move"))
    return [Say(new.room_id, lines, language, WHAT, source, notice=False, delay=DELAY)]


def _about(found: Succession) -> tuple[Text, ...]:
    if found.group is None:
        return (t("This room replaces your joint room. Shall I translate here from now on?"),)
    return (
        t("This room replaces the home of {name}. Shall the group move here?", name=found.group.name),
        t("What your twins send comes here only then."),
    )
