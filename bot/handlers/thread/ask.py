"""The question before a message leaves the room: a person's first, or one with a word better avoided.

Rules:
- What somebody writes while a message of theirs waits in the same dispatch's thread waits behind it, and
  everything goes in the order in which it was written; of what waits, the bot asks about one at a time.
- The consent to write in shared threads is one person's, in one group; a "no" to it drops all that waits.
- A bare "yes" or "no" that may be meant for the bot is not relayed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import Text, t
from bot.handlers.answering import how
from bot.handlers.context import Context
from bot.handlers.enclosing import drop, waits
from bot.handlers.rates import too_much
from bot.handlers.thread.relay import Written, relay
from bot.handlers.thread.view import Thread, thread_of
from bot.handlers.warning import added_doubts, doubts
from bot.storage import dispatches, people, questions
from bot.storage.questions import Question, Turn

ASK_FOR = timedelta(hours=24)
MEANT_FOR = timedelta(hours=48)  # after a question, or a "no"
MEANT_AFTER_YES = timedelta(minutes=10)
TOPIC = "thread"


async def put(ctx: Context, thread: Thread, words: Written) -> list[Outgoing]:
    """Relay what was written; or keep it, and ask first."""
    held = await queue(ctx, thread.dispatch.id)
    new, warnings = await _doubts(ctx, thread, words.text)
    if not (held or new or warnings):
        return await _cross(ctx, thread, words)
    payload = _payload(thread, words, new=new)
    until = held[0].expires_at if held else ctx.now + ASK_FOR
    await questions.ask(
        ctx.tx, ctx.room.room_id, ctx.sender, TOPIC, words.source, payload, until, thread=ctx.thread,
        behind=bool(held),
    )  # fmt: skip
    if held:
        return ctx.reply(
            t("This waits, too, behind your message before: answer my question about that one first.")
        )
    return await _asking(ctx, thread, warnings, new=new)


async def queue(ctx: Context, dispatch: int) -> list[Question]:
    """What waits of this person for a dispatch's thread, oldest first."""
    waiting = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    return [one for one in waiting if one.topic == TOPIC and json.loads(one.payload)["dispatch"] == dispatch]


async def stray(ctx: Context, thread: Thread, text: str) -> list[Outgoing] | None:
    """What is said to a bare answer, or an emoji for one, that is not relayed; None if it is neither."""
    dispatch = thread.dispatch.id
    held = await queue(ctx, dispatch)
    if ctx.house.catalogs.answer(text, ctx.language) is None:
        if not held or not text.strip() or any(char.isalnum() for char in text):
            return None
        return ctx.reply(t("Please answer my question in words: “yes” or “no”. This one stays here."))
    if held:
        return ctx.reply(how())
    if not await questions.asked_lately(ctx.tx, dispatch, ctx.sender, ctx.now):
        return None
    return ctx.reply(
        t(
            "This was not relayed, since nothing waits for your “yes” or “no” any more. "
            "If it is meant for the other group, please write a whole sentence."
        )
    )


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """The person's answer about one message; what waits behind it in the same thread has its turn."""
    kept = json.loads(payload)
    dispatch = await dispatches.load(ctx.tx, kept["dispatch"])
    if dispatch is None or ctx.group is None:
        return []
    thread, new = await thread_of(ctx, ctx.group, dispatch), kept.get("new", True)
    meant = MEANT_AFTER_YES if yes else MEANT_FOR
    await questions.remember_asked(ctx.tx, dispatch.id, ctx.sender, ctx.now + meant)
    if not yes:
        for one in await queue(ctx, dispatch.id) if new else ():
            await questions.close(ctx.tx, one.id)
        return [*ctx.reply(t("It stays here. Nothing was relayed.")), *await _go_on(ctx, thread)]
    if new:
        await people.set_knows_threads(ctx.tx, ctx.sender, ctx.group.id)
    return [*await _cross(ctx, thread, _words(kept)), *await _go_on(ctx, thread)]


