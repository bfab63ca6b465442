"""What a reminder says when its time has come, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.outgoing import Outgoing, Say
from bot.domain.reminder import KEPT, Reminder
from bot.domain.schedule import Due, upcoming
from bot.domain.text import Text, Words, t
from bot.handlers.context import Context, Mention
from bot.handlers.timetable import customs_for, late_line, line_at
from bot.storage import groups, people, reminders, rooms, schedules

KIND = "reminder"
WHAT = "reminder"


@dataclass(frozen=True, slots=True)
class _Reader:
    """Where a reminder is read: `person` in their direct chat, else a group's room."""

    room_id: str
    language: str
    person: str | None = None


def worded(reminder: Reminder) -> Text:
    """The reminder's number and words."""
    return t(
        "Reminder {number}: {text}",
        number=str(reminder.number),
        text=Words(reminder.text, reminder.language),
    )


async def due(ctx: Context, found: Due) -> list[Outgoing]:
    """Say it where it is read; if there is no such room any more, it is forgotten."""
    reminder = await reminders.load(ctx.tx, found.schedule.owner)
    reader = await _reader(ctx, reminder) if reminder is not None else None
    if reminder is None or reader is None:
        await _forget(ctx, found.schedule.owner)
        return []
    await _end(ctx, found, reminder)
    lines = (worded(reminder), *late_line(found))
    return [
        Say(
            reader.room_id,
            lines,
            reader.language,
            what=WHAT,
            source=found.id,
            notice=False,
            private_with=reader.person,
        )
    ]


async def mention(ctx: Context, found: Due) -> Mention | None:
    """One line, where it was due long ago."""
    reminder = await reminders.load(ctx.tx, found.schedule.owner)
    reader = await _reader(ctx, reminder) if reminder is not None else None
    if reminder is None or reader is None:
        return None
    await _end(ctx, found, reminder)
    return Mention(reader.room_id, reader.language, line_at(worded(reminder), found), reader.person)


async def forget(ctx: Context) -> list[Outgoing]:
    """Delete the words of what is over for a week."""
    for reminder_id in await reminders.over_before(ctx.tx, ctx.now - KEPT):
        await _forget(ctx, reminder_id)
    return []


async def _forget(ctx: Context, reminder_id: int) -> None:
    await schedules.drop(ctx.tx, KIND, reminder_id)
    await reminders.delete(ctx.tx, reminder_id)


async def _end(ctx: Context, found: Due, reminder: Reminder) -> None:
    """Note if this was the last of it."""
    customs = await customs_for(ctx.tx, found.schedule)
    known = await schedules.of_owner(ctx.tx, KIND, reminder.id)
    others = any(one.next_at for one in known if one.id != found.schedule.id)
    if not others and upcoming(found.schedule, customs, ctx.now) is None:
        await reminders.set_over(ctx.tx, reminder.id, ctx.now)


async def _reader(ctx: Context, reminder: Reminder) -> _Reader | None:
    """The group's home room, or the person's direct chat; None if there is none now."""
    if reminder.group is not None:
        group = await groups.load(ctx.tx, reminder.group)
        return _Reader(group.room_id, group.language) if group is not None else None
    person = reminder.person or ""
    for room_id in await rooms.direct_chats(ctx.tx, person):
        room = await rooms.load(ctx.tx, room_id)
        if room is not None and room.direct_with(ctx.house.me) == person:
            language = await people.language(ctx.tx, person)
            return _Reader(room_id, language or reminder.language, person)
    return None
