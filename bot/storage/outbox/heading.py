"""Changing in whose name relays stand, also in what is remembered of those that were sent."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.outgoing import Relay
from bot.domain.text import Text
from bot.storage.db import Tx
from bot.storage.outbox.rows import OF_SOURCE, PAYLOAD, Entry, entry_of, frame_json


async def rehead(tx: Tx, row: Entry, header: Text) -> None:
    """Give a relay, and the edits of it, this header: what waits bears it when it is sent, what was sent in
    the edits that follow.
    """
    begin = row.what + ":"
    rows = await tx.all(
        f"SELECT * FROM outbox WHERE {OF_SOURCE} AND room_id = ? AND kind = 'relay'"  # noqa: S608 (constant)
        " AND (what = ? OR substr(what, 1, ?) = ?)",
        row.source,
        row.room_id,
        row.what,
        len(begin),
        begin,
    )
    for one in map(entry_of, rows):
        payload = replace(one.payload, header=header) if isinstance(one.payload, Relay) else None
        frame = replace(one.frame, header=header) if one.frame is not None else None
        await tx.run(
            "UPDATE outbox SET payload = ?, frame = ? WHERE id = ?",
            PAYLOAD.dump_json(payload).decode() if payload is not None else None,
            frame_json(frame) if frame is not None else None,
            one.id,
        )
