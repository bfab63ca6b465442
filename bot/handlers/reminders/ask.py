"""`!remind`: what is to be said again, and when; what was not typed as an ISO date is repeated first."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.domain.group import find_zone
from bot.domain.moments import Fault, moment, read_hour, today
from bot.domain.outgoing import Outgoing
from bot.domain.recurring import Rule, once
from bot.domain.reminder import LONGEST, MOST
from bot.domain.schedule import USUAL_HOUR, Customs, Schedule, upcoming
from bot.domain.text import Day, Listing, Moment, Text, Words, t
from bot.handlers.command import plain
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme, Who
from bot.handlers.context import Place as Where
from bot.handlers.date_talk import elsewhere, no_date, place_of
from bot.handlers.dates import Read, Trouble, read, read_every
from bot.handlers.refusal import No, refuse
from bot.handlers.reminders.remind import KIND
from bot.handlers.timetable import customs_of, plan
from bot.storage import groups, questions, reminders

TOPIC = "remind"
WITHIN = timedelta(hours=24)
UTC_NAME = "UTC"
EXAMPLE_DAY, EXAMPLE_ZONE = "2027-05-01", "America/Mexico_City"
_SHOWN = 40
_DATES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said again. `zone` is a person's own, or "" for the group's."""

    text: str
    rule: Rule
    at: time | None
    zone: str
    certain: bool

    def dump(self) -> str:
        """As it waits for a "yes"."""
        rule, at = self.rule, self.at.isoformat() if self.at is not None else None
        return json.dumps([self.text, rule.first.isoformat(), rule.text, at, self.zone])

    @classmethod
    def of(cls, payload: str) -> Plan:
        text, first, rule, at, zone = json.loads(payload)
        hour = time.fromisoformat(at) if at is not None else None
        return cls(text, Rule(date.fromisoformat(first), rule), hour, zone, certain=False)


async def zone_of(ctx: Context) -> str:
    """Where the reader of this room's reminders is: the group, or the person's group."""
    if ctx.group is not None:
        return ctx.group.zone
    homes = await groups.of_member(ctx.tx, ctx.sender)
    return homes[0].zone if homes else UTC_NAME


def owner(ctx: Context) -> tuple[int | None, str | None]:
    """Whose reminders are meant here: the group's, or the person's."""
    return (ctx.group.id, None) if ctx.group is not None else (None, ctx.sender)


async def _remind(ctx: Context, given: Given) -> list[Outgoing]:
    try:
        planned = await _planned(ctx, given)
        if planned.certain:
            return await _begin(ctx, planned)
        lines = await _read_back(ctx, planned)
    except No as no:
        return await refuse(ctx, *no.lines)
    expires_at = ctx.now + WITHIN
    await questions.ask(
        ctx.tx,
        ctx.room.room_id,
        ctx.sender,
        TOPIC,
        ctx.source,
        planned.dump(),
        expires_at,
        thread=ctx.thread,
    )
    return ctx.reply(*lines, t("Is that right? Answer “yes” or “no”."))


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The person has said whether the date was understood."""
    if not yes:
        return ctx.reply(t("Good: nothing was planned. Type it again with another date."))
    if ctx.place is Where.HOME and not ctx.is_steward:
        return ctx.reply(
            t(
                "{command} is for stewards: members with power level 50 or more in this room.",
                command="!remind",
            )
        )
    try:
        return await _begin(ctx, Plan.of(payload))
    except No as no:
        return ctx.reply(*no.lines)


async def _begin(ctx: Context, planned: Plan) -> list[Outgoing]:
    """Plan it, and say when it comes."""
    group, person = owner(ctx)
    if len(await reminders.all_of(ctx.tx, group, person)) >= MOST:
        raise No(t("There can be {count} reminders here at most.", count=MOST))
    await _first_of(ctx, planned)
    reminder = await reminders.add(ctx.tx, planned.text, ctx.language, group, person)
    schedule = Schedule(
        0,
        KIND,
        reminder.id,
        planned.rule,
        group,
        zone=planned.zone,
        hour=planned.at if group else _hour(planned),
    )
    kept = await plan(ctx.tx, schedule, ctx.now)
    zone = planned.zone or await zone_of(ctx)
    lines = [t("Reminder {number} is planned.", number=str(reminder.number))]
    if kept.next_at is not None:
        lines = [
            t(
                "Reminder {number} is planned for {moment}.",
                number=str(reminder.number),
                moment=Moment(kept.next_at, zone),
            )
        ]
    return ctx.reply(*lines, *_after(planned, kept.next_on), *_no_zone(zone))


def _hour(planned: Plan) -> time:
    return planned.at or USUAL_HOUR


async def _planned(ctx: Context, given: Given) -> Plan:
    """What was typed. Raises No."""
    text = given["TEXT"].strip().strip('"“”„«»').strip()
    if not text:
        raise No(t("{argument} is missing.", argument="TEXT"), t("Usage: {usage}", usage=REMIND.usage))
    if len(text) > LONGEST:
        raise No(t("That is too long: {count} characters at most.", count=LONGEST))
    zone = await _zone(ctx, given.get("zone"))
    typed_on, typed_every = given.get("on"), given.get("every")
    if typed_on is None and typed_every is None:
        raise No(
            t('When? Write {on} or every="{example}".', on=f"on={EXAMPLE_DAY}", example=t("first Monday")),
            t("Usage: {usage}", usage=REMIND.usage),
        )
    found = Read(once(today(ctx.now, zone)), None, certain=False)
    if typed_on is not None:
        understood = read(plain(typed_on), place_of(ctx, zone))
        if isinstance(understood, Trouble):
            raise No(*no_date(typed_on, understood))
        found = understood
    rule = once(found.rule.first)
    if typed_every is not None:
        rule = _every(ctx, typed_every, found.rule, zone)
    own_zone = zone if ctx.group is None or given.get("zone") else ""
    certain = found.certain and rule.first == found.rule.first
    return Plan(text, rule, _at(given.get("at"), found), own_zone, certain)


def _every(ctx: Context, typed: str, begin: Rule, zone: str) -> Rule:
    rule = read_every(plain(typed), begin, place_of(ctx, zone))
    if isinstance(rule, Trouble):
        raise No(
            t("I do not understand how often “{every}” is.", every=typed[:_SHOWN]),
            t("Write it like: {examples}.", examples=Listing(rhythms())),
        )
    return rule


def rhythms() -> tuple[Text, ...]:
    """Three rhythms, in the reader's language."""
    return (t("week"), t("first Monday"), t("last Friday of every quarter"))


