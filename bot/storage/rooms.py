"""Rooms and their members, as the server's state describes them."""

from __future__ import annotations

import json

from bot.domain.incoming import StateEvent
from bot.domain.room import Room
from bot.storage.db import Reading, Tx


async def load(tx: Reading, room_id: str) -> Room | None:
    """A room with its members."""
    row = await tx.one("SELECT * FROM room WHERE room_id = ?", room_id)
    if row is None:
        return None
    members = await tx.all("SELECT user_id, membership FROM member WHERE room_id = ?", room_id)
    return Room(
        room_id=room_id,
        joined=bool(row["joined"]),
        encrypted=bool(row["encrypted"]),
        version=row["version"],
        creators=tuple(json.loads(row["creators"])),
        power_levels=json.loads(row["power_levels"]),
        members={member[0]: member[1] for member in members},
        inviter=row["inviter"],
        welcomed=bool(row["welcomed"]),
        was_direct_with=row["direct_with"],
    )


async def apply(tx: Tx, event: StateEvent, me: str) -> None:
    """Take over one state event. A room once seen encrypted stays so, whatever comes later."""
    room_id, content = event.room_id, event.content
    await tx.run("INSERT OR IGNORE INTO room (room_id) VALUES (?)", room_id)
    match event.type:
        case "m.room.member":
            membership = content.get("membership")
            if not isinstance(membership, str):
                return
            await tx.run(
                "INSERT INTO member VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET membership = excluded.membership",
                room_id,
                event.state_key,
                membership,
            )
            if event.state_key == me:
                await tx.run("UPDATE room SET joined = ? WHERE room_id = ?", membership == "join", room_id)
        case "m.room.encryption":
            await tx.run("UPDATE room SET encrypted = 1 WHERE room_id = ?", room_id)
        case "m.room.power_levels":
            await tx.run(
                "UPDATE room SET power_levels = ? WHERE room_id = ?", json.dumps(dict(content)), room_id
            )
        case "m.room.create":
            more = content.get("additional_creators")
            creators = (
                [event.sender, *(c for c in more if isinstance(c, str))]
                if isinstance(more, list)
                else [event.sender]
            )
            version = content.get("room_version")
            await tx.run(
                "UPDATE room SET creators = ?, version = ? WHERE room_id = ?",
                json.dumps(creators),
                version if isinstance(version, str) else "1",
                room_id,
            )


async def forget_members(tx: Tx, room_id: str) -> None:
    """Forget who is in a room, before its complete state is taken over."""
    await tx.run("DELETE FROM member WHERE room_id = ?", room_id)


async def invited(tx: Tx, room_id: str, inviter: str) -> None:
    """Remember who invited the bot."""
    await tx.run(
        "INSERT INTO room (room_id, inviter) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET inviter = excluded.inviter, welcomed = 0, direct_with = NULL",
        room_id,
        inviter,
    )


async def left(tx: Tx, room_id: str) -> None:
    """The bot is not in the room any more: what named people is forgotten, that it was encrypted is not."""
    await tx.run(
        "UPDATE room SET joined = 0, welcomed = 0, power_levels = '{}', creators = '[]', inviter = NULL"
        " WHERE room_id = ?",
        room_id,
    )
    for table in ("member", "unreadable", "warned", "introduced"):
        await tx.run(f"DELETE FROM {table} WHERE room_id = ?", room_id)  # noqa: S608 (constants)


async def set_welcomed(tx: Tx, room_id: str) -> None:
    """The welcome has been said."""
    await tx.run("UPDATE room SET welcomed = 1 WHERE room_id = ?", room_id)


async def set_direct_with(tx: Tx, room_id: str, user_id: str | None) -> None:
    """Remember whose direct chat the room is."""
    await tx.run("UPDATE room SET direct_with = ? WHERE room_id = ?", user_id, room_id)


async def pinned(tx: Reading) -> list[str]:
    """The rooms once seen encrypted."""
    return [row[0] for row in await tx.all("SELECT room_id FROM room WHERE encrypted = 1")]


async def joined_homes_of(tx: Tx, user_id: str) -> list[str]:
    """The home rooms of groups in which the person is a joined member."""
    rows = await tx.all(
        "SELECT member.room_id FROM member JOIN grp USING (room_id)"
        " WHERE user_id = ? AND membership = 'join' ORDER BY grp.id",
        user_id,
    )
    return [row[0] for row in rows]
