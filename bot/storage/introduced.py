"""Who can read a home room, as far as the room has been told; and for whom relays into it wait."""

from __future__ import annotations

from collections.abc import Iterable

from bot.storage.db import Reading, Tx


async def known(tx: Tx, room_id: str) -> set[str]:
    """Everybody the room knows of."""
    return {row[0] for row in await tx.all("SELECT user_id FROM introduced WHERE room_id = ?", room_id)}


async def announced(tx: Reading, room_id: str) -> list[str]:
    """Everybody of whom the room has been told: no announcement of them waits any more."""
    rows = await tx.all(
        "SELECT user_id FROM introduced i WHERE room_id = ? AND NOT EXISTS (SELECT 1 FROM outbox o"
        " WHERE o.source = i.source AND o.room_id = i.room_id AND o.what = 'newcomers'"
        " AND o.state IN ('translating', 'waiting'))",
        room_id,
    )
    return [row[0] for row in rows]


async def add(tx: Tx, room_id: str, users: Iterable[str], source: str = "", *, held: bool = False) -> None:
    """The room knows of these now; `source` is the event that announced them."""
    rows = [(room_id, user, source, int(held)) for user in users]
    await tx.many("INSERT OR IGNORE INTO introduced VALUES (?, ?, ?, ?)", rows)


async def drop(tx: Tx, room_id: str, users: Iterable[str]) -> None:
    """These cannot read the room any more."""
    await tx.many(
        "DELETE FROM introduced WHERE room_id = ? AND user_id = ?", [(room_id, user) for user in users]
    )


async def announced_by(tx: Tx, room_id: str, source: str) -> list[str]:
    """Those whom an event announced and who are still there."""
    rows = await tx.all(
        "SELECT user_id FROM introduced WHERE room_id = ? AND source = ? ORDER BY user_id", room_id, source
    )
    return [row[0] for row in rows]


async def sources(tx: Tx, room_id: str) -> list[str]:
    """The events that announced those who are there."""
    rows = await tx.all("SELECT DISTINCT source FROM introduced WHERE room_id = ? AND source <> ''", room_id)
    return [row[0] for row in rows]


async def held(tx: Tx, room_id: str) -> list[str]:
    """Those for whom relays into the room wait."""
    rows = await tx.all(
        "SELECT user_id FROM introduced WHERE room_id = ? AND held = 1 ORDER BY user_id", room_id
    )
    return [row[0] for row in rows]


async def release(tx: Tx, room_id: str, user_id: str | None = None) -> None:
    """Nothing waits for this one any more; without a user, for nobody in the room."""
    await tx.run(
        "UPDATE introduced SET held = 0 WHERE room_id = ?1 AND (?2 IS NULL OR user_id = ?2)",
        room_id,
        user_id,
    )


async def move(tx: Tx, old: str, new: str) -> None:
    """What the old room knows, its successor knows."""
    await tx.run("UPDATE OR REPLACE introduced SET room_id = ? WHERE room_id = ?", new, old)
