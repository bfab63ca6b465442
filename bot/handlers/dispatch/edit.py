"""The edit of the message that made a dispatch: every copy changes, and so does what is kept of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from bot.domain.dispatch import State
from bot.domain.group import Group
from bot.domain.incoming import Message
from bot.domain.outgoing import Clean, Outgoing
from bot.domain.text import Text, t
from bot.domain.thread import COPY, VOICE
from bot.handlers import edits, enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch import approval, consent, enclosed
from bot.handlers.dispatch.ask import TOPIC, ask_again, meant
from bot.handlers.dispatch.commands import COMMANDS
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.rights import may
from bot.handlers.dispatch.send import accept, drafted
from bot.handlers.rates import too_much
from bot.handlers.succession import onward
from bot.handlers.twins import twins_of
from bot.handlers.warning import new_doubts
from bot.storage import approvals, dispatches, outbox, questions
from bot.storage.outbox import Entry
from bot.storage.questions import Question


async def edited(ctx: Context, message: Message) -> list[Outgoing] | None:
    """The author has edited the message; others' edits count for nothing."""
    ctx = await onward(ctx)
    if message.edits is None or ctx.group is None:
        return None
    dispatch = await dispatches.by_source(ctx.tx, message.edits)
    if dispatch is None:
        return await _waiting(ctx, message)
    if dispatch.room_id != ctx.room.room_id:
        return None
    if dispatch.author != ctx.sender or dispatch.state is State.WITHDRAWN:
        return []
    if not may(ctx, ctx.group):
        return ctx.reply(t("In this group dispatches are sent by stewards (power level 50 or more)."))
    rows = await edits.own_relays(ctx, dispatch.source, COPY, VOICE)  # it may have been in a thread before
    text: str | None = message.body
    if edits.typed_after(rows):
        text = edits.retyped(ctx, COMMANDS, "dispatch")
    elif ctx.typed is not None:
        text = None
    found = enclosing.kept_from_change(ctx, message, rows)
    found = found or edits.problem(text, with_file=message.file is not None)
    if text is None or found:
        return ctx.reply(*found)
    rooms = {row.room_id for row in rows}
    readers = [twin for twin in await twins_of(ctx.tx, ctx.group) if twin.group.room_id in rooms]
    found = (
        _unseen(ctx.group)
        or await new_doubts(ctx, ctx.group, readers, text, dispatch.original)
        or await too_much(ctx, ctx.group, text)
    )
    if found:
        return ctx.reply(*found)
    await dispatches.reword(ctx.tx, dispatch.id, text)
    return await edits.change(ctx, rows, text)


async def _waiting(ctx: Context, message: Message) -> list[Outgoing] | None:
    """What its author sees is what will be sent: the words that wait for a "yes" change with it."""
    for topic in (TOPIC, consent.TOPIC, enclosed.TOPIC):
        for asked in await questions.waiting(ctx.tx, ctx.room.room_id, topic, ctx.now):
            author = json.loads(asked.payload).get("author", asked.user_id)
            if (asked.source, author) == (message.edits, ctx.sender):
                return await _reworded(ctx, message, asked)
    looked = await enclosing.looked_at(ctx, message.edits or "", (enclosed.TOPIC, enclosed.BLURRED))
    if looked is not None:
        return await _reworded_file(ctx, message, looked)
    return await _changed_while_waiting(ctx, message)


def _unseen(group: Group) -> list[Text]:
    """Where dispatches are approved, nothing crosses that only its author has seen."""
    if not approval.is_wanted(group):
        return []
    return [
        t("Your change was not relayed: in this group a second person approves what crosses."),
        t("To change it, delete your message and write it anew."),
    ]


async def _changed_while_waiting(ctx: Context, message: Message) -> list[Outgoing] | None:
    """It waits for approval: the room is asked anew, about the words as they are now."""
    waiting = await approvals.by_source(ctx.tx, message.edits or "")
    group = ctx.group
    if group is None or waiting is None or not waiting.is_open or waiting.author != ctx.sender:
        return None
    file = await enclosing.address(ctx, waiting.source)
    changed = await _changed(ctx, group, Draft.load(waiting.draft or ""), message, file)
    if changed is None:
        await approvals.withdraw(ctx.tx, waiting)
        return ctx.reply(enclosed.changed())
    anew = await approvals.reword(ctx.tx, waiting, changed.dump(), ctx.now)
    await enclosing.keep_on(ctx, waiting.source)
    everyone = await meant(ctx, group, changed)
    active = [twin for twin in everyone if twin.twinning.is_active(ctx.now.date())]
    return [await approval.request(ctx, group, anew, changed, active)]


async def _reworded(ctx: Context, message: Message, asked: Question) -> list[Outgoing]:
    kept = json.loads(asked.payload)
    draft = Draft.load(kept["draft"])
    group = ctx.group
    shown = consent.file_of(asked.payload)
    file = shown.file.url if shown is not None else await enclosing.address(ctx, asked.source)
    changed = await _changed(ctx, group, draft, message, file) if group is not None else None
    unseen = draft.asker and asked.topic == TOPIC  # by who asked for it
    if group is None or changed is None or unseen:
        await questions.close(ctx.tx, asked.id)
        await enclosing.drop(ctx, asked.source)
        return ctx.reply(enclosed.changed())
    if draft.preview and asked.topic == TOPIC:  # they have not seen how this one reads
        await questions.close(ctx.tx, asked.id)
        ctx.sent_at, ctx.thread = datetime.fromisoformat(kept["at"]), asked.thread
        return await accept(ctx, group, replace(changed, preview=True))
    await questions.reword(
        ctx.tx, asked.id, json.dumps(kept | {"draft": replace(changed, looked=False).dump()})
    )
    ctx.thread = asked.thread
    return await ask_again(ctx, group, changed, draft.text) if asked.topic == TOPIC else []


async def _reworded_file(ctx: Context, message: Message, looked: Entry) -> list[Outgoing]:
    """The same while its file is looked at: nobody has been asked yet."""
    wanted, group = looked.payload, ctx.group
    if not isinstance(wanted, Clean) or group is None:
        return []
    kept, file = json.loads(wanted.payload), await enclosing.address(ctx, looked.source)
    changed = await _changed(ctx, group, Draft.load(kept["draft"]), message, file)
    if changed is None:
        await enclosing.drop(ctx, looked.source)
        return ctx.reply(enclosed.changed())
    draft = replace(changed, looked=False).dump()
    await outbox.reword_clean(ctx.tx, looked, json.dumps(kept | {"draft": draft}))
    return []


async def _changed(
    ctx: Context, group: Group, draft: Draft, message: Message, file: str | None
) -> Draft | None:
    """The dispatch as edited, with its options; None if it is none any more, or has another `file`."""
    if not enclosing.has_same(message, file):
        return None
    found: Draft | list[Text] | None = None
    if not draft.typed:
        found = replace(draft, text=message.body) if ctx.typed is None else None
    elif (given := edits.regiven(ctx, COMMANDS, "dispatch")) is not None:
        found = await drafted(ctx, group, given)
    if not isinstance(found, Draft) or edits.problem(found.text, with_file=file is not None):
        return None
    return replace(found, typed=draft.typed, enclosed=draft.enclosed, edit=ctx.source)
