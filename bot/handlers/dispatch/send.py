"""Sending a dispatch: who may, to whom it goes, and the messages it causes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain import dispatch as rules
from bot.domain.dispatch import Dispatch
from bot.domain.group import Attribution, Group, Speakers
from bot.domain.incoming import Fetched
from bot.domain.outgoing import Fetch, Outgoing, Relay, RowRef, Say
from bot.domain.text import Listing, Text, Words, t
from bot.domain.thread import ACK, COPY, INTRO, MEDIA
from bot.domain.twinning import State
from bot.handlers.context import Context, Given
from bot.handlers.dispatch.names import name_of
from bot.handlers.refusal import refuse
from bot.handlers.twins import Twin, aliases, twins_of
from bot.handlers.warning import avoided
from bot.storage import dispatches, groups, questions

FETCHED = "dispatch-fetched"
WARNED = "dispatch-warned"
ASK_FOR = timedelta(hours=24)


async def send(ctx: Context, given: Given) -> list[Outgoing]:
    """`!dispatch TEXT`, or as a reply to one's own message."""
    group = ctx.group
    if group is None:
        return []
    if not _may(ctx, group):
        return await refuse(
            ctx,
            t("In this group dispatches are sent by stewards (power level 50 or more)."),
            t("A steward can open it to all members: {command}", command="!group set dispatch members"),
        )
    attribution = _attribution(group, given.get("as"))
    if attribution is None:
        return await refuse(
            ctx, t("After {option} I understand: {choices}", option="as=", choices="group, member")
        )
    text = given.get("TEXT")
    if text is not None:
        return await _accept(ctx, group, text, attribution)
    if ctx.reply_to is not None:
        return [Fetch(ctx.room.room_id, ctx.reply_to, topic=FETCHED, by=ctx.sender, payload=attribution)]
    return await refuse(
        ctx,
        t("What is the news? Write it after {command}.", command="!dispatch"),
        t("Usage: {usage}", usage="!dispatch TEXT [as=group|member]"),
    )


async def fetched(ctx: Context, outcome: Fetched) -> list[Outgoing]:
    """The message that was replied to is here, or could not be read."""
    group, message = ctx.group, outcome.message
    if group is None:
        return []
    if message is None:
        return ctx.reply(
            t(
                "I cannot read that message; perhaps I joined later. Please write it after {command}.",
                command="!dispatch",
            )
        )
    if message.sender != ctx.sender:
        return ctx.reply(
            t("That message is somebody else's. I take over your own messages only."),
            t("Nobody's words cross without them."),
        )
    if message.kind in MEDIA:
        return ctx.reply(t("Pictures and files do not cross yet; only text does."))
    if not _may(ctx, group):
        return []
    ctx.origin, ctx.sent_at = message.event_id, message.sent_at
    if await dispatches.by_source(ctx.tx, message.event_id):
        return ctx.reply(t("That message is a dispatch already."))
    return await _accept(ctx, group, message.body, Attribution(outcome.payload))


def _may(ctx: Context, group: Group) -> bool:
    return ctx.is_steward or (group.settings.dispatch is Speakers.MEMBERS and ctx.room.has(ctx.sender))


def _attribution(group: Group, typed: str | None) -> Attribution | None:
    if typed is None:
        return group.settings.attribution
    return next((one for one in Attribution if one == typed.casefold()), None)


