"""Events that cannot be read although some time has gone by, and who was told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.storage.db import Tx, to_ms

_NEW, _NOTICED, _DONE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Unread:
    """A kept event whose key has not come."""

    event_id: str
    room_id: str
    sender: str


async def overdue(tx: Tx, before: datetime) -> list[Unread]:
    """What was kept before the given time and was noticed by an earlier `notice`, oldest first."""
    rows = await tx.all(
        "SELECT event_id, room_id, COALESCE(json_extract(raw, '$.sender'), '') AS sender FROM undecrypted"
        " WHERE told = ? AND at <= ? ORDER BY at",
        _NOTICED,
        to_ms(before),
    )
    return [Unread(row["event_id"], row["room_id"], row["sender"]) for row in rows]


async def notice(tx: Tx) -> None:
    """Everything that is kept now has been seen."""
    await tx.run("UPDATE undecrypted SET told = ? WHERE told = ?", _NOTICED, _NEW)


async def settle(tx: Tx, event_ids: Sequence[str]) -> None:
    """Their senders were told, or need not be."""
    await tx.run(
        "UPDATE undecrypted SET told = ? WHERE event_id IN (SELECT value FROM json_each(?))",
        _DONE,
        json.dumps(list(event_ids)),
    )


async def tell(tx: Tx, user_id: str, now: datetime, not_since: datetime) -> bool:
    """Whether the person was not told since then; they count as told now."""
    changed = await tx.run(
        "INSERT INTO unread_told VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET at = excluded.at WHERE unread_told.at <= ?",
        user_id,
        to_ms(now),
        to_ms(not_since),
    )
    return changed > 0


async def forget(tx: Tx, before: datetime) -> None:
    """Forget who was told before the given time."""
    await tx.run("DELETE FROM unread_told WHERE at <= ?", to_ms(before))
