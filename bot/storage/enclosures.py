"""Cleaned files that wait until the message which they came with crosses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from bot.domain.files import Enclosed
from bot.storage.db import Tx, to_ms

_ENCLOSED: TypeAdapter[Enclosed] = TypeAdapter(Enclosed)


async def keep(tx: Tx, source: str, room_id: str, enclosed: Enclosed, until: datetime) -> None:
    """The file of a message, in the place of one that was kept before."""
    await tx.run(
        "INSERT OR REPLACE INTO enclosure (source, room_id, payload, until) VALUES (?, ?, ?, ?)",
        source,
        room_id,
        _ENCLOSED.dump_json(enclosed).decode(),
        to_ms(until),
    )


async def of(tx: Tx, source: str) -> Enclosed | None:
    """The file of a message, if one waits."""
    value = await tx.value("SELECT payload FROM enclosure WHERE source = ?", source)
    return _ENCLOSED.validate_json(value) if isinstance(value, str) else None


async def room_of(tx: Tx, source: str) -> str | None:
    """The room in which the file of a message waits."""
    value = await tx.value("SELECT room_id FROM enclosure WHERE source = ?", source)
    return str(value) if value is not None else None


async def drop(tx: Tx, source: str) -> None:
    """Nobody needs it any more, or the outbox has it."""
    await tx.run("DELETE FROM enclosure WHERE source = ?", source)


async def move(tx: Tx, old: str, new: str) -> None:
    """What waits in the old room waits in its successor."""
    await tx.run("UPDATE enclosure SET room_id = ? WHERE room_id = ?", new, old)


async def drop_room(tx: Tx, room_id: str) -> None:
    """What was sent in a room that is forgotten."""
    await tx.run("DELETE FROM enclosure WHERE room_id = ?", room_id)


async def forget_before(tx: Tx, now: datetime) -> None:
    """What has waited for as long as it may."""
    await tx.run("DELETE FROM enclosure WHERE until <= ?", to_ms(now))


async def named(tx: Tx) -> set[str]:
    """The names of the files that somebody still needs."""
    rows = await tx.all(
        "SELECT payload FROM enclosure UNION ALL SELECT payload FROM outbox"
        " WHERE kind IN ('file', 'clean') AND state IN ('translating', 'waiting') AND payload IS NOT NULL"
    )
    return {name for row in rows for name in _names(json.loads(row[0]))}


def _names(value: Any) -> set[str]:
    """The names in a payload: those of everything that is sealed, however deep."""
    if isinstance(value, list):
        return {name for one in value for name in _names(one)}
    if not isinstance(value, dict):
        return set()
    own = {str(value["name"])} if value.get("kind") == "sealed" else set[str]()
    return own.union(*(_names(one) for one in value.values()))
