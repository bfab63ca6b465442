"""How many invitations there were in the last minutes, whatever became of them. Nobody's name is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.storage.db import Tx, to_ms

_MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Count:
    """What became of invitations."""

    accepted: int = 0
    declined: int = 0
    ignored: int = 0


async def this_minute(tx: Tx, now: datetime) -> Count:
    """What became of those in the running minute."""
    row = await tx.one("SELECT * FROM invitations WHERE minute = ?", to_ms(now) // _MINUTE)
    return Count(row["accepted"], row["declined"], row["ignored"]) if row is not None else Count()


async def add(tx: Tx, now: datetime, one: Count) -> None:
    """Count some more in the running minute."""
    await tx.run(
        "INSERT INTO invitations VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
        " accepted = accepted + excluded.accepted, declined = declined + excluded.declined,"
        " ignored = ignored + excluded.ignored",
        to_ms(now) // _MINUTE,
        one.accepted,
        one.declined,
        one.ignored,
    )


async def take_past(tx: Tx, now: datetime) -> Count:
    """What became of those in the minutes that are over, and forget it."""
    minute = to_ms(now) // _MINUTE
    row = await tx.one(
        "SELECT COALESCE(SUM(accepted), 0), COALESCE(SUM(declined), 0), COALESCE(SUM(ignored), 0)"
        " FROM invitations WHERE minute < ?",
        minute,
    )
    await tx.run("DELETE FROM invitations WHERE minute < ?", minute)
    return Count(*row) if row is not None else Count()
