"""`!answer`: the same as writing in the shared thread, for clients without threads."""

from __future__ import annotations

import regex

from bot.domain.dispatch import Dispatch
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.text import t
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.handlers.thread.view import dispatch_at, thread_of
from bot.handlers.thread.write import take
from bot.handlers.twins import twins_of
from bot.storage import dispatches, groups, moves, outbox

_NUMBERED = regex.compile(r"\s*((?:[\p{L}\p{M}\p{N}-]+-)?\d{1,9})\s+(?=\S)")


async def answer(ctx: Context, given: Given) -> list[Outgoing]:
    """`!answer [N] TEXT`, or as a reply to a message of the thread."""
    group = ctx.group
    if group is None:
        return []
    dispatch, text = await numbered(ctx, group, given["TEXT"])
    for event_id in (ctx.reply_to, ctx.thread):
        if dispatch is None and event_id is not None:
            dispatch = await dispatch_at(ctx, event_id)
    if dispatch is None:
        dispatch = await _latest(ctx)
    if dispatch is None:
        return await refuse(ctx, t("There is no dispatch in this room to answer."))
    name = await _name(ctx, group, dispatch)
    out = await take(ctx, await thread_of(ctx, group, dispatch), text, typed="answer")
    if any(isinstance(one, Relay) for one in out):
        out += ctx.reply(t("Your answer to {name} is on its way.", name=name))
    return out


async def numbered(ctx: Context, group: Group, text: str) -> tuple[Dispatch | None, str]:
    """The dispatch that the text names at its beginning, if it does, and the text without it."""
    found = _NUMBERED.match(text)
    dispatch = await _named(ctx, group, found[1].casefold()) if found else None
    return (dispatch, text[found.end() :]) if found and dispatch else (None, text)


async def _named(ctx: Context, group: Group, typed: str) -> Dispatch | None:
    """The dispatch that "12" (one's own) or "oaxaca-3" (a twin's) names in this room."""
    handle, _, number = typed.rpartition("-")
    if handle in ("", group.handle):
        return await dispatches.numbered(ctx.tx, group.id, int(number))
    for twin in await twins_of(ctx.tx, group):
        if twin.alias_for(group) == handle:
            return await dispatches.numbered(ctx.tx, twin.group.id, int(number))
    return None


async def _latest(ctx: Context) -> Dispatch | None:
    rooms = [ctx.room.room_id, *await moves.formerly(ctx.tx, ctx.room.room_id)]
    newest = await outbox.newest_dispatch(ctx.tx, rooms)
    return await dispatches.load(ctx.tx, newest) if newest is not None else None


async def _name(ctx: Context, group: Group, dispatch: Dispatch) -> str:
    for twin in await twins_of(ctx.tx, group):
        if twin.group.id == dispatch.group:
            return f"{twin.alias_for(group)}-{dispatch.number}"
    writer = await groups.load(ctx.tx, dispatch.group)
    return f"{writer.handle if writer else '?'}-{dispatch.number}"


COMMAND = Command(
    words=("answer",),
    summary=t("answers a dispatch; the same as writing in its thread"),
    theme=Theme.DISPATCH,
    run=answer,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(Argument("TEXT", Shape.REST),),
)
