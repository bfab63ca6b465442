"""The outbox: what the bot has promised to send, and, once sent, which message is a copy of which.

Rules:
- (source, room, what) happens once: a second promise of the same is ignored.
- Per room, rows of rank 0 (people's words, removals) go before rank 1 (the bot's answers); within a
  rank the oldest first. A relay that is still being translated holds back its rank, not the answers.
- A row of a twinning that is not active is cancelled when it is taken, not sent.
- A settled row has no words; a failed one keeps them for a while, for the host.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.domain.outgoing import Join, Leave, Outgoing, Redact, Ref, Relay, RowRef, Say
from bot.storage.db import Row, Tx, from_ms, to_ms

GIVE_UP_AFTER = timedelta(days=7)

_PAYLOAD: TypeAdapter[Outgoing] = TypeAdapter(Annotated[Outgoing, Field(discriminator="kind")])
_OPEN = "('translating', 'waiting')"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `payload` is None once settled. `tries` counts those begun, this one included after `take`."""

    id: int
    room_id: str
    source: str
    what: str
    kind: str
    state: str
    payload: Outgoing | None
    tries: int
    first_try: datetime | None
    device_id: str | None
    event_id: str | None
    reason: str
    dispatch: int | None
    twinning: int | None
    created_at: datetime
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """What `take` found: a row to work on, and those it cancelled on the way.

    `too_late`: it was taken back, or its twinning is not active any more, but an earlier try may have
    arrived; it must only be looked for.
    """

    entry: Entry | None
    cancelled: tuple[Entry, ...] = ()
    too_late: bool = False


def _entry(row: Row) -> Entry:
    return Entry(
        id=row["id"],
        room_id=row["room_id"],
        source=row["source"],
        what=row["what"],
        kind=row["kind"],
        state=row["state"],
        payload=_PAYLOAD.validate_json(row["payload"]) if row["payload"] is not None else None,
        tries=row["tries"],
        first_try=from_ms(row["first_try"]) if row["first_try"] is not None else None,
        device_id=row["device_id"],
        event_id=row["event_id"],
        reason=row["reason"],
        dispatch=row["dispatch_id"],
        twinning=row["twinning_id"],
        created_at=from_ms(row["created_at"]),
        deadline=from_ms(row["deadline"]),
    )


async def add(
    tx: Tx, outgoing: Outgoing, source: str, now: datetime, lifetime: timedelta = GIVE_UP_AFTER
) -> None:
    """Promise to send. An edit of a message that has not been tried yet changes that message instead."""
    source = outgoing.source or source
    if isinstance(outgoing, Say) and isinstance(outgoing.replaces, RowRef):
        if await _merge(tx, outgoing, outgoing.replaces):
            return
    translating = isinstance(outgoing, Relay) and outgoing.rendering is None
    delay = outgoing.delay if isinstance(outgoing, Say) else 0
    await tx.run(
        "INSERT OR IGNORE INTO outbox (room_id, source, what, kind, rank, state, payload, not_before,"
        " deadline, dispatch_id, twinning_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        outgoing.room_id,
        source,
        outgoing.what,
        outgoing.kind,
        1 if isinstance(outgoing, Say | Leave) else 0,
        "translating" if translating else "waiting",
        _PAYLOAD.dump_json(outgoing).decode(),
        to_ms(now) + delay * 1000,
        to_ms(now + lifetime),
        None if isinstance(outgoing, Join | Leave) else outgoing.dispatch,
        outgoing.twinning if isinstance(outgoing, Relay) else None,
        to_ms(now),
    )


async def _merge(tx: Tx, edit: Say, ref: RowRef) -> bool:
    row = await _by_ref(tx, ref)
    if row is None or row["state"] != "waiting" or row["tries"] > 0 or row["payload"] is None:
        return False
    waiting = _PAYLOAD.validate_json(row["payload"])
    if not isinstance(waiting, Say):
        return False
    merged = replace(waiting, lines=edit.lines)
    await tx.run("UPDATE outbox SET payload = ? WHERE id = ?", _PAYLOAD.dump_json(merged).decode(), row["id"])
    return True


async def _by_ref(tx: Tx, ref: RowRef) -> Row | None:
    return await tx.one(
        "SELECT * FROM outbox WHERE source = ? AND room_id = ? AND what = ?",
        ref.source,
        ref.room_id,
        ref.what,
    )


async def find(tx: Tx, ref: RowRef) -> Entry | None:
    """The row that a reference names."""
    row = await _by_ref(tx, ref)
    return _entry(row) if row else None


async def resolve(tx: Tx, ref: Ref | None) -> str | None:
    """The event id that a reference stands for; None if there is none (yet)."""
    if not isinstance(ref, RowRef):
        return ref
    row = await _by_ref(tx, ref)
    return row["event_id"] if row else None


