"""When each group is reminded of an action, and what it then reads; `!action remind`."""

from __future__ import annotations

from dataclasses import replace

from bot.domain import action as rules
from bot.domain import recurring, season
from bot.domain.action import DEBRIEF_AFTER, Action, Move, Part, State
from bot.domain.group import Group
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.schedule import Due, Schedule
from bot.domain.text import Listing, Text, t, tn
from bot.handlers.action.menu import picks
from bot.handlers.action.names import NUMBER, Seen, find, status, tell, title, when_in
from bot.handlers.context import Argument, Command, Context, Given, Mention, Occasion, Shape, Theme
from bot.handlers.refusal import refuse
from bot.handlers.timetable import change, corrections, late_line, plan
from bot.storage import actions, groups, schedules

KIND = "action"


async def plan_for(ctx: Context, action: Action, group: Group) -> None:
    """Plan, or plan anew, when a group is reminded of an action."""
    part = action.part(group.id)
    if part is None:
        return
    wanted = Schedule(
        id=0,
        kind=KIND,
        owner=action.id,
        group=group.id,
        rule=recurring.once(action.when.day_in(group.zone)),
        offsets=_offsets(part),
    )
    known = await _planned(ctx, action, group.id)
    if known is None:
        await plan(ctx.tx, wanted, ctx.now)
    elif (known.rule, known.offsets) != (wanted.rule, wanted.offsets):
        await change(ctx.tx, replace(known, rule=wanted.rule, offsets=wanted.offsets), ctx.now)


async def follow_zone(ctx: Context, group: Group) -> None:
    """An hour may fall on another day by the clocks that a group has now."""
    for action in await actions.open_of(ctx.tx, group.id):
        await plan_for(ctx, action, group)


def _offsets(part: Part) -> tuple[int, ...]:
    return (*(-days for days in part.before), DEBRIEF_AFTER)


async def _planned(ctx: Context, action: Action, group: int) -> Schedule | None:
    known = await schedules.of_owner(ctx.tx, KIND, action.id)
    return next((one for one in known if one.group == group), None)


async def corrected(ctx: Context, action: Action, *, off: bool = False) -> list[Outgoing]:
    """What was said of an action's day so far is edited in every room; what is off reminds of nothing."""
    found: list[Outgoing] = []
    for one in await schedules.of_owner(ctx.tx, KIND, action.id):
        group = await groups.load(ctx.tx, one.group) if one.group is not None else None
        if group is None:
            continue
        part = action.part(group.id)
        if action.state is State.CANCELLED:
            lines = [t("{title} is cancelled.", title=title(action))]
        elif part is None:
            lines = [t("{title} takes place without your group.", title=title(action))]
        else:
            lines = await _lines(ctx, action, group)
        found += await corrections(ctx, one, lines)
    if off and action.state is State.CANCELLED:
        await schedules.drop(ctx.tx, KIND, action.id)
    return found


async def _lines(ctx: Context, action: Action, group: Group) -> list[Text]:
    """What an action is about, and how things stand."""
    lines = [t("{title}: {when}.", title=title(action), when=when_in(action.when, group))]
    if action.state is State.PROPOSED:
        lines.append(t("Not agreed yet."))
    elif action.state is State.AGREED:
        lines.append(t("⚠ not confirmed"))
    lines.append(await status(ctx.tx, action, group))
    return lines


async def _due(ctx: Context, due: Due) -> list[Outgoing]:
    action, group = await _about(ctx, due)
    if action is None or group is None or action.part(group.id) is None:
        return []
    if action.when.day_in(group.zone) != due.schedule.rule.first:
        await plan_for(ctx, action, group)  # the group's clocks are others now
        if due.occurrence.on > today(ctx.now, group.zone):
            return []
    if due.occurrence.offset > 0:
        lines = await _looking_back(ctx, action, group)
    else:
        lines = await _looking_ahead(ctx, action, group)
    if not lines:
        return []
    said = await tell(ctx, group, action, *lines, *late_line(due), what="reminder", source=due.id)
    return [said]


async def _looking_ahead(ctx: Context, action: Action, group: Group) -> list[Text]:
    if not action.open:
        return []
    days = (action.when.day_in(group.zone) - today(ctx.now, group.zone)).days
    if days < 0:
        first = t("That was to be:")
    elif days == 0:
        first = t("Today:")
    else:
        first = tn("In {count} day:", "In {count} days:", days)
    picked = await picks(ctx.tx, action, group)
    return [first, *await _lines(ctx, action, group), *picked]


async def _looking_back(ctx: Context, action: Action, group: Group) -> list[Text]:
    number = action.number
    match action.state:
        case State.AGREED | State.CONFIRMED | State.DONE | State.DEBRIEFED if (
            action.state is not State.DEBRIEFED or group.id in action.waits_for(Move.DEBRIEF)
        ):
            lines = [t("How was {title}?", title=title(action))]
        case _:
            return []
    if action.state is State.AGREED:
        lines.append(t("It was not confirmed. If it took place: {command}", command=f"!action done {number}"))
    elif action.state is State.CONFIRMED:
        lines.append(t("If it took place: {command}", command=f"!action done {number}"))
    return [
        *lines,
        t("What worked? {command}", command=f"!action debrief {number} worked …"),
        t("What did not? {command}", command=f"!action debrief {number} failed …"),
        t("What have you learned? {command}", command=f"!action debrief {number} learned …"),
        t("Your answers cross to your twins, translated, and stay with the action."),
    ]


async def _mention(ctx: Context, due: Due) -> Mention | None:
    action, group = await _about(ctx, due)
    if action is None or group is None or action.part(group.id) is None:
        return None
    line = t("{title}: {when}", title=title(action), when=when_in(action.when, group))
    return Mention(group.room_id, group.language, line)


async def _about(ctx: Context, due: Due) -> tuple[Action | None, Group | None]:
    group = await groups.load(ctx.tx, due.schedule.group) if due.schedule.group is not None else None
    return await actions.load(ctx.tx, due.schedule.owner), group


OCCASION = Occasion(due=_due, mention=_mention)


async def _remind(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if not action.open:
        return await refuse(ctx, await status(ctx.tx, action, group))
    before = season.read_before(given["DAYS"].replace(" ", ",").split(","))
    if before is None:
        return await refuse(
            ctx,
            t("Write the days before the day like {example}; 0 is the day itself.", example="21,3,0"),
        )
    changed = rules.with_part(action, group.id, before=before)
    await actions.save(ctx.tx, changed)
    await plan_for(ctx, changed, group)
    days = Listing(tuple(str(one) for one in before))
    return ctx.reply(
        t("I remind you of {title} so many days before: {days}.", title=title(action), days=days),
        t("After {count} days I ask how it was.", count=DEBRIEF_AFTER),
    )


REMIND = Command(
    words=("action", "remind"),
    summary=t("how many days before an action your group is reminded; 0 is its morning"),
    theme=Theme.ACTION,
    run=_remind,
    arguments=(NUMBER, Argument("DAYS", Shape.REST)),
)
