"""`!action propose`: a group asks its twins to do something together on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

from bot.domain import action as rules
from bot.domain import moments, season
from bot.domain.action import LONGEST_TITLE, MOST_OPEN, Action, Part, State
from bot.domain.group import Group
from bot.domain.lines import clean
from bot.domain.moments import Local
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import Every, on_day
from bot.domain.season import When
from bot.domain.text import Day, Text, t, tn
from bot.domain.twinning import State as Twinned
from bot.domain.twinning import years_after
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
from bot.handlers.refusal import refuse
from bot.handlers.twin_states import named
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.i18n import fold
from bot.storage import actions

EXAMPLE_DAY, EXAMPLE_HOUR = "2027-05-01", "10:00"
RHYTHMS = {Every.MONTH: t("month"), Every.QUARTER: t("quarter"), Every.YEAR: t("year")}


class No(Exception):
    """What was typed cannot be; the lines say why."""

    def __init__(self, *lines: Text) -> None:
        super().__init__(lines[0].source)
        self.lines = lines


def read_when(typed: str, hour: str | None, zone: str) -> When:
    """The day and hour that were typed, as a date in a zone. Raises No."""
    local = moments.read_iso(typed)
    if not isinstance(local, Local):
        raise No(*_no_day(typed, local))
    at: time | None = local.at
    if hour is not None:
        read = moments.read_hour(hour)
        if not isinstance(read, time):
            raise No(
                t("There is no hour “{hour}”; write it like {example}.", hour=hour[:SHOWN], example="10:00")
            )
        if at is not None and at != read:
            raise No(t("{option} stands there twice.", option="at="))
        at = read
    return When(local.day, at, zone)


def _no_day(typed: str, fault: moments.Fault) -> list[Text]:
    example = t("Write the day like {example}: year, month, day.", example=f"{EXAMPLE_DAY} {EXAMPLE_HOUR}")
    match fault:
        case moments.Fault.NO_SUCH_DAY:
            return [t("There is no day “{day}”.", day=typed[:SHOWN]), example]
        case moments.Fault.NO_SUCH_HOUR:
            return [t("There is no hour like that in “{day}”.", day=typed[:SHOWN]), example]
        case moments.Fault.NOT_ISO:
            return [t("I cannot read “{day}” as a day.", day=typed[:SHOWN]), example]


def check(ctx: Context, when: When) -> None:
    """Raises No if there can be no action then."""
    match season.problem(when, ctx.now):
        case season.Fault.PAST:
            raise No(t("That is past already. Nothing was changed."))
        case season.Fault.TOO_LATE:
            raise No(
                tn(
                    "An action can be at most {count} year ahead.",
                    "An action can be at most {count} years ahead.",
                    season.MOST_YEARS,
                )
            )
        case None:
            return


async def _propose(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    try:
        called = _title(given["TITLE"])
        when = _when(ctx, given, group)
        every = _rhythm(ctx, given.get("every"))
        twins = await _partners(ctx, group, given.get("with"))
    except No as no:
        return await refuse(ctx, *no.lines)
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
        rule=on_day(when.day, every).text if every is not None else "",
        rule_on=when.day if every is not None else None,
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


def _when(ctx: Context, given: Given, group: Group) -> When:
    typed = given.get("on")
    if typed is None:
        raise No(
            t("On which day? Add {option}", option=f"on={EXAMPLE_DAY} at={EXAMPLE_HOUR}"),
            t("Usage: {usage}", usage=PROPOSE.usage),
        )
    when = read_when(typed, given.get("at"), group.zone)
    check(ctx, when)
    return when


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