async def rooms_with_work(tx: Tx, now: datetime) -> list[str]:
    """The rooms that have a row to send now."""
    rows = await tx.all(
        "SELECT room_id FROM outbox WHERE state = 'waiting' AND not_before <= ? GROUP BY room_id ORDER BY MIN(id)",
        to_ms(now),
    )
    return [row[0] for row in rows]


async def next_due(tx: Tx, now: datetime) -> datetime | None:
    """When the next delayed row becomes due, if one waits for its time."""
    value = await tx.value(
        "SELECT MIN(not_before) FROM outbox WHERE state = 'waiting' AND not_before > ?", to_ms(now)
    )
    return from_ms(int(value)) if value is not None else None


async def take(tx: Tx, room_id: str, now: datetime, device_id: str) -> Taken:
    """The next row of a room, marked as tried by this device."""
    cancelled: list[Entry] = []
    while True:
        row = await _head(tx, room_id, now)
        if row is None:
            return Taken(None, tuple(cancelled))
        entry = _entry(row)
        assert entry.payload is not None
        waiting_for = await _unsettled_ref(tx, entry.payload)
        if waiting_for is not None:
            if waiting_for["state"] == "translating" or waiting_for["not_before"] > to_ms(now):
                return Taken(None, tuple(cancelled))
            entry = _entry(waiting_for)
        active = entry.twinning is None or await _active(tx, entry.twinning, now)
        missing = await _missing_ref(tx, entry)
        if entry.tries == 0 and (missing or not active):
            cancelled.append(await cancel(tx, entry, "gone" if missing else "twinning", now))
            continue
        first = entry.first_try or now
        await tx.run(
            "UPDATE outbox SET tries = tries + 1, first_try = ?, device_id = ? WHERE id = ?",
            to_ms(first),
            device_id if entry.device_id is None else entry.device_id,
            entry.id,
        )
        taken = replace(entry, tries=entry.tries + 1, first_try=first)
        return Taken(taken, tuple(cancelled), too_late=not active or entry.reason != "")


async def _head(tx: Tx, room_id: str, now: datetime) -> Row | None:
    query = (
        f"SELECT * FROM outbox WHERE room_id = ? AND rank = ? AND state IN {_OPEN}"  # noqa: S608 (constant)
        " AND not_before <= ? ORDER BY id LIMIT 1"
    )
    for rank in (0, 1):
        row = await tx.one(query, room_id, rank, to_ms(now))
        if row is not None and row["state"] == "waiting":
            return row
    return None


def _refs(payload: Outgoing) -> list[RowRef]:
    match payload:
        case Say() | Relay():
            found = (payload.thread, payload.reply_to, payload.replaces)
        case Redact():
            found = (payload.target, None, None)
        case _:
            return []
    return [ref for ref in found if isinstance(ref, RowRef)]


async def _unsettled_ref(tx: Tx, payload: Outgoing) -> Row | None:
    for ref in _refs(payload):
        row = await _by_ref(tx, ref)
        if row is not None and row["state"] in ("translating", "waiting"):
            return row
    return None


async def _missing_ref(tx: Tx, entry: Entry) -> bool:
    assert entry.payload is not None
    for ref in _refs(entry.payload):
        row = await _by_ref(tx, ref)
        if row is None or (row["state"] != "waiting" and row["event_id"] is None):
            return True
    return False


async def _active(tx: Tx, twinning: int, now: datetime) -> bool:
    row = await tx.one("SELECT state, ends_on FROM twinning WHERE id = ?", twinning)
    return row is not None and row["state"] == "active" and row["ends_on"] >= now.date().isoformat()


async def settle_sent(tx: Tx, entry: Entry, event_id: str | None, now: datetime) -> None:
    """The homeserver has it: the words are erased, the event id stays."""
    await tx.run(
        "UPDATE outbox SET state = 'sent', payload = NULL, event_id = ?, settled_at = ? WHERE id = ?",
        event_id,
        to_ms(now),
        entry.id,
    )


async def settle_failed(tx: Tx, entry: Entry, reason: str, now: datetime) -> None:
    """It cannot be delivered. The words stay for the time that failed rows are kept."""
    await tx.run(
        "UPDATE outbox SET state = 'failed', reason = ?, settled_at = ? WHERE id = ?",
        reason,
        to_ms(now),
        entry.id,
    )


async def cancel(tx: Tx, entry: Entry, reason: str, now: datetime) -> Entry:
    """It will not be sent; the words are erased."""
    await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?, payload = NULL, settled_at = ? WHERE id = ?",
        reason,
        to_ms(now),
        entry.id,
    )
    return replace(entry, state="cancelled", reason=reason, payload=None)


