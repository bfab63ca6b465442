"""`!reminders`, `!remind cancel` and `!remind snooze`."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.domain.moments import digits, moment, today
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import once
from bot.domain.reminder import Reminder, read_delay
from bot.domain.schedule import Schedule
from bot.domain.text import Moment, Text, Words, t
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.context import Place as Where
from bot.handlers.paging import page_of, paged
from bot.handlers.refusal import refuse
from bot.handlers.reminders.ask import owner, zone_of
from bot.handlers.reminders.remind import KIND
from bot.handlers.timetable import corrections, plan
from bot.storage import reminders, schedules

_SHOWN = 40


async def _list(ctx: Context, given: Given) -> list[Outgoing]:
    known = await reminders.all_of(ctx.tx, *owner(ctx))
    if not known:
        usage = '!remind "TEXT" on=2027-05-01'
        return ctx.reply(t("There are no reminders here."), t("Make one with: {usage}", usage=usage))
    lines = [await _line(ctx, one) for one in known]
    return ctx.reply(*paged(ctx, lines, page_of(given.get("PAGE")), "!reminders"))


async def _line(ctx: Context, reminder: Reminder) -> Text:
    found = [one for one in await schedules.of_owner(ctx.tx, KIND, reminder.id) if one.next_at is not None]
    number, text = str(reminder.number), Words(reminder.text, reminder.language)
    if not found:
        return t("{number} · {text} · over", number=number, text=text)
    first = min(found, key=lambda one: one.next_at or ctx.now)
    comes = Moment(first.next_at or ctx.now, first.zone or await zone_of(ctx))
    if all(one.rule.once for one in found):
        return t("{number} · {text} · {moment}", number=number, text=text, moment=comes)
    return t("{number} · {text} · {moment}, and again", number=number, text=text, moment=comes)


async def _named(ctx: Context, given: Given) -> Reminder | list[Outgoing]:
    typed = digits(given["N"])
    for one in await reminders.all_of(ctx.tx, *owner(ctx)):
        if str(one.number) == typed:
            return one
    return await refuse(
        ctx,
        t("There is no reminder {number} here.", number=typed[:_SHOWN]),
        t("{command} shows them.", command="!reminders"),
    )


async def _cancel(ctx: Context, given: Given) -> list[Outgoing]:
    reminder = await _named(ctx, given)
    if not isinstance(reminder, Reminder):
        return reminder
    line = t("Reminder {number} was cancelled.", number=str(reminder.number))
    said: list[Outgoing] = []
    for one in await schedules.of_owner(ctx.tx, KIND, reminder.id):
        said += await corrections(ctx, one, [line], today(ctx.now, one.zone or await zone_of(ctx)))
    await schedules.drop(ctx.tx, KIND, reminder.id)
    await reminders.delete(ctx.tx, reminder.id)
    return [*ctx.reply(line), *said]


async def _snooze(ctx: Context, given: Given) -> list[Outgoing]:
    reminder = await _named(ctx, given)
    if not isinstance(reminder, Reminder):
        return reminder
    delay = read_delay(digits(given["DELAY"]), ctx.house.catalogs.units(ctx.language))
    if delay is None:
        return await refuse(
            ctx,
            t("I do not understand how long “{delay}” is.", delay=given["DELAY"][:_SHOWN]),
            t("Write it like: {examples}.", examples="30m, 3h, 2d, 1w"),
        )
    zone = await zone_of(ctx)
    known = await schedules.of_owner(ctx.tx, KIND, reminder.id)
    zone = next((one.zone for one in known if one.zone), zone)
    kept = await _once_more(ctx, reminder, ctx.now + delay, zone)
    await reminders.set_over(ctx.tx, reminder.id, None)
    return ctx.reply(
        t(
            "Reminder {number} comes once more: {moment}.",
            number=str(reminder.number),
            moment=Moment(kept.next_at or ctx.now, zone),
        )
    )


async def _once_more(ctx: Context, reminder: Reminder, at: datetime, zone: str) -> Schedule:
    """Plan it for the minute of a moment; if that comes twice and its first is past, an hour later."""
    group, _ = owner(ctx)
    place = ZoneInfo(zone)
    local = (at + timedelta(seconds=59)).astimezone(place).replace(second=0, microsecond=0)
    if moment(local.date(), local.time(), zone) <= ctx.now:
        local = (local.astimezone(UTC) + timedelta(hours=1)).astimezone(place)
    new = Schedule(0, KIND, reminder.id, once(local.date()), group, zone=zone, hour=local.time())
    return await plan(ctx.tx, new, ctx.now)


_WRITERS = frozenset({Who.STEWARD, Who.PERSON})
_PLACES = frozenset({Where.HOME, Where.DIRECT})
_N = Argument("N", Shape.NUMBER)

LIST = Command(
    words=("reminders",),
    summary=t("this room's own reminders, or in a direct chat yours"),
    theme=Theme.CALENDAR,
    run=_list,
    who=frozenset({Who.STEWARD, Who.MEMBER, Who.PERSON}),
    arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
    places=_PLACES,
)

LIST_TOO = replace(LIST, words=("remind", "list"))

CANCEL = Command(
    words=("remind", "cancel"),
    summary=t("cancels a reminder, and forgets its words"),
    theme=Theme.CALENDAR,
    run=_cancel,
    who=_WRITERS,
    arguments=(_N,),
    places=_PLACES,
)

SNOOZE = Command(
    words=("remind", "snooze"),
    summary=t("says a reminder once more after a while: 30m, 3h, 2d, 1w"),
    theme=Theme.CALENDAR,
    run=_snooze,
    who=_WRITERS,
    arguments=(_N, Argument("DELAY")),
    places=_PLACES,
)
