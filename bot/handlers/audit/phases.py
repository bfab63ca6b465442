"""What ends a phase: the sheet, the verdict, a revision, a cancellation, the end.

Rules:
- The sheet tells neither names nor times, and a group's name only where every group that wrote something had
  at least three people writing: else the one that is left would be known by that.
- The verdict goes to the room of the group that leads first.
- What ends leaves nothing that leads from words to people; its secret is destroyed by the next tick, once
  that is on the disk.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import audit as rules
from bot.domain.audit import Move, State
from bot.domain.group import Group
from bot.domain.outgoing import ClosePoll, Outgoing, Relay, RowRef
from bot.domain.text import Arg, Listing, Moment, Text, Words, t, tn
from bot.domain.verdict import Ballot, Choice, Outcome, Side, Tally, Verdict, decide
from bot.handlers.audit.circle import PLACE, Circle
from bot.handlers.audit.drafts import kind_text
from bot.handlers.audit.private import (
    chat_of,
    erased,
    greet,
    language_of,
    poll_name,
    seated,
    token_of,
    whisper,
)
from bot.handlers.context import Context
from bot.storage import audits, rooms, seats
from bot.storage.seats import Line

LEAD_FIRST = 10  # seconds by which the other rooms hear the verdict later
LATE = timedelta(minutes=10)
_MOVES = {Outcome.HELD: Move.HOLD, Outcome.NO_QUORUM: Move.MISS, Outcome.AGREED: Move.AGREE}


async def circulate(ctx: Context, circle: Circle) -> list[Outgoing]:
    """The red lines go to every room, and consent is asked."""
    lines = await seats.lines(ctx.tx, circle.audit.id)
    late = ctx.now - circle.audit.lines > LATE
    silent = circle.asked
    tokens = await seats.drop_drafts(ctx.tx, circle.audit.id)
    audit = rules.circulated(circle.audit, ctx.now)
    await audits.save(ctx.tx, audit)
    circle = replace(circle, audit=audit)
    gone_on = t("Round {number} goes on without your group: you had not accepted it.", number=circle.number)
    out: list[Outgoing] = [
        circle.tell(reader, gone_on, what="audit-missed", notice=True) for reader in silent
    ]
    for reader in circle.groups:
        out += _sheet(circle, reader, lines, ctx, late=late)
    for person, seat in await seated(ctx, circle):
        if seat.token in tokens:
            out += await whisper(
                ctx,
                circle,
                person,
                t("What you wrote last is not on the sheet: I had no answer about it. I have forgotten it."),
                what="draft-dropped",
            )
        room_id = await chat_of(ctx, person)
        if room_id is not None:
            out += await greet(ctx, circle, person, room_id)
    return out


def _sheet(
    circle: Circle, reader: Group, lines: Sequence[Line], ctx: Context, *, late: bool
) -> list[Outgoing]:
    """The red lines in a group's room: a post, and in its thread each of them."""
    audit = circle.audit
    kinds = Counter(line.kind for line in lines if line.kind)
    worded = [line for line in lines if not line.kind]
    only = [
        t(
            "Told by their kind alone: {kinds}.",
            kinds=Listing(tuple(_counted(kind, many) for kind, many in sorted(kinds.items()))),
        )
    ]
    said = (
        t("Red lines of round {number}: {title}", number=circle.number, title=circle.title),
        *([t("This comes late: I was away when the collecting ended.")] if late else []),
        tn("{count} red line was named.", "{count} red lines were named.", len(lines))
        if lines
        else t("Nobody named a red line."),
        *(only if kinds else []),
        *([t("Their words stand in the thread of this message, in no order.")] if worded else []),
        t(
            "Now each of you is asked for consent, in private, until {moment}.",
            moment=Moment(audit.until, reader.zone),
        ),
        t(
            "Whoever has not taken part yet opens {link} and writes to me there.",
            link=f"{PLACE}{ctx.house.me}",
        ),
    )
    root = circle.tell(reader, *said, what="sheet")
    posts = [
        _post(
            circle, reader, line, _from(circle, lines, line, str(number)), f"line:{line.id}", "sheet", ctx.now
        )
        for number, line in enumerate(worded, 1)
    ]
    return [root, *posts]


def _counted(kind: str, many: int) -> Text:
    return kind_text(kind) if many == 1 else t("{kind} ({count} times)", kind=kind_text(kind), count=many)


def _from(circle: Circle, lines: Sequence[Line], line: Line, number: str) -> Text:
    """The header of a red line: whose group it is from, where that may be told."""
    writers: dict[int, set[str]] = {}
    for one in lines:
        if one.group is not None:
            writers.setdefault(one.group, set()).add(one.token)
    group = circle.group(line.group)
    if group is None or any(len(people) < rules.BY_GROUP_FROM for people in writers.values()):
        return t("Red line {number}, from one of the groups", number=number)
    return t("Red line {number}, from {name}", number=number, name=group.name)


