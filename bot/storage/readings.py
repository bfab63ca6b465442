"""Which dispatches were read aloud, where not said; and what is counted of a season."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.storage.db import Tx, to_ms


@dataclass(frozen=True, slots=True)
class Season:
    """What a group and its twin have done since a day: sent to them, read aloud and answered by them, and
    theirs read aloud here.
    """

    sent: int
    read: int
    answered: int
    here: int


async def add(
    tx: Tx, source: str, twinning: int, dispatch: int, group: int, room_id: str, now: datetime
) -> None:
    """A group has read a dispatch aloud; `room_id` is the room that is told."""
    await tx.run(
        "INSERT OR IGNORE INTO reading (source, twinning_id, dispatch_id, group_id, room_id, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        source,
        twinning,
        dispatch,
        group,
        room_id,
        to_ms(now),
    )


async def take_back(tx: Tx, source: str) -> str | None:
    """The message that said so was deleted; the room that was told, if there was one."""
    room_id = await tx.value("SELECT room_id FROM reading WHERE source = ?", source)
    await tx.run("DELETE FROM reading WHERE source = ?", source)
    return str(room_id) if room_id is not None else None


async def of_dispatch(tx: Tx, dispatch: int) -> dict[int, int]:
    """How often a dispatch was read aloud, by twinning."""
    rows = await tx.all(
        "SELECT twinning_id, COUNT(*) AS times FROM reading WHERE dispatch_id = ? GROUP BY twinning_id",
        dispatch,
    )
    return {row["twinning_id"]: row["times"] for row in rows}


async def answered(tx: Tx, dispatch: int, room_id: str) -> set[int]:
    """The twinnings whose other side has written in a dispatch's thread; `room_id` is its own room."""
    rows = await tx.all(
        "SELECT DISTINCT twinning_id FROM outbox WHERE dispatch_id = ? AND room_id = ? AND kind = 'relay'"
        " AND twinning_id IS NOT NULL AND (what = 'voice' OR what GLOB 'voice#*')",
        dispatch,
        room_id,
    )
    return {row[0] for row in rows}


async def season(tx: Tx, twinning: int, group: int, room_id: str, since: datetime) -> Season:
    """What is counted of a twinning, as the group whose home is `room_id` sees it."""

    async def count(sql: str, *values: str | int) -> int:
        return int(await tx.value(f"SELECT COUNT(DISTINCT dispatch_id) FROM {sql}", *values) or 0)  # noqa: S608 (constants below)

    at = to_ms(since)
    own = "outbox WHERE twinning_id = ? AND dispatch_id IN (SELECT id FROM dispatch WHERE group_id = ?)"
    return Season(
        sent=await count(
            f"{own} AND state = 'sent' AND settled_at >= ? AND (what = 'copy' OR what GLOB 'copy#*')",
            twinning,
            group,
            at,
        ),
        read=await count("reading WHERE twinning_id = ? AND group_id <> ? AND at >= ?", twinning, group, at),
        answered=await count(
            f"{own} AND room_id = ? AND created_at >= ? AND (what = 'voice' OR what GLOB 'voice#*')",
            twinning,
            group,
            room_id,
            at,
        ),
        here=await count("reading WHERE twinning_id = ? AND group_id = ? AND at >= ?", twinning, group, at),
    )
