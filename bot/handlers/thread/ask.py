"""The question before a message leaves the room: a person's first, or one with a word better avoided."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.handlers.context import Context
from bot.handlers.rates import too_much
from bot.handlers.thread.relay import Written, relay
from bot.handlers.thread.view import Thread, thread_of
from bot.storage import dispatches, people, questions
from bot.storage.questions import Question

ASK_FOR = timedelta(hours=24)
TOPIC = "thread"


async def ask(
    ctx: Context, thread: Thread, words: Written, warnings: Sequence[Text], *, new: bool
) -> list[Outgoing]:
    """Ask, and keep the words until the answer comes. `new`: the person never wrote in a thread before."""
    payload = {
        "dispatch": thread.dispatch.id,
        "text": words.text,
        "event": words.source,
        "at": words.at.isoformat(),
        "typed": bool(words.typed),
        "reply": words.reply_to,
    }
    until = ctx.now + ASK_FOR
    await questions.ask(ctx.tx, ctx.room.room_id, ctx.sender, TOPIC, ctx.origin, json.dumps(payload), until)
    asking = ctx.answer(
        t("This thread is read outside this room, by: {readers}.", readers=thread.names),
        *warnings[:8],
        t("Shall your message go there? Answer “yes” or “no”. I ask you this once only.")
        if new
        else t("Send it anyway? Answer “yes” or “no”."),
        what="ask",
    )
    return [replace(asking, source=ctx.origin)]  # as the question's, so that a reply to it finds it


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
        thread = await thread_of(ctx, ctx.group, dispatch)
        problem = thread.problem(kept["text"]) or await too_much(ctx, ctx.group)
        if problem:
            problems += [line for line in problem if line not in problems]
            continue
        words = Written(
            kept["text"],
            kept["event"],
            datetime.fromisoformat(kept["at"]),
            "answer" if kept["typed"] else "",
            kept.get("reply"),
        )
        out += await relay(ctx, thread, words)
    return [*out, *ctx.reply(*problems)] if problems else out


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
        return ctx.reply(t("I have forgotten your answer, since you changed it. Please write it anew."))
    await questions.reword(ctx.tx, asked.id, json.dumps(kept | {"text": text}))
    return []
