"""The outbox as a queue: promising, settling; `taking` and `merging` are in files of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.outgoing import (
    Clean,
    ClosePoll,
    Erase,
    File,
    Join,
    Leave,
    OpenDirect,
    Outgoing,
    Poll,
    Preview,
    Relay,
    RowRef,
    Say,
)
from bot.storage.db import Reading, Tx, from_ms, to_ms
from bot.storage.outbox.merging import NEXT_ID, earliest_id, merge, needs_translation, supersede
from bot.storage.outbox.rows import EDIT, LATE, OF_SOURCE, OPEN, PAYLOAD, Entry, entry_of, frame_json

GIVE_UP_AFTER = timedelta(days=7)
DECLINE = "decline"  # the name of a row that declines an invitation: once settled, nothing is kept of it
_IN_AN_AUDIT = (  # of what is said in a direct chat meanwhile, nothing tells when somebody was there
    "SELECT 1 FROM room WHERE room_id = ? AND direct_with IS NOT NULL AND direct_with <> '*' AND EXISTS"
    " (SELECT 1 FROM audit WHERE state IN ('opened', 'collecting', 'consent', 'held', 'no-quorum'))"
)
NOTHING = "nothing to translate"  # why a relay was cancelled


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
        outgoing = await supersede(tx, outgoing, outgoing.replaces, now)
    elif isinstance(outgoing, Relay):
        outgoing = replace(outgoing, cause="", earlier=())
    if isinstance(outgoing, Say | Relay) and await merge(tx, outgoing, now):
        return
    if isinstance(outgoing, Say):
        delay += timedelta(seconds=outgoing.delay)
    await tx.run(
        "INSERT INTO outbox (id, source, room_id, what, kind, rank, state, payload, not_before,"  # noqa: S608 (constant)
        " deadline, dispatch_id, twinning_id, origin_room, created_at, turn)"
        f" SELECT {NEXT_ID.format(15)}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14"
        f" WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE {OF_SOURCE} AND room_id = ?2 AND what = ?3)",
        source,
        outgoing.room_id,
        outgoing.what,
        outgoing.kind,
        _rank(outgoing),
        "translating" if needs_translation(outgoing) else "waiting",
        PAYLOAD.dump_json(outgoing).decode(),
        to_ms(now + delay) if delay else 0,
        to_ms(now + lifetime),
        outgoing.dispatch if isinstance(outgoing, Say | Relay | File) else None,
        outgoing.twinning if isinstance(outgoing, Relay | File) else None,
        outgoing.origin_room if isinstance(outgoing, Relay | File) else None,
        to_ms(now),
        await _turn(tx, outgoing, source) if _rank(outgoing) == 0 else 0,
        earliest_id(now),
    )


async def _turn(tx: Tx, outgoing: Outgoing, source: str) -> int:
    """Its turn among what waits for the room: after what its own group has there, beside what others have.

    So a room that has much from one group gets one from each, in turns. What is urgent comes first.
    """
    first = await tx.value(
        f"SELECT MIN(turn) FROM outbox WHERE room_id = ? AND rank = 0 AND state IN {OPEN}",  # noqa: S608 (constant)
        outgoing.room_id,
    )
    if first is None:
        return 0
    if isinstance(outgoing, Relay | File) and outgoing.urgent:
        before = await tx.value(  # its parts stay in their order
            f"SELECT MAX(turn) FROM outbox WHERE room_id = ? AND source = ? AND rank = 0 AND state IN {OPEN}"  # noqa: S608 (constant)
            " AND kind IN ('relay', 'file')",
            outgoing.room_id,
            source,
        )
        return int(first) - 1 if before is None else int(before)
    last = await tx.value(
        f"SELECT MAX(turn) FROM outbox WHERE room_id = ? AND state IN {OPEN} AND rank = 0"  # noqa: S608 (constant)
        " AND origin_room IS ?",
        outgoing.room_id,
        outgoing.origin_room if isinstance(outgoing, Relay | File) else None,
    )
    return int(first) if last is None else max(int(first), int(last) + 1)


def _rank(outgoing: Outgoing) -> int:
    if isinstance(outgoing, Say) and outgoing.first:
        return -1
    if isinstance(outgoing, Relay):
        return 2 if outgoing.what.endswith(LATE) else 0
    if isinstance(outgoing, Clean):
        return 3
    if isinstance(outgoing, Preview | Erase):
        return 2
    if isinstance(outgoing, File):
        return 0 if outgoing.origin_room else 1
    return 1 if isinstance(outgoing, Say | Poll | ClosePoll | Leave) else 0


async def rooms_with_work(tx: Reading, now: datetime) -> list[str]:
    """The rooms that have a row to send now."""
    rows = await tx.all(
        f"SELECT room_id FROM outbox WHERE state = 'waiting' AND state IN {OPEN} AND not_before <= ?"  # noqa: S608 (constant)
        " GROUP BY room_id ORDER BY MIN(id)",
        to_ms(now),
    )
    return [row[0] for row in rows]


async def urgent_rooms(tx: Reading, now: datetime) -> set[str]:
    """Of these the rooms whose next row is urgent, or has to be known before anything else."""
    rows = await tx.all(
        "SELECT DISTINCT room_id FROM outbox WHERE state = 'waiting' AND not_before <= ?"
        " AND (rank = -1 OR json_extract(payload, '$.urgent'))",
        to_ms(now),
    )
    return {row[0] for row in rows}


async def next_due(tx: Reading, now: datetime) -> datetime | None:
    """When the next delayed row becomes due, if one waits for its time."""
    value = await tx.value(
        f"SELECT MIN(not_before) FROM outbox WHERE state = 'waiting' AND state IN {OPEN} AND not_before > ?",  # noqa: S608 (constant)
        to_ms(now),
    )
    return from_ms(int(value)) if value is not None else None


async def settle_sent(
    tx: Tx, entry: Entry, event_id: str | None, now: datetime, unreadable: int = 0
) -> Entry:
    """The homeserver has it: the words are erased, the event id stays, and how many devices got no key."""
    await tx.run(
        "UPDATE outbox SET state = 'sent', payload = NULL, frame = ?, event_id = ?, unreadable = ?,"
        " settled_at = ?, deadline = 0, first_try = NULL, device_id = NULL WHERE id = ?",
        _frame(entry),
        event_id,
        unreadable,
        to_ms(now),
        entry.id,
    )
    await _forget_whole(tx, entry)
    if isinstance(entry.payload, Say) and entry.payload.replaces is not None:
        await tx.run("DELETE FROM outbox WHERE id = ?", entry.id)  # the message that it changes is there
    return replace(entry, state="sent", payload=None, event_id=event_id, unreadable=unreadable)


def _frame(entry: Entry) -> str | None:
    """What stays of a relay: all but the words."""
    relay = entry.payload
    if not isinstance(relay, Relay):
        return None
    cause = "" if EDIT in entry.what else relay.cause  # which its name tells
    words = replace(relay.words, text="")
    return frame_json(replace(relay, words=words, rendering=None, renderings=(), cause=cause, earlier=()))


async def unsaid(tx: Tx, entry: Entry) -> None:
    """Forget a relay in which there was nothing to say, so that it can be promised again."""
    await tx.run("DELETE FROM outbox WHERE id = ? AND state = 'cancelled'", entry.id)


async def _forget_whole(tx: Tx, entry: Entry) -> None:
    """What leaves no trace: what became of invitations, sealed words, what is done in direct chats, and looks
    at files, so that the same file can be looked at again."""
    sealed = isinstance(entry.payload, Clean | Preview | OpenDirect | Poll | ClosePoll | Erase | Join)
    if isinstance(entry.payload, Say) and entry.payload.sealed:
        sealed = True
    elif not sealed and not isinstance(entry.payload, Relay | File):
        sealed = await tx.one(_IN_AN_AUDIT, entry.room_id) is not None
    if sealed or entry.what == DECLINE:
        await tx.run("DELETE FROM outbox WHERE id = ?", entry.id)


async def settle_failed(tx: Tx, entry: Entry, reason: str, now: datetime) -> Entry:
    """It cannot be delivered. The words stay for the time that failed rows are kept."""
    await tx.run(
        "UPDATE outbox SET state = 'failed', reason = ?, settled_at = ? WHERE id = ?",
        reason,
        to_ms(now),
        entry.id,
    )
    await _forget_whole(tx, entry)
    return replace(entry, state="failed", reason=reason)


async def cancel(tx: Tx, entry: Entry, reason: str, now: datetime) -> Entry:
    """It will not be sent; the words are erased."""
    await tx.run(
        "UPDATE outbox SET state = 'cancelled', reason = ?, payload = NULL, frame = ?, settled_at = ?,"
        " deadline = 0 WHERE id = ?",
        reason,
        _frame(entry),
        to_ms(now),
        entry.id,
    )
    await _forget_whole(tx, entry)
    return replace(entry, state="cancelled", reason=reason, payload=None)


async def _cancel_where(
    tx: Tx, condition: str, reason: str, now: datetime, *values: str | int
) -> list[Entry]:
    tried = await tx.all(
        f"SELECT id FROM outbox WHERE {condition} AND state = 'waiting' AND tries > 0",  # noqa: S608 (constants)
        *values,
    )
    await tx.many("UPDATE outbox SET reason = ? WHERE id = ?", [(reason, row["id"]) for row in tried])
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {condition} AND state IN {OPEN} AND tries = 0 ORDER BY id",  # noqa: S608 (constants)
        *values,
    )
    return [await cancel(tx, entry_of(row), reason, now) for row in rows]


async def cancel_twinning(tx: Tx, twinning: int, now: datetime) -> list[Entry]:
    """Cancel what waits for a twinning and has not been tried; what was tried is looked for when taken."""
    return await _cancel_where(tx, "twinning_id = ?", "twinning", now, twinning)


async def cancel_source(tx: Tx, source: str, now: datetime) -> list[Entry]:
    """Cancel the relays of a message that was taken back and have not been tried."""
    kinds = "kind IN ('relay', 'file', 'clean')"
    return await _cancel_where(tx, f"{kinds} AND {OF_SOURCE}", "withdrawn", now, source)


async def cancel_post(tx: Tx, row: Entry, now: datetime) -> list[Entry]:
    """Cancel one relay, and what would change it or stand beside it, as far as nothing was tried yet."""
    family = f"{OF_SOURCE} AND room_id = ? AND kind = 'relay' AND (what = ? OR substr(what, 1, ?) = ?)"
    begin = row.what + ":"
    return await _cancel_where(
        tx, family, "withdrawn", now, row.source, row.room_id, row.what, len(begin), begin
    )


async def translating(tx: Reading, now: datetime, limit: int) -> list[Entry]:
    """What waits for its translation, in the order in which they will be sent."""
    rows = await tx.all(
        "SELECT * FROM outbox WHERE state = 'translating' AND kind <> 'clean' AND not_before <= ?"
        " ORDER BY rank, turn, id LIMIT ?",
        to_ms(now),
        limit,
    )
    return [entry_of(row) for row in rows]


async def next_translation(tx: Reading, now: datetime) -> datetime | None:
    """When the next row becomes due for translation, if one waits for its time."""
    value = await tx.value(
        "SELECT MIN(not_before) FROM outbox WHERE state = 'translating' AND not_before > ?", to_ms(now)
    )
    return from_ms(int(value)) if value is not None else None


async def postpone(tx: Tx, entry: Entry, until: datetime) -> None:
    """Look at it again later."""
    await tx.run("UPDATE outbox SET not_before = ? WHERE id = ?", to_ms(until), entry.id)


async def set_rendering(tx: Tx, entry: Entry, translated: Relay | Say) -> bool:
    """Store the translation: the row can be sent. False if it was cancelled or reworded meanwhile."""
    changed = await tx.run(
        "UPDATE outbox SET state = 'waiting', payload = ? WHERE id = ? AND state = 'translating'"
        " AND payload = ?",
        PAYLOAD.dump_json(translated).decode(),
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