async def expired(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Nobody answered: the words are forgotten, and the person is told."""
    dispatch = await dispatches.load(ctx.tx, json.loads(payload)["dispatch"])
    if dispatch is None or ctx.group is None:
        return []
    return ctx.reply(
        t("I have forgotten this message: my question was not answered within a day. Nothing was relayed.")
    )


async def asked_about(ctx: Context, source: str) -> Question | None:
    """The question about one's own message that still waits."""
    waiting = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    return next((one for one in waiting if one.topic == TOPIC and one.source == source), None)


async def reworded(ctx: Context, asked: Question, text: str) -> list[Outgoing]:
    """What its author sees is what will cross: the words that wait change with the message."""
    kept = json.loads(asked.payload)
    if kept["typed"]:
        await questions.close(ctx.tx, asked.id)
        forgotten = t("I have forgotten your answer, since you changed it. Please write it anew.")
        return [*ctx.reply(forgotten), *await freed(ctx)]
    await questions.reword(ctx.tx, asked.id, json.dumps(kept | {"text": text, "edit": ctx.source}))
    dispatch = await dispatches.load(ctx.tx, kept["dispatch"])
    if asked.turn is Turn.BEHIND or dispatch is None or ctx.group is None:  # it is looked at in its turn
        return []
    at, thread = replace(ctx, thread=asked.thread), await thread_of(ctx, ctx.group, dispatch)
    found = await added_doubts(ctx, thread.group, thread.readers, text, kept["text"])
    if not found:
        return []
    return await _asking(at, thread, found, new=kept.get("new", True), what=f"ask:{ctx.source}")


async def freed(ctx: Context) -> list[Outgoing]:
    """Something that waited in the room is gone: what waited behind it has its turn."""
    found: list[Outgoing] = []
    waiting = await questions.waiting(ctx.tx, ctx.room.room_id, TOPIC, ctx.now)
    first = {(one.user_id, json.loads(one.payload)["dispatch"]): one for one in reversed(waiting)}
    for (user, number), one in first.items():
        dispatch = await dispatches.load(ctx.tx, number)
        if one.turn is Turn.BEHIND and dispatch is not None and ctx.group is not None and ctx.room.has(user):
            theirs = replace(ctx, sender=user)
            found += await _go_on(theirs, await thread_of(theirs, ctx.group, dispatch))
    return found


async def _go_on(ctx: Context, thread: Thread) -> list[Outgoing]:
    """Relay what waits in turn, as far as the first that has to be asked about."""
    out: list[Outgoing] = []
    for one in await queue(ctx, thread.dispatch.id):
        words = _words(json.loads(one.payload))
        at = replace(ctx, origin=words.source, thread=one.thread, reply_to=words.reply_to)
        new, warnings = await _doubts(at, thread, words.text)
        if (new or warnings) and not thread.problem(words.text):
            await questions.open_next(ctx.tx, one, _payload(thread, words, new=new))
            return [*out, *await _asking(at, thread, warnings, new=new)]
        await questions.close(ctx.tx, one.id)
        out += await _cross(at, thread, words)
    return out


async def _doubts(ctx: Context, thread: Thread, text: str) -> tuple[bool, list[Text]]:
    """Whether the person has not consented yet, and the warnings about words in the text."""
    asks = thread.group.settings.threadconfirm
    new = asks and not await people.knows_threads(ctx.tx, ctx.sender, thread.group.id)
    return new, await doubts(ctx, thread.group, thread.readers, text)


async def _asking(
    ctx: Context, thread: Thread, warnings: Sequence[Text], *, new: bool, what: str = "ask"
) -> list[Outgoing]:
    await questions.remember_asked(ctx.tx, thread.dispatch.id, ctx.sender, ctx.now + MEANT_FOR)
    asking = ctx.answer(
        t("This thread is read outside this room, by: {readers}.", readers=thread.names),
        *warnings[:8],
        t(
            "Shall your message go there? Answer “yes” or “no” here. "
            "After a “yes” I do not ask you this again in this group."
        )
        if new
        else t("Send it anyway? Answer “yes” or “no”."),
        what=what,
    )
    return [replace(asking, source=ctx.origin)]  # as the question's, so that a reply to it finds it


async def _cross(ctx: Context, thread: Thread, words: Written) -> list[Outgoing]:
    """Relay what was written, or say why not."""
    wordless = not words.text.strip() and await waits(ctx, words.source)  # a file needs no words
    problem = thread.problem("-" if wordless else words.text) or await too_much(ctx, thread.group, words.text)
    if not problem:
        return await relay(ctx, thread, words)
    await drop(ctx, words.source)
    stays: Say = ctx.answer(*problem, what="stays")
    return [replace(stays, source=words.source, reply_to=words.source)]


def _payload(thread: Thread, words: Written, *, new: bool) -> str:
    kept = {
        "dispatch": thread.dispatch.id,
        "text": words.text,
        "event": words.source,
        "at": words.at.isoformat(),
        "typed": bool(words.typed),
        "reply": words.reply_to,
        "new": new,
    }
    return json.dumps(kept)


def _words(kept: dict[str, Any]) -> Written:
    typed = "answer" if kept["typed"] else ""
    at = datetime.fromisoformat(kept["at"])
    return Written(kept["text"], kept["event"], at, typed, kept.get("reply"))
