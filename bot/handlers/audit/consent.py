"""Ballots: by the native poll in the direct chat, or by `!vote`.

Rules:
- One person, one ballot; the last one before the end counts, by the server's time of its event.
- A reason is that of one choice: with another choice it goes, and its author is asked anew.
- What the bot answers has the same length for every choice, and all are asked for a reason.
  So the length of an encrypted message tells nothing.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle

from bot.domain.audit import State
from bot.domain.incoming import Opened, PollAnswer
from bot.domain.outgoing import OpenDirect, Outgoing, Redact
from bot.domain.text import Moment, Text, t
from bot.domain.verdict import CHOICES, Choice
from bot.handlers.audit.circle import Circle
from bot.handlers.audit.pick import number_of
from bot.handlers.audit.private import choice_line, greet, how_to_all, in_private, sealed, seat_of, vote
from bot.handlers.audit.talk import chosen, is_late, live_of
from bot.handlers.context import Argument, Command, Context, Given, Place, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.storage import audits, groups, seats
from bot.storage.seats import Seat

OPEN_TOPIC = "audit-open-vote"
SHOWN = 20


async def _vote(ctx: Context, given: Given) -> list[Outgoing]:
    if ctx.place is not Place.DIRECT:
        return await _open_vote(ctx)
    typed = given["CHOICE"].strip().strip(".)")
    known = [one for one in await live_of(ctx) if one.audit.state is State.CONSENT]
    asked = given.get("N")
    circles = [one for one in known if asked is None or one.audit.number == number_of(asked)]
    if not circles:
        return await refuse(ctx, *(_not_there(asked, known) if asked and known else await _nothing(ctx)))
    if typed not in ("1", "2", "3", "4"):
        return await refuse(
            ctx,
            t(
                "“{part}” is no choice: type a number from 1 to {most}.",
                part=typed[:SHOWN],
                most=len(CHOICES),
            ),
            *(choice_line(number) for number in range(1, 5)),
        )
    if len(circles) > 1:
        usages = [vote(int(typed), one) for one in circles]
        return await refuse(
            ctx,
            t(
                "Several rounds ask for consent. Add the number of the one you mean: {usages}",
                usages=" · ".join(usages),
            ),
        )
    found = await chosen(ctx, circles, "")
    if not isinstance(found, tuple):
        return found
    return await _cast(ctx, *found, CHOICES[int(typed) - 1])


async def _open_vote(ctx: Context) -> list[Outgoing]:
    """A ballot was typed in a room: it is removed if that may be, not repeated, and its author told alone."""
    if not await live_of(ctx):
        return await refuse(ctx, *await _nothing(ctx))
    return [Redact(ctx.room.room_id, ctx.origin, what="redact:vote"), OpenDirect(ctx.sender, OPEN_TOPIC)]


async def told_where(ctx: Context, outcome: Opened) -> list[Outgoing]:
    """The direct chat with somebody who typed a ballot in a room is there."""
    if ctx.place is not Place.DIRECT:
        return []
    circles = [one for one in await live_of(ctx) if one.audit.state is State.CONSENT]
    said = ctx.answer(
        t("What you typed in your group's room does not count, and everybody there could read it."),
        t("If it still stands there: in Element, the message's menu, then Remove."),
        *(how_to_all(circles) or await _nothing(ctx)),
        what="audit-open-vote",
    )
    out: list[Outgoing] = [replace(said, reply_to=None, private_with=outcome.user_id, notice=False)]
    for circle in circles:
        out += await greet(ctx, circle, outcome.user_id, ctx.room.room_id)
    return sealed(out)


def _not_there(asked: str, known: list[Circle]) -> list[Text]:
    """That one cannot choose in the round that was named, and where one can."""
    number = str(number_of(asked))
    return [t("You cannot choose in round {number} now.", number=number), *how_to_all(known)]


async def _nothing(ctx: Context) -> list[Text]:
    """Why there is nothing to choose now."""
    if any(one.audit.state is State.COLLECTING for one in await live_of(ctx)):
        return [t("Red lines are still being collected; consent is asked afterwards.")]
    for home in await groups.of_member(ctx.tx, ctx.sender):
        known = await audits.of_group(ctx.tx, home.id)
        if any(one.state is State.CONSENT for one in known):
            return [
                t("You may not take part in this round: you came to the group after it had accepted."),
                t("You can watch it in your group's room."),
            ]
        if any(one.decided is not None for one in known):
            return [t("That round has ended; your choice does not count any more.")]
    return [t("Nobody asks for your consent now.")]


async def polled(ctx: Context, answer: PollAnswer) -> list[Outgoing] | None:
    """Somebody has chosen in a poll; None if it is not one of a round that goes on."""
    for circle in await live_of(ctx):
        seat = await seat_of(ctx, circle, ctx.sender)
        if seat is None or not seat.answers:
            continue
        for one, choice in zip(seat.answers, cycle(CHOICES), strict=False):
            if answer.answers[:1] == (one,):
                return _unthreaded(sealed(await _cast(ctx, circle, seat, choice)))
    return None


def _unthreaded(said: list[Outgoing]) -> list[Outgoing]:
    """An answer to a poll is no message that could be replied to."""
    return [replace(one, reply_to=None) if one.kind == "say" else one for one in said]


async def _cast(ctx: Context, circle: Circle, seat: Seat, choice: Choice) -> list[Outgoing]:
    home = circle.group(seat.group)
    late = is_late(ctx, circle.audit)
    if circle.audit.state is not State.CONSENT or late is not None or home is None:
        return ctx.reply(late or t("Nobody asks for your consent now."))
    before = (await seats.ballots(ctx.tx, circle.audit.id)).get(seat.token)
    if before is not None and before is not choice:
        await seats.drop_reason(ctx.tx, circle.audit.id, seat.token)
    await seats.cast(ctx.tx, circle.audit.id, seat.token, choice)
    await seats.drop_draft(ctx.tx, circle.audit.id, seat.token)
    await seats.save(ctx.tx, replace(seat, step="reason"))
    return ctx.reply(
        t(
            "Round {number}: I have noted {choice}, of these:",
            number=circle.number,
            choice=str(1 + CHOICES.index(choice)),
        ),
        *(choice_line(number) for number in range(1, 5)),
        t("You can choose again until {moment}.", moment=Moment(circle.audit.until, home.zone)),
        t("May I have a reason for this choice? I ask everybody. Write it here, or “none”."),
        t("All groups read it with the verdict, without your name."),
    )


VOTE = Command(
    words=("vote",),
    summary=t("in the direct chat: your ballot, where you see no poll; it can be changed until the end"),
    theme=Theme.AUDIT,
    run=in_private(_vote),
    who=frozenset({Who.STEWARD, Who.MEMBER, Who.PERSON}),
    arguments=(Argument("CHOICE"), Argument("N", Shape.NUMBER, optional=True)),
    places=frozenset({Place.HOME, Place.JOINT, Place.DIRECT}),
)
