"""Whose identity has changed since when, and who was told why their words do not count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.storage.db import Row, Tx, from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Change:
    """A person's identity is another than the pinned one. `event_id` names this change."""

    user_id: str
    event_id: str
    at: datetime


def _change(row: Row) -> Change:
    return Change(row["user_id"], row["event_id"], from_ms(row["at"]))


async def changed(tx: Tx, user_id: str, event_id: str, now: datetime) -> bool:
    """Remember a change; False if it is known. An earlier one may happen again, and is news then."""
    before = await tx.one("SELECT event_id FROM identity WHERE user_id = ?", user_id)
    if before is not None and before["event_id"] == event_id:
        return False
    if before is not None:
        await tx.run("DELETE FROM seen WHERE event_id = ?", before["event_id"])
    await tx.run(
        "INSERT OR REPLACE INTO identity (user_id, event_id, at) VALUES (?, ?, ?)",
        user_id,
        event_id,
        to_ms(now),
    )
    return True


async def waiting(tx: Tx, room_id: str) -> list[Change]:
    """The changes of a room's joined members that nobody has acknowledged."""
    rows = await tx.all(
        "SELECT identity.* FROM identity JOIN member USING (user_id)"
        " WHERE room_id = ? AND membership = 'join' AND acknowledged = 0 ORDER BY user_id",
        room_id,
    )
    return [_change(row) for row in rows]


async def waiting_since(tx: Tx, before: datetime) -> list[Change]:
    """The changes that happened before the given time and that nobody has acknowledged."""
    rows = await tx.all(
        "SELECT * FROM identity WHERE acknowledged = 0 AND at <= ? ORDER BY user_id", to_ms(before)
    )
    return [_change(row) for row in rows]


async def acknowledge(tx: Tx, user_id: str) -> None:
    """The person's new identity is accepted."""
    await tx.run("UPDATE identity SET acknowledged = 1 WHERE user_id = ?", user_id)


async def forget_before(tx: Tx, at: datetime, warned: datetime) -> None:
    """Forget accepted changes and warnings that are older than the given times."""
    await tx.run("DELETE FROM identity WHERE acknowledged = 1 AND at < ?", to_ms(at))
    await tx.run("DELETE FROM warned WHERE at <= ?", to_ms(warned))


async def warn(tx: Tx, room_id: str, user_id: str, now: datetime, not_since: datetime) -> bool:
    """Whether the person has still to be told why their words do not count here; they count as told then."""
    changed = await tx.run(
        "INSERT INTO warned VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at WHERE warned.at <= ?",
        room_id,
        user_id,
        to_ms(now),
        to_ms(not_since),
    )
    return changed > 0
