"""Messages that were refused or not understood, which may be edited into shape for a while."""

from __future__ import annotations

from datetime import datetime

from bot.storage.db import Tx, to_ms


async def remember(tx: Tx, event_id: str, sender: str, until: datetime) -> None:
    """The message may be edited until then; a later refusal does not prolong it."""
    await tx.run("INSERT OR IGNORE INTO refused VALUES (?, ?, ?)", event_id, sender, to_ms(until))


async def take(tx: Tx, event_id: str, sender: str, now: datetime) -> bool:
    """Whether the message may run as edited now; it may then no more (unless refused again)."""
    changed = await tx.run(
        "DELETE FROM refused WHERE event_id = ? AND sender = ? AND until > ?", event_id, sender, to_ms(now)
    )
    return changed > 0


async def forget(tx: Tx, now: datetime) -> None:
    """Forget what cannot be edited into shape any more."""
    await tx.run("DELETE FROM refused WHERE until <= ?", to_ms(now))
