"""Relays that must not go into a room yet: somebody is new there, or the room has been replaced by another.

They stand aside with a time that never comes, and so does what hangs under them; when the reason is gone,
they are put back. What stands aside for longer than it may wait has failed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.outgoing import File, Outgoing, Relay, RowRef, Say
from bot.storage.db import Reading, Row, Tx, to_ms
from bot.storage.outbox.rows import OPEN, Entry, entry_of

SUCCESSOR_WITHIN = timedelta(days=7)  # so long relays wait for the group to follow into its room's successor

HELD = 253_402_214_400_000
"""Milliseconds since 1970: the last day of the year 9999."""


def is_held(row: Row) -> bool:
    """Whether the row stands aside."""
    return bool(row["not_before"] == HELD)


async def must_wait(tx: Reading, entry: Entry, now: datetime) -> bool:
    """Whether the row, somebody's words or file from another room, must not go into its room now."""
    if entry.reason or not _from_elsewhere(entry.payload):
        return False
    found = await tx.one(
        "SELECT 1 FROM introduced WHERE room_id = ?1 AND held = 1 UNION ALL"
        " SELECT 1 FROM room WHERE room_id = ?1 AND successor IS NOT NULL AND successor_at > ?2"
        " AND NOT EXISTS (SELECT 1 FROM moved WHERE old = ?1) LIMIT 1",
        entry.room_id,
        to_ms(now - SUCCESSOR_WITHIN),
    )
    return found is not None


def _from_elsewhere(payload: Outgoing | None) -> bool:
    if isinstance(payload, File):
        return payload.origin_room is not None
    return isinstance(payload, Relay) and not payload.in_place


async def hold(tx: Tx, *entries: Entry) -> None:
    """Put rows aside."""
    await tx.many("UPDATE outbox SET not_before = ? WHERE id = ?", [(HELD, entry.id) for entry in entries])


async def release(tx: Tx, room_id: str) -> None:
    """Put the room's rows back; what still has a reason to wait stands aside again when it is taken."""
    await tx.run(
        f"UPDATE outbox SET not_before = 0 WHERE room_id = ? AND not_before = ? AND state IN {OPEN}",  # noqa: S608 (constant)
        room_id,
        HELD,
    )


async def take_over(tx: Tx, room_id: str) -> list[Entry]:
    """Take out what can be said in another room as well: words that wait, belong to no message of this
    room, and have not been tried.
    """
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE room_id = ? AND state IN {OPEN} AND tries = 0"  # noqa: S608 (constant)
        " AND kind IN ('say', 'relay', 'file') ORDER BY id",
        room_id,
    )
    found = [entry for entry in map(entry_of, rows) if _goes_along(entry.payload)]
    along = {RowRef(entry.source, room_id, entry.what) for entry in found}
    found = [entry for entry in found if not _stays_with_its_words(entry.payload, along)]
    await tx.many("DELETE FROM outbox WHERE id = ?", [(entry.id,) for entry in found])
    return found


def _stays_with_its_words(payload: Outgoing | None, along: set[RowRef]) -> bool:
    """Whether it is a file of a message that has been sent here already, or is tried here."""
    return (
        isinstance(payload, File) and isinstance(payload.reply_to, RowRef) and payload.reply_to not in along
    )


def _goes_along(payload: Outgoing | None) -> bool:
    if isinstance(payload, Relay):
        return not payload.in_place and payload.replaces is None
    return isinstance(payload, Say | File)


async def overdue(tx: Tx, now: datetime) -> list[Entry]:
    """The rows that stand aside and have waited for as long as they may."""
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE not_before = ? AND deadline <= ? AND state IN {OPEN} ORDER BY id",  # noqa: S608 (constant)
        HELD,
        to_ms(now),
    )
    return [entry_of(row) for row in rows]


async def rooms_held(tx: Tx) -> list[str]:
    """The rooms of which rows stand aside."""
    rows = await tx.all(
        f"SELECT DISTINCT room_id FROM outbox WHERE not_before = ? AND state IN {OPEN}",  # noqa: S608 (constant)
        HELD,
    )
    return [row[0] for row in rows]
