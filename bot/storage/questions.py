"""What waits for somebody's "yes": asked in a room, of one person, for a limited time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.storage.db import Row, Tx, from_ms, to_ms


@dataclass(frozen=True, slots=True)
class Question:
    """`topic` says who handles the answer, `payload` is its JSON, `source` the event in question."""

    id: int
    room_id: str
    user_id: str
    topic: str
    source: str
    payload: str
    expires_at: datetime


def _question(row: Row) -> Question:
    return Question(
        row["id"],
        row["room_id"],
        row["user_id"],
        row["topic"],
        row["source"],
        row["payload"],
        from_ms(row["expires_at"]),
    )


async def ask(
    tx: Tx, room_id: str, user_id: str, topic: str, source: str, payload: str, expires_at: datetime
) -> None:
    """Remember a question."""
    await tx.run(
        "INSERT OR REPLACE INTO question (room_id, user_id, topic, source, payload, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        room_id,
        user_id,
        topic,
        source,
        payload,
        to_ms(expires_at),
    )


async def ask_once(
    tx: Tx, room_id: str, user_id: str, topic: str, source: str, payload: str, expires_at: datetime
) -> None:
    """Remember a question, if it does not wait already."""
    await tx.run(
        "INSERT OR IGNORE INTO question (room_id, user_id, topic, source, payload, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        room_id,
        user_id,
        topic,
        source,
        payload,
        to_ms(expires_at),
    )


async def pending(tx: Tx, room_id: str, user_id: str, now: datetime) -> list[Question]:
    """The open questions to a person in a room, oldest first."""
    rows = await tx.all(
        "SELECT * FROM question WHERE room_id = ? AND user_id = ? AND expires_at > ? ORDER BY id",
        room_id,
        user_id,
        to_ms(now),
    )
    return [_question(row) for row in rows]


async def close(tx: Tx, question_id: int) -> None:
    """Forget a question and the words in it."""
    await tx.run("DELETE FROM question WHERE id = ?", question_id)


async def reword(tx: Tx, question_id: int, payload: str) -> None:
    """What the question is about has changed."""
    await tx.run("UPDATE question SET payload = ? WHERE id = ?", payload, question_id)


async def drop_source(tx: Tx, room_id: str, source: str) -> bool:
    """Forget the question about a message of the room that was taken back; whether there was one."""
    return await tx.run("DELETE FROM question WHERE room_id = ? AND source = ?", room_id, source) > 0


async def move(tx: Tx, old: str, new: str) -> None:
    """What was asked in the old room is answered in the new one."""
    await tx.run("UPDATE question SET room_id = ? WHERE room_id = ?", new, old)


async def drop_topic(tx: Tx, room_id: str, topic: str) -> None:
    """Forget the questions of a topic in a room, whoever was asked."""
    await tx.run("DELETE FROM question WHERE room_id = ? AND topic = ?", room_id, topic)


async def drop_room(tx: Tx, room_id: str) -> None:
    """Forget the questions of a room that the bot is not in any more."""
    await tx.run("DELETE FROM question WHERE room_id = ?", room_id)


async def drop_expired(tx: Tx, now: datetime) -> list[Question]:
    """Forget the questions whose time has passed; returns them."""
    rows = await tx.all("SELECT * FROM question WHERE expires_at <= ? ORDER BY id", to_ms(now))
    await tx.run("DELETE FROM question WHERE expires_at <= ?", to_ms(now))
    return [_question(row) for row in rows]
