"""The files that wait to be looked at; nothing of such a row stays, so that a file can be looked at again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.outgoing import Clean
from bot.storage.db import Reading, Row, Tx, to_ms
from bot.storage.outbox.queue import cancel
from bot.storage.outbox.rows import OF_SOURCE, OPEN, PAYLOAD, Entry, entry_of


async def cleaning(tx: Reading, now: datetime, limit: int) -> list[Entry]:
    """The next ones, oldest first."""
    rows = await tx.all(
        "SELECT * FROM outbox WHERE state = 'translating' AND kind = 'clean' AND not_before <= ?"
        " ORDER BY rank, turn, id LIMIT ?",
        to_ms(now),
        limit,
    )
    return [entry_of(row) for row in rows]


async def cleaning_in(tx: Reading, room_id: str) -> list[Entry]:
    """Those of the messages of a room."""
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE room_id = ? AND kind = 'clean' AND state IN {OPEN} ORDER BY id",  # noqa: S608 (constant)
        room_id,
    )
    return [entry_of(row) for row in rows]


async def cleaning_of(tx: Reading, source: str) -> Entry | None:
    """The one of a message."""
    rows = await _of(tx, source)
    return entry_of(rows[0]) if rows else None


async def reword_clean(tx: Tx, entry: Entry, payload: str) -> None:
    """What its author says with it has changed."""
    if isinstance(entry.payload, Clean):
        changed = PAYLOAD.dump_json(replace(entry.payload, payload=payload)).decode()
        await tx.run("UPDATE outbox SET payload = ? WHERE id = ?", changed, entry.id)


async def not_cleaned(tx: Tx, source: str, now: datetime) -> None:
    """The message was taken back: nobody looks at its file any more."""
    for row in await _of(tx, source):
        await cancel(tx, entry_of(row), "withdrawn", now)


async def _of(tx: Reading, source: str) -> list[Row]:
    return await tx.all(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND kind = 'clean' AND state IN {OPEN} ORDER BY id",  # noqa: S608 (constants)
        source,
    )
