"""Rooms that were followed into their successors: what was a home or a joint room, and which room is now."""

from __future__ import annotations

from datetime import datetime

from bot.storage.db import Tx, to_ms

_ONWARD = (
    "WITH RECURSIVE step (room, depth) AS (SELECT ?, 0 UNION ALL"
    " SELECT new, depth + 1 FROM moved JOIN step ON old = room WHERE depth < 100)"
    " SELECT room FROM step ORDER BY depth DESC LIMIT 1"
)
_BACK = (
    "WITH RECURSIVE step (room, depth) AS (SELECT ?, 0 UNION ALL"
    " SELECT old, depth + 1 FROM moved JOIN step ON new = room WHERE depth < 100)"
    " SELECT DISTINCT room FROM step WHERE depth > 0 ORDER BY depth"
)


async def record(tx: Tx, old: str, new: str, now: datetime) -> None:
    """What was in the old room is in the new one from now on."""
    await tx.run("INSERT OR REPLACE INTO moved VALUES (?, ?, ?)", old, new, to_ms(now))


async def now_at(tx: Tx, room_id: str) -> str:
    """Where that is now which was in a room: the last of its successors, or the room itself."""
    return str(await tx.value(_ONWARD, room_id))


async def formerly(tx: Tx, room_id: str) -> list[str]:
    """The rooms in which that was before which is in this room, the latest first."""
    return [row[0] for row in await tx.all(_BACK, room_id)]


async def forget_before(tx: Tx, at: datetime) -> None:
    """Forget moves older than the event map is kept."""
    await tx.run("DELETE FROM moved WHERE at < ?", to_ms(at))
