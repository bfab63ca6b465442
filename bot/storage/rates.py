"""When something was carried for somebody, by a keyed pseudonym; kept for as long as it counts."""

from __future__ import annotations

from datetime import datetime

from bot.storage.db import Tx, from_ms, to_ms


async def carried(tx: Tx, who: str, since: datetime) -> list[datetime]:
    """The times since then."""
    rows = await tx.all("SELECT at FROM relayed WHERE who = ? AND at > ? ORDER BY at", who, to_ms(since))
    return [from_ms(row[0]) for row in rows]


async def note(tx: Tx, who: str, now: datetime) -> None:
    """Something is carried now."""
    await tx.run("INSERT INTO relayed VALUES (?, ?)", who, to_ms(now))


async def forget(tx: Tx, before: datetime) -> None:
    """Forget what does not count any more."""
    await tx.run("DELETE FROM relayed WHERE at <= ?", to_ms(before))
