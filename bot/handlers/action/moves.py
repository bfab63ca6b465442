"""`!action agree`, `decline`, `move`, `confirm`, `done` and `cancel`: every room of it is told at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import action as rules
from bot.domain.action import Action, Move, NotPossible
from bot.domain.audit import Audit
from bot.domain.audit import State as Verdict
from bot.domain.group import Group
from bot.domain.moments import end_of_day, today
from bot.domain.outgoing import Outgoing
from bot.domain.season import When
from bot.domain.text import Day, Text, t
from bot.domain.twinning import years_after
from bot.handlers.action.names import (
    NUMBER,
    SHOWN,
    Seen,
    find,
    known_as,
    members,
    names,
    not_now,
    not_seen,
    on_clocks,
    person_of,
    status,
    tell,
    title,
    when_in,
)
from bot.handlers.action.propose import EXAMPLE_DAY, No, check, read_when
from bot.handlers.action.reminders import corrected, plan_for
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme
from bot.handlers.refusal import refuse
from bot.storage import actions, audits

KEPT = timedelta(days=30)
"""So long after an action the record of its audit is kept."""


async def _announce(
    ctx: Context, action: Action, by: Group, news: Callable[[Text, Group], Text], *more: Text
) -> list[Outgoing]:
    """What one group did, to the rooms of all others that take part."""
    found: list[Outgoing] = []
    for reader in await members(ctx.tx, action):
        if reader.id != by.id:
            [name] = await known_as(ctx.tx, reader, [by.id])
            lines = (news(name, reader), *more, await status(ctx.tx, action, reader))
            found.append(await tell(ctx, reader, action, *lines, what=f"action-news-{action.id}"))
    return found


async def _agree(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    answer = await not_seen(ctx, seen)
    if answer is not None:
        return answer
    if not action.allows(Move.AGREE):
        return await not_now(ctx, seen, Move.AGREE)
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
        *await _announce(
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
        *await _announce(
            ctx,
            left,
            group,
            lambda name, _: t("{group} takes no part in {title}.", group=name, title=title(action)),
        ),
        *await corrected(ctx, left, off=True),
    ]


async def _move(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    answer = await not_seen(ctx, seen)
    if answer is not None:
        return answer
    if not action.allows(Move.MOVE):
        return await not_now(ctx, seen, Move.MOVE)
    try:
        when = _other_day(action, given["DATE"], group)
        check(ctx, when)
    except No as no:
        return await refuse(ctx, *no.lines)
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
        *await _announce(
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


def _other_day(action: Action, typed: str, group: Group) -> When:
    """The day that was typed: with an hour, by the group's clocks; else at the same hour as before."""
    when = read_when(typed, None, group.zone)
    return when if when.at is not None else replace(action.when, day=when.day)


async def _confirm(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    answer = await not_seen(ctx, seen)
    if answer is not None:
        return answer
    if not action.allows(Move.CONFIRM):
        return await not_now(ctx, seen, Move.CONFIRM)
    if group.id not in action.waits_for(Move.CONFIRM):
        waits = await names(ctx.tx, group, action.waits_for(Move.CONFIRM))
        return await refuse(ctx, t("You have confirmed already; {groups} have not yet.", groups=waits))
    judged = await _judged(ctx, seen, given.get("audit"))
    if not isinstance(judged, Audit | None):
        return judged
    try:
        confirmed = rules.confirm(action, group.id, judged.id if judged is not None else None)
    except NotPossible:
        return await refuse(
            ctx,
            t("An audit has held it: {command}", command=f"!action confirm {action.number} audit=N"),
        )
    await actions.save(ctx.tx, confirmed)
    if judged is not None:
        await audits.keep_until(ctx.tx, judged.id, _ends(action) + KEPT)
    return [
        *ctx.reply(
            t("You confirm {title}, {when}.", title=title(action), when=when_in(action.when, group)),
            await status(ctx.tx, confirmed, group),
        ),
        *await _announce(
            ctx,
            confirmed,
            group,
            lambda name, reader: t(
                "{group} confirms {title}, {when}.",
                group=name,
                title=title(action),
                when=when_in(action.when, reader),
            ),
        ),
        *await corrected(ctx, confirmed),
    ]


def _ends(action: Action) -> datetime:
    return action.when.begins or end_of_day(action.when.day, action.when.zone)


async def _judged(ctx: Context, seen: Seen, typed: str | None) -> Audit | list[Outgoing] | None:
    """The audit that was named, if it ended in consent; None if none was named. Another verdict holds it."""
    if typed is None:
        return None
    action, group = seen.action, seen.group
    number = int(typed) if typed.isdecimal() and len(typed) <= 9 else 0
    audit = await audits.verdict_of(ctx.tx, group.id, number)
    if audit is None:
        return await refuse(ctx, t("There is no verdict of an audit {number} here.", number=typed[:SHOWN]))
    here = {one.group for one in await audits.members(ctx.tx, audit.id) if one.place == "in"}
    absent = [part.group for part in action.present if part.group not in here]
    if absent:
        who = await names(ctx.tx, group, absent)
        return await refuse(
            ctx, t("In audit {number} these took no part: {groups}.", number=typed, groups=who)
        )
    if audit.state is Verdict.AGREED:
        return audit
    if not action.allows(Move.HOLD):
        return await not_now(ctx, seen, Move.CONFIRM)
    held = rules.hold(action, audit.id)
    await actions.save(ctx.tx, held)
    line = t("Audit {number} has not ended in consent: it is held.", number=typed)
    return [
        *ctx.reply(line, await status(ctx.tx, held, group)),
        *await _announce(ctx, held, group, lambda *_: line),
        *await corrected(ctx, held),
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
        *await _announce(
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
        *await _announce(
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
CONFIRM = Command(
    words=("action", "confirm"),
    summary=t("confirms an action: your group stands by it"),
    theme=Theme.ACTION,
    run=_confirm,
    arguments=(NUMBER,),
    options=(Option("audit", "N"),),
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
