"""What people write about a round in their direct chat: which round, for which group, and then the words.

Rules:
- Of several open rounds the bot asks first which one is meant; of several groups, for which one. It keeps
  nothing of what was written before that is answered.
- Only while red lines are collected is anything taken for one, by the server's time of the message.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.audit import Audit, State
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.domain.thread import MEDIA
from bot.handlers.audit import drafts
from bot.handlers.audit.circle import Circle, circle_of
from bot.handlers.audit.private import (
    LIVE,
    ask,
    greet,
    groups_of,
    hello_lines,
    how_to,
    how_to_all,
    sealed,
    seat_of,
    which_group,
)
from bot.handlers.context import Context, Place
from bot.i18n import fold
from bot.storage import audits, groups, seats
from bot.storage.seats import Seat


async def live_of(ctx: Context) -> list[Circle]:
    """The rounds in which the person can say something now: of a group in whose room they still are."""
    homes = {group.id for group in await groups.of_member(ctx.tx, ctx.sender)}
    mine = await audits.of_person(ctx.tx, ctx.sender)
    known = [audit for audit, theirs in mine if audit.state in LIVE and homes.intersection(theirs)]
    return [await circle_of(ctx.tx, audit) for audit in known if ctx.house.vault.read(audit.id) is not None]


async def heard(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A message in a direct chat of somebody who may take part in a round."""
    if ctx.place is not Place.DIRECT or _is_help(ctx, message):
        return None
    circles = await live_of(ctx)
    if not circles:
        return None
    refused = _unfit(message, circles)
    if refused:
        return sealed(ctx.reply(*refused))
    found = await chosen(ctx, circles, message.body)
    return sealed(await _said(ctx, *found, message.body) if isinstance(found, tuple) else found)


def _unfit(message: Message, circles: Sequence[Circle]) -> list[Text]:
    """Why a message is nothing for a round."""
    if message.edits is not None:
        collecting = any(one.audit.state is State.COLLECTING for one in circles)
        return [
            t("An edit changes nothing here: write it anew."),
            *([t("{list} shows what counts.", list="!redline list")] if collecting else []),
            *how_to_all([one for one in circles if one.audit.state is State.CONSENT]),
        ]
    if message.kind in MEDIA:
        return [t("I take words only, no pictures or files. I have kept nothing.")]
    return []


async def _said(ctx: Context, circle: Circle, seat: Seat, text: str) -> list[Outgoing]:
    """Words for a round, from somebody of whom it is known for which group they take part."""
    late = is_late(ctx, circle.audit)
    if late is not None:
        return ctx.reply(late)
    draft = await seats.draft(ctx.tx, circle.audit.id, seat.token)
    if draft is not None:
        return await drafts.answered(ctx, circle, seat, draft, text)
    if circle.audit.state is State.COLLECTING:
        first = await _first_words(ctx, circle, seat)
        if first is not None:
            return first
        done = drafts.done if _is_none(ctx, text) else None
        return await (done(ctx, circle, seat) if done else drafts.begin(ctx, circle, seat, text))
    if seat.step == "reason":
        if _is_none(ctx, text):
            await seats.save(ctx.tx, replace(seat, step=""))
            await seats.drop_reason(ctx.tx, circle.audit.id, seat.token)
            return ctx.reply(t("Good: no reason."))
        return await drafts.begin(ctx, circle, seat, text)
    return ctx.reply(
        t(
            "Red lines are not collected any more in round {number}; I have kept nothing.",
            number=circle.number,
        ),
        how_to(),
    )


def _is_none(ctx: Context, text: str) -> bool:
    """Whether somebody says that they have none, of what they were asked for."""
    # Translators: how people say that they have no red line, or no reason, with commas between.
    said = t("none, no, nothing, no reason, no red line")
    known = [
        one for language in (ctx.language, "en") for one in ctx.house.catalogs.say(said, language).split(",")
    ]
    return fold(text).strip(".!") in {fold(one) for one in known}


async def _first_words(ctx: Context, circle: Circle, seat: Seat) -> list[Outgoing] | None:
    """Who has not been told yet what this is about does not mean a red line with their first words."""
    phase = f"{circle.audit.state}:{circle.audit.round}"
    if seat.told == phase:
        return None
    hello = await greet(ctx, circle, ctx.sender, ctx.room.room_id)
    return [*hello, *ctx.reply(t("I have not kept this message."))]


def is_late(ctx: Context, audit: Audit) -> Text | None:
    """That what is said now came after the end of its phase."""
    at = ctx.sent_at or ctx.now
    if at <= audit.ends:
        return None
    if audit.state is State.COLLECTING:
        return t("That came after the end of the collecting, so it does not count. I have kept nothing.")
    return t("That came after the end of the round, so it does not count. I have kept nothing.")


async def chosen(ctx: Context, circles: Sequence[Circle], said: str) -> tuple[Circle, Seat] | list[Outgoing]:
    """The round that the person means, with their seat for one of their groups; or a question."""
    known = [
        (circle, seat) for circle in circles if (seat := await seat_of(ctx, circle, ctx.sender)) is not None
    ]
    if not known:
        return []
    found = known[0] if len(known) == 1 else next((pair for pair in known if pair[1].chosen), None)
    number = fold(said).lstrip("#")
    if found is None:
        found = next((pair for pair in known if pair[0].number == number), None)
        if found is None:
            return ctx.reply(*_which([circle for circle, _ in known]))
        return await turn_to(ctx, circles, found[0])
    circle, seat = found
    if seat.group is not None:
        return circle, seat
    mine = await groups_of(ctx, circle, ctx.sender)
    if not (number.isdecimal() and len(number) == 1 and 1 <= int(number) <= len(mine)):
        return ctx.reply(*which_group(mine), t("I have not kept this message."))
    seat = replace(seat, group=mine[int(number) - 1].id, told=f"{circle.audit.state}:{circle.audit.round}")
    await seats.save(ctx.tx, seat)
    return [
        *ctx.reply(*await hello_lines(ctx, circle, seat, ctx.sender)),
        *await ask(ctx, circle, ctx.sender, ctx.room.room_id),
    ]


async def turn_to(ctx: Context, circles: Sequence[Circle], circle: Circle) -> list[Outgoing]:
    """From now on the person writes about this round."""
    for one in circles:
        seat = await seat_of(ctx, one, ctx.sender)
        if seat is not None:
            here = one.audit.id == circle.audit.id
            phase = f"{one.audit.state}:{one.audit.round}"
            await seats.save(ctx.tx, replace(seat, chosen=here, told=phase if here else seat.told))
    seat = await seat_of(ctx, circle, ctx.sender)
    if seat is None:
        return []
    poll = await ask(ctx, circle, ctx.sender, ctx.room.room_id) if seat.group is not None else []
    return [*ctx.reply(*await hello_lines(ctx, circle, seat, ctx.sender)), *poll]


def _which(circles: Sequence[Circle]) -> list[Text]:
    return [
        t("You can take part in several rounds. Which one do you mean? Answer with its number."),
        *(t("{number}. {words}", number=circle.number, words=circle.title) for circle in circles),
        t("I have not kept this message."),
    ]


def _is_help(ctx: Context, message: Message) -> bool:
    aliases = ctx.house.catalogs.command_aliases(ctx.language, ["help"])
    said = fold(message.body[:100])
    return said == "help" or aliases.get(said) == "help"
