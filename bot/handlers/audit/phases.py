"""What ends a phase: the sheet, the verdict, a revision, a cancellation, the end.

Rules:
- What the rooms read of the red lines and of the verdict is in `sheets.py`.
- What ends leaves nothing that leads from words to people; its secret is destroyed by the next tick, once
  that is on the disk.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import audit as rules
from bot.domain.audit import Move, State
from bot.domain.outgoing import ClosePoll, Outgoing, RowRef
from bot.domain.text import Moment, Text, Words, t
from bot.domain.verdict import Ballot, Choice, Outcome, Side, decide
from bot.handlers.audit.circle import Circle
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
from bot.handlers.audit.sheets import sheet, verdict_told
from bot.handlers.context import Context
from bot.storage import audits, rooms, seats
from bot.storage.seats import Line

LATE = timedelta(minutes=10)
_MOVES = {Outcome.HELD: Move.HOLD, Outcome.NO_QUORUM: Move.MISS, Outcome.AGREED: Move.AGREE}


async def circulate(ctx: Context, circle: Circle) -> list[Outgoing]:
    """The red lines go to every room, and consent is asked."""
    lines = await seats.lines(ctx.tx, circle.audit.id)
    late = ctx.now - circle.audit.lines > LATE
    silent = circle.asked
    audit = rules.circulated(circle.audit, ctx.now)
    await audits.save(ctx.tx, audit)
    circle = replace(circle, audit=audit)
    gone_on = t("Round {number} goes on without your group: you had not accepted it.", number=circle.number)
    out: list[Outgoing] = [
        circle.tell(reader, gone_on, what="audit-missed", notice=True) for reader in silent
    ]
    for reader in circle.groups:
        out += sheet(circle, reader, lines, ctx, late=late)
    out += await _dropped(
        ctx,
        circle,
        t("What you wrote last is not on the sheet: I had no answer about it. I have forgotten it."),
    )
    for person, _ in await seated(ctx, circle):
        room_id = await chat_of(ctx, person)
        if room_id is not None:
            out += await greet(ctx, circle, person, room_id)
    return out


async def _dropped(ctx: Context, circle: Circle, line: Text) -> list[Outgoing]:
    """Drafts are forgotten at the end of a phase, and their authors told."""
    out: list[Outgoing] = []
    tokens = await seats.drop_drafts(ctx.tx, circle.audit.id)
    for person, seat in await seated(ctx, circle) if tokens else ():
        if seat.token in tokens:
            out += await whisper(ctx, circle, person, line, what=f"draft-dropped:{circle.audit.state}")
    return out


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
        out += verdict_told(circle, reader, verdict, reasons, ctx.now, late=late)
    await seats.drop_ballots(ctx.tx, audit.id)
    out += await _dropped(
        ctx,
        circle,
        t("What you wrote last does not go with the verdict: I had no answer about it. I have forgotten it."),
    )
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
                t(
                    "Round {number} has ended. What came of it stands in your group's room.",
                    number=circle.number,
                ),
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
        left = t(  # said to everybody: else the server, which sees who is written to, would know who has some
            "Your red lines: {count}. They stay, except those that you take back with {command}.",
            count=len(mine),
            command="!redline withdraw N",
        )
        out += await whisper(ctx, circle, person, *news, left, what="lines-left", room_id=room_id)
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
