"""Rooms and their members, as the server's state describes them."""

from __future__ import annotations

import json
from collections.abc import Mapping

from bot.domain.incoming import StateEvent
from bot.domain.room import Room
from bot.storage.db import Reading, Tx, to_ms


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
        predecessor=row["predecessor"],
        successor=row["successor"],
    )


async def apply(tx: Tx, event: StateEvent, me: str) -> None:
    """Take over one state event. A room once seen encrypted stays so, whatever comes later."""
    room_id, content = event.room_id, event.content
    await tx.run("INSERT OR IGNORE INTO room (room_id) VALUES (?)", room_id)
    if event.type == "m.room.member":
        await _member(tx, event, me)
    if event.state_key != "":
        return
    match event.type:
        case "m.room.encryption":
            await tx.run("UPDATE room SET encrypted = 1 WHERE room_id = ?", room_id)
        case "m.room.power_levels":
            await tx.run(
                "UPDATE room SET power_levels = ? WHERE room_id = ?", json.dumps(dict(content)), room_id
            )
        case "m.room.create":
            await _create(tx, event)
        case "m.room.tombstone":
            successor = content.get("replacement_room")
            await tx.run(
                "UPDATE room SET successor = ?1, successor_at = ?2"
                " WHERE room_id = ?3 AND successor IS NOT ?1",
                successor if isinstance(successor, str) and successor not in ("", room_id) else None,
                to_ms(event.sent_at),
                room_id,
            )


async def _member(tx: Tx, event: StateEvent, me: str) -> None:
    membership = event.content.get("membership")
    if not isinstance(membership, str):
        return
    await tx.run(
        "INSERT INTO member VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET membership = excluded.membership",
        event.room_id,
        event.state_key,
        membership,
    )
    if event.state_key == me:
        await tx.run("UPDATE room SET joined = ? WHERE room_id = ?", membership == "join", event.room_id)


async def _create(tx: Tx, event: StateEvent) -> None:
    more = event.content.get("additional_creators")
    others = [c for c in more if isinstance(c, str)] if isinstance(more, list) else []
    version, before = event.content.get("room_version"), event.content.get("predecessor")
    predecessor = before.get("room_id") if isinstance(before, Mapping) else None
    await tx.run(
        "UPDATE room SET creators = ?, version = ?, predecessor = ? WHERE room_id = ?",
        json.dumps([event.sender, *others]),
        version if isinstance(version, str) else "1",
        predecessor if isinstance(predecessor, str) else None,
        event.room_id,
    )


async def succeeded_by(tx: Tx, room_id: str) -> list[Room]:
    """The rooms whose tombstone names this one."""
    rows = await tx.all("SELECT room_id FROM room WHERE successor = ? ORDER BY room_id", room_id)
    return [room for row in rows if (room := await load(tx, row[0])) is not None]


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


async def opened(tx: Tx, room_id: str, user_id: str, me: str) -> None:
    """The bot has made a direct chat with the person, of which no sync has told yet."""
    if await tx.one("SELECT 1 FROM room WHERE room_id = ? AND joined = 1", room_id) is not None:
        return
    await tx.run("INSERT OR IGNORE INTO room (room_id) VALUES (?)", room_id)
    await tx.run(
        "UPDATE room SET joined = 1, encrypted = 1, direct_with = ? WHERE room_id = ?", user_id, room_id
    )
    await tx.many(
        "INSERT OR IGNORE INTO member VALUES (?, ?, ?)",
        [(room_id, me, "join"), (room_id, user_id, "invite")],
    )


async def set_welcomed(tx: Tx, room_id: str) -> None:
    """The welcome has been said."""
    await tx.run("UPDATE room SET welcomed = 1 WHERE room_id = ?", room_id)


async def set_direct_with(tx: Tx, room_id: str, user_id: str | None) -> None:
    """Remember whose direct chat the room is."""
    await tx.run("UPDATE room SET direct_with = ? WHERE room_id = ?", user_id, room_id)


async def direct_chats(tx: Tx, user_id: str) -> list[str]:
    """The rooms that were a direct chat with the person when last looked at."""
    rows = await tx.all(
        "SELECT room_id FROM room WHERE joined = 1 AND encrypted = 1 AND direct_with = ? ORDER BY room_id",
        user_id,
    )
    return [row[0] for row in rows]


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
