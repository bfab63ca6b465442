"""The group of a room, also of one from which it has moved on."""

from __future__ import annotations

from bot.domain.group import Group
from bot.storage import groups, moves
from bot.storage.db import Tx


async def home_of(tx: Tx, room_id: str | None) -> Group | None:
    """The group whose home this room is, or was before an upgrade."""
    if room_id is None:
        return None
    group = await groups.of_room(tx, room_id)
    return group if group is not None else await groups.of_room(tx, await moves.now_at(tx, room_id))
