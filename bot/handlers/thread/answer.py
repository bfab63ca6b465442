"""`!answer`: the same as writing in the shared thread, for clients without threads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import regex

from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.text import Listing, t
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.handlers.thread import ask, picture
from bot.handlers.thread.view import dispatch_at, thread_of
from bot.handlers.thread.write import take
from bot.handlers.threads import readers_of
from bot.handlers.twins import twins_of
from bot.storage import dispatches, groups, moves, outbox

MOST = 8
RECENT = timedelta(days=30)
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
        found = await _open(ctx, group)
        if not found:
            return await refuse(ctx, t("There is no dispatch in this room to answer."))
        if len(found) > 1:
            return await _which(ctx, group, found)
        [dispatch] = found
    thread, name = await thread_of(ctx, group, dispatch), await _name(ctx, group, dispatch)
    if ctx.file is not None:
        return await picture.look(ctx, thread, replace(ctx.file, caption=text), typed="answer")
    if await ask.queue(ctx, dispatch.id) and (stays := await ask.stray(ctx, thread, text)) is not None:
        return stays
    out = await take(ctx, thread, text, typed="answer")
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


async def _open(ctx: Context, group: Group) -> list[Dispatch]:
    """The dispatches of this room that can be answered, newest first; the newest, if none can."""
    rooms = [ctx.room.room_id, *await moves.formerly(ctx.tx, ctx.room.room_id)]
    numbers = await outbox.newest_dispatches(ctx.tx, rooms, MOST)
    found = [one for number in numbers if (one := await dispatches.load(ctx.tx, number)) is not None]
    still = [one for one in found if one.state is not State.WITHDRAWN and await readers_of(ctx, group, one)]
    recent = [one for one in still if ctx.now - one.written_at < RECENT]
    return recent or still[:1] or found[:1]


async def _which(ctx: Context, group: Group, found: Sequence[Dispatch]) -> list[Outgoing]:
    """Ask which of several dispatches the answer is for."""
    names = [await _name(ctx, group, one) for one in found]
    writers = [await groups.load(ctx.tx, one.group) for one in found]
    known = [f"{name} ({writer.name})" for name, writer in zip(names, writers, strict=True) if writer]
    return await refuse(
        ctx,
        t("Which dispatch do you answer? There are: {names}.", names=Listing(tuple(known))),
        t("Write its name before your text: {usage}", usage=f"!answer {names[0]} …"),
    )


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