def _post(
    circle: Circle, reader: Group, line: Line, header: Text, what: str, root: str, now: datetime
) -> Relay:
    """Somebody's words for a room, without their name or the time when they were written."""
    return Relay(
        room_id=reader.room_id,
        words=Words(line.text, line.language),
        target=reader.language,
        zone=reader.zone,
        written_at=now,
        header=header,
        what=what,
        source=circle.source,
        thread=RowRef(circle.source, reader.room_id, root),
        twinning=circle.links.get(reader.id),
        also=reader.settings.others,
    )


async def sides(ctx: Context, circle: Circle) -> list[Side]:
    """The groups with their ballots, as the verdict needs them."""
    ballots = await seats.ballots(ctx.tx, circle.audit.id)
    known = await seats.seats(ctx.tx, circle.audit.id)
    electors = await audits.electors(ctx.tx, circle.audit.id)
    found: list[Side] = []
    for group in circle.groups:
        room = await rooms.load(ctx.tx, group.room_id)
        present, cast = 0, []
        for person in [one for home, one in electors if home == group.id]:
            name = token_of(ctx, circle.audit.id, person) or ""
            seat = known.get(name)
            if seat is not None and seat.group not in (None, group.id):
                continue  # takes part for another group
            is_here = room is not None and room.has(person)
            present += is_here
            if name in ballots and seat is not None and seat.group == group.id:
                cast.append(Ballot(ballots[name], present=is_here))
        rule = circle.members[group.id]
        found.append(Side(group.id, present, tuple(cast), rule.quorum, rule.counts))
    return found


async def conclude(ctx: Context, circle: Circle) -> list[Outgoing]:
    """The verdict, in every room."""
    audit = circle.audit
    verdict = decide(await sides(ctx, circle))
    reasons = await _filed(ctx, circle)
    late = ctx.now - audit.until > LATE
    decided = replace(
        audit.moved(_MOVES[verdict.outcome]),
        decided=ctx.now,
        kept_until=ctx.now + rules.RECORD_KEPT,
        weak=verdict.weak,
        marks=frozenset(),
    )
    await audits.save(ctx.tx, decided)
    out = await _closed(ctx, circle)
    circle = replace(circle, audit=decided)
    for reader in sorted(circle.groups, key=lambda one: one.id != audit.lead):
        out += _told(circle, reader, verdict, reasons, ctx.now, late=late)
    await seats.drop_ballots(ctx.tx, audit.id)
    await seats.drop_drafts(ctx.tx, audit.id)
    await seats.drop_reasons(ctx.tx, audit.id, Choice.CONCERN)
    if decided.state is State.AGREED:
        out += await erased(ctx, circle)
        await seats.unseat(ctx.tx, audit.id)
    return out


async def _filed(ctx: Context, circle: Circle) -> list[Line]:
    """The reasons, each with the choice that its author has made in the end."""
    ballots = await seats.ballots(ctx.tx, circle.audit.id)
    for line in await seats.reasons(ctx.tx, circle.audit.id):
        choice = ballots.get(line.token)
        if choice is not None:
            await seats.file_reason(ctx.tx, circle.audit.id, line.id, choice)
    return await seats.reasons(ctx.tx, circle.audit.id)


def _told(
    circle: Circle, reader: Group, verdict: Verdict, reasons: Sequence[Line], now: datetime, *, late: bool
) -> list[Outgoing]:
    lines = [
        t("Round {number}: {title}", number=circle.number, title=circle.title),
        *_outcome(circle, verdict),
        *(
            [t("This comes late: I was away when the round ended. Ballots sent before its end count.")]
            if late
            else []
        ),
        *(_tally(circle, one) for one in verdict.tallies),
        *(
            [t("What people gave as reasons stands in the thread of this message.")]
            if _worded(reasons)
            else []
        ),
        *(_kinds_of(reasons)),
        *_after(circle, reader, verdict),
    ]
    delay = 0 if reader.id == circle.audit.lead else LEAD_FIRST
    root = circle.tell(reader, *lines, what="verdict", delay=delay)
    posts = [
        _post(circle, reader, line, _headed(line), f"reason:{line.id}", "verdict", now)
        for line in _worded(reasons)
    ]
    return [root, *posts]


def _worded(reasons: Sequence[Line]) -> list[Line]:
    return [line for line in reasons if not line.kind]


def _kinds_of(reasons: Sequence[Line]) -> list[Text]:
    kinds = Counter(line.kind for line in reasons if line.kind)
    if not kinds:
        return []
    told = Listing(tuple(_counted(kind, many) for kind, many in sorted(kinds.items())))
    return [t("Reasons told by their kind alone: {kinds}.", kinds=told)]


def _headed(line: Line) -> Text:
    if line.reason == Choice.CONCERN:
        return t("A concern")
    return t("A reason for an objection") if line.reason == Choice.OBJECT else t("A reason")


