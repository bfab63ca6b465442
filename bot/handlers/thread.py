"""The shared thread under a dispatch: what is written in it goes to the groups that read it.

Rules:
- It hangs under the bot's own posts: its answer in the author's room, the copy in a twin's room.
- A message goes to the groups that have the dispatch and are actively twinned with the writer's group.
- The first time ever that a person writes in one, their message waits for their "yes", unless their
  group has switched that off.
- A plain reply outside the thread never crosses; the person is told so once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import regex

from bot.domain import dispatch as rules
from bot.domain.dispatch import Dispatch
from bot.domain.group import Group
from bot.domain.ids import pseudonym
from bot.domain.incoming import Message, Redaction
from bot.domain.outgoing import Outgoing, Relay, RowRef, Say
from bot.domain.text import Listing, Text, Words, t
from bot.domain.thread import ACK, COPY, MEDIA, ROOTS, VOICE
from bot.handlers.context import Argument, Command, Context, Given, Noun, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.handlers.removal import remove_relays
from bot.handlers.twins import Twin, twins_of
from bot.handlers.warning import avoided
from bot.storage import dispatches, groups, outbox, people, questions
from bot.storage.outbox import Entry
from bot.storage.questions import Question

ASK_FOR = timedelta(hours=24)
TOPIC = "thread"
_NUMBERED = regex.compile(r"\s*((?:[\p{L}\p{M}\p{N}-]+-)?\d{1,9})\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Thread:
    """A dispatch's thread as the group of this room has it."""

    dispatch: Dispatch
    group: Group
    readers: tuple[Twin, ...]


async def _thread_at(ctx: Context, root: str | None) -> Thread | None:
    """The shared thread whose root this event is, if it is one."""
    if root is None or ctx.group is None:
        return None
    entry = await outbox.by_event(ctx.tx, root)
    if entry is None or entry.what not in ROOTS:
        return None
    dispatch = await dispatches.by_source(ctx.tx, entry.source)
    return await _thread(ctx, ctx.group, dispatch) if dispatch else None


async def _thread(ctx: Context, group: Group, dispatch: Dispatch) -> Thread:
    having = {dispatch.room_id}
    having |= {row.room_id for row in await outbox.copies(ctx.tx, dispatch.id) if row.is_open or row.event_id}
    today = ctx.now.date()
    readers = [
        twin
        for twin in await twins_of(ctx.tx, group)
        if twin.group.room_id in having and twin.twinning.is_active(today)
    ]
    return Thread(dispatch, group, tuple(readers))


