"""The rows of the outbox, and the ways to look them up."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from pydantic import Field, TypeAdapter

from bot.domain.outgoing import Outgoing, Relay, RowRef
from bot.domain.text import Words
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms

PAYLOAD: TypeAdapter[Outgoing] = TypeAdapter(Annotated[Outgoing, Field(discriminator="kind")])
FRAME: TypeAdapter[Relay] = TypeAdapter(Relay)
OPEN = "('translating', 'waiting')"
OF_SOURCE = "source_key = substr(?1, 2, 6) || substr(?1, -6) AND source = ?1"
"""The rows of a source, the first value: in this form the index answers."""
LATE = ":late"  # ends the name of a row that brings a translation after its relay has crossed
EDIT = ":edit:"  # in the name of a row that changes a relay, between the relay's name and the cause
REMOVED = "redact:"  # begins the name of a row that removes a relay, before the relay's name
EMPTIED = "emptied:"  # the same, where nothing was left in it to translate, so that there may be again
_COLUMNS = {
    "room_id": "room_id",
    "source": "source",
    "what": "what",
    "origin_room": "origin_room",
    "dispatch": "dispatch_id",
    "twinning": "twinning_id",
}
_REQUIRED = ("words", "target", "zone", "written_at", "header")
_DEFAULTS = FRAME.dump_python(
    Relay("", Words("", ""), "", "", datetime.fromtimestamp(0, UTC), None), mode="json"
)


_IMPLIED: dict[str, dict[str, object]] = {
    "words": {"text": "", "by": "", "among": [], "kind": "words"},
    "header": {"plural": None, "count": None, "kind": "text"},
}
"""What is left out of these parts of a frame."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `payload` is None once settled. `tries` counts those begun, this one included after `take`.

    `frame` is what stays of a relay that was sent: its payload without anybody's words.
    """

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
    origin_room: str | None
    unreadable: int
    frame: Relay | None = None

    @property
    def is_open(self) -> bool:
        """Whether it has still to be sent."""
        return self.state in ("translating", "waiting")


def entry_of(row: Row) -> Entry:
    """A row as a frozen value."""
    return Entry(
        id=row["id"],
        room_id=row["room_id"],
        source=row["source"],
        what=row["what"],
        kind=row["kind"],
        state=row["state"],
        payload=PAYLOAD.validate_json(row["payload"]) if row["payload"] is not None else None,
        tries=row["tries"],
        first_try=from_ms(row["first_try"]) if row["first_try"] is not None else None,
        device_id=row["device_id"],
        event_id=row["event_id"],
        reason=row["reason"],
        dispatch=row["dispatch_id"],
        twinning=row["twinning_id"],
        created_at=from_ms(row["created_at"]),
        deadline=from_ms(row["deadline"]),
        origin_room=row["origin_room"],
        unreadable=row["unreadable"],
        frame=_frame_of(row) if row["frame"] is not None else None,
    )


def frame_json(relay: Relay) -> str:
    """A relay to be kept: without what other columns of its row say, and what is left out by default."""
    known = FRAME.dump_python(relay, mode="json", exclude=set(_COLUMNS))
    kept = {name: value for name, value in known.items() if name in _REQUIRED or value != _DEFAULTS[name]}
    for name, implied in _IMPLIED.items():
        if kept[name] is not None:
            found = kept[name].items()
            kept[name] = {key: value for key, value in found if (key, value) not in implied.items()}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _frame_of(row: Row) -> Relay:
    kept = json.loads(row["frame"])
    for name, implied in _IMPLIED.items():
        if kept[name] is not None:
            kept[name] = implied | kept[name]
    return FRAME.validate_json(json.dumps({name: row[column] for name, column in _COLUMNS.items()} | kept))


async def by_ref(tx: Tx, ref: RowRef) -> Row | None:
    """The row that a reference names, as it is stored."""
    return await tx.one(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND room_id = ? AND what = ?",  # noqa: S608 (constant)
        ref.source,
        ref.room_id,
        ref.what,
    )


async def find(tx: Tx, ref: RowRef) -> Entry | None:
    """The row that a reference names."""
    row = await by_ref(tx, ref)
    return entry_of(row) if row else None


async def load(tx: Tx, entry_id: int) -> Entry | None:
    """A row by its id."""
    row = await tx.one("SELECT * FROM outbox WHERE id = ?", entry_id)
    return entry_of(row) if row else None


async def relays_of(tx: Tx, source: str) -> list[Entry]:
    """All relays of a message, and of its files, whatever became of them."""
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND kind IN ('relay', 'file') ORDER BY id",  # noqa: S608 (constant)
        source,
    )
    return [entry_of(row) for row in rows]


async def posts_of(tx: Tx, source: str, but: str) -> list[Entry]:
    """What the bot said, or will say, because of something; not what has `but` in its name."""
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND kind = 'say' AND instr(what, ?) = 0"  # noqa: S608 (constant)
        " AND state IN ('translating', 'waiting', 'sent') ORDER BY id",
        source,
        but,
    )
    return [entry_of(row) for row in rows]


async def source_of_edit(tx: Tx, cause: str, origin_room: str) -> str | None:
    """The message of a room that was changed by an edit with this cause, as far as that crossed."""
    value = await tx.value(
        "SELECT source FROM outbox WHERE instr(what, ':edit:') > 0 AND origin_room = ?2"
        " AND substr(what, instr(what, ':edit:')) IN (?1, ?1 || ?3) LIMIT 1",
        EDIT + cause,
        origin_room,
        LATE,
    )
    return str(value) if value is not None else None


async def removed(tx: Tx, source: str, cause: str = REMOVED) -> set[tuple[str, str]]:
    """The relays of a message of which the bot has promised the removal: room and name of each."""
    rows = await tx.all(
        f"SELECT room_id, substr(what, length(?2) + 1) AS name FROM outbox WHERE {OF_SOURCE}"  # noqa: S608 (constant)
        " AND kind = 'redact' AND substr(what, 1, length(?2)) = ?2",
        source,
        cause,
    )
    return {(row["room_id"], row["name"]) for row in rows}


async def by_event(tx: Tx, event_id: str) -> Entry | None:
    """The row whose message this event is."""
    row = await tx.one("SELECT * FROM outbox WHERE event_key = substr(?1, 2, 12) AND event_id = ?1", event_id)
    return entry_of(row) if row else None


async def by_source(tx: Tx, source: str, room_id: str) -> list[Entry]:
    """What an event caused in a room."""
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND room_id = ? ORDER BY id",  # noqa: S608 (constant)
        source,
        room_id,
    )
    return [entry_of(row) for row in rows]


_COPIES = "(what = 'copy' OR (what GLOB 'copy#*' AND instr(what, ':') = 0))"  # all parts, no edits


async def copies(tx: Tx, dispatch: int) -> list[Entry]:
    """The rows of a dispatch's copies: one per twin, or, of a long text, one for each of its parts."""
    rows = await tx.all(f"SELECT * FROM outbox WHERE dispatch_id = ? AND {_COPIES} ORDER BY id", dispatch)  # noqa: S608 (constant)
    return [entry_of(row) for row in rows]


