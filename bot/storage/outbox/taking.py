"""Taking the next row of a room to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.domain.outgoing import File, Outgoing, Redact, Relay, RowRef, Say
from bot.storage.db import Reading, Row, Tx, to_ms
from bot.storage.outbox.holding import hold, is_held, must_wait
from bot.storage.outbox.queue import cancel
from bot.storage.outbox.rows import OPEN, Entry, by_ref, entry_of

_OPEN = ("translating", "waiting")


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


async def take(tx: Tx, room_id: str, now: datetime, device_id: str) -> Taken:
    """The next row of a room, marked as tried by this device."""
    cancelled: list[Entry] = []
    while True:
        row = await _head(tx, room_id, now, but=0)
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
            if not redacting and row["rank"] > waiting_for["rank"]:  # which has its own turn, after others
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
        answered = getattr(entry.payload, "reply_to", None)  # it can do without, but a file cannot
        answered = None if isinstance(entry.payload, File) else answered
        missing = any(
            row is None or (row["state"] != "waiting" and row["event_id"] is None)
            for ref, row in referred.items()
            if ref != answered
        )
        if entry.tries == 0 and (missing or not active):
            cancelled.append(await cancel(tx, entry, "gone" if missing else "twinning", now))
            continue
        late = not active or entry.reason != ""
        return replace(
            await _tried(tx, entry, referred, now, device_id), cancelled=tuple(cancelled), too_late=late
        )


async def take_ahead(tx: Tx, room_id: str, now: datetime, device_id: str, flying: Entry) -> Taken | None:
    """The row after one whose request is on its way, marked as tried, so that it can be sent as soon as that
    request is answered, if it `still_goes`. Else it has to be `put_back`.

    None unless it is a relay of which it is certain that it goes next, whatever comes of the one before.
    """
    row = await _head(tx, room_id, now, but=flying.id)
    if row is None or row["kind"] != "relay" or row["tries"] > 0 or row["reason"]:
        return None
    entry = entry_of(row)
    referred = await _referred(tx, entry.payload)
    if not all(row and row["event_id"] for row in referred.values()) or await must_wait(tx, entry, now):
        return None
    if entry.twinning is not None and not await _active(tx, entry.twinning, now):
        return None
    return await _tried(tx, entry, referred, now, device_id)


async def still_goes(tx: Reading, ahead: Taken, now: datetime) -> bool:
    """Whether nothing has happened that keeps back a row which was taken ahead."""
    entry = ahead.entry
    row = await tx.one("SELECT state, reason FROM outbox WHERE id = ?", entry.id) if entry else None
    if entry is None or row is None or row["state"] != "waiting" or row["reason"]:
        return False
    if await must_wait(tx, entry, now):
        return False
    return entry.twinning is None or await _active(tx, entry.twinning, now)


async def put_back(tx: Tx, ahead: Taken) -> None:
    """A row that was taken ahead is not sent now: its first try is still to come."""
    if ahead.entry is not None:
        await tx.run(
            "UPDATE outbox SET tries = 0, first_try = NULL, device_id = NULL"
            " WHERE id = ? AND state = 'waiting'",
            ahead.entry.id,
        )


async def _tried(
    tx: Tx, entry: Entry, referred: Mapping[RowRef, Row | None], now: datetime, device_id: str
) -> Taken:
    first = entry.first_try or now
    await tx.run(
        "UPDATE outbox SET tries = tries + 1, first_try = ?, device_id = ? WHERE id = ?",
        to_ms(first),
        device_id if entry.device_id is None else entry.device_id,
        entry.id,
    )
    targets = {ref: row["event_id"] for ref, row in referred.items() if row and row["event_id"]}
    return Taken(replace(entry, tries=entry.tries + 1, first_try=first), targets=targets)


_HEADS = " UNION ALL ".join(
    f"SELECT * FROM (SELECT * FROM outbox WHERE room_id = ?1 AND rank = {rank} AND state IN {OPEN}"  # noqa: S608 (constants)
    " AND not_before <= ?2 AND id <> ?3 ORDER BY turn, id LIMIT 1)"
    for rank in (-1, 0, 1, 2)
)


async def _head(tx: Tx, room_id: str, now: datetime, *, but: int) -> Row | None:
    heads = await tx.all(_HEADS, room_id, to_ms(now), but)
    return next((row for row in heads if row["state"] == "waiting"), None)


def _refs(payload: Outgoing | None) -> list[RowRef]:
    match payload:
        case Say() | Relay():
            found = (payload.thread, payload.reply_to, payload.replaces)
        case File():
            found = (payload.thread, payload.reply_to, None)
        case Redact():
            found = (payload.target, None, None)
        case _:
            return []
    return [ref for ref in found if isinstance(ref, RowRef)]


async def _referred(tx: Tx, payload: Outgoing | None) -> dict[RowRef, Row | None]:
    return {ref: await by_ref(tx, ref) for ref in _refs(payload)}


async def _active(tx: Reading, twinning: int, now: datetime) -> bool:
    row = await tx.one("SELECT state, ends_on FROM twinning WHERE id = ?", twinning)
    return row is not None and row["state"] == "active" and row["ends_on"] >= now.date().isoformat()
