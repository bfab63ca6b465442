"""Which room succeeds which: a room that was upgraded names its successor, and that one its predecessor.

Only what the state of both rooms says counts; what somebody writes of it does not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.domain.group import Group
from bot.domain.room import Room
from bot.handlers.context import Context, Place
from bot.storage import groups, moves, rooms, twinnings
from bot.storage.db import Tx
from bot.storage.twinnings import Joint


@dataclass(frozen=True, slots=True)
class Succession:
    """`old` is a group's home or a joint room, and `new` its successor by the word of both."""

    old: Room
    new: Room
    group: Group | None
    joints: tuple[Joint, ...]


async def succession_of(tx: Tx, new: Room) -> Succession | None:
    """What the room succeeds, if it succeeds a home or a joint room that has not been followed yet."""
    old = await rooms.load(tx, new.predecessor) if new.predecessor is not None else None
    if old is None or old.successor != new.room_id or not new.encrypted:
        return None
    return await _succession(tx, old, new)


async def _succession(tx: Tx, old: Room, new: Room) -> Succession | None:
    group = await groups.of_room(tx, old.room_id)
    joints = tuple(joint for joint in await twinnings.joints_at(tx, old.room_id) if joint.confirmed)
    return Succession(old, new, group, joints) if group or joints else None


async def invites_onward(tx: Tx, inviter: str, room_id: str) -> bool:
    """Whether the inviter may call the bot here, as a steward of a room that names this one its successor."""
    for old in await rooms.succeeded_by(tx, room_id):
        found = await _succession(tx, old, Room.unknown(room_id))
        if found is not None and await may_move(tx, found, inviter):
            return True
    return False


async def onward(ctx: Context) -> Context:
    """The context of what happens in a home that was succeeded, as if it happened in its successor."""
    room_id = await moves.now_at(ctx.tx, ctx.room.room_id) if ctx.group is None else ctx.room.room_id
    room = await rooms.load(ctx.tx, room_id) if room_id != ctx.room.room_id else None
    group = await groups.of_room(ctx.tx, room_id) if room is not None else None
    if room is None or group is None:
        return ctx
    return replace(
        ctx, room=room, group=group, place=Place.HOME, language=group.language, thread=None, moved=True
    )


async def may_move(tx: Tx, succession: Succession, user_id: str) -> bool:
    """Whether the person is a steward in the old home, or of one of the twins of the old joint room."""
    if succession.group is not None:
        return succession.old.is_steward(user_id)
    twins = [await twinnings.load(tx, joint.twinning) for joint in succession.joints]
    for group_id in {side for twinning in twins if twinning for side in (twinning.a, twinning.b)}:
        group = await groups.load(tx, group_id)
        home = await rooms.load(tx, group.room_id) if group else None
        if home is not None and home.is_steward(user_id):
            return True
    return False
