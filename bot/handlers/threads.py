"""What shared threads are told: that they have ended, and where they go on."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.text import Listing, Text, t
from bot.domain.thread import ANEW
from bot.domain.twinning import Twinning
from bot.handlers.context import Context
from bot.handlers.homes import home_of
from bot.handlers.twins import Twin, twins_of
from bot.storage import dispatches, groups, outbox

USED_WITHIN = timedelta(days=14)
MOST = 20


async def readers_of(ctx: Context, group: Group, dispatch: Dispatch) -> list[Twin]:
    """The twins who read what the group writes in a dispatch's thread: they have it, nothing is paused."""
    copies = await outbox.copies(ctx.tx, dispatch.id)
    rooms = {dispatch.room_id, *(row.room_id for row in copies if row.is_open or row.event_id)}
    having = {home.id for room_id in rooms if (home := await home_of(ctx.tx, room_id)) is not None}
    today = ctx.now.date()
    return [
        twin
        for twin in await twins_of(ctx.tx, group)
        if twin.group.id in having and twin.twinning.is_active(today)
    ]


async def root_in(ctx: Context, dispatch: Dispatch, room_id: str) -> RowRef | None:
    """The post under which a dispatch's thread hangs in a room, if there is one yet."""
    what = await outbox.root_in(ctx.tx, dispatch.source, room_id)
    return RowRef(dispatch.source, room_id, what) if what is not None else None


async def begin_anew(ctx: Context, dispatch: Dispatch, group: Group) -> tuple[RowRef, list[Outgoing]]:
    """The thread's post in a home that has succeeded the one where it began; it has to be sent first."""
    writer = await groups.load(ctx.tx, dispatch.group)
    twins = await twins_of(ctx.tx, group)
    handle = next((twin.alias_for(group) for twin in twins if twin.group.id == dispatch.group), None)
    line = t(
        "{name} goes on here: its beginning is in the old room. What is written in this thread is translated "
        "and read by: {readers}.",
        name=f"{handle or (writer or group).handle}-{dispatch.number}",
        readers=Listing(tuple(twin.group.name for twin in await readers_of(ctx, group, dispatch))),
    )
    post = Say(
        group.room_id, (line,), group.language, what=ANEW, source=dispatch.source, dispatch=dispatch.id
    )
    return RowRef(dispatch.source, group.room_id, ANEW), [post]


async def shared_before(ctx: Context, a: Group, b: Group) -> list[Text]:
    """What two groups that are twins now have to know of the threads that both have already."""
    if not await _both_have(ctx, a, b):
        return []
    return [t("Both of you read the shared threads that you both have already.")]


async def end_threads(
    ctx: Context, twinning: Twinning, a: Group, b: Group, source: str = ""
) -> list[Outgoing]:
    """Say in the threads that both groups used lately that their twinning has ended.

    A pause and its end are told to their rooms, not to each thread.
    """
    return [
        Say(
            reader.room_id,
            (t("{group} does not read this thread any more: the twinning has ended.", group=other.name),),
            reader.language,
            what=f"thread:{twinning.id}:{dispatch.id}",
            source=source,
            thread=roots[reader.room_id],
        )
        for dispatch, roots in await _both_have(ctx, a, b)
        for reader, other in ((a, b), (b, a))
    ]


async def _both_have(ctx: Context, a: Group, b: Group) -> list[tuple[Dispatch, dict[str, RowRef]]]:
    """The dispatches whose threads both groups have, and which were used lately, each with its posts."""
    found = []
    for number in await outbox.threads_used(ctx.tx, a.room_id, b.room_id, ctx.now - USED_WITHIN, MOST):
        dispatch = await dispatches.load(ctx.tx, number)
        if dispatch is None or dispatch.state is State.WITHDRAWN:
            continue
        roots = {
            room_id: root
            for room_id in (a.room_id, b.room_id)
            if (root := await root_in(ctx, dispatch, room_id)) is not None
        }
        if len(roots) == len({a.room_id, b.room_id}):
            found.append((dispatch, roots))
    return found


async def end_thread(ctx: Context, dispatch: Dispatch, languages: dict[str, str]) -> list[Outgoing]:
    """Say in a withdrawn dispatch's thread, where something was written, that it has ended.

    `languages` are those of the rooms that have it.
    """
    if not await outbox.thread_used(ctx.tx, dispatch.id):
        return []
    roots = {room_id: await root_in(ctx, dispatch, room_id) for room_id in languages}
    return [
        Say(
            room_id,
            (t("This thread has ended: its dispatch was withdrawn. What was answered stays."),),
            languages[room_id],
            what="thread-ended",
            source=dispatch.source,
            thread=root,
        )
        for room_id, root in roots.items()
        if root is not None
    ]
