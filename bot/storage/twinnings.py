"""Twinnings and the joint rooms that belong to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from bot.domain.twinning import State, Twinning
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms


def _twinning(row: Row) -> Twinning:
    return Twinning(
        id=row["id"],
        a=row["a"],
        b=row["b"],
        state=State(row["state"]),
        alias_a=row["alias_a"],
        alias_b=row["alias_b"],
        check_words=row["check_words"],
        ends_on=date.fromisoformat(row["ends_on"]),
        created_at=from_ms(row["created_at"]),
        paused_a=bool(row["paused_a"]),
        paused_b=bool(row["paused_b"]),
        renew_by=row["renew_by"],
        renew_until=date.fromisoformat(row["renew_until"]) if row["renew_until"] else None,
    )


async def propose(  # noqa: PLR0913 (the columns of a proposal)
    tx: Tx,
    *,
    a: int,
    b: int,
    alias_a: str,
    alias_b: str,
    check_words: str,
    ends_on: date,
    now: datetime,
) -> Twinning:
    """Store a proposal of `a` to `b`."""
    twinning_id = await tx.insert(
        "INSERT INTO twinning (a, b, state, alias_a, alias_b, check_words, ends_on, created_at)"
        " VALUES (?, ?, 'proposed', ?, ?, ?, ?, ?)",
        a,
        b,
        alias_a,
        alias_b,
        check_words,
        ends_on.isoformat(),
        to_ms(now),
    )
    return Twinning(twinning_id, a, b, State.PROPOSED, alias_a, alias_b, check_words, ends_on, now)


async def save(tx: Tx, twinning: Twinning, now: datetime) -> None:
    """Store a twinning's state."""
    over = twinning.state in (State.ENDED, State.DECLINED)
    await tx.run(
        "UPDATE twinning SET state = ?, ends_on = ?, paused_a = ?, paused_b = ?, renew_by = ?,"
        " renew_until = ?, ended_at = CASE WHEN ? THEN COALESCE(ended_at, ?) END WHERE id = ?",
        twinning.state,
        twinning.ends_on.isoformat(),
        twinning.paused_a,
        twinning.paused_b,
        twinning.renew_by,
        twinning.renew_until.isoformat() if twinning.renew_until else None,
        over,
        to_ms(now),
        twinning.id,
    )


async def load(tx: Reading, twinning_id: int) -> Twinning | None:
    """A twinning by its id."""
    row = await tx.one("SELECT * FROM twinning WHERE id = ?", twinning_id)
    return _twinning(row) if row else None


async def open_of(tx: Tx, group_id: int) -> list[Twinning]:
    """A group's twinnings that are proposed, active or paused, oldest first."""
    rows = await tx.all(
        "SELECT * FROM twinning WHERE (a = ? OR b = ?) AND state IN ('proposed', 'active', 'paused')"
        " ORDER BY id",
        group_id,
        group_id,
    )
    return [_twinning(row) for row in rows]


async def agreed(tx: Reading) -> list[Twinning]:
    """All twinnings that both sides have agreed to and that are remembered, oldest first."""
    rows = await tx.all("SELECT * FROM twinning WHERE state IN ('active', 'paused', 'ended') ORDER BY id")
    return [_twinning(row) for row in rows]


async def numbers(tx: Tx, group_id: int) -> dict[int, int]:
    """The numbers by which a group may name its twinnings, by id; ended ones keep theirs while remembered."""
    rows = await tx.all("SELECT id FROM twinning WHERE a = ? OR b = ? ORDER BY id", group_id, group_id)
    return {row[0]: number for number, row in enumerate(rows, 1)}


async def past_end(tx: Tx, today: date) -> list[Twinning]:
    """Open twinnings whose end date has passed."""
    rows = await tx.all(
        "SELECT * FROM twinning WHERE state IN ('proposed', 'active', 'paused') AND ends_on < ? ORDER BY id",
        today.isoformat(),
    )
    return [_twinning(row) for row in rows]


async def ends_unplanned(tx: Tx, kind: str) -> list[Twinning]:
    """Live twinnings of which no schedule of this kind is on the day on which they end."""
    rows = await tx.all(
        "SELECT * FROM twinning WHERE state IN ('active', 'paused') AND NOT EXISTS (SELECT 1 FROM schedule"
        " WHERE kind = ? AND owner = twinning.id AND first = ends_on) ORDER BY id",
        kind,
    )
    return [_twinning(row) for row in rows]