def _at(typed: str | None, found: Read) -> time | None:
    if typed is None:
        return found.at
    at = read_hour(plain(typed))
    if isinstance(at, Fault):
        raise No(*no_date(typed, Trouble.NO_SUCH_HOUR))
    return at


async def _zone(ctx: Context, typed: str | None) -> str:
    if typed is None:
        return await zone_of(ctx)
    zone = find_zone(typed)
    if zone is None:
        raise No(t("I do not know the time zone “{zone}”.", zone=typed[:_SHOWN]))
    return zone


async def _first_of(ctx: Context, planned: Plan) -> datetime:
    """When it comes first. Raises No if that is past."""
    zone = planned.zone or await zone_of(ctx)
    customs = customs_of(ctx.group) if ctx.group is not None else Customs(zone)
    schedule = Schedule(0, KIND, 0, planned.rule, zone=zone, hour=planned.at, begun=ctx.now, since=ctx.now)
    found = upcoming(schedule, customs, ctx.now)
    if found is None:
        hour = planned.at or customs.aloud
        raise No(
            t("That is past: {moment}.", moment=Moment(moment(planned.rule.first, hour, zone), zone)),
        )
    return found.at


async def _read_back(ctx: Context, planned: Plan) -> tuple[Text, ...]:
    """What was understood, in full."""
    at, zone = await _first_of(ctx, planned), planned.zone or await zone_of(ctx)
    day = today(at, zone)
    return (
        t("I understood: {text}, {moment}.", text=Words(planned.text, ctx.language), moment=Moment(at, zone)),
        *_after(planned, day),
        *await elsewhere(ctx, at),
        *_no_zone(zone),
    )


def _after(planned: Plan, day: date | None) -> tuple[Text, ...]:
    """When it comes again."""
    if planned.rule.once or day is None:
        return ()
    days: list[Day] = []
    for one in planned.rule.after(day + timedelta(days=1)):
        days.append(Day(one))
        if len(days) == _DATES_SHOWN:
            break
    return (t("After that: {days}, and so on.", days=Listing(tuple(days))),)


def _no_zone(zone: str) -> tuple[Text, ...]:
    if zone != UTC_NAME:
        return ()
    return (t("That is in UTC, since I do not know your time zone: {option}", option=f"zone={EXAMPLE_ZONE}"),)


REMIND = Command(
    words=("remind",),
    summary=t("reminds this room, or in a direct chat you, of something; a date in words is repeated first"),
    theme=Theme.CALENDAR,
    run=_remind,
    who=frozenset({Who.STEWARD, Who.PERSON}),
    arguments=(Argument("TEXT", Shape.REST),),
    options=(
        Option("on", EXAMPLE_DAY),
        Option("at", "10:00"),
        Option("every", "quarter"),
        Option("zone", EXAMPLE_ZONE),
    ),
    places=frozenset({Where.HOME, Where.DIRECT}),
)
