"""Groups, and the single-use codes by which they are found."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

from bot.domain.group import Attribution, Group, Settings, Speakers
from bot.storage.db import Row, Tx, to_ms


def _group(row: Row) -> Group:
    kept = json.loads(row["settings"])
    return Group(
        id=row["id"],
        handle=row["handle"],
        name=row["name"],
        room_id=row["room_id"],
        language=row["language"],
        zone=row["zone"],
        settings=Settings(
            dispatch=Speakers(kept["dispatch"]),
            attribution=Attribution(kept["attribution"]),
            threadconfirm=kept["threadconfirm"],
            keep=kept["keep"],
        ),
    )


async def create(
    tx: Tx, handle: str, name: str, room_id: str, language: str, zone: str, now: datetime
) -> Group:
    """Make a room a group's home."""
    settings = Settings()
    group_id = await tx.insert(
        "INSERT INTO grp (handle, name, room_id, language, zone, settings, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        handle,
        name,
        room_id,
        language,
        zone,
        json.dumps(asdict(settings)),
        to_ms(now),
    )
    return Group(group_id, handle, name, room_id, language, zone, settings)


async def save(tx: Tx, group: Group) -> None:
    """Store a group's changed settings."""
    await tx.run(
        "UPDATE grp SET language = ?, zone = ?, settings = ? WHERE id = ?",
        group.language,
        group.zone,
        json.dumps(asdict(group.settings)),
        group.id,
    )


async def load(tx: Tx, group_id: int) -> Group | None:
    """A group by its id."""
    row = await tx.one("SELECT * FROM grp WHERE id = ?", group_id)
    return _group(row) if row else None


async def of_room(tx: Tx, room_id: str) -> Group | None:
    """The group whose home this room is."""
    row = await tx.one("SELECT * FROM grp WHERE room_id = ?", room_id)
    return _group(row) if row else None


async def of_member(tx: Tx, user_id: str) -> list[Group]:
    """The groups in whose home rooms the person is a joined member."""
    rows = await tx.all(
        "SELECT grp.* FROM grp JOIN member USING (room_id)"
        " WHERE user_id = ? AND membership = 'join' ORDER BY grp.id",
        user_id,
    )
    return [_group(row) for row in rows]


async def delete(tx: Tx, group: Group) -> None:
    """Delete a group with its codes, twinnings, dispatches."""
    await tx.run("DELETE FROM grp WHERE id = ?", group.id)


async def next_number(tx: Tx, group_id: int) -> int:
    """The number of a group's next dispatch, counted up."""
    await tx.run("UPDATE grp SET numbers = numbers + 1 WHERE id = ?", group_id)
    return int(await tx.value("SELECT numbers FROM grp WHERE id = ?", group_id) or 0)


async def add_code(tx: Tx, code_hash: str, group_id: int, expires_at: datetime) -> None:
    """Remember a code by its hash; an earlier unused one of the group is void."""
    await tx.run("DELETE FROM code WHERE group_id = ? AND used = 0", group_id)
    await tx.run(
        "INSERT INTO code (hash, group_id, expires_at) VALUES (?, ?, ?)",
        code_hash,
        group_id,
        to_ms(expires_at),
    )


async def group_of_code(tx: Tx, code_hash: str, now: datetime) -> Group | None:
    """The group that gave a code, if the code is unused and has not expired."""
    row = await tx.one(
        "SELECT grp.* FROM code JOIN grp ON grp.id = group_id WHERE hash = ? AND used = 0 AND expires_at > ?",
        code_hash,
        to_ms(now),
    )
    return _group(row) if row else None


async def use_code(tx: Tx, code_hash: str) -> None:
    """A code works once."""
    await tx.run("UPDATE code SET used = 1 WHERE hash = ?", code_hash)


async def wrong_codes(tx: Tx, room_id: str, since: datetime) -> list[int]:
    """The times (ms) of wrong codes typed in a room, oldest first."""
    rows = await tx.all(
        "SELECT at FROM wrong_code WHERE room_id = ? AND at >= ? ORDER BY at", room_id, to_ms(since)
    )
    return [row[0] for row in rows]


async def add_wrong_code(tx: Tx, room_id: str, now: datetime) -> None:
    """Count a wrong code."""
    await tx.run("INSERT INTO wrong_code VALUES (?, ?)", room_id, to_ms(now))


async def forget_codes(tx: Tx, now: datetime, wrong_before: datetime) -> None:
    """Delete expired codes and old wrong tries."""
    await tx.run("DELETE FROM code WHERE expires_at <= ?", to_ms(now))
    await tx.run("DELETE FROM wrong_code WHERE at < ?", to_ms(wrong_before))
