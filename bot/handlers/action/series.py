"""The clock: the next date of a series, and groups that are twins no more."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import action as rules
from bot.domain.action import Action, State
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.domain.twinning import OPEN
from bot.domain.twinning import State as Twinned
from bot.handlers.action.names import members, status, tell, title, when_in
from bot.handlers.action.reminders import corrected, plan_for
from bot.handlers.context import Context
from bot.storage import actions, twinnings

_EVERYWHERE = timedelta(hours=36)  # after which a day in UTC is over in every place


async def tend(ctx: Context) -> list[Outgoing]:
    """What has become of series and of those who take part."""
    found: list[Outgoing] = []
    for action, group in await actions.parted(ctx.tx):
        now = await actions.load(ctx.tx, action.id)
        if now is not None and now.open:
            found += await _without(ctx, now, group)
    for action in await actions.to_follow(ctx.tx, (ctx.now - _EVERYWHERE).date() + timedelta(days=1)):
        found += await _follow(ctx, action)
    return found


async def _without(ctx: Context, action: Action, group: int) -> list[Outgoing]:
    """A group is no twin of the proposer's any more, or only one is left."""
    if group:
        left = rules.without(action, group)
    elif len(action.present) < 2:
        left = rules.off(action)
    else:
        return []
    await actions.save(ctx.tx, left)
    said: list[Outgoing] = []
    for one in await members(ctx.tx, action):
        gone = left.part(one.id) is None or left.state is State.CANCELLED
        line = (
            t(
                "{title}, {when}, is off: the twinning has ended.",
                title=title(action),
                when=when_in(action.when, one),
            )
            if gone
            else await status(ctx.tx, left, one)
        )
        said.append(
            await tell(ctx, one, action, line, what="action-parted", source=f"parted:{action.id}:{group}")
        )
    return [*said, *await corrected(ctx, left, off=True)]


async def _follow(ctx: Context, action: Action) -> list[Outgoing]:
    """The next date of a series becomes an action of its own; or the series has ended."""
    await actions.set_followed(ctx.tx, action.id)
    ends = [
        one.ends_on
        for one in await twinnings.open_of(ctx.tx, action.proposer)
        if one.state in OPEN
        and one.state is not Twinned.PROPOSED
        and action.part(one.other(action.proposer)) is not None
    ]
    groups = await members(ctx.tx, action)
    if not ends or len(groups) < 2:
        return []
    when = rules.next_in_series(action, max(ends), today(ctx.now, action.when.zone))
    source = f"series:{action.id}"
    if when is None:
        if not action.rhythm:
            return []
        line = t("The series {title} ends with the twinning.", title=title(action))
        return [await tell(ctx, one, action, line, what="series", source=source) for one in groups]
    number = await actions.next_number(ctx.tx, [group.id for group in groups])
    new = await actions.add(ctx.tx, rules.following(action, when, number, ctx.now), source)
    said: list[Outgoing] = []
    for one in groups:
        await plan_for(ctx, new, one)
        lines = (
            t("The next date of {title}: {when}.", title=title(new), when=when_in(when, one)),
            await status(ctx.tx, new, one),
        )
        said.append(await tell(ctx, one, new, *lines, what="series", source=source))
    return said