async def written(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A message in a shared thread."""
    if message.edits is not None:
        return await _edited(ctx, message)
    thread = await _thread_at(ctx, message.thread)
    if thread is None:
        return None
    if message.kind in MEDIA:
        return ctx.reply(t("Pictures and files do not cross yet; only text does."))
    return await _take(ctx, thread, message.body)


async def _take(ctx: Context, thread: Thread, text: str, *, typed: bool = False) -> list[Outgoing]:
    """Relay a text, or ask first. `typed`: as a command, not in the thread."""
    problem = _problem(thread, text)
    if problem:
        return await refuse(ctx, *problem) if typed else ctx.reply(*problem)
    warnings = await avoided(ctx, thread.readers, text)
    new = thread.group.settings.threadconfirm and not await people.knows_threads(ctx.tx, ctx.sender)
    if new or warnings:
        sent_at = (ctx.sent_at or ctx.now).isoformat()
        payload = json.dumps(
            {
                "dispatch": thread.dispatch.id,
                "text": text,
                "event": ctx.origin,
                "at": sent_at,
                "typed": typed,
            }
        )
        await questions.ask(
            ctx.tx, ctx.room.room_id, ctx.sender, TOPIC, ctx.origin, payload, ctx.now + ASK_FOR
        )
        asking = ctx.answer(
            t("This thread is read outside this room, by: {readers}.", readers=_names(thread)),
            *warnings[:8],
            t("Shall your message go there? Answer “yes” or “no”. I ask you this once only.")
            if new
            else t("Send it anyway? Answer “yes” or “no”."),
            what="ask",
        )
        return [replace(asking, source=ctx.origin)]  # as the question's, so that a reply to it finds it
    return await _relay(ctx, thread, text, ctx.origin, ctx.sent_at or ctx.now)


def _problem(thread: Thread, text: str) -> list[Text]:
    if thread.dispatch.state is rules.State.WITHDRAWN:
        return [t("This thread has ended: its dispatch was withdrawn. Nothing was relayed.")]
    if not thread.readers:
        return [
            t("Nobody else reads this thread now: the twinning is paused or has ended. Nothing was relayed.")
        ]
    size = rules.size(text)
    if size > rules.LONGEST_TEXT:
        return [
            t("This text has {size} bytes; a message can have {limit}.", size=size, limit=rules.LONGEST_TEXT)
        ]
    return [t("There is no text in it. Nothing was relayed.")] if rules.is_blank(text) else []


def _names(thread: Thread) -> Listing:
    return Listing(tuple(twin.group.name for twin in thread.readers))


async def _relay(
    ctx: Context, thread: Thread, text: str, source: str, written_at: datetime
) -> list[Outgoing]:
    dispatch, group = thread.dispatch, thread.group
    person = pseudonym(ctx.house.key, f"dispatch:{dispatch.id}", ctx.sender)
    letter = await dispatches.voice(ctx.tx, dispatch.id, group.id, person)
    return [
        Relay(
            room_id=twin.group.room_id,
            words=Words(text, group.language, group.name),
            target=twin.group.language,
            zone=twin.group.zone,
            written_at=written_at,
            header=t("{group} {letter}", group=twin.alias_of(group).title(), letter=letter),
            what=VOICE,
            source=source,
            thread=_root(dispatch, twin.group.room_id),
            origin_room=group.room_id,
            dispatch=dispatch.id,
            twinning=twin.twinning.id,
        )
        for twin in thread.readers
    ]


def _root(dispatch: Dispatch, room_id: str) -> RowRef:
    return RowRef(dispatch.source, room_id, ACK if room_id == dispatch.room_id else COPY)


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The person's answer to the question of their first message; other messages that wait go along."""
    waiting = [payload]
    for question in await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now):
        if question.topic == TOPIC:
            waiting.append(question.payload)
            await questions.close(ctx.tx, question.id)
    if not yes:
        return ctx.reply(t("It stays here. Nothing was relayed."))
    await people.set_knows_threads(ctx.tx, ctx.sender)
    out: list[Outgoing] = []
    problems: list[Text] = []
    for one in waiting:
        kept = json.loads(one)
        dispatch = await dispatches.load(ctx.tx, kept["dispatch"])
        if dispatch is None or ctx.group is None:
            continue
        thread = await _thread(ctx, ctx.group, dispatch)
        problem = _problem(thread, kept["text"])
        if problem:
            problems += [line for line in problem if line not in problems]
            continue
        written_at = datetime.fromisoformat(kept["at"])
        out += await _relay(ctx, thread, kept["text"], kept["event"], written_at)
    return [*out, *ctx.reply(*problems)] if problems else out


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the words are forgotten, and the person is told."""
    dispatch = await dispatches.load(ctx.tx, json.loads(payload)["dispatch"])
    if dispatch is None or ctx.group is None:
        return []
    return ctx.reply(
        t("I have forgotten this message: my question was not answered within a day. Nothing was relayed.")
    )


async def replied(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A plain reply to something relayed does not cross; the person is told once how to."""
    if message.thread is not None or message.reply_to is None or message.edits is not None:
        return None
    entry = await outbox.by_event(ctx.tx, message.reply_to)
    if entry is None or ctx.group is None or entry.kind != "relay":
        return None
    if message.kind in MEDIA or not await people.tell_replies(ctx.tx, ctx.sender):
        return []
    return ctx.reply(
        t(
            "This reply stays here. To answer the other group, write in the dispatch's thread, or: {usage}",
            usage="!answer TEXT",
        )
    )


async def _edited(ctx: Context, message: Message) -> list[Outgoing] | None:
    if message.edits is None or ctx.group is None:
        return None
    asked = await _question(ctx, message.edits)
    if asked is not None:
        return await _reworded(ctx, asked, message.body)
    relays = await outbox.relays_of(ctx.tx, message.edits)
    if not any(row.what == VOICE and row.origin_room == ctx.room.room_id for row in relays):
        return None
    return ctx.reply(
        t("Your change does not reach the other rooms: what has been relayed cannot be edited yet."),
        t("If it matters, delete your message, which removes it everywhere, and write it anew."),
    )


async def _question(ctx: Context, source: str) -> Question | None:
    """The question about one's own message that still waits."""
    waiting = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    return next((one for one in waiting if one.topic == TOPIC and one.source == source), None)


