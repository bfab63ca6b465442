"""`!twin pause`, `resume`, `end` and `renew`: one side suffices to stop, both agree to go on."""

from __future__ import annotations

from bot.domain import twinning as rules
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Day, t
from bot.domain.twinning import Fault, Move, State, Twinning
from bot.handlers.context import Command, Context, Given, Theme
from bot.handlers.joints import tell_shared
from bot.handlers.refusal import refuse
from bot.handlers.twin_states import named
from bot.handlers.twinning.names import GROUP, pick, tell
from bot.handlers.twinning.propose import UNTIL, day_lines
from bot.handlers.twins import Twin
from bot.storage import outbox, twinnings


async def _pause(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twin = await pick(ctx, group, given, Move.PAUSE)
    if not isinstance(twin, Twin):
        return twin
    paused = rules.pause(twin.twinning, group.id)
    await twinnings.save(ctx.tx, paused, ctx.now)
    ctx.settled += await outbox.cancel_twinning(ctx.tx, twin.twinning.id, ctx.now)
    alias = twin.alias_for(group)
    news = await tell_shared(ctx, paused) if paused.state is not twin.twinning.state else []
    return [
        *news,
        *ctx.reply(
            t("Paused: nothing crosses between you and {twin}.", twin=named(twin, group)),
            t("What was still waiting is not sent. Go on with: {command}", command=f"!twin resume {alias}"),
        ),
        tell(
            twin,
            t(
                "{name} ({alias}) has paused your twinning: nothing crosses until they resume it.",
                name=group.name,
                alias=twin.alias_of(group),
            ),
            t("What was still waiting is not sent, also not later by itself."),
            what="twin-paused",
        ),
    ]


async def _resume(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twin = await pick(ctx, group, given, Move.RESUME)
    if not isinstance(twin, Twin):
        return twin
    changed = rules.resume(twin.twinning, group.id)
    await twinnings.save(ctx.tx, changed, ctx.now)
    name, other = group.name, twin.alias_of(group)
    if changed.state is State.PAUSED:
        return [
            *ctx.reply(
                t(
                    "{twin} has paused the twinning, and that is for them to take back.",
                    twin=named(twin, group),
                ),
                t("I have told them that you would like to go on."),
            ),
            tell(
                twin,
                t("{name} ({alias}) would like to go on with your twinning.", name=name, alias=other),
                t("It is paused by you. Go on with: {command}", command=f"!twin resume {other}"),
                what="twin-wish",
            ),
        ]
    line = t("What was written in the pause is not sent by itself.")
    return [
        *await tell_shared(ctx, changed),
        *ctx.reply(t("You and {twin} are twins again.", twin=named(twin, group)), line),
        tell(
            twin,
            t("{name} ({alias}) has resumed: you are twins again.", name=name, alias=other),
            line,
            what="twin-resumed",
        ),
    ]


async def _end(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twin = await pick(ctx, group, given, Move.END)
    if not isinstance(twin, Twin):
        return twin
    ended = rules.end(twin.twinning)
    await twinnings.save(ctx.tx, ended, ctx.now)
    ctx.settled += await outbox.cancel_twinning(ctx.tx, twin.twinning.id, ctx.now)
    if twin.twinning.state is State.PROPOSED:
        return _called_off(ctx, twin, group)
    stays = t("What was still waiting is not sent. What has arrived stays.")
    return [
        *await tell_shared(ctx, ended),
        *ctx.reply(t("The twinning with {twin} has ended.", twin=named(twin, group)), stays),
        tell(
            twin,
            t("{name} ({alias}) has ended your twinning.", name=group.name, alias=twin.alias_of(group)),
            stays,
            what="twin-ended",
        ),
    ]


def _called_off(ctx: Context, twin: Twin, group: Group) -> list[Outgoing]:
    name, alias = group.name, twin.alias_of(group)
    off = t("{name} ({alias}) has called the proposed twinning off.", name=name, alias=alias)
    return [
        *ctx.reply(t("The proposed twinning with {twin} is off.", twin=named(twin, group))),
        tell(twin, off, what="twin-ended"),
    ]


async def _renew(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    today, typed = ctx.now.date(), given.get("until")
    asked = rules.end_date(typed, today) if typed else None
    if isinstance(asked, Fault):
        return await refuse(ctx, *day_lines(asked))
    twin = await pick(ctx, group, given, Move.RENEW)
    if not isinstance(twin, Twin):
        return twin
    until = asked or rules.renewal(twin.twinning, group.id, today)
    if until == twin.twinning.ends_on:
        return await refuse(ctx, t("It lasts until {day} already.", day=Day(until)))
    changed = rules.renew(twin.twinning, group.id, until)
    if changed == twin.twinning:
        return await refuse(
            ctx,
            t("You have asked for {day} already.", day=Day(until)),
            t("{twin} has not agreed yet.", twin=named(twin, group)),
        )
    await twinnings.save(ctx.tx, changed, ctx.now)
    return _renewed(ctx, Twin(changed, twin.group), agreed=changed.renew_by is None)


def _renewed(ctx: Context, twin: Twin, *, agreed: bool) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twinning: Twinning = twin.twinning
    other = twin.alias_of(group)
    if agreed:
        until = Day(twinning.ends_on)
        return [
            *ctx.reply(
                t("Agreed: the twinning with {twin} lasts until {day}.", twin=named(twin, group), day=until)
            ),
            tell(
                twin,
                t(
                    "{name} ({alias}) has agreed: your twinning lasts until {day}.",
                    name=group.name,
                    alias=other,
                    day=until,
                ),
                what="twin-renewed",
            ),
        ]
    until = Day(twinning.renew_until or twinning.ends_on)
    return [
        *ctx.reply(
            t("I have asked {twin} to renew the twinning until {day}.", twin=named(twin, group), day=until),
            t("It holds once they agree; so far it lasts until {day}.", day=Day(twinning.ends_on)),
        ),
        tell(
            twin,
            t(
                "{name} ({alias}) would like to renew your twinning until {day}.",
                name=group.name,
                alias=other,
                day=until,
            ),
            t(
                "Agree with {command}. Otherwise it ends after {day}.",
                command=f"!twin renew {other}",
                day=Day(twinning.ends_on),
            ),
            what="twin-renewal",
        ),
    ]


PAUSE = Command(
    words=("twin", "pause"),
    summary=t("pauses a twinning at once"),
    theme=Theme.TWIN,
    run=_pause,
    arguments=(GROUP,),
)
RESUME = Command(
    words=("twin", "resume"),
    summary=t("takes your side's pause back"),
    theme=Theme.TWIN,
    run=_resume,
    arguments=(GROUP,),
)
END = Command(
    words=("twin", "end"),
    summary=t("ends a twinning at once and for good"),
    theme=Theme.TWIN,
    run=_end,
    arguments=(GROUP,),
)
RENEW = Command(
    words=("twin", "renew"),
    summary=t("asks for a later end date, or agrees to the one they asked for"),
    theme=Theme.TWIN,
    run=_renew,
    arguments=(GROUP,),
    options=(UNTIL,),
)
