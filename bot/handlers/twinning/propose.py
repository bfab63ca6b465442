"""`!twin propose`, `accept` and `decline`: nothing crosses before the other side has said yes."""

from __future__ import annotations

import math
import secrets
from datetime import date, timedelta

from mnemonic import Mnemonic

from bot.domain import codes
from bot.domain import twinning as rules
from bot.domain.group import Group, alias
from bot.domain.outgoing import Outgoing
from bot.domain.text import Day, Text, t, tn
from bot.domain.twinning import Fault, Move, State
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme
from bot.handlers.refusal import refuse
from bot.handlers.threads import shared_before
from bot.handlers.twin_states import named
from bot.handlers.twinning.names import GROUP, pick, tell
from bot.handlers.twins import Twin, twins_of
from bot.storage import groups, twinnings
from bot.storage.groups import Code

CHECK_WORDS = 4
_WORDS: tuple[str, ...] = tuple(Mnemonic("english").wordlist)  # read here, since reading a file blocks

UNTIL = Option("until", "2027-11-20")


def day_lines(fault: Fault) -> tuple[Text, ...]:
    """Why a day cannot be the end date."""
    match fault:
        case Fault.NOT_A_DAY:
            return (t("Please write the day like {example}: year, month, day.", example=UNTIL.example),)
        case Fault.TOO_SOON:
            return (t("That day has come already. The end date is tomorrow or later."),)
        case Fault.TOO_LATE:
            return (
                tn(
                    "A twinning lasts at most {count} year; then it can be renewed.",
                    "A twinning lasts at most {count} years; then it can be renewed.",
                    rules.MOST_YEARS,
                ),
            )


