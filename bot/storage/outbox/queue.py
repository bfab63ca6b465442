"""The outbox as a queue: promising, taking, settling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.outgoing import Leave, Outgoing, Redact, Relay, RowRef, Say
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms
from bot.storage.outbox.holding import hold, is_held, must_wait
from bot.storage.outbox.rows import FRAME, OPEN, PAYLOAD, Entry, by_ref, entry_of

GIVE_UP_AFTER = timedelta(days=7)
_OPEN = ("translating", "waiting")
LATE = ":late"  # ends the name of a row that brings a translation after its relay has crossed
DECLINE = "decline"  # the name of a row that declines an invitation: once settled, nothing is kept of it
EDIT = ":edit:"  # in the name of a row that changes a relay, between the relay's name and the cause


@dataclass(frozen=True, slots=True)
class Taken:
    """What `take` found: a row to work on, and those it cancelled on the way.

    `too_late`: it was taken back, or its twinning is not active any more, but an earlier try may have
    arrived; it must only be looked for. `targets` are the event ids of the messages it refers to, as far
    as they were sent. `silent`: it must not ring.
    """

    entry: Entry | None
    cancelled: tuple[Entry, ...] = ()
    too_late: bool = False
    silent: bool = False
    targets: Mapping[RowRef, str] = field(default_factory=dict)


async def add(
    tx: Tx,
    outgoing: Outgoing,
    source: str,
    now: datetime,
    lifetime: timedelta = GIVE_UP_AFTER,
    *,
    delay: timedelta = timedelta(),
) -> None:
    """Promise to send. An edit of a message that has not been tried yet changes that message instead."""
    source = outgoing.source or source
    late = outgoing.what.endswith(LATE)
    if isinstance(outgoing, Relay) and isinstance(outgoing.replaces, RowRef) and not late:
        await _supersede(tx, outgoing.replaces)
    if isinstance(outgoing, Say | Relay) and await _merge(tx, outgoing):
        return
    if isinstance(outgoing, Say):
        delay += timedelta(seconds=outgoing.delay)
    await tx.run(
        "INSERT OR IGNORE INTO outbox (room_id, source, what, kind, rank, state, payload, not_before,"
        " deadline, dispatch_id, twinning_id, origin_room, created_at, turn)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        outgoing.room_id,
        source,
        outgoing.what,
        outgoing.kind,
        _rank(outgoing),
        "translating" if _needs_translation(outgoing) else "waiting",
        PAYLOAD.dump_json(outgoing).decode(),
        to_ms(now + delay),
        to_ms(now + lifetime),
        outgoing.dispatch if isinstance(outgoing, Say | Relay) else None,
        outgoing.twinning if isinstance(outgoing, Relay) else None,
        outgoing.origin_room if isinstance(outgoing, Relay) else None,
        to_ms(now),
        await _turn(tx, outgoing, now) if _rank(outgoing) == 0 else 0,
    )


async def _turn(tx: Tx, outgoing: Outgoing, now: datetime) -> int:
    """Its turn among what waits for the room: after what its own group has there, beside what others have.

    So a room that has much from one group gets one from each, in turns. What is urgent comes first.
    """
    first = await tx.value(
        f"SELECT MIN(turn) FROM outbox WHERE room_id = ? AND rank = 0 AND state IN {OPEN}"  # noqa: S608 (constant)
        " AND not_before <= ?",
        outgoing.room_id,
        to_ms(now),
    )
    if first is None:
        return 0
    if isinstance(outgoing, Relay) and outgoing.urgent:
        return int(first) - 1
    last = await tx.value(
        f"SELECT MAX(turn) FROM outbox WHERE room_id = ? AND state IN {OPEN} AND rank = 0"  # noqa: S608 (constant)
        " AND origin_room IS ?",
        outgoing.room_id,
        outgoing.origin_room if isinstance(outgoing, Relay) else None,
    )
    return int(first) if last is None else max(int(first), int(last) + 1)


def _rank(outgoing: Outgoing) -> int:
    if isinstance(outgoing, Say) and outgoing.first:
        return -1
    if isinstance(outgoing, Relay):
        return 2 if outgoing.what.endswith(LATE) else 0
    return 1 if isinstance(outgoing, Say | Leave) else 0


def _needs_translation(outgoing: Outgoing) -> bool:
    if not isinstance(outgoing, Relay) or outgoing.rendering is not None:
        return False
    return outgoing.words.language != outgoing.target


async def _merge(tx: Tx, edit: Say | Relay) -> bool:
    if not isinstance(edit.replaces, RowRef) or edit.what.endswith(LATE):
        return False
    row = await by_ref(tx, edit.replaces)
    if row is None or row["state"] not in ("translating", "waiting") or row["tries"] > 0:
        return False
    waiting = PAYLOAD.validate_json(row["payload"])
    if isinstance(waiting, Say) and isinstance(edit, Say):
        merged: Outgoing = replace(waiting, lines=edit.lines)
    elif isinstance(waiting, Relay) and isinstance(edit, Relay):
        merged = replace(waiting, words=edit.words, rendering=edit.rendering)
    else:
        return False
    await tx.run(
        "UPDATE outbox SET state = ?, payload = ? WHERE id = ?",
        "translating" if _needs_translation(merged) else "waiting",
        PAYLOAD.dump_json(merged).decode(),
        row["id"],
    )
    return True


async def _supersede(tx: Tx, edited: RowRef) -> None:
    """Drop what earlier edits of a relay, and late translations of its earlier words, would still bring."""
    earlier = "source = ? AND room_id = ? AND kind = 'relay' AND (what = ? OR substr(what, 1, ?) = ?)"
    begin = edited.what + EDIT
    which = (edited.source, edited.room_id, edited.what + LATE, len(begin), begin)
    await tx.run(f"DELETE FROM outbox WHERE {earlier} AND state IN {OPEN} AND tries = 0", *which)  # noqa: S608 (constants)
    await tx.run(
        f"UPDATE outbox SET reason = 'superseded' WHERE {earlier} AND state = 'waiting' AND rank = 2",  # noqa: S608 (constants)
        *which,
    )


async def rooms_with_work(tx: Reading, now: datetime) -> list[str]:
    """The rooms that have a row to send now."""
    rows = await tx.all(
        f"SELECT room_id FROM outbox WHERE state = 'waiting' AND state IN {OPEN} AND not_before <= ?"  # noqa: S608 (constant)
        " GROUP BY room_id ORDER BY MIN(id)",
        to_ms(now),
    )
    return [row[0] for row in rows]


async def next_due(tx: Reading, now: datetime) -> datetime | None:
    """When the next delayed row becomes due, if one waits for its time."""
    value = await tx.value(
        f"SELECT MIN(not_before) FROM outbox WHERE state = 'waiting' AND state IN {OPEN} AND not_before > ?",  # noqa: S608 (constant)
        to_ms(now),
    )
    return from_ms(int(value)) if value is not None else None


async def take(tx: Tx, room_id: str, now: datetime, device_id: str) -> Taken:
    """The next row of a room, marked as tried by this device."""
    cancelled: list[Entry] = []
    while True:
        row = await _head(tx, room_id, now)
        if row is None:
            return Taken(None, tuple(cancelled))
        entry = asking = entry_of(row)
        referred = await _referred(tx, entry.payload)
        waiting_for = next((row for row in referred.values() if row and row["state"] in _OPEN), None)
        if waiting_for is not None:
            redacting, held = isinstance(entry.payload, Redact), is_held(waiting_for)
            if held and not redacting:
                await hold(tx, entry)
                continue
            if waiting_for["state"] == "translating" or (waiting_for["not_before"] > to_ms(now) and not held):
                return Taken(None, tuple(cancelled))
            entry = entry_of(waiting_for)
            if redacting and entry.tries == 0:
                cancelled.append(await cancel(tx, entry, "withdrawn", now))
                continue
            referred = await _referred(tx, entry.payload)
        if await must_wait(tx, entry, now):
            await hold(tx, entry, asking)
            continue
        active = entry.twinning is None or await _active(tx, entry.twinning, now)
        answered = getattr(entry.payload, "reply_to", None)  # it can do without
        missing = any(
            row is None or (row["state"] != "waiting" and row["event_id"] is None)
            for ref, row in referred.items()
            if ref != answered
        )
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
        targets = {ref: row["event_id"] for ref, row in referred.items() if row and row["event_id"]}
        return Taken(taken, tuple(cancelled), not active or entry.reason != "", targets=targets)


_HEADS = " UNION ALL ".join(
    f"SELECT * FROM (SELECT * FROM outbox WHERE room_id = ?1 AND rank = {rank} AND state IN {OPEN}"  # noqa: S608 (constants)
    " AND not_before <= ?2 ORDER BY turn, id LIMIT 1)"
    for rank in (-1, 0, 1, 2)
)


async def _head(tx: Tx, room_id: str, now: datetime) -> Row | None:
    heads = await tx.all(_HEADS, room_id, to_ms(now))
    return next((row for row in heads if row["state"] == "waiting"), None)


def _refs(payload: Outgoing | None) -> list[RowRef]:
    match payload:
        case Say() | Relay():
            found = (payload.thread, payload.reply_to, payload.replaces)
        case Redact():
            found = (payload.target, None, None)
        case _:
            return []
    return [ref for ref in found if isinstance(ref, RowRef)]


async def _referred(tx: Tx, payload: Outgoing | None) -> dict[RowRef, Row | None]:
    return {ref: await by_ref(tx, ref) for ref in _refs(payload)}


async def _active(tx: Tx, twinning: int, now: datetime) -> bool:
    row = await tx.one("SELECT state, ends_on FROM twinning WHERE id = ?", twinning)
    return row is not None and row["state"] == "active" and row["ends_on"] >= now.date().isoformat()


async def settle_sent(
    tx: Tx, entry: Entry, event_id: str | None, now: datetime, unreadable: int = 0
) -> Entry:
    """The homeserver has it: the words are erased, the event id stays, and how many devices got no key."""
    await tx.run(
        "UPDATE outbox SET state = 'sent', payload = NULL, frame = ?, event_id = ?, unreadable = ?,"
        " settled_at = ? WHERE id = ?",
        FRAME.dump_json(_without_words(entry.payload)).decode() if isinstance(entry.payload, Relay) else None,
        event_id,
        unreadable,
        to_ms(now),
        entry.id,
    )
    await _forget_declined(tx, entry)
    return replace(entry, state="sent", payload=None, event_id=event_id, unreadable=unreadable)


def _without_words(relay: Relay) -> Relay:
    return replace(relay, words=replace(relay.words, text=""), rendering=None)


async def _forget_declined(tx: Tx, entry: Entry) -> None:
    if entry.what == DECLINE:
        await tx.run("DELETE FROM outbox WHERE id = ?", entry.id)


async def settle_failed(tx: Tx, entry: Entry, reason: str, now: datetime) -> Entry:
    """It cannot be delivered. The words stay for the time that failed rows are kept."""
    await tx.run(
        "UPDATE outbox SET state = 'failed', reason = ?, settled_at = ? WHERE id = ?",
        reason,
        to_ms(now),
        entry.id,
    )
    await _forget_declined(tx, entry)
    return replace(entry, state="failed", reason=reason)


async def cancel(tx: Tx, entry: Entry, reason: str, now: datetime) -> Entry:
    """It will not be sent; the words are erased."""
    await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?, payload = NULL, settled_at = ? WHERE id = ?",
        reason,
        to_ms(now),
        entry.id,
    )
    await _forget_declined(tx, entry)
    return replace(entry, state="cancelled", reason=reason, payload=None)


async def _cancel_where(tx: Tx, condition: str, value: str | int, reason: str, now: datetime) -> list[Entry]:
    await tx.run(
        f"UPDATE outbox SET reason = ? WHERE {condition} AND state = 'waiting' AND tries > 0",  # noqa: S608 (constants)
        reason,
        value,
    )
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {condition} AND state IN {OPEN} AND tries = 0 ORDER BY id",  # noqa: S608 (constants)
        value,
    )
    return [await cancel(tx, entry_of(row), reason, now) for row in rows]


async def cancel_twinning(tx: Tx, twinning: int, now: datetime) -> list[Entry]:
    """Cancel what waits for a twinning and has not been tried; what was tried is looked for when taken."""
    return await _cancel_where(tx, "twinning_id = ?", twinning, "twinning", now)


async def cancel_source(tx: Tx, source: str, now: datetime) -> list[Entry]:
    """Cancel the relays of a message that was taken back and have not been tried."""
    return await _cancel_where(tx, "kind = 'relay' AND source = ?", source, "withdrawn", now)


async def translating(tx: Reading, now: datetime, limit: int) -> list[Entry]:
    """The relays that wait for their translation, in the order in which they will be sent."""
    rows = await tx.all(
        "SELECT * FROM outbox WHERE state = 'translating' AND not_before <= ?"
        " ORDER BY rank, turn, id LIMIT ?",
        to_ms(now),
        limit,
    )
    return [entry_of(row) for row in rows]


async def postpone(tx: Tx, entry: Entry, until: datetime) -> None:
    """Look at it again later."""
    await tx.run("UPDATE outbox SET not_before = ? WHERE id = ?", to_ms(until), entry.id)


async def set_rendering(tx: Tx, entry: Entry, relay: Relay) -> bool:
    """Store the translation: the relay can be sent. False if it was cancelled or reworded meanwhile."""
    changed = await tx.run(
        "UPDATE outbox SET state = 'waiting', payload = ? WHERE id = ? AND state = 'translating'"
        " AND payload = ?",
        PAYLOAD.dump_json(relay).decode(),
        entry.id,
        PAYLOAD.dump_json(entry.payload).decode() if entry.payload is not None else None,
    )
    return changed > 0


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
