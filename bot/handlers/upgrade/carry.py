"""What waits for the old room goes to the new one; what refers to messages of the old room has to do without.

Edits and removals of the bot's messages, and whatever else concerns a message there, stay with the old room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.group import Group
from bot.domain.outgoing import File, Outgoing, Ref, Relay, RowRef, Say
from bot.handlers.context import Context
from bot.handlers.threads import begin_anew
from bot.storage import dispatches
from bot.storage.outbox import Entry


async def carry(ctx: Context, group: Group, old: str, waiting: Sequence[Entry]) -> list[Outgoing]:
    """The rows anew, for the group's new room, in their order."""
    moved = {RowRef(entry.source, old, entry.what) for entry in waiting}
    out: list[Outgoing] = []
    threads: dict[Ref, Ref | None] = {}  # in which thread the words of a file are now
    for entry in waiting:
        payload = entry.payload
        if isinstance(payload, Relay):
            *begun, relay = await _relay(ctx, group, replace(payload, source=entry.source), moved, entry)
            threads[RowRef(entry.source, old, entry.what)] = relay.thread
            out += [*begun, relay]
        elif isinstance(payload, File):
            thread = threads.get(payload.reply_to) if payload.reply_to is not None else None
            reply_to = _there(payload.reply_to, moved, group.room_id)
            there = replace(payload, room_id=group.room_id, source=entry.source)
            out.append(replace(there, reply_to=reply_to, thread=thread))
        elif isinstance(payload, Say) and not _lost(payload.thread, moved):
            out.append(
                replace(
                    payload,
                    room_id=group.room_id,
                    source=entry.source,
                    thread=_there(payload.thread, moved, group.room_id),
                    reply_to=_there(payload.reply_to, moved, group.room_id),
                    replaces=_there(payload.replaces, moved, group.room_id),
                )
            )
    return out


async def _relay(
    ctx: Context, group: Group, relay: Relay, moved: set[RowRef], entry: Entry
) -> tuple[*tuple[Outgoing, ...], Relay]:
    """The relay, after what begins the thread anew to which it belongs."""
    thread = _there(relay.thread, moved, group.room_id)
    begun: list[Outgoing] = []
    if relay.thread is not None and thread is None:
        dispatch = await dispatches.load(ctx.tx, entry.dispatch) if entry.dispatch is not None else None
        if dispatch is not None:
            thread, begun = await begin_anew(ctx, dispatch, group)
    reply_to = _there(relay.reply_to, moved, group.room_id)
    return (*begun, replace(relay, room_id=group.room_id, thread=thread, reply_to=reply_to))


def _lost(ref: Ref | None, moved: set[RowRef]) -> bool:
    """Whether it hangs under a post of the bot's that stays in the old room."""
    return isinstance(ref, RowRef) and ref not in moved


def _there(ref: Ref | None, moved: set[RowRef], room_id: str) -> Ref | None:
    """What the reference is in the new room: the row that goes along, or nothing."""
    return replace(ref, room_id=room_id) if isinstance(ref, RowRef) and ref in moved else None
