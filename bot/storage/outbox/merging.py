"""Edits of what waits: they change it, and give it back what it was when they are deleted.

A row that is deleted leaves no gap: ids follow the time, which the rows beside it tell anyway. Otherwise a
gap after what was said to somebody would tell how much was said to them alone.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime

from bot.domain.outgoing import Clean, Earlier, Outgoing, Preview, Relay, RowRef, Say
from bot.storage.db import Tx, to_ms
from bot.storage.outbox.rows import EDIT, LATE, OF_SOURCE, OPEN, PAYLOAD, Entry, by_ref

MERGED = "merged"  # why an edit has no words of its own: it changed what waited
_IDS_PER_MS = 32
NEXT_ID = "MAX(?{}, 1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0))"
"""The id of a new row; filled in is the number of the value that is its `earliest_id`."""


def earliest_id(now: datetime) -> int:
    """The least id of a row that is written now."""
    return to_ms(now) * _IDS_PER_MS + secrets.randbelow(_IDS_PER_MS)


def needs_translation(outgoing: Outgoing) -> bool:
    """Whether it is worked on before it can be sent."""
    if isinstance(outgoing, Say):
        return bool(outgoing.foreign)
    if not isinstance(outgoing, Relay):
        return isinstance(outgoing, Preview | Clean)
    missing = [language for language, found in outgoing.translations.items() if found is None]
    same = [] if outgoing.words.among else [outgoing.words.language]
    return missing not in ([], same)


async def merge(tx: Tx, edit: Say | Relay, now: datetime) -> bool:
    """Change what waits, if it was not tried yet, and keep with it what it was."""
    if not isinstance(edit.replaces, RowRef) or edit.what.endswith(LATE):
        return False
    row = await by_ref(tx, edit.replaces)
    if row is None or row["state"] not in ("translating", "waiting") or row["tries"] > 0:
        return False
    waiting = PAYLOAD.validate_json(row["payload"])
    if isinstance(waiting, Say) and isinstance(edit, Say):
        merged: Outgoing = replace(waiting, lines=edit.lines)
    elif isinstance(waiting, Relay) and isinstance(edit, Relay):
        merged = replace(
            waiting,
            words=edit.words,
            rendering=edit.rendering,
            renderings=edit.renderings,
            parts=edit.parts,
            fingerprint=edit.fingerprint,
            cause=edit.what.partition(EDIT)[2],
            earlier=_history(waiting),
        )
        await _mark(tx, edit, edit.replaces.source, now)
    else:
        return False
    await tx.run(
        "UPDATE outbox SET state = ?, payload = ? WHERE id = ?",
        "translating" if needs_translation(merged) else "waiting",
        PAYLOAD.dump_json(merged).decode(),
        row["id"],
    )
    return True


async def _mark(tx: Tx, edit: Relay, source: str, now: datetime) -> None:
    """Keep which message an edit has changed although it has no row of its own."""
    await tx.run(
        "INSERT INTO outbox (id, source, room_id, what, kind, rank, state, reason, not_before, deadline,"  # noqa: S608 (constants)
        f" origin_room, created_at, settled_at) SELECT {NEXT_ID.format(7)}, ?1, ?2, ?3,"
        " 'relay', 0, 'cancelled', ?4, 0, 0, ?5, ?6, ?6"
        f" WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE {OF_SOURCE} AND room_id = ?2 AND what = ?3)",
        source,
        edit.room_id,
        edit.what,
        MERGED,
        edit.origin_room,
        to_ms(now),
        earliest_id(now),
    )


async def supersede(tx: Tx, edit: Relay, edited: RowRef, now: datetime) -> Relay:
    """Drop what earlier edits of a relay, and late translations of its earlier words, would still bring.

    The edit with the words of those that it takes the place of.
    """
    earlier = f"{OF_SOURCE} AND room_id = ? AND kind = 'relay' AND (what = ? OR substr(what, 1, ?) = ?)"
    begin = edited.what + EDIT
    which = (edited.source, edited.room_id, edited.what + LATE, len(begin), begin)
    waiting = f"{earlier} AND state IN {OPEN} AND tries = 0"
    edit = replace(edit, cause=edit.what.partition(EDIT)[2], earlier=())
    for row in await tx.all(f"SELECT * FROM outbox WHERE {waiting} ORDER BY id", *which):  # noqa: S608 (constants)
        before = PAYLOAD.validate_json(row["payload"])
        await tx.run("DELETE FROM outbox WHERE id = ?", row["id"])
        if isinstance(before, Relay) and EDIT in before.what and not before.what.endswith(LATE):
            edit = replace(edit, earlier=_history(before))
            await _mark(tx, before, edited.source, now)
    await tx.run(
        f"UPDATE outbox SET reason = 'superseded' WHERE {earlier} AND state = 'waiting' AND rank = 2",  # noqa: S608 (constants)
        *which,
    )
    return edit


async def undo_edit(tx: Tx, row: Entry, cause: str) -> bool:
    """Take the words of an edit out of a relay that waits. False if they are all that it has."""
    relay = row.payload
    if not isinstance(relay, Relay) or not row.is_open or row.tries > 0:
        return False
    left = _without(relay, cause)
    if left is None:
        return False
    if EDIT in left.what:
        left = replace(left, what=left.what.partition(EDIT)[0] + EDIT + left.cause)
        await tx.run(
            f"DELETE FROM outbox WHERE {OF_SOURCE} AND room_id = ? AND what = ? AND reason = ?",  # noqa: S608 (constant)
            row.source,
            row.room_id,
            left.what,
            MERGED,
        )
    state = "translating" if needs_translation(left) else "waiting"
    await tx.run(
        "UPDATE outbox SET state = ?, what = ?, payload = ? WHERE id = ?",
        state if left.rendering is None else row.state,
        left.what,
        PAYLOAD.dump_json(left).decode(),
        row.id,
    )
    return True


def _history(relay: Relay) -> tuple[Earlier, ...]:
    """All words that it has had while it waited, the last ones at the end."""
    return (*relay.earlier, Earlier(relay.words.text, relay.cause, relay.parts, relay.fingerprint))


def _without(relay: Relay, cause: str) -> Relay | None:
    """As if this edit had never been, untranslated if that changes it; None if it has no others."""
    kept = tuple(one for one in _history(relay) if one.cause != cause)
    if not kept or kept == _history(relay):
        return None
    if relay.cause != cause:
        return replace(relay, earlier=kept[:-1])
    last = kept[-1]
    return replace(
        relay,
        words=replace(relay.words, text=last.text),
        cause=last.cause,
        parts=last.parts,
        fingerprint=last.fingerprint,
        earlier=kept[:-1],
        rendering=None,
        renderings=(),
    )
