"""Sending a dispatch: who may, to whom it goes, and the messages it causes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import dispatch as rules
from bot.domain.dispatch import Dispatch
from bot.domain.group import Attribution, Group
from bot.domain.incoming import Fetched
from bot.domain.outgoing import Fetch, Outgoing, Relay, RowRef, Say
from bot.domain.parts import parts
from bot.domain.text import Listing, Text, Words, t, tn
from bot.domain.thread import ACK, COPY, INTRO, MEDIA
from bot.domain.twinning import State
from bot.handlers import enclosing, signing
from bot.handlers.context import Context, Given
from bot.handlers.dispatch import approval, consent, enclosed
from bot.handlers.dispatch.ask import ask, meant
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.names import name_of
from bot.handlers.dispatch.rights import may
from bot.handlers.edits import author
from bot.handlers.parting import in_parts
from bot.handlers.rates import too_much
from bot.handlers.refusal import refuse
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.i18n import fold
from bot.storage import dispatches, groups, people

FETCHED = "dispatch-fetched"
_WISHES = ("urgent", "preview")
_LOOKED_AT = 200  # characters at the beginning of a text


async def send(ctx: Context, given: Given) -> list[Outgoing]:
    """`!dispatch TEXT`, or as a reply to one's own message."""
    group = ctx.group
    if group is None:
        return await _in_joint(ctx)
    if not may(ctx, group):
        return await refuse(
            ctx,
            t("In this group dispatches are sent by stewards (power level 50 or more)."),
            t("A steward can open it to all members: {command}", command="!group set dispatch members"),
        )
    draft = await drafted(ctx, group, given)
    if not isinstance(draft, Draft):
        return await refuse(ctx, *draft)
    if ctx.file is not None:
        problem = await _unfit(ctx, group, draft)
        return await (
            refuse(ctx, *problem) if problem else enclosed.look(ctx, replace(draft, typed=True), ctx.file)
        )
    if draft.typed:
        return await accept(ctx, group, draft)
    if ctx.reply_to is not None:
        return [Fetch(ctx.room.room_id, ctx.reply_to, topic=FETCHED, by=ctx.sender, payload=draft.dump())]
    return await refuse(
        ctx,
        t("What is the news? Write it after {command}.", command="!dispatch"),
        t(
            "Usage: {usage}",
            usage="!dispatch TEXT [to=GROUP] [as=group|member|name] [urgent=yes] [preview=yes]",
        ),
    )


async def drafted(ctx: Context, group: Group, given: Given) -> Draft | list[Text]:
    """The dispatch as typed, or why its options cannot be."""
    attribution = _attribution(ctx, group, given.get("as"))
    if attribution is None:
        return [
            t(
                "After {option} I understand: {choices}",
                option="as=",
                choices=", ".join(_choices(ctx).values()),
            ),
            t("Nothing was sent."),
        ]
    found = await _recipients(ctx, group, given.get("to"))
    if isinstance(found, Text):
        return [found, t("Nothing was sent."), t("{command} shows your twinnings.", command="!twin")]
    wishes = {name: ctx.house.catalogs.answer(given.get(name) or "no", ctx.language) for name in _WISHES}
    for name in _WISHES:
        if wishes[name] is None:
            return [
                t("After {option} I understand: {choices}", option=f"{name}=", choices="yes, no"),
                t("Nothing was sent."),
            ]
    urgent = wishes["urgent"]
    if urgent == "yes" and not (ctx.is_steward or ctx.sender in group.settings.urgent):
        return [
            t(
                "Urgent dispatches are sent by stewards, and by those whom they name with: {command}",
                command="!group set urgent NAME",
            )
        ]
    text = given.get("TEXT")
    addressed = await _addressed(ctx, group, text or "") if given.get("to") is None else None
    if addressed is not None:
        return [t("Did you mean {command}? Nothing was sent.", command=f"to={addressed}")]
    return Draft(
        text or "",
        attribution,
        typed=text is not None,
        to=found,
        urgent=urgent == "yes",
        preview=wishes["preview"] == "yes",
    )


async def _in_joint(ctx: Context) -> list[Outgoing]:
    """In a joint room: nothing leaves it, and whose news it would be is open."""
    names = Listing(tuple(group.name for group in await groups.of_member(ctx.tx, ctx.sender)))
    which = t("From which group? Type it in the room of: {groups}", groups=names) if names.items else None
    line = t("This is a joint room: nothing that is written here goes to another room.")
    return await refuse(ctx, line, *([which] if which else []))


