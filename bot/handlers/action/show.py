"""`!action` and `!actions`: the list of a group's actions, or one of them in full."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.action import State
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.text import Listing, Text, t
from bot.handlers.action.debrief import said_of
from bot.handlers.action.menu import picks
from bot.handlers.action.names import Seen, agreed_between, find, line, members, names, on_clocks
from bot.handlers.action.propose import PROPOSE, rhythm_lines
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.paging import page_of, paged
from bot.storage import actions


async def _show(ctx: Context, given: Given) -> list[Outgoing]:
    if given.get("N") is None:
        return await _list(ctx, given)
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    others = await names(ctx.tx, group, [part.group for part in action.present])
    lines = [
        await line(ctx.tx, action, group),
        t("Who takes part: {groups}.", groups=others),
        *on_clocks(action.when, await members(ctx.tx, action)),
        *rhythm_lines(action),
    ]
    part = action.part(group.id)
    if part is not None and action.open:
        days = Listing(tuple(str(one) for one in part.before))
        lines.append(t("Reminders, in days before it: {days}.", days=days))
    lines += await picks(ctx.tx, action, group)
    lines += await said_of(ctx.tx, action, group)
    return [
        replace(answer, agreed=await agreed_between(ctx.tx, group, action.proposer))
        for answer in [ctx.answer(*paged(ctx, lines, page_of(given.get("PAGE")), f"!action {action.number}"))]
    ]


async def _list(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    known = [one for one in await actions.of_group(ctx.tx, group.id) if one.state is not State.CANCELLED]
    here = today(ctx.now, group.zone)
    to_come = [one for one in known if one.when.day_in(group.zone) >= here]
    past = [one for one in known if one.when.day_in(group.zone) < here]
    lines: list[Text] = [await line(ctx.tx, one, group) for one in (*to_come, *reversed(past))]
    if not lines:
        return ctx.reply(
            t("No action is planned."), t("Propose one to your twins: {usage}", usage=PROPOSE.usage)
        )
    return ctx.reply(*paged(ctx, lines, page_of(given.get("PAGE")), "!actions"))


SHOW = Command(
    words=("action",),
    summary=t("an action in full: who takes part, when, and how things stand"),
    theme=Theme.ACTION,
    run=_show,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(Argument("N", Shape.NUMBER, optional=True), Argument("PAGE", Shape.NUMBER, optional=True)),
)
LIST = Command(
    words=("actions",),
    summary=t("your group's actions, those to come first"),
    theme=Theme.ACTION,
    run=_list,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
)
