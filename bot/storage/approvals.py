"""Dispatches that wait for a second pair of eyes, and messages that their authors do not want sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.domain.dispatch import Move, State, moved
from bot.storage.db import Row, Tx, from_ms, to_ms

KEPT_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Approval:
    """A dispatch with its number that has not been sent. `source` is the author's message, `asker` who wanted
    it sent if that was somebody else; `draft` is None once it is forgotten. `round` counts how often it was
    changed, and so put before people anew.
    """

    id: int
    group: int
    number: int
    source: str
    room_id: str
    author: str
    asker: str
    state: State
    draft: str | None
    written_at: datetime
    asked_at: datetime
    round: int

    @property
    def is_open(self) -> bool:
        """Whether it can still be approved."""
        return self.state in (State.WAITING, State.HELD)


def _approval(row: Row) -> Approval:
    return Approval(
        row["id"],
        row["group_id"],
        row["number"],
        row["source"],
        row["room_id"],
        row["author"],
        row["asker"],
        State(row["state"]),
        row["draft"],
        from_ms(row["written_at"]),
        from_ms(row["asked_at"]),
        row["round"],
    )


async def add(  # noqa: PLR0913 (the columns of an approval)
    tx: Tx,
    *,
    group: int,
    number: int,
    source: str,
    room_id: str,
    author: str,
    asker: str,
    draft: str,
    written_at: datetime,
    now: datetime,
) -> Approval:
    """A dispatch waits from now on."""
    await tx.run("DELETE FROM approval WHERE source = ? AND state NOT IN ('waiting', 'held')", source)
    approval_id = await tx.insert(
        "INSERT INTO approval (group_id, number, source, room_id, author, asker, state, draft, written_at,"
        " asked_at) VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?)",
        group,
        number,
        source,
        room_id,
        author,
        asker,
        draft,
        to_ms(written_at),
        to_ms(now),
    )
    return Approval(
        approval_id, group, number, source, room_id, author, asker, State.WAITING, draft, written_at, now, 1
    )


async def numbered(tx: Tx, group: int, number: int) -> Approval | None:
    """A group's dispatch by its number, if it waits or has waited in vain."""
    row = await tx.one("SELECT * FROM approval WHERE group_id = ? AND number = ?", group, number)
    return _approval(row) if row else None


async def by_source(tx: Tx, source: str) -> Approval | None:
    """The one that a message of a person made."""
    row = await tx.one("SELECT * FROM approval WHERE source = ?", source)
    return _approval(row) if row else None


async def of_group(tx: Tx, group: int, limit: int) -> list[Approval]:
    """Those of a group, newest first."""
    rows = await tx.all(
        "SELECT * FROM approval WHERE group_id = ? ORDER BY number DESC LIMIT ?", group, limit
    )
    return [_approval(row) for row in rows]


async def waits(tx: Tx, group: int) -> list[int]:
    """The numbers of a group's dispatches that wait, or are held, in their order."""
    rows = await tx.all(
        "SELECT number FROM approval WHERE group_id = ? AND state IN ('waiting', 'held') ORDER BY number",
        group,
    )
    return [row[0] for row in rows]


async def settle(tx: Tx, approval: Approval) -> None:
    """It was approved: from now on it is kept as a dispatch."""
    await tx.run("DELETE FROM approval WHERE id = ?", approval.id)


async def withdraw(tx: Tx, approval: Approval) -> None:
    """It was taken back; its words and its file are forgotten."""
    await _end(tx, approval, moved(approval.state, Move.WITHDRAW))


async def expire(tx: Tx, approval: Approval) -> None:
    """Nobody approved it; its words are forgotten."""
    await _end(tx, approval, moved(approval.state, Move.EXPIRE))


async def _end(tx: Tx, approval: Approval, state: State) -> None:
    await tx.run("UPDATE approval SET state = ?, draft = NULL WHERE id = ?", state, approval.id)
    await tx.run("DELETE FROM enclosure WHERE source = ?", approval.source)


async def hold(tx: Tx, approval: Approval, state: State) -> None:
    """Somebody wants it to be held."""
    await tx.run("UPDATE approval SET state = ? WHERE id = ?", state, approval.id)


async def reword(tx: Tx, approval: Approval, draft: str, now: datetime) -> Approval:
    """Its author has changed it: it waits anew."""
    state = moved(approval.state, Move.CHANGE)
    await tx.run(
        "UPDATE approval SET state = ?, draft = ?, asked_at = ?, reminded = 0, round = round + 1"
        " WHERE id = ?",
        state,
        draft,
        to_ms(now),
        approval.id,
    )
    return replace(approval, state=state, draft=draft, asked_at=now, round=approval.round + 1)


async def to_remind(tx: Tx, asked_before: datetime) -> list[Approval]:
    """Those that have waited since then and of which nobody has been reminded; now they have been."""
    condition = "state = 'waiting' AND reminded = 0 AND asked_at <= ?"
    rows = await tx.all(f"SELECT * FROM approval WHERE {condition} ORDER BY id", to_ms(asked_before))  # noqa: S608 (constant)
    await tx.run(f"UPDATE approval SET reminded = 1 WHERE {condition}", to_ms(asked_before))  # noqa: S608 (constant)
    return [_approval(row) for row in rows]


async def remind_again(tx: Tx, group: int) -> None:
    """The group has another room, in which nobody has been reminded."""
    await tx.run("UPDATE approval SET reminded = 0 WHERE group_id = ?", group)


async def overdue(tx: Tx, asked_before: datetime) -> list[Approval]:
    """Those that wait since then."""
    rows = await tx.all(
        "SELECT * FROM approval WHERE state IN ('waiting', 'held') AND asked_at <= ? ORDER BY id",
        to_ms(asked_before),
    )
    return [_approval(row) for row in rows]


async def forget(tx: Tx, now: datetime) -> None:
    """Forget what has long been settled, and who was not willing long ago."""
    at = now - KEPT_FOR
    await tx.run("DELETE FROM approval WHERE state NOT IN ('waiting', 'held') AND asked_at <= ?", to_ms(at))
    await tx.run("DELETE FROM unwilling WHERE at <= ?", to_ms(at))


async def unwilling(tx: Tx, event_id: str) -> bool:
    """Whether the message's author has said that it must not be sent."""
    return await tx.one("SELECT 1 FROM unwilling WHERE event_id = ?", event_id) is not None


async def set_unwilling(tx: Tx, event_id: str, now: datetime) -> None:
    """They have said so, or not answered."""
    await tx.run("INSERT OR REPLACE INTO unwilling VALUES (?, ?)", event_id, to_ms(now))
