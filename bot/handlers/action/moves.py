"""`!action agree`, `decline`, `move`, `confirm`, `done` and `cancel`: every room of it is told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import action as rules
from bot.domain.action import Action, Move, NotPossible
from bot.domain.group import Group
from bot.domain.moments import today
from bot.domain.outgoing import Outgoing
from bot.domain.season import When
from bot.domain.text import Day, Text, t
from bot.domain.twinning import years_after
from bot.handlers.action.dating import EXAMPLE_DAY, asked_when, check, read_back, read_when
from bot.handlers.action.names import (
    NUMBER,
    Seen,
    find,
    members,
    names,
    not_now,
    on_clocks,
    person_of,
    ready,
    status,
    title,
    when_in,
)
from bot.handlers.action.news import announce
from bot.handlers.action.reminders import corrected, plan_for
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme
from bot.handlers.refusal import No, refuse
from bot.storage import actions


async def _agree(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await ready(ctx, given, Move.AGREE)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if group.id not in action.waits_for(Move.AGREE):
        waits = await names(ctx.tx, group, action.waits_for(Move.AGREE))
        return await refuse(ctx, t("You have agreed already; {groups} have not yet.", groups=waits))
    agreed = rules.agree(action, group.id)
    await actions.save(ctx.tx, agreed)
    return [
        *ctx.reply(
            t("You agree to {title}, {when}.", title=title(action), when=when_in(action.when, group)),
            await status(ctx.tx, agreed, group),
        ),
        *await announce(
            ctx,
            agreed,
            group,
            lambda name, reader: t(
                "{group} agrees to {title}, {when}.",
                group=name,
                title=title(action),
                when=when_in(action.when, reader),
            ),
        ),
    ]


async def _decline(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if action.proposer == group.id:
        return await refuse(
            ctx,
            t("You proposed it yourselves: {command} cancels it.", command=f"!action cancel {action.number}"),
        )
    if not action.allows(Move.DECLINE):
        return await not_now(ctx, seen, Move.DECLINE)
    left = rules.decline(action, group.id)
    await actions.save(ctx.tx, left)
    off = t("{title} is off: your group takes no part any more.", title=title(action))
    return [
        *ctx.reply(off, t("I have told the others, and remind you of it no more.")),
        *await announce(
            ctx,
            left,
            group,
            lambda name, _: t("{group} takes no part in {title}.", group=name, title=title(action)),
        ),
        *await corrected(ctx, left, off=True),
    ]


async def _move(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await ready(ctx, given, Move.MOVE)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    try:
        dated = read_when(ctx, given["DATE"], None, group.zone)
        when = dated.when if dated.when.at is not None else replace(action.when, day=dated.when.day)
        check(ctx, when)
    except No as no:
        return await refuse(ctx, *no.lines)
    if not dated.certain:
        return await read_back(
            ctx, when, await members(ctx.tx, action), {"number": str(action.number)}, group
        )
    return await _moved(ctx, seen, when)


async def moved(ctx: Context, asked: Mapping[str, str | None]) -> list[Outgoing]:
    """The date that was read back is the one that was meant."""
    seen = await ready(ctx, Given({"N": asked["number"] or ""}), Move.MOVE)
    if not isinstance(seen, Seen):
        return seen
    try:
        when = asked_when(asked)
        check(ctx, when)
    except No as no:
        return ctx.reply(*no.lines)
    return await _moved(ctx, seen, when)


async def _moved(ctx: Context, seen: Seen, when: When) -> list[Outgoing]:
    action, group = seen.action, seen.group
    if when == action.when:
        return await refuse(ctx, t("It is planned for {when} already.", when=when_in(when, group)))
    moved = rules.move(action, when, group.id, ctx.now, person_of(ctx))
    await actions.save(ctx.tx, moved)
    all_groups = await members(ctx.tx, moved)
    for one in all_groups:
        await plan_for(ctx, moved, one)
    clocks = on_clocks(when, all_groups)
    return [
        *ctx.reply(
            t("You ask all to move {title} to {when}.", title=title(action), when=when_in(when, group)),
            *clocks,
            await status(ctx.tx, moved, group),
        ),
        *await announce(
            ctx,
            moved,
            group,
            lambda name, reader: t(
                "{group} asks to move {title} from {before} to {when}.",
                group=name,
                title=title(action),
                before=when_in(action.when, reader),
                when=when_in(when, reader),
            ),
            *clocks,
        ),
        *await corrected(ctx, moved),
    ]


async def _done(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if not action.allows(Move.DONE):
        return await not_now(ctx, seen, Move.DONE)
    try:
        over = rules.done(action, group.id, ctx.now, group.zone)
    except NotPossible:
        return await refuse(
            ctx,
            t("Its day has still to come: {when}.", when=when_in(action.when, group)),
        )
    await actions.save(ctx.tx, over)
    return [
        *ctx.reply(t("{title} has taken place.", title=title(action)), await status(ctx.tx, over, group)),
        *await announce(
            ctx,
            over,
            group,
            lambda name, _: t("{group} says: {title} has taken place.", group=name, title=title(action)),
        ),
    ]


async def _cancel(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if action.proposer != group.id:
        return await refuse(
            ctx,
            t("It can be cancelled for all by those who proposed it."),
            t("Your own group leaves it with {command}.", command=f"!action decline {action.number}"),
        )
    if not action.allows(Move.CANCEL):
        return await not_now(ctx, seen, Move.CANCEL)
    whole = ctx.house.catalogs.answer(given.get("series") or "no", ctx.language)
    if whole is None:
        return await refuse(
            ctx, t("After {option} I understand: {choices}", option="series=", choices="yes, no")
        )
    off = rules.cancel(action, group.id)
    if whole == "yes":
        off = replace(off, rule="")
    await actions.save(ctx.tx, off)
    more = _comes_again(ctx, off, group)
    return [
        *ctx.reply(t("{title} is cancelled. I have told the others.", title=title(action)), *more),
        *await announce(
            ctx,
            off,
            group,
            lambda name, reader: t(
                "{group} has cancelled {title}, {when}.",
                group=name,
                title=title(action),
                when=when_in(action.when, reader),
            ),
            *more,
        ),
        *await corrected(ctx, off, off=True),
    ]


def _comes_again(ctx: Context, action: Action, group: Group) -> list[Text]:
    """That a series goes on, with its next date."""
    following = rules.next_in_series(action, years_after(action.when.day, 2), today(ctx.now, group.zone))
    if following is None:
        return []
    return [
        t(
            "It comes again on {day}; the whole series ends with {command}.",
            day=Day(following.day),
            command=f"!action cancel {action.number} series=yes",
        )
    ]


AGREE = Command(
    words=("action", "agree"),
    summary=t("agrees to an action's day"),
    theme=Theme.ACTION,
    run=_agree,
    arguments=(NUMBER,),
)
DECLINE = Command(
    words=("action", "decline"),
    summary=t("your group takes no part in an action"),
    theme=Theme.ACTION,
    run=_decline,
    arguments=(NUMBER,),
)
MOVE = Command(
    words=("action", "move"),
    summary=t("asks all to move an action, to a day like {example}", example=EXAMPLE_DAY),
    theme=Theme.ACTION,
    run=_move,
    arguments=(NUMBER, Argument("DATE", Shape.REST)),
)
DONE = Command(
    words=("action", "done"),
    summary=t("says that an action has taken place"),
    theme=Theme.ACTION,
    run=_done,
    arguments=(NUMBER,),
)
CANCEL = Command(
    words=("action", "cancel"),
    summary=t("cancels an action that your group proposed, for all"),
    theme=Theme.ACTION,
    run=_cancel,
    arguments=(NUMBER,),
    options=(Option("series", "yes"),),
)
