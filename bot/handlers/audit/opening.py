"""`!audit open`, `accept` and `decline`: a round begins with the first group that accepts."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain import audit as rules
from bot.domain import moments
from bot.domain.audit import Audit, Fault, Move, State
from bot.domain.dispatch import is_blank
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Moment, Text, t, tn
from bot.handlers.audit.circle import PLACE, Circle, circle_of
from bot.handlers.audit.phases import call_off
from bot.handlers.audit.pick import pick
from bot.handlers.audit.private import invite
from bot.handlers.context import Argument, Command, Context, Given, Option, Shape, Theme
from bot.handlers.refusal import refuse
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.storage import audits, rooms
from bot.storage.audits import Member

MOST_OPEN = 5  # by a group
SHOWN = 40


async def _open(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    title = " ".join(given["TITLE"].split())
    if is_blank(title) or len(title) > rules.LONGEST_TITLE:
        return await refuse(ctx, t("Give it a title of at most {most} characters.", most=rules.LONGEST_TITLE))
    known = await audits.of_group(ctx.tx, group.id)
    if sum(one.is_open and one.opener == group.id for one in known) >= MOST_OPEN:
        return await refuse(
            ctx, t("Your group has {count} open rounds already; end one first.", count=MOST_OPEN)
        )
    asked = await _asked(ctx, group, given)
    if not isinstance(asked, tuple):
        return asked
    twins, lead = asked
    dates = _dates(ctx, group, given)
    if not isinstance(dates, tuple):
        return await refuse(ctx, *dates)
    lines, until = dates
    opened = Audit(
        id=0,
        number=0,
        opener=group.id,
        lead=group.id,
        wished=lead,
        title=title,
        language=group.language,
        state=State.OPENED,
        lines=lines,
        until=until,
        begun=ctx.now,
        opened=ctx.now,
        length=until - lines,
    )
    audit = await audits.add(ctx.tx, opened, [group.id, *(twin.group.id for twin in twins)])
    ctx.house.vault.create(audit.id)
    for twin in twins:
        await audits.join(ctx.tx, audit.id, _member(twin.group, "asked"))
    await _take_part(ctx, audit, group)
    circle = await circle_of(ctx.tx, audit)
    return [*_opened(ctx, circle, group, twins, given), *(_ask(circle, group, twin) for twin in twins)]


async def _asked(ctx: Context, group: Group, given: Given) -> tuple[list[Twin], int] | list[Outgoing]:
    """The twins that are asked, and the group that is to lead; or why not."""
    known = await twins_of(ctx.tx, group)
    active = [twin for twin in known if twin.twinning.is_active(ctx.now.date())]
    if not active:
        return await refuse(
            ctx,
            t("A round of red lines needs a twin, and your group has no active one."),
            t("{command} shows your twins and how things stand.", command="!twin"),
        )
    twins = active
    if typed := given.get("with"):
        twins = []
        for one in typed.split(","):
            twin = await named_by(ctx.tx, group, one.strip())
            if twin is None or twin.group.id not in {other.group.id for other in active}:
                return await refuse(
                    ctx,
                    t("“{name}” is no active twin of yours.", name=one.strip()[:SHOWN]),
                    t("Your active twins: {twins}.", twins=aliases(active, group)),
                )
            twins += [] if twin in twins else [twin]
    wanted = given.get("lead")
    if wanted is None or wanted.casefold() == group.handle:
        return twins, group.id
    lead = await named_by(ctx.tx, group, wanted)
    if lead is None or lead.group.id not in {one.group.id for one in twins}:
        return await refuse(ctx, t("“{name}” does not take part, so it cannot lead.", name=wanted[:SHOWN]))
    return twins, lead.group.id


def _dates(ctx: Context, group: Group, given: Given) -> tuple[datetime, datetime] | list[Text]:
    """When collecting and consent end, or what is wrong with that."""
    asked: dict[str, datetime | None] = {}
    for name in ("lines", "until"):
        typed = given.get(name)
        at = moments.deadline(typed, group.zone) if typed is not None else None
        if isinstance(at, moments.Fault):
            return [not_a_date(name, typed or "", at)]
        asked[name] = at
    found = rules.dates(ctx.now, asked["lines"], asked["until"])
    return [wrong_dates(found)] if isinstance(found, Fault) else found


def not_a_date(option: str, typed: str, fault: moments.Fault) -> Text:
    """Why something typed is no date."""
    what = f"{option}={typed[:SHOWN]}"
    match fault:
        case moments.Fault.NOT_ISO:
            return t(
                "I cannot read “{part}”; write a date like {example}.",
                part=what,
                example='2027-03-10, "2027-03-10 18:00"',
            )
        case moments.Fault.NO_SUCH_DAY:
            return t("There is no such day: {part}", part=what)
        case moments.Fault.NO_SUCH_HOUR:
            return t("There is no such hour: {part}", part=what)


def wrong_dates(fault: Fault) -> Text:
    """Why a round cannot have its dates."""
    match fault:
        case Fault.PAST:
            return t("That date has passed.")
        case Fault.TOO_SOON:
            return t("That leaves no time to answer.")
        case Fault.TOO_LATE:
            return t("A round can last a year at most.")
        case Fault.ORDER:
            return t(
                "Red lines are collected first: {lines} has to be before {until}.",
                lines="lines=",
                until="until=",
            )


def shifted(given: Given, zone: str) -> list[Text]:
    """That an hour does not exist there, and which one is taken."""
    found: list[Text] = []
    for name in ("lines", "until"):
        local = moments.read_iso(given.get(name) or "")
        if isinstance(local, moments.Fault) or local.at is None:
            continue
        at = moments.moment(local.day, local.at, zone)
        if at.astimezone(ZoneInfo(zone)).time().replace(second=0) != local.at:
            found.append(
                t(
                    "Clocks go forward then, so {part} does not exist; I take {moment}.",
                    part=f"{name}={given.get(name)}",
                    moment=Moment(at, zone),
                )
            )
    return found


def _member(group: Group, place: str) -> Member:
    return Member(group.id, place, group.settings.quorum, group.settings.counts)


async def _take_part(ctx: Context, audit: Audit, group: Group) -> int:
    """Freeze who of a group may take part: its members now, without the bot and other bots."""
    room = await rooms.load(ctx.tx, group.room_id)
    members = room.members if room is not None else {}
    people = [
        one
        for one, membership in members.items()
        if membership == "join" and one != ctx.house.me and one not in group.settings.bots
    ]
    await audits.join(ctx.tx, audit.id, _member(group, "in"))
    await audits.freeze(ctx.tx, audit.id, group.id, people)
    return len(people)


def _opened(ctx: Context, circle: Circle, group: Group, twins: list[Twin], given: Given) -> list[Outgoing]:
    audit = circle.audit
    zones = [group.zone, *(twin.group.zone for twin in twins)]
    asked = next((one.group.name for one in twins if one.group.id == audit.wished), None)
    return ctx.reply(
        t("Round {number} is open: {title}", number=circle.number, title=circle.title),
        *shifted(given, group.zone),
        t("Red lines are collected until: {moments}", moments=moments.everywhere(audit.lines, zones)),
        t("Consent is asked until: {moments}", moments=moments.everywhere(audit.until, zones)),
        t("The risk lies with {name}.", name=group.name),
        *([t("I ask {name} to lead: once it accepts, the risk lies with it.", name=asked)] if asked else []),
        t("It begins once one of them accepts: {twins}.", twins=aliases(twins, group)),
        *_short(audit, ctx.now),
    )


def _short(audit: Audit, now: datetime) -> list[Text]:
    if not rules.is_short(now, audit.lines, audit.until):
        return []
    return [t("⚠ That is less than a day for one of the two. A group agrees to it by accepting.")]


def _ask(circle: Circle, group: Group, twin: Twin) -> Outgoing:
    audit, reader = circle.audit, twin.group
    zones = [reader.zone, group.zone]
    leads = (
        [t("They ask your group to lead: the risk would lie with you.")] if audit.wished == reader.id else []
    )
    return circle.tell(
        reader,
        t(
            "{name} ({alias}) would like a round of red lines with you: {title}",
            name=group.name,
            alias=twin.alias_of(group),
            title=circle.title,
        ),
        t("Everybody names in private what they cannot risk; then each person consents or objects."),
        t("Red lines are collected until: {moments}", moments=moments.everywhere(audit.lines, zones)),
        t("Consent is asked until: {moments}", moments=moments.everywhere(audit.until, zones)),
        *leads,
        *_short(audit, audit.begun),
        t("Other twins of theirs may take part; the groups that accept are named to each other."),
        t(
            "A steward types {accept} or {decline}.",
            accept=f"!audit accept {circle.number}",
            decline=f"!audit decline {circle.number}",
        ),
        what="audit-asked",
    )


async def _accept(ctx: Context, given: Given) -> list[Outgoing]:
    found = await pick(ctx, given, place="asked")
    if not isinstance(found, tuple):
        return found
    group, circle = found
    audit = circle.audit
    if not audit.allows(Move.ACCEPT) or (ctx.sent_at or ctx.now) >= audit.lines:
        return await refuse(ctx, t("It is too late to take part in round {number}.", number=circle.number))
    twin = next((one for one in await twins_of(ctx.tx, group) if one.group.id == audit.opener), None)
    if twin is None or not twin.twinning.is_active(ctx.now.date()):
        return await refuse(ctx, t("Your twinning with the group that opened it is not active."))
    first = audit.state is State.OPENED
    audit = rules.accepted(audit, ctx.now, group.id)
    await audits.save(ctx.tx, audit)
    longer = audit.lines > circle.audit.lines
    await _take_part(ctx, audit, group)
    circle = await circle_of(ctx.tx, audit)
    leads = audit.lead == group.id
    out: list[Outgoing] = []
    for reader in circle.groups:
        if first or reader.id == group.id:
            out.append(await _announce(ctx, circle, reader, longer=longer))
            out += await invite(ctx, circle, reader)
        else:
            out.append(
                circle.tell(
                    reader,
                    t("{name} takes part in round {number}, too.", name=group.name, number=circle.number),
                    *([t("The risk lies with {name} now.", name=group.name)] if leads else []),
                    what=f"audit-joined:{group.id}",
                )
            )
    return out


async def _announce(ctx: Context, circle: Circle, reader: Group, *, longer: bool) -> Outgoing:
    audit = circle.audit
    lead = circle.group(audit.lead)
    many = sum(group == reader.id for group, _ in await audits.electors(ctx.tx, audit.id))
    return circle.tell(
        reader,
        t("Round {number} of red lines: {title}", number=circle.number, title=circle.title),
        t(
            "With: {names}. The risk lies with {name}.",
            names=circle.names,
            name=lead.name if lead else reader.name,
        ),
        t(
            "Name in private what you cannot risk or accept, until {moment}.",
            moment=Moment(audit.lines, reader.zone),
        ),
        *([t("It was accepted late, so you have a day from now for that.")] if longer else []),
        t(
            "Then each of you consents or objects, until {moment}. An objection holds whatever the majority.",
            moment=Moment(audit.until, reader.zone),
        ),
        tn(
            "{count} member may take part: who is here now.",
            "{count} members may take part: those who are here now.",
            many,
        ),
        t(
            "Take part: open {link} and write to me there. {command} works too.",
            link=f"{PLACE}{ctx.house.me}",
            command="!audit join",
        ),
        *who_sees(ctx),
        what="audit-begun",
    )


def who_sees(ctx: Context) -> tuple[Text, ...]:
    """Who can see what, in plain words."""
    return (
        t(
            "I and the person who hosts me, {host}, can read what you write; nobody in any room is told who "
            "wrote it.",
            host=ctx.house.host_name,
        ),
        t(
            "Every group sees the words, translated, with the original. People who know you may recognise "
            "your way of writing."
        ),
    )


async def _decline(ctx: Context, given: Given) -> list[Outgoing]:
    found = await pick(ctx, given, place="asked")
    if not isinstance(found, tuple):
        return found
    group, circle = found
    await audits.join(ctx.tx, circle.audit.id, _member(group, "out"))
    opener = circle.opener
    told: list[Outgoing] = []
    if opener is not None:
        told = [
            circle.tell(
                opener,
                t("{name} does not take part in round {number}.", name=group.name, number=circle.number),
                what=f"audit-declined:{group.id}",
            )
        ]
    circle = await circle_of(ctx.tx, circle.audit)
    if circle.audit.state is State.OPENED and not circle.asked:
        told += await call_off(ctx, circle, t("No other group takes part."))
    return [*told, *ctx.reply(t("Declined; I have told them."))]


_N = Argument("N", Shape.NUMBER, optional=True)

OPEN = Command(
    words=("audit", "open"),
    summary=t("opens a round of red lines and consent with your twins"),
    theme=Theme.AUDIT,
    run=_open,
    arguments=(Argument("TITLE", Shape.QUOTED),),
    options=(
        Option("lines", "2027-03-10"),
        Option("until", "2027-03-20"),
        Option("with", "GROUP"),
        Option("lead", "GROUP"),
    ),
)
ACCEPT = Command(
    words=("audit", "accept"),
    summary=t("your group takes part in a round"),
    theme=Theme.AUDIT,
    run=_accept,
    arguments=(_N,),
)
DECLINE = Command(
    words=("audit", "decline"),
    summary=t("your group does not take part in a round"),
    theme=Theme.AUDIT,
    run=_decline,
    arguments=(_N,),
)
