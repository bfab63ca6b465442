"""The timetable: what nouns plan, change and take back; when it is due, the ledger calls them.

A noun stores a `Schedule` of its kind with `plan`, and declares an `Occasion` for that kind. What its
occasion says has the occurrence's id as its source, so that `corrections` finds it later, where something
moves or is cancelled.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time

from bot.domain.group import Group
from bot.domain.ids import mark_of
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.schedule import Customs, Due, Schedule, upcoming
from bot.domain.text import Moment, Text, t
from bot.handlers.context import Context
from bot.handlers.free_days import free_days
from bot.storage import groups, outbox, schedules
from bot.storage.db import Tx

CORRECTED = ":corrected:"  # in the name of a row that corrects a reminder, between its name and the cause


def customs_of(group: Group) -> Customs:
    """How a group keeps time."""
    kept = group.settings
    return Customs(group.zone, time.fromisoformat(kept.hour), kept.quiet, free_days(group))


async def customs_for(tx: Tx, schedule: Schedule) -> Customs:
    """How those whom a schedule reminds keep time."""
    group = await groups.load(tx, schedule.group) if schedule.group is not None else None
    return customs_of(group) if group is not None else Customs(schedule.zone or "UTC")


def reckoned(schedule: Schedule, customs: Customs, after: datetime) -> Schedule:
    """The schedule with its next occurrence, and everything up to a moment seen to."""
    found = upcoming(replace(schedule, since=after), customs, after)
    if found is None:
        return replace(schedule, since=after, next_on=None, next_day=None, next_at=None)
    return replace(schedule, since=after, next_on=found.on, next_day=found.day, next_at=found.at)


async def plan(tx: Tx, schedule: Schedule, now: datetime) -> Schedule:
    """Store a new schedule; nothing of it is due that was due before now."""
    new = replace(schedule, begun=now, since=now)
    new = replace(new, id=await schedules.add(tx, new))
    new = reckoned(new, await customs_for(tx, new), now)
    await schedules.save(tx, new)
    return new


async def change(tx: Tx, schedule: Schedule, now: datetime) -> Schedule:
    """Store a schedule whose rule, zone, hour or offsets have changed: what was due up to now is over."""
    changed = reckoned(replace(schedule, begun=now), await customs_for(tx, schedule), now)
    await schedules.save(tx, changed)
    return changed


async def drop(tx: Tx, kind: str, owner: int) -> None:
    """Take back all that was planned for an owner; what was said of it stays to be corrected first."""
    await schedules.drop(tx, kind, owner)


async def follow(tx: Tx, group: Group) -> None:
    """The group's zone, hour, quiet hours or free days are others now: what is to come, comes by them."""
    customs = customs_of(group)
    for schedule in await schedules.of_group(tx, group.id):
        if schedule.since is not None:
            await schedules.set_next(tx, [reckoned(schedule, customs, schedule.since)])


async def corrections(
    ctx: Context, schedule: Schedule, lines: Iterable[Text], from_day: date = date.min
) -> list[Outgoing]:
    """What was said of a schedule, on this local day or later, says this from now on."""
    lines = tuple(lines)
    sources = [
        f"occurrence:{schedule.id}:{on.isoformat()}"
        for on in await schedules.said(ctx.tx, schedule.id)
        if on >= from_day
    ]
    posts = [entry for source in sources for entry in await outbox.posts_of(ctx.tx, source, CORRECTED)]
    return [
        Say(
            room_id=entry.room_id,
            lines=lines,
            language=await _language_there(ctx, entry.room_id),
            what=f"{entry.what}{CORRECTED}{mark_of(ctx.source)}",
            source=entry.source,
            replaces=RowRef(entry.source, entry.room_id, entry.what),
        )
        for entry in posts
    ]


async def _language_there(ctx: Context, room_id: str) -> str:
    group = await groups.of_room(ctx.tx, room_id)
    return group.language if group is not None else ctx.language


def late_line(due: Due) -> tuple[Text, ...]:
    """What a late reminder says of its time; nothing where it comes in time."""
    if not due.late:
        return ()
    return (t("This was due on {moment}.", moment=Moment(due.occurrence.at, due.zone)),)


def line_at(line: Text, due: Due) -> Text:
    """A line with when it was, or is, due."""
    return t("{what}: {moment}", what=line, moment=Moment(due.occurrence.at, due.zone))