async def confirmed(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The author's answer to a warning."""
    group, asked = ctx.group, json.loads(payload)
    if group is None or not _may(ctx, group):
        return []
    if not yes:
        return ctx.reply(t("Nothing was sent."))
    ctx.origin, ctx.sent_at = asked["event"], datetime.fromisoformat(asked["at"])
    return await _accept(ctx, group, asked["text"], Attribution(asked["as"]), warn=False)


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered the warning: the words are forgotten, and the author is told."""
    if ctx.group is None:
        return []
    return ctx.reply(t("I have forgotten this dispatch: my question was not answered within a day."))


async def _warned(
    ctx: Context, active: list[Twin], text: str, attribution: Attribution
) -> list[Outgoing] | None:
    """Ask before words cross that a twin asked to avoid; None if there are none."""
    lines = await avoided(ctx, active, text)
    if not lines:
        return None
    sent_at = (ctx.sent_at or ctx.now).isoformat()
    payload = json.dumps({"text": text, "as": attribution, "event": ctx.origin, "at": sent_at})
    await questions.ask(ctx.tx, ctx.room.room_id, ctx.sender, WARNED, ctx.origin, payload, ctx.now + ASK_FOR)
    asking = ctx.answer(*lines[:8], t("Send it anyway? Answer “yes” or “no”."), what="ask")
    return [replace(asking, source=ctx.origin)]  # as the question's, so that a reply to it finds it


async def _accept(
    ctx: Context, group: Group, text: str, attribution: Attribution, *, warn: bool = True
) -> list[Outgoing]:
    """Store the dispatch and a copy for each active twin."""
    size = rules.size(text)
    if size > rules.LONGEST_TEXT:
        return await refuse(
            ctx,
            t(
                "This text has {size} bytes; a dispatch can have {limit}.",
                size=size,
                limit=rules.LONGEST_TEXT,
            ),
            t("Please shorten it, or send it as several dispatches."),
        )
    if rules.is_blank(text):
        return await refuse(ctx, t("There is no text in it. Nothing was sent."))
    everyone = await twins_of(ctx.tx, group)
    active = [twin for twin in everyone if twin.twinning.is_active(ctx.now.date())]
    if not active:
        return await refuse(ctx, *_nobody(everyone))
    asked = await _warned(ctx, active, text, attribution) if warn else None
    if asked is not None:
        return asked
    dispatch = await _store(ctx, group, text)
    ack = ctx.answer(
        t(
            "{name} is stored and on its way to {twins}.",
            name=name_of(group, dispatch),
            twins=aliases(active, group),
        ),
        *_left_out(everyone, active, group),
        what=ACK,
    )
    out: list[Outgoing] = [replace(ack, source=dispatch.source, dispatch=dispatch.id, thread=None)]
    out.append(_intro(dispatch, group, [twin.group for twin in active], ACK))
    for twin in active:
        out += [_copy(group, twin, dispatch, text, attribution), _intro(dispatch, twin.group, [group], COPY)]
    return out


def _nobody(everyone: list[Twin]) -> list[Text]:
    if any(twin.twinning.state is State.PAUSED for twin in everyone):
        return [
            t("Nothing was sent: the twinning is paused."),
            t(
                "{command} shows who paused it. What is written now is not sent later by itself.",
                command="!twin",
            ),
        ]
    if everyone:
        return [
            t("Nothing was sent: the twinning is not active yet."),
            t("{command} shows who has to answer.", command="!twin"),
        ]
    return [
        t("Nothing was sent: your group has no twin."),
        t(
            "To find one: {code} gives you a code to hand over; {propose} takes theirs.",
            code="!group code",
            propose="!twin propose CODE",
        ),
    ]


def _left_out(everyone: list[Twin], active: list[Twin], group: Group) -> list[Text]:
    paused = [twin for twin in everyone if twin.twinning.state is State.PAUSED]
    return [t("Not to {twins}: that twinning is paused.", twins=aliases(paused, group))] if paused else []


async def _store(ctx: Context, group: Group, text: str) -> Dispatch:
    number = await groups.next_number(ctx.tx, group.id)
    written_at = ctx.sent_at or ctx.now
    dispatch_id = await dispatches.add(
        ctx.tx,
        group=group.id,
        number=number,
        author=ctx.sender,
        source=ctx.origin,
        room_id=group.room_id,
        original=text if group.settings.keep else None,
        language=group.language,
        written_at=written_at,
        keep_until=written_at + timedelta(days=group.settings.keep),
    )
    return Dispatch(
        dispatch_id,
        group.id,
        number,
        ctx.sender,
        ctx.origin,
        group.room_id,
        rules.State.OPEN,
        None,
        group.language,
        written_at,
    )


def _copy(group: Group, twin: Twin, dispatch: Dispatch, text: str, attribution: Attribution) -> Relay:
    name = f"{twin.alias_of(group)}-{dispatch.number}"
    if attribution is Attribution.MEMBER:
        header = t("{name} · a member of {group}", name=name, group=group.name)
    else:
        header = t("{name} · {group}", name=name, group=group.name)
    return Relay(
        room_id=twin.group.room_id,
        words=Words(text, group.language, group.name),
        target=twin.group.language,
        zone=twin.group.zone,
        written_at=dispatch.written_at,
        header=header,
        what=COPY,
        source=dispatch.source,
        origin_room=group.room_id,
        dispatch=dispatch.id,
        twinning=twin.twinning.id,
    )


def _intro(dispatch: Dispatch, reader: Group, others: list[Group], root: str) -> Say:
    """The first message of the shared thread: who reads it."""
    return Say(
        room_id=reader.room_id,
        lines=(
            t(
                "Shared thread. What is written here is translated and read by: {readers}.",
                readers=Listing(tuple(group.name for group in others)),
            ),
            t("Everything else in this room stays here."),
        ),
        language=reader.language,
        what=INTRO,
        source=dispatch.source,
        thread=RowRef(dispatch.source, reader.room_id, root),
    )
