"""`!action propose`: a group asks its twins to do something together on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bot.domain import action as rules
from bot.domain.action import LONGEST_TITLE, MOST_OPEN, Action, Part, State
from bot.domain.group import Group
from bot.domain.lines import clean
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import Every, again
from bot.domain.season import When
from bot.domain.text import Day, Text, t
from bot.domain.twinning import State as Twinned
from bot.domain.twinning import years_after
from bot.handlers.action.dating import (
    EXAMPLE_DAY,
    EXAMPLE_HOUR,
    Dated,
    asked_when,
    check,
    read_back,
    read_when,
)
from bot.handlers.action.names import (
    SHOWN,
    on_clocks,
    person_of,
    tell,
    title,
    when_in,
)
from bot.handlers.action.reminders import plan_for
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme
from bot.handlers.refusal import No, refuse
from bot.handlers.twin_states import named
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.i18n import fold
from bot.storage import actions

RHYTHMS = {Every.MONTH: t("month"), Every.QUARTER: t("quarter"), Every.YEAR: t("year")}


async def _propose(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    try:
        called = _title(given["TITLE"])
        dated = _dated(ctx, given, group)
        every = _rhythm(ctx, given.get("every"))
        twins = await _partners(ctx, group, given.get("with"))
    except No as no:
        return await refuse(ctx, *no.lines)
    rule = again(dated.rule, every).text if every is not None else ""
    if dated.certain:
        return await _begin(ctx, group, twins, called, dated.when, rule)
    asked = {"title": called, "rule": rule, "with": given.get("with")}
    return await read_back(ctx, dated.when, [group, *(twin.group for twin in twins)], asked, group)


async def proposed(ctx: Context, asked: Mapping[str, str | None]) -> list[Outgoing]:
    """The date that was read back is the one that was meant."""
    group = ctx.group
    if group is None:
        return []
    try:
        when = asked_when(asked)
        check(ctx, when)
        twins = await _partners(ctx, group, asked["with"])
    except No as no:
        return ctx.reply(*no.lines)
    return await _begin(ctx, group, twins, asked["title"] or "", when, asked["rule"] or "")


async def _begin(
    ctx: Context, group: Group, twins: list[Twin], called: str, when: When, rule: str
) -> list[Outgoing]:
    action = Action(
        id=0,
        number=await actions.next_number(ctx.tx, [group.id, *(twin.group.id for twin in twins)]),
        proposer=group.id,
        title=called,
        language=group.language,
        when=when,
        state=State.PROPOSED,
        parts=(Part(group.id, agreed=True), *(Part(twin.group.id) for twin in twins)),
        changed_at=ctx.now,
        changed_by=person_of(ctx),
        rule=rule,
        rule_on=when.day if rule else None,
    )
    action = await actions.add(ctx.tx, action, ctx.source)
    for one in (group, *(twin.group for twin in twins)):
        await plan_for(ctx, action, one)
    return [*_asked(ctx, action, group, twins), *[await _told(ctx, action, group, twin) for twin in twins]]


def _title(typed: str) -> str:
    called = clean(typed, LONGEST_TITLE)
    if called is None:
        raise No(
            t(
                "An action's title is one line with at most {most} characters.",
                most=LONGEST_TITLE,
            )
        )
    return called


def _dated(ctx: Context, given: Given, group: Group) -> Dated:
    typed = given.get("on")
    if typed is None:
        raise No(
            t("On which day? Add {option}", option=f"on={EXAMPLE_DAY} at={EXAMPLE_HOUR}"),
            t("Usage: {usage}", usage=PROPOSE.usage),
        )
    dated = read_when(ctx, typed, given.get("at"), group.zone)
    check(ctx, dated.when)
    return dated


def _rhythm(ctx: Context, typed: str | None) -> Every | None:
    if typed is None:
        return None
    choices = {one: ctx.house.catalogs.say(word, ctx.language) for one, word in RHYTHMS.items()}
    found = next((one for one, word in choices.items() if fold(typed) in (one.value, fold(word))), None)
    if found is None:
        raise No(
            t("After {option} I understand: {choices}", option="every=", choices=", ".join(choices.values()))
        )
    return found


async def _partners(ctx: Context, group: Group, typed: str | None) -> list[Twin]:
    """The twins that are asked: those named, else all active ones. Raises No."""
    active = [twin for twin in await twins_of(ctx.tx, group) if twin.twinning.state is Twinned.ACTIVE]
    if typed is not None:
        found = [await named_by(ctx.tx, group, name) for name in typed.split(",")]
        active = [twin for twin in active if twin in found]
        unknown = next(
            (name for name, one in zip(typed.split(","), found, strict=True) if one not in active), None
        )
        if unknown is not None:
            raise No(
                t("Your group has no active twinning with “{twin}”.", twin=unknown.strip()[:SHOWN]),
                t("{command} shows your twinnings.", command="!twin"),
            )
    if not active:
        raise No(
            t("Nothing was proposed: your group has no active twinning now."),
            t("{command} shows your twinnings.", command="!twin"),
        )
    for one in (group, *(twin.group for twin in active)):
        if len(await actions.open_of(ctx.tx, one.id)) >= MOST_OPEN:
            raise No(t("There are {most} open actions already; finish or cancel some first.", most=MOST_OPEN))
    return active


def _asked(ctx: Context, action: Action, group: Group, twins: list[Twin]) -> list[Outgoing]:
    number, zones = action.number, (group, *(twin.group for twin in twins))
    return ctx.reply(
        t(
            "Action {number}: {title}, {when}.",
            number=str(number),
            title=title(action),
            when=when_in(action.when, group),
        ),
        *on_clocks(action.when, zones),
        *rhythm_lines(action),
        t("I have asked {twins}; it is agreed once all agree to the date.", twins=aliases(twins, group)),
        *_after_end(action, group, twins),
    )


def rhythm_lines(action: Action) -> list[Text]:
    """What comes after the first date of a series."""
    if not action.rule:
        return []
    following = rules.dates_to_come(action, years_after(action.when.day, 2))[:1]
    return [
        t("It comes again, next on {day}; every date is confirmed on its own.", day=Day(day))
        for day in following
    ]


def _after_end(action: Action, group: Group, twins: list[Twin]) -> list[Text]:
    """Which twinnings will have ended by then."""
    return [
        t(
            "That is after the end of your twinning with {twin}, {day}: {command}",
            twin=named(twin, group),
            day=Day(twin.twinning.ends_on),
            command=f"!twin renew {twin.alias_for(group)}",
        )
        for twin in twins
        if action.when.day > twin.twinning.ends_on
    ]


async def _told(ctx: Context, action: Action, group: Group, twin: Twin) -> Outgoing:
    reader, number = twin.group, action.number
    known = replace(twin, group=group)
    return await tell(
        ctx,
        reader,
        action,
        t(
            "{group} proposes to do something together, action {number}: {title}, {when}.",
            group=named(known, reader),
            number=str(number),
            title=title(action, group.name),
            when=when_in(action.when, reader),
        ),
        *rhythm_lines(action),
        *_after_end(action, reader, [known]),
        t(
            "A steward agrees with {agree}, asks for another day with {move}, or leaves it with {decline}.",
            agree=f"!action agree {number}",
            move=f"!action move {number} {EXAMPLE_DAY}",
            decline=f"!action decline {number}",
        ),
        what="action-proposed",
    )


PROPOSE = Command(
    words=("action", "propose"),
    summary=t("proposes to your twins to do something together on a day"),
    theme=Theme.ACTION,
    run=_propose,
    arguments=(Argument("TITLE", Shape.QUOTED),),
    options=(
        Option("on", EXAMPLE_DAY),
        Option("at", EXAMPLE_HOUR),
        Option("every", "quarter"),
        Option("with", "GROUP"),
    ),
)