async def _reworded(ctx: Context, asked: Question, text: str) -> list[Outgoing]:
    """What its author sees is what will cross: the words that wait change with the message."""
    kept = json.loads(asked.payload)
    if kept["typed"]:
        await questions.close(ctx.tx, asked.id)
        return ctx.reply(t("I have forgotten your answer, since you changed it. Please write it anew."))
    await questions.reword(ctx.tx, asked.id, json.dumps(kept | {"text": text}))
    return []


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """A message of a thread was deleted: its copies go, and a question about it is closed."""
    await questions.drop_source(ctx.tx, redaction.room_id, redaction.redacts)
    relays = await outbox.relays_of(ctx.tx, redaction.redacts)
    if not any(row.what == VOICE and row.origin_room == redaction.room_id for row in relays):
        return []
    return await remove_relays(ctx, redaction.redacts)


async def _answer(ctx: Context, given: Given) -> list[Outgoing]:
    """`!answer [N] TEXT`, for clients without threads."""
    group, text = ctx.group, given["TEXT"]
    if group is None:
        return []
    dispatch: Dispatch | None = None
    numbered = _NUMBERED.match(text)
    if numbered:
        dispatch = await _named(ctx, group, numbered[1].casefold())
        text = text[numbered.end() :] if dispatch else text
    if dispatch is None and (root := await _replied_to(ctx)):
        dispatch = root
    if dispatch is None:
        dispatch = await _latest(ctx)
    if dispatch is None:
        return await refuse(ctx, t("There is no dispatch in this room to answer."))
    name = await _name(ctx, group, dispatch)
    out = await _take(ctx, await _thread(ctx, group, dispatch), text, typed=True)
    if any(isinstance(one, Relay) for one in out):
        out += ctx.reply(t("Your answer to {name} is on its way.", name=name))
    return out


async def _named(ctx: Context, group: Group, typed: str) -> Dispatch | None:
    """The dispatch that "12" (one's own) or "oaxaca-3" (a twin's) names in this room."""
    handle, _, number = typed.rpartition("-")
    if handle in ("", group.handle):
        return await dispatches.numbered(ctx.tx, group.id, int(number))
    for twin in await twins_of(ctx.tx, group):
        if twin.alias_for(group) == handle:
            return await dispatches.numbered(ctx.tx, twin.group.id, int(number))
    return None


async def _replied_to(ctx: Context) -> Dispatch | None:
    entry = await outbox.by_event(ctx.tx, ctx.reply_to or ctx.thread or "")
    return await dispatches.load(ctx.tx, entry.dispatch) if entry and entry.dispatch else None


async def _latest(ctx: Context) -> Dispatch | None:
    newest = await outbox.newest_dispatch(ctx.tx, ctx.room.room_id)
    return await dispatches.load(ctx.tx, newest) if newest is not None else None


async def _name(ctx: Context, group: Group, dispatch: Dispatch) -> str:
    for twin in await twins_of(ctx.tx, group):
        if twin.group.id == dispatch.group:
            return f"{twin.alias_for(group)}-{dispatch.number}"
    writer = await groups.load(ctx.tx, dispatch.group)
    return f"{writer.handle if writer else '?'}-{dispatch.number}"


async def told(ctx: Context, entry: Entry) -> list[Outgoing]:
    """A relayed message of a thread did not arrive: its author is told where."""
    if entry.what != VOICE or entry.state not in ("failed", "cancelled") or entry.reason == "withdrawn":
        return []
    target = await groups.of_room(ctx.tx, entry.room_id)
    origin = await groups.of_room(ctx.tx, entry.origin_room or "")
    if target is None or origin is None:
        return []
    return [
        Say(
            room_id=origin.room_id,
            lines=(t("This message did not reach {group}.", group=target.name),),
            language=origin.language,
            what=f"lost:{target.id}",
            source=entry.source,
            reply_to=entry.source,
        )
    ]


NOUN = Noun(
    commands=(
        Command(
            words=("answer",),
            summary=t("answers a dispatch; the same as writing in its thread"),
            theme=Theme.DISPATCH,
            run=_answer,
            who=frozenset({Who.STEWARD, Who.MEMBER}),
            arguments=(Argument("TEXT", Shape.REST),),
        ),
    ),
    texts=(written, replied),
    answers={TOPIC: answered},
    expired={TOPIC: expired},
    redactions=(deleted,),
    settled=(told,),
)