async def _cancel_where(tx: Tx, condition: str, value: str | int, reason: str, now: datetime) -> list[Entry]:
    await tx.run(
        f"UPDATE outbox SET reason = ? WHERE {condition} AND state = 'waiting' AND tries > 0",  # noqa: S608 (constants)
        reason,
        value,
    )
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {condition} AND state IN {_OPEN} AND tries = 0 ORDER BY id",  # noqa: S608 (constants)
        value,
    )
    return [await cancel(tx, _entry(row), reason, now) for row in rows]


async def cancel_twinning(tx: Tx, twinning: int, now: datetime) -> list[Entry]:
    """Cancel what waits for a twinning and has not been tried; what was tried is looked for when taken."""
    return await _cancel_where(tx, "twinning_id = ?", twinning, "twinning", now)


async def cancel_source(tx: Tx, source: str, now: datetime) -> list[Entry]:
    """Cancel the relays of a message that was taken back and have not been tried."""
    return await _cancel_where(tx, "kind = 'relay' AND source = ?", source, "withdrawn", now)


async def translating(tx: Tx, limit: int) -> list[Entry]:
    """The relays that wait for their translation, oldest first."""
    rows = await tx.all("SELECT * FROM outbox WHERE state = 'translating' ORDER BY id LIMIT ?", limit)
    return [_entry(row) for row in rows]


async def set_rendering(tx: Tx, entry: Entry, relay: Relay) -> bool:
    """Store the translation: the relay can be sent. False if it has been cancelled meanwhile."""
    changed = await tx.run(
        "UPDATE outbox SET state = 'waiting', payload = ? WHERE id = ? AND state = 'translating'",
        _PAYLOAD.dump_json(relay).decode(),
        entry.id,
    )
    return changed > 0


async def relays_of(tx: Tx, source: str) -> list[Entry]:
    """All relays of a message, whatever became of them."""
    rows = await tx.all("SELECT * FROM outbox WHERE source = ? AND kind = 'relay' ORDER BY id", source)
    return [_entry(row) for row in rows]


async def by_event(tx: Tx, event_id: str) -> Entry | None:
    """The row whose message this event is."""
    row = await tx.one("SELECT * FROM outbox WHERE event_id = ?", event_id)
    return _entry(row) if row else None


async def by_source(tx: Tx, source: str, room_id: str) -> list[Entry]:
    """What an event caused in a room."""
    rows = await tx.all("SELECT * FROM outbox WHERE source = ? AND room_id = ? ORDER BY id", source, room_id)
    return [_entry(row) for row in rows]


async def copies(tx: Tx, dispatch: int) -> list[Entry]:
    """The rows of a dispatch's copies, one per twin."""
    rows = await tx.all("SELECT * FROM outbox WHERE dispatch_id = ? AND what = 'copy' ORDER BY id", dispatch)
    return [_entry(row) for row in rows]


async def posts_of(tx: Tx, dispatch: int) -> list[Entry]:
    """Everything of a dispatch that carries people's words, its thread included, sent or waiting."""
    rows = await tx.all("SELECT * FROM outbox WHERE dispatch_id = ? AND kind = 'relay' ORDER BY id", dispatch)
    return [_entry(row) for row in rows]


async def dispatches_waiting(tx: Tx, before: datetime) -> list[int]:
    """Dispatches with a copy that has waited since before the given time."""
    rows = await tx.all(
        f"SELECT DISTINCT dispatch_id FROM outbox WHERE what = 'copy' AND state IN {_OPEN}"  # noqa: S608 (constant)
        " AND created_at <= ? AND dispatch_id IS NOT NULL",
        to_ms(before),
    )
    return [row[0] for row in rows]


async def oldest_waiting(tx: Tx, now: datetime) -> datetime | None:
    """Since when the oldest row waits."""
    value = await tx.value(
        f"SELECT MIN(created_at) FROM outbox WHERE state IN {_OPEN} AND not_before <= ?",  # noqa: S608 (constant)
        to_ms(now),
    )
    return from_ms(int(value)) if value is not None else None


async def waiting_for_room(tx: Tx, room_id: str) -> int:
    """How many rows wait to be sent into a room."""
    return int(
        await tx.value(
            f"SELECT COUNT(*) FROM outbox WHERE room_id = ? AND state IN {_OPEN}",  # noqa: S608 (constant)
            room_id,
        )
        or 0
    )


async def forget_before(tx: Tx, failed: datetime, map_: datetime) -> None:
    """Erase the words of old failed rows, and delete rows older than the event map is kept."""
    await tx.run(
        "UPDATE outbox SET payload = NULL WHERE state = 'failed' AND payload IS NOT NULL AND settled_at < ?",
        to_ms(failed),
    )
    await tx.run("DELETE FROM outbox WHERE settled_at < ?", to_ms(map_))


async def forget_room(tx: Tx, room_id: str) -> None:
    """Delete every row of a room."""
    await tx.run("DELETE FROM outbox WHERE room_id = ?", room_id)
