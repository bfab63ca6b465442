"""Somebody wants to send what somebody else has written: its author is asked first.

Rules:
- The author is asked in the thread under their message, and nobody else can answer. They are told to whom
  and in whose name it would go, and what is doubtful in it.
- "No", or a day of silence, and the text is forgotten; of the same message nobody is asked again for 30 days.
- Until then the author takes it back by deleting the message, and who asked by deleting theirs.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from bot.domain.dispatch import CONSENT_FOR
from bot.domain.files import Attached, Cipher, Remote
from bot.domain.group import Attribution, Group
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing, Redact, RowRef
from bot.domain.text import Text, t
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.standing import trusted, why_not
from bot.handlers.twins import Twin, aliases
from bot.handlers.warning import doubts
from bot.storage import approvals, outbox, people, questions
from bot.storage.questions import Question

TOPIC = "dispatch-consent"
NOT_AGAIN = timedelta(days=30)
_POST = "consent:"
_MOST_WARNINGS = 9


async def request(
    ctx: Context, group: Group, message: Message, draft: Draft, active: Sequence[Twin]
) -> list[Outgoing]:
    """Ask the author of a message whether it may be sent."""
    author, problem = message.sender, await _problem(ctx, message)
    if problem is not None:
        return ctx.reply(problem)
    name = await people.name(ctx.tx, author)
    if draft.attribution is Attribution.NAME and name is None:
        return ctx.reply(
            t("Who wrote that message has chosen no name. Nothing was sent."),
            t("You can send it as from a member: {option}", option="as=member"),
        )
    wanted = replace(draft, asker=ctx.sender, request=ctx.origin, looked=True)
    thread, post = message.thread or message.event_id, f"{_POST}{ctx.origin}"
    kept = {
        "draft": wanted.dump(),
        "event": message.event_id,
        "at": message.sent_at.isoformat(),
        "post": post,
        "file": asdict(message.file.file) if message.file is not None else None,
    }
    await questions.ask(
        ctx.tx, ctx.room.room_id, author, TOPIC, message.event_id, json.dumps(kept), ctx.now + CONSENT_FOR,
        thread=thread,
    )  # fmt: skip
    warnings = await doubts(ctx, group, active, draft.text)
    asking = ctx.answer(
        t(
            "Somebody here wants to send this message of yours to {twins}: {how}.",
            twins=aliases(active, group),
            how=_how(draft.attribution, group, name),
        ),
        *warnings[:_MOST_WARNINGS],
        t("Do you agree? Answer “yes” or “no” here. Without an answer within a day it is not sent."),
        what=post,
        thread=thread,
    )
    asking = replace(asking, source=message.event_id, reply_to=message.event_id, notice=False)
    return [
        asking,
        *ctx.reply(t("I have asked who wrote that message, in the thread under it. Nothing crosses before.")),
    ]


async def _problem(ctx: Context, message: Message) -> Text | None:
    """Why the author is not asked."""
    author = message.sender
    if author == ctx.house.me:
        return t("That message is mine. I take over people's messages only.")
    if ctx.moved:
        return t("That message is in the old room, so I cannot ask who wrote it. Nothing was sent.")
    if not ctx.room.has(author):
        return t("Who wrote that message is not in this room any more, so I cannot ask. Nothing was sent.")
    if not await trusted(ctx, message.standing):
        return why_not(message.standing)
    if await approvals.unwilling(ctx.tx, message.event_id):
        return t("Who wrote that message did not agree to send it, and I do not ask twice. Nothing was sent.")
    if await asked_about(ctx, message.event_id) is not None:
        return t("I have asked who wrote that message already, and wait for the answer.")
    return None


def _how(attribution: Attribution, group: Group, name: str | None) -> Text:
    match attribution:
        case Attribution.NAME:
            return t("under your name, “{name}”", name=name or "")
        case Attribution.MEMBER:
            return t("as from a member of your group, without your name")
        case _:
            return t("in the name of {group}", group=group.name)


def file_of(payload: str) -> Attached | None:
    """The file of the message that its author was asked about, if it is one."""
    kept = json.loads(payload).get("file")
    return Attached(Remote(kept["url"], Cipher(**kept["cipher"]), kept["size"])) if kept else None


async def asked_about(ctx: Context, source: str) -> Question | None:
    """The question to a message's author that waits."""
    waiting = await questions.waiting(ctx.tx, ctx.room.room_id, TOPIC, ctx.now)
    return next((one for one in waiting if one.source == source), None)


async def refused(ctx: Context, payload: str) -> None:
    """They said "no", or nothing: that is remembered, and the text is not."""
    await approvals.set_unwilling(ctx.tx, json.loads(payload)["event"], ctx.now)


async def taken_back(ctx: Context, removed: str, home: str) -> list[Outgoing]:
    """A message was deleted: if it is one to be sent, one that asks for it, or its edit, the question goes.

    It waits in `home`, which is another room if that of the message was upgraded since.
    """
    out: list[Outgoing] = []
    for asked in await questions.waiting(ctx.tx, home, TOPIC, ctx.now):
        kept = json.loads(asked.payload)
        draft = Draft.load(kept["draft"])
        if removed in (asked.source, draft.request, draft.edit):
            await questions.close(ctx.tx, asked.id)
            for room_id in dict.fromkeys((home, ctx.room.room_id)):
                post = RowRef(asked.source, room_id, kept["post"])
                out.append(Redact(room_id, post, f"redact:{kept['post']}", asked.source))
    return out


async def answered_by_others(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A bare answer to the question by somebody who was not asked, or when nothing waits for it any more."""
    if message.edits is not None or ctx.group is None:
        return None
    if ctx.house.catalogs.answer(message.body, ctx.language) is None:
        return None
    post = await outbox.by_event(ctx.tx, message.reply_to) if message.reply_to is not None else None
    replied = post is not None and post.what.startswith(_POST) and post.room_id == ctx.room.room_id
    waiting = await questions.waiting(ctx.tx, ctx.room.room_id, TOPIC, ctx.now)
    for asked in waiting:
        here = asked.thread == message.thread if message.reply_to is None else False
        if asked.user_id != ctx.sender and (here or (replied and post and post.source == asked.source)):
            return ctx.reply(t("Only who wrote that message can answer this."))
    return ctx.reply(t("Nothing waits for this answer any more. Nothing was sent.")) if replied else None
