"""The devices that could not read the last message of a room."""

from __future__ import annotations

from collections.abc import Iterable

from bot.storage.db import Tx


async def replace(tx: Tx, room_id: str, devices: Iterable[str]) -> None:
    """Remember those of the last message, each as "@user/DEVICE"."""
    await tx.run("DELETE FROM unreadable WHERE room_id = ?", room_id)
    rows = [(room_id, *_split(device)) for device in devices]
    if rows:
        await tx.many("INSERT OR IGNORE INTO unreadable VALUES (?, ?, ?)", rows)


def _split(device: str) -> tuple[str, str]:
    """Localparts and device ids may have strokes; names of servers have none."""
    end = device.index("/", device.index(":"))
    return device[:end], device[end + 1 :]


async def owners(tx: Tx, room_id: str) -> dict[str, int]:
    """The joined members who have such devices, and how many."""
    rows = await tx.all(
        "SELECT user_id, COUNT(*) FROM unreadable JOIN member USING (room_id, user_id)"
        " WHERE room_id = ? AND membership = 'join' GROUP BY user_id ORDER BY user_id",
        room_id,
    )
    return {row[0]: row[1] for row in rows}
