"""To which question a "yes" or "no" belongs.

Rules:
- In the thread where the bot asked, the person's bare answer counts, unless it replies to something else.
- In the room itself the person's message directly after the question counts; later a reply does, to the
  question or to the message that it is about. Nothing said in the room answers what was asked in a thread.
- Who answers otherwise is told how, once for each question, and in the thread every time: it is no message.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.domain.thread import ROOTS
from bot.handlers.context import Context, Noun
from bot.i18n import fold
from bot.storage import outbox, questions
from bot.storage.questions import Question, Turn


async def passed(ctx: Context) -> None:
    """The person writes, wherever in the room: only a reply answers now what was asked in the room before."""
    await questions.moved_on(ctx.tx, ctx.room.room_id, ctx.sender)


async def answered(ctx: Context, message: Message, nouns: Sequence[Noun]) -> list[Outgoing] | None:
    """What comes of the message if it answers a question, or seems to; else None."""
    waiting = await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    if not waiting:
        return None
    await passed(ctx)
    said = ctx.house.catalogs.answer(message.body, ctx.language)
    if said is None:
        return await _blurred(ctx, message, waiting, nouns)
    asked = await _asked(ctx, waiting)
    if asked is None:
        return await _told_how(ctx, waiting)
    grave = {topic for noun in nouns for topic in noun.grave}
    for one in waiting:
        if one is asked or one.topic in grave:
            await questions.close(ctx.tx, one.id)
    for noun in nouns:
        if asked.topic in noun.answers:
            return await noun.answers[asked.topic](ctx, asked.payload, yes=said == "yes")
    return None


async def _blurred(
    ctx: Context, message: Message, waiting: Sequence[Question], nouns: Sequence[Noun]
) -> list[Outgoing] | None:
    """What comes of "blur", the third answer to some questions."""
    words = {fold(ctx.house.catalogs.say(t("blur"), language)) for language in (ctx.language, "en")}
    if fold(message.body[:40]) not in words:
        return None
    blurs = {topic: handler for noun in nouns for topic, handler in noun.blurs.items()}
    waiting = [one for one in waiting if one.topic in blurs]
    asked = await _asked(ctx, waiting)
    if asked is None:
        return await _told_how(ctx, waiting)
    await questions.close(ctx.tx, asked.id)
    return await blurs[asked.topic](ctx, asked.payload)


async def _asked(ctx: Context, waiting: Sequence[Question]) -> Question | None:
    """The question that the message answers."""
    newest = [one for one in reversed(waiting) if one.turn is not Turn.BEHIND]
    for target in filter(None, (ctx.reply_to, ctx.thread)):
        post = await outbox.by_event(ctx.tx, target)
        asking = post.source if post is not None and post.what not in ROOTS else None
        found = next((one for one in newest if target == one.source or asking == one.post), None)
        if found is not None:
            return found
    if ctx.reply_to is not None:
        return None
    if ctx.thread is not None:
        return next((one for one in newest if one.thread == ctx.thread), None)
    return next((one for one in newest if one.turn is Turn.NEXT), None)


async def _told_how(ctx: Context, waiting: Sequence[Question]) -> list[Outgoing] | None:
    if ctx.thread is not None:
        if not any(one.thread == ctx.thread for one in waiting):
            return None
    elif ctx.reply_to is not None or not await questions.tell_how(ctx.tx, ctx.room.room_id, ctx.sender):
        return None
    return ctx.reply(how())


def how() -> Text:
    """How the bot's question is answered."""
    return t("If you mean my question, please answer as a reply to it, or in the thread where I asked it.")
