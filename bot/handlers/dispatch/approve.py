"""`!approve`, a reply "yes" instead of it, and `!hold`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain import dispatch as rules
from bot.domain.dispatch import Move, State, moved
from bot.domain.group import Group
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, Words, t
from bot.handlers.context import Context, Given
from bot.handlers.dispatch import approval
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.names import name_of, number_in, unknown
from bot.handlers.dispatch.send import accept, nobody
from bot.handlers.refusal import refuse
from bot.storage import approvals, dispatches, outbox
from bot.storage.approvals import Approval

LONGEST_WHY = 300
_TO_LOOK = timedelta(seconds=10)  # after a change, before an approval can be meant for it


async def approve(ctx: Context, given: Given) -> list[Outgoing]:
    """`!approve N`"""
    found = await _named(ctx, given["N"])
    if not isinstance(found, Approval) or ctx.group is None:
        return await refuse(ctx, found) if isinstance(found, Text) else []
    return await _approved(ctx, ctx.group, found)


async def answered(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A "yes", or a "no", as a reply to the post that asks for an approval, or in its thread."""
    target = message.reply_to or message.thread
    if message.edits is not None or message.kind != "m.text" or target is None or ctx.group is None:
        return None
    said = ctx.house.catalogs.answer(message.body, ctx.language)
    post = await outbox.by_event(ctx.tx, target) if said is not None else None
    if post is None or not post.what.startswith(approval.POST) or post.room_id != ctx.room.room_id:
        return None
    waiting = await approvals.by_source(ctx.tx, post.source)
    if waiting is None:
        return ctx.reply(t("It has been approved already."))
    gone = _gone(ctx.group, waiting)
    if gone is not None:
        return ctx.reply(gone)
    if said == "no" or waiting.state is State.HELD:
        hold, yes = f"!hold {waiting.number} WHY", f"!approve {waiting.number}"
        return ctx.reply(t("To stop it, type {hold}; to let it go, {approve}.", hold=hold, approve=yes))
    if post.what.split(":")[1] != str(waiting.round):
        return ctx.reply(
            t("It has been changed since then: please look at it again, and answer the new post.")
        )
    return await _approved(ctx, ctx.group, waiting)


async def _approved(ctx: Context, group: Group, waiting: Approval) -> list[Outgoing]:
    problem = _refusal(ctx, group, "!approve")
    if problem is None and ctx.sender in (waiting.author, waiting.asker):
        problem = t("Nobody approves what they have written themselves, or wanted to be sent.")
    if problem is None and waiting.round > 1 and (ctx.sent_at or ctx.now) < waiting.asked_at + _TO_LOOK:
        problem = t("It was changed a moment ago: please look at it again first.")
    if problem is not None:
        return ctx.reply(problem)
    draft = Draft.load(waiting.draft or "")
    found = await nobody(ctx, group, draft)
    if found:
        return ctx.reply(*found)
    moved(waiting.state, Move.APPROVE)
    at = replace(
        ctx,
        sender=waiting.author,
        origin=waiting.source,
        sent_at=waiting.written_at,
        thread=None,
        reply_to=None,
    )
    out = await accept(at, group, draft, first=False, number=waiting.number)
    if await dispatches.by_source(ctx.tx, waiting.source) is not None:
        await approvals.settle(ctx.tx, waiting)
    return out


async def hold(ctx: Context, given: Given) -> list[Outgoing]:
    """`!hold N WHY`"""
    found, why = await _named(ctx, given["N"]), given["WHY"].strip(" \"'“”")
    if not isinstance(found, Approval) or ctx.group is None:
        return await refuse(ctx, found) if isinstance(found, Text) else []
    problem = _refusal(ctx, ctx.group, "!hold")
    if problem is not None:
        return ctx.reply(problem)
    if rules.is_blank(why) or len(why) > LONGEST_WHY:
        return await refuse(ctx, t("Say in up to {most} characters why it is held.", most=LONGEST_WHY))
    await approvals.hold(ctx.tx, found, moved(found.state, Move.HOLD))
    group = ctx.group
    lines = [
        t(
            "{name} is held: {why}",
            name=name_of(group, found),
            why=Words(why, group.language, group.name, group.among),
        ),
        t(
            "It does not go until somebody types {approve}. Who wrote it can change it, or take it back.",
            approve=f"!approve {found.number}",
        ),
    ]
    return [approval.held(group, found, lines, ctx.source)]


async def _named(ctx: Context, typed: str) -> Approval | Text | None:
    """The dispatch that is meant, or why it is none that waits."""
    group = ctx.group
    if group is None:
        return None
    number = number_in(group, typed)
    waiting = await approvals.numbered(ctx.tx, group.id, number) if number is not None else None
    if waiting is not None:
        return _gone(group, waiting) or waiting
    dispatch = await dispatches.numbered(ctx.tx, group.id, number) if number is not None else None
    if dispatch is None:
        return unknown(typed)
    name = name_of(group, dispatch)
    if dispatch.state is State.WITHDRAWN:
        return t("{name} has been withdrawn.", name=name)
    return t(
        "{name} has been sent already. It is taken back with: {command}",
        name=name,
        command=f"!dispatch withdraw {dispatch.number}",
    )


def _gone(group: Group, waiting: Approval) -> Text | None:
    """What is said of one that waits no more."""
    name = name_of(group, waiting)
    match waiting.state:
        case State.EXPIRED:
            return t("{name} was not approved in time, and is forgotten. Please write it anew.", name=name)
        case State.WITHDRAWN:
            return t("{name} has been withdrawn.", name=name)
        case _:
            return None


def _refusal(ctx: Context, group: Group, command: str) -> Text | None:
    if approval.has_power(ctx, group):
        return None
    return t(
        "{command} is for stewards, and for those whom they name with {setting}.",
        command=command,
        setting="!group set approvers",
    )