async def threads_used(tx: Tx, a: str, b: str, since: datetime, limit: int) -> list[int]:
    """The dispatches in whose threads something went into one of two rooms since then, newest first."""
    rows = await tx.all(
        "SELECT dispatch_id FROM outbox WHERE room_id IN (?, ?) AND what = 'voice' AND created_at >= ?"
        " AND dispatch_id IS NOT NULL GROUP BY dispatch_id ORDER BY MAX(id) DESC LIMIT ?",
        a,
        b,
        to_ms(since),
        limit,
    )
    return [row[0] for row in rows]


async def thread_used(tx: Tx, dispatch: int) -> bool:
    """Whether something was relayed in a dispatch's thread."""
    row = await tx.one(
        "SELECT 1 FROM outbox WHERE dispatch_id = ? AND what = 'voice' AND event_id IS NOT NULL LIMIT 1",
        dispatch,
    )
    return row is not None


async def root_in(tx: Tx, source: str, room_id: str) -> str | None:
    """The name of the post under which a dispatch's thread hangs in a room."""
    value = await tx.value(
        f"SELECT what FROM outbox WHERE {OF_SOURCE} AND room_id = ? AND what IN ('ack', 'copy', 'anew')"  # noqa: S608 (constant)
        " ORDER BY id LIMIT 1",
        source,
        room_id,
    )
    return str(value) if value is not None else None


async def newest_dispatches(tx: Tx, rooms: Sequence[str], limit: int) -> list[int]:
    """The dispatches that these rooms have sent or received last, newest first."""
    rows = await tx.all(
        "SELECT dispatch_id FROM outbox WHERE room_id IN (SELECT value FROM json_each(?))"
        " AND what IN ('ack', 'copy') AND dispatch_id IS NOT NULL"
        " GROUP BY dispatch_id ORDER BY MAX(id) DESC LIMIT ?",
        json.dumps(list(rooms)),
        limit,
    )
    return [row[0] for row in rows]


async def dispatches_waiting(tx: Tx, before: datetime) -> list[int]:
    """Dispatches with a copy that has waited since before the given time."""
    rows = await tx.all(
        f"SELECT DISTINCT dispatch_id FROM outbox WHERE {_COPIES} AND state IN {OPEN}"  # noqa: S608 (constants)
        " AND created_at <= ? AND dispatch_id IS NOT NULL",
        to_ms(before),
    )
    return [row[0] for row in rows]


async def sent_since(tx: Reading, moment: datetime) -> int:
    """How many rows were sent since then."""
    found = await tx.value(
        "SELECT COUNT(*) FROM outbox WHERE settled_at >= ? AND state = 'sent'", to_ms(moment)
    )
    return int(found or 0)


async def waiting_up_to(tx: Reading, entry_id: int) -> int:
    """How many rows wait, for any room, that were there when this one was."""
    found = await tx.value(f"SELECT COUNT(*) FROM outbox WHERE state IN {OPEN} AND id <= ?", entry_id)  # noqa: S608 (constant)
    return int(found or 0)


async def oldest_waiting(tx: Reading, now: datetime) -> datetime | None:
    """Since when the oldest row waits."""
    value = await tx.value(
        f"SELECT MIN(created_at) FROM outbox WHERE state IN {OPEN} AND not_before <= ?",  # noqa: S608 (constant)
        to_ms(now),
    )
    return from_ms(int(value)) if value is not None else None


async def waiting_for_room(tx: Tx, room_id: str) -> int:
    """How many rows wait to be sent into a room."""
    return int(
        await tx.value(
            f"SELECT COUNT(*) FROM outbox WHERE room_id = ? AND state IN {OPEN}",  # noqa: S608 (constant)
            room_id,
        )
        or 0
    )
