"""A dispatch's thread as a room has it: who reads it, what its messages are replies to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain import dispatch as rules
from bot.domain.dispatch import Dispatch
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Ref, RowRef
from bot.domain.parts import base_of
from bot.domain.text import Listing, Text, t
from bot.domain.thread import COPY, ROOTS, VOICE
from bot.handlers.context import Context
from bot.handlers.threads import begin_anew, readers_of, root_in
from bot.handlers.twins import Twin
from bot.storage import dispatches, outbox
from bot.storage.outbox import Entry


@dataclass(frozen=True, slots=True)
class Thread:
    """A dispatch's thread as the group of this room has it.

    `roots` are its posts in the readers' rooms; `begun` are those that have to be sent before anything else,
    where a room has succeeded the one in which the thread began.
    """

    dispatch: Dispatch
    group: Group
    readers: tuple[Twin, ...]
    roots: Mapping[str, RowRef]
    begun: tuple[Outgoing, ...] = ()

    @property
    def names(self) -> Listing:
        """The groups that read what this group writes."""
        return Listing(tuple(twin.group.name for twin in self.readers))

    def root(self, room_id: str) -> RowRef:
        """The post under which the thread hangs in a room."""
        return self.roots[room_id]

    def problem(self, text: str) -> list[Text]:
        """Why nothing can be written in it, or not this."""
        if self.dispatch.state is rules.State.WITHDRAWN:
            return [t("This thread has ended: its dispatch was withdrawn. Nothing was relayed.")]
        if not self.readers:
            return [
                t(
                    "Nobody else reads this thread now: the twinning is paused or has ended. "
                    "Nothing was relayed."
                )
            ]
        size = len(text)
        if size > rules.LONGEST_TEXT:
            return [
                t(
                    "This text has {size} characters; a message can have {limit}.",
                    size=size,
                    limit=rules.LONGEST_TEXT,
                )
            ]
        return [t("There is no text in it. Nothing was relayed.")] if rules.is_blank(text) else []


async def thread_at(ctx: Context, root: str | None) -> Thread | None:
    """The shared thread whose root this event of this room is, if it is one."""
    if root is None or ctx.group is None:
        return None
    entry = await outbox.by_event(ctx.tx, root)
    if entry is None or entry.what not in ROOTS or entry.room_id != ctx.room.room_id:
        return None
    dispatch = await dispatches.by_source(ctx.tx, entry.source)
    return await thread_of(ctx, ctx.group, dispatch) if dispatch else None


async def thread_of(ctx: Context, group: Group, dispatch: Dispatch) -> Thread:
    """The thread of a dispatch, as this group has it."""
    readers = await readers_of(ctx, group, dispatch)
    roots: dict[str, RowRef] = {}
    begun: list[Outgoing] = []
    for reader in (twin.group for twin in readers):
        root = await root_in(ctx, dispatch, reader.room_id)
        if root is None:
            root, post = await begin_anew(ctx, dispatch, reader)
            begun += post
        roots[reader.room_id] = root
    return Thread(dispatch, group, tuple(readers), roots, tuple(begun))


async def dispatch_at(ctx: Context, event_id: str) -> Dispatch | None:
    """The dispatch that a message of this room belongs to: the bot's own post, or a person's message."""
    post = await outbox.by_event(ctx.tx, event_id)
    if post is not None:
        number = post.dispatch if post.room_id == ctx.room.room_id else None
    else:
        relays = [row for row in await outbox.relays_of(ctx.tx, event_id) if _from_here(ctx, row)]
        number = relays[0].dispatch if relays else None
    return await dispatches.load(ctx.tx, number) if number is not None else None


async def counterpart(ctx: Context, thread: Thread, replied: str | None, room_id: str) -> Ref | None:
    """What a message of this room is in another one that has the thread; None if there is no such."""
    if replied is None:
        return None
    post = await outbox.by_event(ctx.tx, replied)
    if post is None:
        return await _copy_of(ctx, thread, replied, room_id)
    name = post.what.partition(":")[0]  # an edit, a late translation, an original apart: of which post
    post = await outbox.find(ctx.tx, RowRef(post.source, ctx.room.room_id, name))
    if post is None or post.dispatch != thread.dispatch.id:
        return None
    if name in ROOTS:
        return thread.root(room_id)
    if base_of(name) not in (COPY, VOICE):
        return None
    if room_id == post.origin_room:
        return post.source if base_of(name) == VOICE else thread.root(room_id)
    return await _copy_of(ctx, thread, post.source, room_id, by=post.origin_room, name=name)


async def _copy_of(
    ctx: Context, thread: Thread, source: str, room_id: str, by: str | None = None, name: str = ""
) -> RowRef | None:
    for row in await outbox.relays_of(ctx.tx, source):
        here = row.origin_room == (by or ctx.room.room_id) and row.dispatch == thread.dispatch.id
        if here and row.room_id == room_id and row.what in ((name,) if name else (COPY, VOICE)):
            return RowRef(source, room_id, row.what) if row.is_open or row.state == "sent" else None
    return None


def _from_here(ctx: Context, row: Entry) -> bool:
    return row.origin_room == ctx.room.room_id and row.what in (COPY, VOICE)
