"""Twinnings announce their end: 30 days, 7 days and one day before."""

from __future__ import annotations

from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import once
from bot.domain.schedule import Due, Schedule
from bot.domain.text import Day, t, tn
from bot.domain.twinning import State, Twinning
from bot.handlers.context import Context, Mention, Occasion
from bot.handlers.timetable import late_line, plan
from bot.handlers.twin_states import named, renewal
from bot.handlers.twinning.names import tell
from bot.handlers.twins import Twin
from bot.storage import groups, schedules, twinnings

KIND = "twinning"
BEFORE = (-30, -7, -1)
_LIVE = (State.ACTIVE, State.PAUSED)


async def plan_ends(ctx: Context) -> list[Outgoing]:
    """Plan the announcements of twinnings that have none, or end on another day by now."""
    for twinning in await twinnings.ends_unplanned(ctx.tx, KIND):
        await schedules.drop(ctx.tx, KIND, twinning.id)
        for group in (twinning.a, twinning.b):
            wanted = Schedule(0, KIND, twinning.id, once(twinning.ends_on), group=group, offsets=BEFORE)
            await plan(ctx.tx, wanted, ctx.now)
    return []


async def _about(ctx: Context, due: Due) -> tuple[Twinning, Twin, Twin] | None:
    """The twinning, the group that is told as a twin, and the other one."""
    twinning = await twinnings.load(ctx.tx, due.schedule.owner)
    if twinning is None or twinning.state not in _LIVE or due.schedule.group is None:
        return None
    reader = await groups.load(ctx.tx, due.schedule.group)
    other = await groups.load(ctx.tx, twinning.other(due.schedule.group))
    if reader is None or other is None:
        return None
    return twinning, Twin(twinning, reader), Twin(twinning, other)


async def _due(ctx: Context, due: Due) -> list[Outgoing]:
    found = await _about(ctx, due)
    if found is None:
        return []
    twinning, reader, other = found
    days = (twinning.ends_on - today(ctx.now, reader.group.zone)).days
    if days < 0:
        return []
    name, day = named(other, reader.group), Day(twinning.ends_on)
    line = (
        tn(
            "Your twinning with {twin} ends in {count} day, after {day}.",
            "Your twinning with {twin} ends in {count} days, after {day}.",
            days,
            twin=name,
            day=day,
        )
        if days
        else t("Your twinning with {twin} ends today, {day}.", twin=name, day=day)
    )
    more = renewal(other, reader.group, ctx.now.date())
    return [tell(reader, line, *([more] if more else []), *late_line(due), what="reminder", source=due.id)]


async def _mention(ctx: Context, due: Due) -> Mention | None:
    found = await _about(ctx, due)
    if found is None:
        return None
    twinning, reader, other = found
    until = t("active until {day}", day=Day(twinning.ends_on))
    line = t("{twin}: {state}", twin=named(other, reader.group), state=until)
    return Mention(reader.group.room_id, reader.group.language, line)


OCCASION = Occasion(due=_due, mention=_mention)
