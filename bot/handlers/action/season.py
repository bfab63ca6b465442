"""The quarter: at its start and in its middle, a group without an agreed action is asked for one."""

from __future__ import annotations

from bot.domain.action import SETTLED
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing, Say
from bot.domain.recurring import Every, on_day
from bot.domain.schedule import Due, Schedule
from bot.domain.season import quarter
from bot.domain.text import Text, t
from bot.domain.twinning import State
from bot.handlers.action.propose import PROPOSE
from bot.handlers.context import Context, Mention, Occasion
from bot.handlers.timetable import late_line, plan
from bot.handlers.twins import twins_of
from bot.storage import actions, groups, schedules

KIND = "quarter"
MIDDLE = 45
"""Days after the start of a quarter."""


async def plan_quarters(ctx: Context) -> list[Outgoing]:
    """Every group with a twin has its quarters; they are planned anew where its year begins elsewhere."""
    for group in await groups.without_quarters(ctx.tx, KIND):
        await schedules.drop(ctx.tx, KIND, group.id)
        first, _ = quarter(today(ctx.now, group.zone), group.settings.yearstart)
        rule = on_day(first, Every.QUARTER)
        wanted = Schedule(0, KIND, group.id, rule, group=group.id, offsets=(0, MIDDLE))
        await plan(ctx.tx, wanted, ctx.now)
    return []


async def _due(ctx: Context, due: Due) -> list[Outgoing]:
    group = await groups.load(ctx.tx, due.schedule.owner)
    if group is None:
        return []
    twins = [one for one in await twins_of(ctx.tx, group) if one.twinning.state is State.ACTIVE]
    first, following = quarter(due.occurrence.about, group.settings.yearstart)
    planned = [
        one
        for one in await actions.of_group(ctx.tx, group.id)
        if one.state in SETTLED and first <= one.when.day_in(group.zone) < following
    ]
    if not twins or planned:
        return []
    asked = (
        t("A quarter begins, and you and your twins have agreed to no action in it yet.")
        if due.occurrence.offset == 0
        else t("Half of the quarter is over, and you and your twins have agreed to no action in it.")
    )
    lines: list[Text] = [
        asked,
        t("What will you do together? {usage}", usage=PROPOSE.usage),
        *late_line(due),
    ]
    return [Say(group.room_id, tuple(lines), group.language, what="reminder", source=due.id, notice=False)]


async def _mention(ctx: Context, due: Due) -> Mention | None:
    """A quarter that began long ago is not mentioned: its middle is."""
    return None


OCCASION = Occasion(due=_due, mention=_mention)