def _outcome(circle: Circle, verdict: Verdict) -> list[Text]:
    match verdict.outcome:
        case Outcome.HELD:
            return [t("Held: for somebody it crosses a red line. That holds, whatever the majority.")]
        case Outcome.NO_QUORUM:
            short = [one.name for one in circle.groups if one.id in verdict.missing]
            return [t("No quorum: too few have answered in {names}.", names=Listing(tuple(short)))]
        case Outcome.AGREED if verdict.weak:
            return [t("Weak consent: nobody objects, but in a group more than a third stand aside.")]
        case Outcome.AGREED:
            return [t("Consent: nobody objects.")]


def _tally(circle: Circle, tally: Tally) -> Text:
    group = circle.group(tally.group)
    counts: dict[str, Arg] = {choice.value: many for choice, many in tally.chosen}
    return t(
        "{name}: {consent} consent, {concern} with a concern, {aside} stand aside, {object} object.",
        name=group.name if group else "?",
        consent=counts[Choice.CONSENT],
        concern=counts[Choice.CONCERN],
        aside=counts[Choice.ASIDE],
        object=counts[Choice.OBJECT],
    )


def _after(circle: Circle, reader: Group, verdict: Verdict) -> list[Text]:
    audit = circle.audit
    if verdict.outcome is Outcome.AGREED:
        return [
            t(
                "I keep what you agreed on until {moment}: {command}",
                moment=Moment(audit.kept_until or audit.until, reader.zone),
                command=f"!audit {circle.number}",
            )
        ]
    until = (audit.decided or audit.until) + rules.REVISED_WITHIN
    return [
        t(
            "A steward can change the plan and ask again, until {moment}: {command}",
            moment=Moment(until, reader.zone),
            command=f'!audit revise {circle.number} "…"',
        )
    ]


async def _closed(ctx: Context, circle: Circle) -> list[Outgoing]:
    """The polls end."""
    out: list[Outgoing] = []
    for person, seat in await seated(ctx, circle):
        room_id = await chat_of(ctx, person)
        if room_id is None or not seat.answers:
            continue
        out.append(
            ClosePoll(
                room_id,
                person,
                RowRef(circle.source, room_id, poll_name(seat.answers)),
                circle.audit.begun,
                t("Round {number} has ended. The verdict stands in your group's room.", number=circle.number),
                await language_of(ctx, person),
                source=circle.source,
            )
        )
        await seats.save(ctx.tx, replace(seat, answers=(), step=""))
    return out


async def revise(ctx: Context, circle: Circle, changed: Words, until: datetime | None) -> list[Outgoing]:
    """Another consent, with the red lines that their authors leave."""
    audit = rules.revised(circle.audit, ctx.now, changed.text, changed.language, until)
    await audits.save(ctx.tx, audit)
    await seats.drop_reasons(ctx.tx, audit.id)
    for one in circle.members.values():
        await audits.join(ctx.tx, audit.id, replace(one, closes=""))
    circle = replace(circle, audit=audit)
    news = (
        t("Round {number} is revised: {title}", number=circle.number, title=circle.title),
        t("What has changed: {words}", words=changed),
    )
    out: list[Outgoing] = [
        circle.tell(
            reader,
            *news,
            t(
                "Each of you is asked for consent again, in private, until {moment}.",
                moment=Moment(audit.until, reader.zone),
            ),
            t("The red lines stay, unless their authors take them back."),
            what="audit-revised",
        )
        for reader in circle.groups
    ]
    for person, seat in await seated(ctx, circle):
        room_id = await chat_of(ctx, person)
        if room_id is None:
            continue
        mine = await seats.lines_of(ctx.tx, audit.id, seat.token)
        if mine:
            out += await whisper(
                ctx,
                circle,
                person,
                *news,
                tn(
                    "You have {count} red line; it stays unless you take it back with {command}.",
                    "You have {count} red lines; they stay unless you take them back with {command}.",
                    len(mine),
                    command="!redline withdraw N",
                ),
                what="lines-left",
                room_id=room_id,
            )
        out += await greet(ctx, circle, person, room_id)
    return out


async def call_off(ctx: Context, circle: Circle, *why: Text, inner: bool = False) -> list[Outgoing]:
    """The round is cancelled: every room is told, and everything is deleted at once.

    An `inner` reason names groups of which only those that take part know.
    """
    out = await _closed(ctx, circle)
    for reader in (*circle.groups, *circle.asked):
        out.append(
            circle.tell(
                reader,
                t("Round {number} is cancelled: {title}", number=circle.number, title=circle.title),
                *(() if inner and reader in circle.asked else why),
                t("I have deleted all that was said in it."),
                what="audit-off",
            )
        )
    out += await erased(ctx, circle)
    await audits.delete(ctx.tx, circle.audit.id)
    return out


async def lapse(ctx: Context, circle: Circle) -> list[Outgoing]:
    """It was not revised in time: it has ended, and its record stays for a while."""
    await audits.save(ctx.tx, circle.audit.moved(Move.LAPSE))
    out = await erased(ctx, circle)
    await seats.unseat(ctx.tx, circle.audit.id)
    return out
