"""`!action confirm`: a group stands by an action, where it wants to after an audit."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain import action as rules
from bot.domain.action import Action, Move, NotPossible
from bot.domain.audit import Audit
from bot.domain.audit import State as Verdict
from bot.domain.moments import end_of_day
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.action.names import (
    NUMBER,
    SHOWN,
    Seen,
    names,
    not_now,
    ready,
    status,
    title,
    when_in,
)
from bot.handlers.action.news import announce
from bot.handlers.action.reminders import corrected
from bot.handlers.context import Command, Context, Given, Option, Theme
from bot.handlers.refusal import refuse
from bot.storage import actions, audits

KEPT = timedelta(days=30)
"""So long after an action the record of its audit is kept."""


async def _confirm(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await ready(ctx, given, Move.CONFIRM)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
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
        *await announce(
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
        *await announce(ctx, held, group, lambda *_: line),
        *await corrected(ctx, held),
    ]


CONFIRM = Command(
    words=("action", "confirm"),
    summary=t("confirms an action: your group stands by it"),
    theme=Theme.ACTION,
    run=_confirm,
    arguments=(NUMBER,),
    options=(Option("audit", "N"),),
)