async def forget_before(tx: Tx, ended: datetime) -> None:
    """Delete twinnings that ended before the given time."""
    await tx.run("DELETE FROM twinning WHERE ended_at < ?", to_ms(ended))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a twinning's outbox still holds for a room. `tried`: the server has not taken some of it yet."""

    count: int
    translating: int
    tried: int


async def waiting(tx: Tx, twinning_id: int, room_id: str) -> Waiting:
    """How much of a twinning waits to be sent into a room, and what it waits for."""
    row = await tx.one(
        "SELECT COUNT(*), COALESCE(SUM(state = 'translating'), 0), COALESCE(SUM(tries > 0), 0) FROM outbox"
        " WHERE room_id = ? AND twinning_id = ? AND kind = 'relay' AND state IN ('translating', 'waiting')",
        room_id,
        twinning_id,
    )
    return Waiting(row[0], row[1], row[2]) if row else Waiting(0, 0, 0)


class Where(StrEnum):
    """Where translations stand in a joint room: in the thread of a message, or as a reply under it."""

    THREAD = "thread"
    REPLY = "reply"


@dataclass(frozen=True, slots=True)
class Joint:
    """A twinning's joint room; the bot translates in it once a steward of each side has confirmed.

    A room can be that of several twinnings.
    """

    room_id: str
    twinning: int
    confirmed_a: bool
    confirmed_b: bool

    @property
    def confirmed(self) -> bool:
        return self.confirmed_a and self.confirmed_b


async def joints_at(tx: Reading, room_id: str) -> list[Joint]:
    """The twinnings of which this is a joint room, confirmed or asked for."""
    rows = await tx.all("SELECT * FROM joint WHERE room_id = ? ORDER BY twinning_id", room_id)
    return [
        Joint(row["room_id"], row["twinning_id"], bool(row["confirmed_a"]), bool(row["confirmed_b"]))
        for row in rows
    ]


async def joint(tx: Reading, room_id: str) -> Joint | None:
    """One of the twinnings of which this is a joint room; one that is confirmed, if there is any."""
    return max(await joints_at(tx, room_id), key=lambda one: one.confirmed, default=None)


async def joints_of(tx: Tx, group_id: int) -> list[str]:
    """The joint rooms of a group's twinnings, and of nobody else's."""
    rows = await tx.all(
        "SELECT room_id FROM joint JOIN twinning ON twinning.id = twinning_id"
        " GROUP BY room_id HAVING MIN(a = ?1 OR b = ?1) ORDER BY room_id",
        group_id,
    )
    return [row[0] for row in rows]


async def joints_of_twinning(tx: Tx, twinning_id: int) -> list[str]:
    """The confirmed joint rooms of a twinning."""
    rows = await tx.all(
        "SELECT room_id FROM joint WHERE twinning_id = ? AND confirmed_a AND confirmed_b ORDER BY room_id",
        twinning_id,
    )
    return [row[0] for row in rows]


async def save_joint(tx: Tx, joint: Joint) -> None:
    """Store a joint room."""
    await tx.run(
        "INSERT INTO joint VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET confirmed_a = excluded.confirmed_a,"
        " confirmed_b = excluded.confirmed_b",
        joint.room_id,
        joint.twinning,
        joint.confirmed_a,
        joint.confirmed_b,
    )


async def move_joint(tx: Tx, old: str, new: str) -> None:
    """The joint room is another one now."""
    await tx.run("UPDATE OR REPLACE joint SET room_id = ? WHERE room_id = ?", new, old)
    await tx.run("UPDATE OR REPLACE joint_place SET room_id = ? WHERE room_id = ?", new, old)


async def drop_joint(tx: Tx, room_id: str) -> None:
    """The room is no joint room any more."""
    await tx.run("DELETE FROM joint WHERE room_id = ?", room_id)
    await tx.run("DELETE FROM joint_place WHERE room_id = ?", room_id)


async def place_of(tx: Reading, room_id: str) -> Where:
    """Where translations stand in a joint room."""
    value = await tx.value("SELECT place FROM joint_place WHERE room_id = ?", room_id)
    return Where(str(value)) if value is not None else Where.THREAD


async def set_place(tx: Tx, room_id: str, where: Where) -> None:
    """The room has chosen where translations stand."""
    await tx.run(
        "INSERT INTO joint_place VALUES (?, ?) ON CONFLICT DO UPDATE SET place = excluded.place",
        room_id,
        where,
    )
