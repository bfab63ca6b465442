"""What shared threads are told: who reads them changes aloud, in every thread that is still being used."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.dispatch import Dispatch
from bot.domain.dispatch import State as DispatchState
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.text import Text, t
from bot.domain.thread import ACK, COPY
from bot.domain.twinning import State, Twinning
from bot.handlers.context import Context
from bot.storage import dispatches, outbox

USED_WITHIN = timedelta(days=30)
MOST = 20


def root_of(dispatch: Dispatch, room_id: str) -> RowRef:
    """The post under which a dispatch's thread hangs in a room."""
    return RowRef(dispatch.source, room_id, ACK if room_id == dispatch.room_id else COPY)


async def tell_threads(
    ctx: Context, twinning: Twinning, a: Group, b: Group, source: str = ""
) -> list[Outgoing]:
    """Say in the threads that both groups have, and used lately, how their twinning stands now."""
    found: list[Outgoing] = []
    rooms = {a.room_id, b.room_id}
    since = ctx.now - USED_WITHIN
    for dispatch_id in await outbox.threads_used(ctx.tx, a.room_id, b.room_id, since, MOST):
        dispatch = await dispatches.load(ctx.tx, dispatch_id)
        if dispatch is None or dispatch.state is DispatchState.WITHDRAWN:
            continue
        having = {row.room_id for row in await outbox.copies(ctx.tx, dispatch.id) if row.event_id}
        if not rooms <= having | {dispatch.room_id}:
            continue
        found += [
            Say(
                reader.room_id,
                (_line(twinning.state, other.name),),
                reader.language,
                what=f"thread:{twinning.id}:{dispatch.id}",
                source=source,
                thread=root_of(dispatch, reader.room_id),
            )
            for reader, other in ((a, b), (b, a))
        ]
    return found


def _line(state: State, group: str) -> Text:
    match state:
        case State.ACTIVE:
            return t("From now on {group} reads this thread: the twinning is active.", group=group)
        case State.PAUSED:
            return t("For now {group} does not read this thread: the twinning is paused.", group=group)
        case _:
            return t("{group} does not read this thread any more: the twinning has ended.", group=group)


async def end_thread(ctx: Context, dispatch: Dispatch, languages: dict[str, str]) -> list[Outgoing]:
    """Say in a withdrawn dispatch's thread, where something was written, that it has ended.

    `languages` are those of the rooms that have it.
    """
    if not await outbox.thread_used(ctx.tx, dispatch.id):
        return []
    return [
        Say(
            room_id,
            (t("This thread has ended: its dispatch was withdrawn. What was answered stays."),),
            language,
            what="thread-ended",
            source=dispatch.source,
            thread=root_of(dispatch, room_id),
        )
        for room_id, language in languages.items()
    ]