async def _propose(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    today, typed = ctx.now.date(), given.get("until")
    until = rules.end_date(typed, today) if typed else rules.years_after(today, rules.USUAL_YEARS)
    if isinstance(until, Fault):
        return await refuse(ctx, *day_lines(until))
    found = await _code(ctx, given["CODE"])
    if not isinstance(found, Code):
        return await refuse(ctx, *found)
    target = await groups.load(ctx.tx, found.group)
    mine = await twins_of(ctx.tx, group)
    problem = _problem(group, target, mine)
    if problem or target is None:
        return await refuse(ctx, *problem)
    await groups.use_code(ctx.tx, found.hash)
    theirs = await twins_of(ctx.tx, target)
    twinning = await twinnings.propose(
        ctx.tx,
        a=group.id,
        b=target.id,
        alias_a=alias(group.handle, {target.handle, *(twin.alias_for(target) for twin in theirs)}),
        alias_b=alias(target.handle, {group.handle, *(twin.alias_for(group) for twin in mine)}),
        check_words=" ".join(secrets.choice(_WORDS) for _ in range(CHECK_WORDS)),
        ends_on=until,
        now=ctx.now,
    )
    return _announce(ctx, group, Twin(twinning, target))


async def _code(ctx: Context, typed: str) -> Code | list[Text]:
    """The code that was typed, if it can be used; wrong ones are counted and slowed down."""
    room_id = ctx.room.room_id
    wrong = await groups.wrong_codes(ctx.tx, room_id, ctx.now - codes.TRIES_COUNT_FOR)
    pause = codes.wait(wrong, ctx.now)
    if pause:
        return [
            t("There were several wrong codes in this room, so I looked at none now."),
            tn(
                "Please try again in {count} minute.",
                "Please try again in {count} minutes.",
                math.ceil(pause / timedelta(minutes=1)),
            ),
        ]
    found = await groups.code(ctx.tx, codes.hashed(ctx.house.key, typed))
    if found is None:
        await groups.add_wrong_code(ctx.tx, room_id, ctx.now)
        return [
            t("I do not know this code. Is there a slip in it, or has the group made a fresh one since?"),
        ]
    if found.used:
        return [t("This code has been used already. Please ask the group for a fresh one.")]
    if found.expires_at <= ctx.now:
        return [t("This code has expired: codes work for 7 days. Please ask the group for a fresh one.")]
    return found


def _problem(group: Group, target: Group | None, mine: list[Twin]) -> list[Text]:
    if target is None or target.id == group.id:
        return [t("This is your own group's code. Give it to the other group: they type it in their room.")]
    for twin in mine:
        if twin.group.id != target.id:
            continue
        if twin.twinning.state is not State.PROPOSED:
            return [t("{twin} is your twin already.", twin=named(twin, group))]
        if twin.twinning.a == group.id:
            return [
                t("You have proposed to {twin} already; they have not answered yet.", twin=named(twin, group))
            ]
        return [
            t("{twin} has proposed to you already.", twin=named(twin, group)),
            t("Accept with: {command}", command=f"!twin accept {twin.alias_for(group)}"),
        ]
    return []


def _announce(ctx: Context, group: Group, twin: Twin) -> list[Outgoing]:
    """What both rooms see: who, until when, who hosts, and the check words."""
    until, target = Day(twin.twinning.ends_on), twin.group
    shared = (
        t(
            "Check words: {words}. Ask them in a call whether theirs are the same; if not, stop here.",
            words=twin.twinning.check_words,
        ),
        t(
            "What you send each other passes through me; I can read it, and so can my host, {host}.",
            host=ctx.house.host_name,
        ),
    )
    other = twin.alias_of(group)
    return [
        *ctx.reply(
            t("You propose to {twin} to be your twin, until {day}.", twin=named(twin, group), day=until),
            *_renamed(target.handle, twin.alias_for(group)),
            *shared,
            t("Nothing crosses before they accept."),
        ),
        tell(
            twin,
            t(
                "{name} ({alias}) would like to be your twin, until {day}.",
                name=group.name,
                alias=other,
                day=until,
            ),
            *_renamed(group.handle, other),
            *shared,
            t(
                "Nothing crosses before you accept. A steward types {accept} or {decline}.",
                accept=f"!twin accept {other}",
                decline=f"!twin decline {other}",
            ),
            what="twin-proposed",
        ),
    ]


def _renamed(handle: str, shown: str) -> list[Text]:
    if handle == shown:
        return []
    return [t("You know a group {handle} already, so this one is {alias} here.", handle=handle, alias=shown)]


async def _accept(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twin = await pick(ctx, group, given, Move.ACCEPT)
    if not isinstance(twin, Twin):
        return twin
    accepted = rules.accept(twin.twinning, group.id)
    await twinnings.save(ctx.tx, accepted, ctx.now)
    lines = (*_begun(twin.twinning.ends_on), *await shared_before(ctx, group, twin.group))
    return [
        *ctx.reply(t("{twin} is your twin now.", twin=named(twin, group)), *lines),
        tell(
            twin,
            t(
                "{name} ({alias}) has accepted: you are twins now.",
                name=group.name,
                alias=twin.alias_of(group),
            ),
            *lines,
            what="twin-accepted",
        ),
    ]


def _begun(until: date) -> tuple[Text, ...]:
    return (
        t("The twinning lasts until {day}.", day=Day(until)),
        t("Send them news with: {command}", command="!dispatch TEXT"),
        t("Each side can stop it at once with {pause} or {end}.", pause="!twin pause", end="!twin end"),
    )


async def _decline(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    twin = await pick(ctx, group, given, Move.DECLINE)
    if not isinstance(twin, Twin):
        return twin
    await twinnings.save(ctx.tx, rules.decline(twin.twinning, group.id), ctx.now)
    return [
        *ctx.reply(t("Declined. I have told {twin}; nothing crosses.", twin=named(twin, group))),
        tell(
            twin,
            t(
                "{name} ({alias}) has declined your proposal. Nothing crosses.",
                name=group.name,
                alias=twin.alias_of(group),
            ),
            what="twin-declined",
        ),
    ]


PROPOSE = Command(
    words=("twin", "propose"),
    summary=t("proposes a twinning to the group that gave you its code"),
    theme=Theme.TWIN,
    run=_propose,
    arguments=(Argument("CODE", Shape.REST),),
    options=(UNTIL,),
)
ACCEPT = Command(
    words=("twin", "accept"),
    summary=t("accepts a proposed twinning"),
    theme=Theme.TWIN,
    run=_accept,
    arguments=(GROUP,),
)
DECLINE = Command(
    words=("twin", "decline"),
    summary=t("declines a proposed twinning"),
    theme=Theme.TWIN,
    run=_decline,
    arguments=(GROUP,),
)