async def _recipients(ctx: Context, group: Group, typed: str | None) -> tuple[int, ...] | Text:
    """The groups that `to=` names, separated by commas; empty, for all twins, only where it was left out."""
    found = []
    for name in typed.split(",") if typed is not None else ():
        twin = await named_by(ctx.tx, group, name)
        if twin is None:
            return t("Your group has no twin “{twin}”.", twin=name.strip()[:40])
        found.append(twin.group.id)
    return tuple(found)


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
    if not may(ctx, group):
        return []
    if await dispatches.by_source(ctx.tx, message.event_id):
        return ctx.reply(t("That message is a dispatch already."))
    file = message.file if message.kind in MEDIA else None
    if message.kind in MEDIA and (file is None or message.sender == ctx.sender):
        draft = Draft.load(outcome.payload)
        problem = await _unfit(ctx, group, draft)
        return ctx.reply(*problem) if problem else await enclosed.of_reply(ctx, draft, message)
    draft = replace(Draft.load(outcome.payload), text=message.body if file is None else file.caption)
    if message.sender != ctx.sender:
        active = [one for one in await meant(ctx, group, draft) if one.twinning.is_active(ctx.now.date())]
        needs_words = file is None or draft.text.strip()
        problem = (_problem(draft.text) if needs_words else []) or await nobody(ctx, group, draft)
        if problem:
            return ctx.reply(*problem)
        return await consent.request(ctx, group, replace(message, file=file), draft, active)
    draft = replace(draft, request=ctx.origin)
    ctx.origin, ctx.sent_at = message.event_id, message.sent_at
    return await accept(ctx, group, draft)


async def _addressed(ctx: Context, group: Group, text: str) -> str | None:
    """The one of several twins that the text begins with, as in "to madrid …": perhaps for it alone."""
    words = [fold(word) for word in text[:_LOOKED_AT].split()[:2]]
    twins = [twin.alias_for(group) for twin in await twins_of(ctx.tx, group)]
    if len(words) < 2 or len(twins) < 2:
        return None
    aliases_of_to = {"to", *ctx.house.catalogs.option_aliases(ctx.language, ["to"])}
    return next((twin for twin in twins if words[0] in aliases_of_to and fold(twin) == words[1]), None)


def _attribution(ctx: Context, group: Group, typed: str | None) -> Attribution | None:
    if typed is None:
        return group.settings.attribution
    choices = _choices(ctx)
    return next((one for one, name in choices.items() if fold(typed) in (one, fold(name))), None)


def _choices(ctx: Context) -> dict[Attribution, str]:
    names = {Attribution.GROUP: t("group"), Attribution.MEMBER: t("member"), Attribution.NAME: t("name")}
    return {one: ctx.house.catalogs.say(name, ctx.language) for one, name in names.items()}


def _problem(text: str) -> list[Text]:
    size = len(text)
    if size > rules.LONGEST_TEXT:
        return [
            t(
                "This text has {size} characters; a dispatch can have {limit}.",
                size=size,
                limit=rules.LONGEST_TEXT,
            ),
            t("Please shorten it, or send it as several dispatches."),
        ]
    return [t("There is no text in it. Nothing was sent.")] if rules.is_blank(text) else []


