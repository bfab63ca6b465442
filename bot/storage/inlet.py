"""What has come in: the sync cursor, seen events, attempts, events whose key is not there yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from bot.domain.vault import Vault, veils
from bot.storage.db import Reading, Tx, from_ms, to_ms

MAX_TRIES = 3
_SHARED_BY_A_GROUP = "SELECT 1 FROM grp WHERE room_id = ?1 UNION ALL SELECT 1 FROM joint WHERE room_id = ?1"
EDITED = "edited:"  # before the id of an event, among the seen ones


async def cursor(tx: Reading) -> str | None:
    """The sync token up to which everything has been handled."""
    token = await tx.value("SELECT token FROM cursor WHERE stream = 'sync'")
    return str(token) if token is not None else None


async def move_cursor(tx: Tx, token: str) -> None:
    """Store the sync token, in the transaction of the last event before it."""
    await tx.run(
        "INSERT INTO cursor VALUES ('sync', ?) ON CONFLICT DO UPDATE SET token = excluded.token", token
    )


async def note_heard(tx: Tx, asked: datetime) -> None:
    """Remember that everything which the homeserver had when it was asked then has been handled."""
    await tx.run(
        "INSERT INTO cursor VALUES ('heard', ?) ON CONFLICT DO UPDATE SET token = excluded.token",
        str(to_ms(asked)),
    )


async def heard_at(tx: Reading) -> datetime | None:
    """When it was asked last of what has all been handled."""
    value = await tx.value("SELECT token FROM cursor WHERE stream = 'heard'")
    return from_ms(int(value)) if value is not None else None


async def is_seen(tx: Tx, event_id: str, vault: Vault | None = None) -> bool:
    """Whether this event has been handled, also if audits' secrets gave the name under which it is kept."""
    names = [event_id, *(veils(vault, event_id) if vault is not None else ())]
    found = await tx.one(
        "SELECT 1 FROM seen WHERE event_id IN (SELECT value FROM json_each(?)) LIMIT 1", json.dumps(names)
    )
    return found is not None


async def seen_among(tx: Reading, event_ids: Sequence[str], vault: Vault | None = None) -> set[str]:
    """Those of the events that have been handled, or are kept until their key comes."""
    names = {one: one for one in event_ids}
    if vault is not None:
        names |= {veil: one for one in event_ids for veil in veils(vault, one)}
    rows = await tx.all(
        "SELECT value FROM json_each(?) WHERE value IN (SELECT event_id FROM seen)"
        " OR value IN (SELECT event_id FROM undecrypted)",
        json.dumps(list(names)),
    )
    return {names[row[0]] for row in rows}


async def mark_seen(
    tx: Tx, event_id: str, now: datetime, *, room_id: str = "", vault: Vault | None = None
) -> None:
    """Remember the event and forget its attempts.

    In a room of one person, while there are audits, under names that their secrets give, and the day alone.
    """
    veiled = veils(vault, event_id) if vault is not None and room_id else []
    if veiled and await tx.one(_SHARED_BY_A_GROUP, room_id) is None:
        at = to_ms(now.replace(hour=0, minute=0, second=0, microsecond=0))
        await tx.many("INSERT OR IGNORE INTO seen VALUES (?, ?)", [(veil, at) for veil in veiled])
    else:
        await tx.run("INSERT OR IGNORE INTO seen VALUES (?, ?)", event_id, to_ms(now))
    await tx.run("DELETE FROM attempt WHERE event_id = ?", event_id)


async def count_attempt(tx: Tx, event_id: str, now: datetime) -> None:
    """Count one more attempt at an event."""
    await tx.run(
        "INSERT INTO attempt VALUES (?, 1, ?) ON CONFLICT DO UPDATE SET tries = tries + 1",
        event_id,
        to_ms(now),
    )


async def tries(tx: Tx, event_id: str) -> int:
    """How often an event has been attempted."""
    return int(await tx.value("SELECT tries FROM attempt WHERE event_id = ?", event_id) or 0)


async def keep_undecrypted(
    tx: Tx, event_id: str, room_id: str, session_id: str, raw: str, now: datetime
) -> None:
    """Keep an encrypted event until its key comes; no two have the same time, so that their order lasts."""
    await tx.run(
        "INSERT OR IGNORE INTO undecrypted (event_id, room_id, session_id, raw, at)"
        " SELECT ?, ?, ?, ?, MAX(?, 1 + COALESCE((SELECT MAX(at) FROM undecrypted), 0))",
        event_id,
        room_id,
        session_id,
        raw,
        to_ms(now),
    )


async def undecrypted(tx: Reading, sessions: Sequence[str] | None) -> list[str]:
    """The kept events (JSON) of these Megolm sessions, or all of them, oldest first."""
    if sessions is None:
        return [row[0] for row in await tx.all("SELECT raw FROM undecrypted ORDER BY at")]
    rows = await tx.all(
        "SELECT raw FROM undecrypted WHERE session_id IN (SELECT value FROM json_each(?)) ORDER BY at",
        json.dumps(list(sessions)),
    )
    return [row[0] for row in rows]


async def drop_undecrypted(tx: Tx, event_id: str) -> bool:
    """Forget a kept event: its key has come, or it was taken back. Whether it was kept."""
    return await tx.run("DELETE FROM undecrypted WHERE event_id = ?", event_id) > 0


async def drop_room(tx: Tx, room_id: str, until: datetime) -> None:
    """Forget the events of a room that were kept for their keys until then."""
    await tx.run("DELETE FROM undecrypted WHERE room_id = ? AND at <= ?", room_id, to_ms(until))


async def edited_unread(tx: Tx, event_id: str, now: datetime) -> bool:
    """Remember that an event was edited, if it is kept and could not be read yet; whether that is so."""
    if await tx.one("SELECT 1 FROM undecrypted WHERE event_id = ?", event_id) is None:
        return False
    await mark_seen(tx, EDITED + event_id, now)
    return True


async def was_edited_unread(tx: Tx, event_id: str) -> bool:
    """Whether an event was edited before it could be read."""
    return await is_seen(tx, EDITED + event_id)


async def forget_before(tx: Tx, seen: datetime, ciphertext: datetime) -> None:
    """Delete seen marks and kept ciphertext that are older than the given times."""
    await tx.run("DELETE FROM seen WHERE at < ?", to_ms(seen))
    await tx.run("DELETE FROM attempt WHERE at < ?", to_ms(seen))
    await tx.run("DELETE FROM undecrypted WHERE at < ?", to_ms(ciphertext))
