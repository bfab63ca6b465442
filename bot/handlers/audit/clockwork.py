"""The clock: reminders, ends of phases, what is forgotten, and rounds that cannot go on.

Rules:
- A phase ends only when the bot has heard from its homeserver after that: what was sent before
  counts, however late the bot comes. What cannot be read yet is waited for, for a while.
- Without its secret, as after the restore of a backup, a round is cancelled, and that is said; so it is where
  the secret is there, but the database is an older copy, in which answers are missing.
- The secret of a round that has ended is destroyed once the end is on the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import audit as rules
from bot.domain.audit import Audit, State
from bot.domain.outgoing import Outgoing
from bot.domain.text import Moment, Text, t
from bot.handlers.audit.circle import Circle, broken, circle_of
from bot.handlers.audit.phases import call_off, circulate, conclude, lapse
from bot.handlers.audit.private import groups_of, seated, vote, which_group, whisper
from bot.handlers.context import Context
from bot.storage import audits, inlet, seats
from bot.storage.seats import Seat

HEARD_AFTER = timedelta(seconds=60)  # the server's clock and ours may differ
KEYS_WITHIN = timedelta(minutes=15)


async def tick(ctx: Context) -> list[Outgoing]:
    """Whatever is due."""
    vault = ctx.house.vault
    known = await audits.all_open(ctx.tx)
    for stale in vault.known() - {one.id for one in known}:
        vault.destroy(stale)
    if known and await _is_older_copy(ctx):
        return await _all_off(ctx, known)
    out: list[Outgoing] = []
    heard = await inlet.heard_at(ctx.tx) if known else None
    for audit in known:
        out += await _step(ctx, audit, heard)
    if known:
        out += await _drop_drafts(ctx)
    return out + await _forget(ctx)


async def _is_older_copy(ctx: Context) -> bool:
    """Whether the database is behind what is remembered of it. Only what was on the disk is remembered."""
    count, before = await audits.ticks(ctx.tx), ctx.house.vault.remembered()
    if count >= before:
        ctx.house.vault.remember(count)
    await audits.count_ticks(ctx.tx, 1 + max(count, before))
    return count < before


async def _all_off(ctx: Context, known: Sequence[Audit]) -> list[Outgoing]:
    """What was answered since the copy was made is lost, objections as well."""
    why = t("An older copy of my database was put back: what was answered since then is missing.")
    return [one for audit in known for one in await call_off(ctx, await circle_of(ctx.tx, audit), why)]


async def _step(ctx: Context, audit: Audit, heard: datetime | None) -> list[Outgoing]:
    circle = await circle_of(ctx.tx, audit)
    if ctx.house.vault.read(audit.id) is None:
        return await call_off(
            ctx,
            circle,
            t("Its secret is gone, as after a backup was restored: answers can no longer be told apart."),
        )
    why = await broken(ctx.tx, circle, ctx.now)
    if why is not None:
        return await call_off(ctx, circle, t("It cannot go on: {reason}.", reason=why), inner=True)
    over = await _is_over(ctx, audit, heard)
    match audit.state:
        case State.OPENED if over:
            return await call_off(ctx, circle, t("No other group accepted in time."))
        case State.COLLECTING if over:
            return await circulate(ctx, circle)
        case State.CONSENT if over:
            return await conclude(ctx, circle)
        case State.COLLECTING | State.CONSENT:
            return await _remind(ctx, circle)
        case State.HELD | State.NO_QUORUM if not rules.may_revise(audit, ctx.now):
            return await lapse(ctx, circle)
    return []


async def _is_over(ctx: Context, audit: Audit, heard: datetime | None) -> bool:
    """Whether all that was said in a phase has been heard, and read as far as it can be."""
    if heard is None or heard < audit.ends + HEARD_AFTER or ctx.now < audit.ends:
        return False
    return not await audits.awaits_keys(ctx.tx, audit.id, audit.ends, ctx.now - KEYS_WITHIN)


async def _remind(ctx: Context, circle: Circle) -> list[Outgoing]:
    """At half time and a day before the end: who has not answered, in private; the rooms, how many have.

    Who has not said for which group they take part, or what is to become of a draft, is asked that.
    """
    audit = circle.audit
    due = rules.due_marks(audit, ctx.now)
    if not due:
        return []
    await audits.save(ctx.tx, replace(audit, marks=audit.marks | due))
    mark = "day" if "day" in due else "half"
    people = await seated(ctx, circle)
    done = await _answered(ctx, audit)
    drafted = await seats.drafters(ctx.tx, audit.id)
    out: list[Outgoing] = []
    for person, seat in people:
        if seat.token in done - drafted:
            continue
        title = t("Round {number} of red lines: {title}", number=circle.number, title=circle.title)
        waits = t("What you wrote last does not count yet: answer with a number what shall become of it.")
        asking = [waits] if seat.token in drafted else await _asking(ctx, circle, person, seat)
        out += await whisper(ctx, circle, person, title, *asking, what=f"reminder:{audit.state}:{mark}")
    if len(done) >= rules.SHOWN_FROM:
        for reader in circle.groups:
            line = t(
                "Round {number}: {count} people have answered so far; one can until {moment}.",
                number=circle.number,
                count=len(done),
                moment=Moment(audit.ends, reader.zone),
            )
            out.append(circle.tell(reader, line, what=f"so-far:{audit.state}:{mark}", notice=True))
    return out


async def _asking(ctx: Context, circle: Circle, person: str, seat: Seat) -> list[Text]:
    """What somebody is asked who has not answered yet."""
    home = circle.group(seat.group)
    if home is None:
        return which_group(await groups_of(ctx, circle, person))
    until = Moment(circle.audit.ends, home.zone)
    if circle.audit.state is State.COLLECTING:
        return [
            t(
                "Do you have a red line? You can write it here until {moment}. If you have none: {done}",
                moment=until,
                done="!redline done",
            )
        ]
    return [
        t(
            "You have not chosen yet. You can until {moment}: in the poll, or with {first} to {last}.",
            moment=until,
            first=vote(1),
            last=vote(4),
        )
    ]


async def _answered(ctx: Context, audit: Audit) -> set[str]:
    """The tokens of those who have answered in this phase."""
    if audit.state is State.CONSENT:
        return set(await seats.ballots(ctx.tx, audit.id))
    done = {name for name, seat in (await seats.seats(ctx.tx, audit.id)).items() if seat.done}
    return done | {line.token for line in await seats.lines(ctx.tx, audit.id)}


async def _drop_drafts(ctx: Context) -> list[Outgoing]:
    """Drafts are forgotten after a day, and their authors told."""
    out: list[Outgoing] = []
    for audit_id, name in await seats.drop_old_drafts(ctx.tx, ctx.now):
        audit = await audits.load(ctx.tx, audit_id)
        if audit is None:
            continue
        circle = await circle_of(ctx.tx, audit)
        for person, seat in await seated(ctx, circle):
            if seat.token == name:
                line = t("I have forgotten what you wrote last: I had no answer about it for a day.")
                out += await whisper(ctx, circle, person, line, what=f"draft-old:{ctx.source}")
    return out


async def _forget(ctx: Context) -> list[Outgoing]:
    """Records whose time is over are deleted, and that is said."""
    out: list[Outgoing] = []
    for audit in await audits.records(ctx.tx):
        circle = await circle_of(ctx.tx, audit)
        gone = len(circle.groups) < sum(one.place == "in" for one in circle.members.values())
        if not gone and (audit.kept_until is None or ctx.now < audit.kept_until):
            continue
        if not gone:
            out += _deleted(circle)
        await audits.delete(ctx.tx, audit.id)
    return out


def _deleted(circle: Circle) -> list[Outgoing]:
    line = t("I have deleted the record of round {number}, as I had said.", number=circle.number)
    return [circle.tell(reader, line, what="record-gone", notice=True) for reader in circle.groups]