async def accept(
    ctx: Context, group: Group, draft: Draft, *, first: bool = True, number: int | None = None
) -> list[Outgoing]:
    """Store the dispatch and a copy for each active twin that it is for; `first` ask, where need be.

    One that was approved has got its `number` before.
    """
    has_file = await enclosing.waits(ctx, ctx.origin)
    if draft.enclosed and not has_file:
        return ctx.reply(t("I do not have this picture any more. Please send it again."))
    problem = [] if has_file else _problem(draft.text)
    if problem:
        return await refuse(ctx, *problem)
    everyone = await meant(ctx, group, draft)
    active = [twin for twin in everyone if twin.twinning.is_active(ctx.now.date())]
    if not active:
        await enclosing.drop(ctx, ctx.origin)
        return await refuse(ctx, *_nobody(everyone))
    person = await _signs(ctx, draft)
    if first and person is None:
        await enclosing.drop(ctx, ctx.origin)
        return await refuse(ctx, *_no_name())
    asked = await ask(ctx, group, active, draft) if first else None
    if asked is not None:
        return asked
    alone = number is None and approval.is_wanted(group)
    if alone and not approval.goes_at_once(ctx, group, draft):
        return await approval.wait(ctx, group, draft, active)
    stays = await too_much(ctx, group, draft.text)
    if stays:
        if number is None:  # else it still waits for approval
            await enclosing.drop(ctx, ctx.origin)
        return ctx.reply(*stays)
    draft = draft if person is not None else replace(draft, attribution=Attribution.MEMBER)
    dispatch = await _store(ctx, group, draft, number)
    ack = ctx.answer(
        t(
            "{name} is stored and on its way to {twins}.",
            name=name_of(group, dispatch),
            twins=aliases(active, group),
        ),
        *_in_parts(draft.text),
        *_left_out(everyone, active, group),
        *([t("It goes without a second person's approval, since it is urgent.")] if alone else []),
        what=ACK,
    )
    ack = replace(ack, source=dispatch.source, dispatch=dispatch.id, thread=None, notice=not alone)
    out: list[Outgoing] = [ack]
    out.append(_intro(dispatch, group, [twin.group for twin in active], ACK))
    by, command = author(ctx, dispatch.source), "dispatch" if draft.typed else ""
    for twin in active:
        copy = _copy(group, twin, dispatch, draft, person or "", marked=alone)
        copy = replace(copy, by=by, command=command, urgent=draft.urgent)
        readers = await _readers(ctx, group, twin.group, active)
        out += [*in_parts(ctx, copy), _intro(dispatch, twin.group, readers, COPY)]
    return await enclosing.with_files(ctx, dispatch.source, out)


async def _signs(ctx: Context, draft: Draft) -> str | None:
    """The name that the author signs with, "" if they do not sign; None if they have none for themselves."""
    if draft.attribution is not Attribution.NAME:
        return ""
    name = await people.name(ctx.tx, ctx.sender)
    return None if name is None or await signing.taken(ctx, ctx.sender, name) else name


async def _unfit(ctx: Context, group: Group, draft: Draft) -> list[Text]:
    """Why it cannot go as it is, which is said before its file is looked at."""
    return _no_name() if await _signs(ctx, draft) is None else await nobody(ctx, group, draft)


def _no_name() -> list[Text]:
    return [
        t(
            "You have no name of your own to sign with. In a direct chat with me: {command}",
            command='!name "NAME"',
        ),
        t("Nothing was sent."),
    ]


async def _readers(ctx: Context, writer: Group, reader: Group, having: list[Twin]) -> list[Group]:
    """The groups that read what `reader` writes in the thread."""
    known = {writer.id, *(twin.group.id for twin in having)}
    today = ctx.now.date()
    twins = [twin for twin in await twins_of(ctx.tx, reader) if twin.twinning.is_active(today)]
    return sorted(
        (twin.group for twin in twins if twin.group.id in known), key=lambda one: one.id != writer.id
    )


async def nobody(ctx: Context, group: Group, draft: Draft) -> list[Text]:
    """Why nobody would get it; empty where somebody does."""
    everyone = await meant(ctx, group, draft)
    active = any(twin.twinning.is_active(ctx.now.date()) for twin in everyone)
    return [] if active else _nobody(everyone)


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


def _in_parts(text: str) -> list[Text]:
    several = len(parts(text))
    if several == 1:
        return []
    return [tn("It is long: it goes in {count} part.", "It is long: it goes in {count} parts.", several)]


async def _store(ctx: Context, group: Group, draft: Draft, number: int | None) -> Dispatch:
    number = number if number is not None else await groups.next_number(ctx.tx, group.id)
    written_at = ctx.sent_at or ctx.now
    dispatch_id = await dispatches.add(
        ctx.tx,
        group=group.id,
        number=number,
        author=ctx.sender,
        source=ctx.origin,
        room_id=group.room_id,
        original=draft.text if group.settings.keep else None,
        language=group.language,
        written_at=written_at,
        keep_until=written_at + timedelta(days=group.settings.keep),
        signed=draft.attribution is Attribution.NAME,
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


def _copy(group: Group, twin: Twin, dispatch: Dispatch, draft: Draft, person: str, *, marked: bool) -> Relay:
    name = f"{twin.alias_of(group)}-{dispatch.number}"
    return Relay(
        room_id=twin.group.room_id,
        words=Words(draft.text, group.language, group.name, group.among),
        target=twin.group.language,
        also=twin.group.settings.others,
        zone=twin.group.zone,
        written_at=dispatch.written_at,
        header=signing.header(name, group.name, draft.attribution, person, marked=marked),
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
