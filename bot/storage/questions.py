"""What waits for somebody's "yes": asked in a room, of one person, for a limited time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.storage.db import Row, Tx, from_ms, to_ms


class Turn(StrEnum):
    """What counts as the answer.

    NEXT: the person's next message in the room; ASKED: a reply, or a message of the thread; TOLD: the same,
    and the person was told so; BEHIND: nothing, since an earlier question comes first.
    """

    NEXT = "next"
    ASKED = "asked"
    TOLD = "told"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Question:
    """`topic` says who handles the answer, `payload` is its JSON, `source` the event in question.

    `thread` is the root of the thread in which it was asked, `post` the cause of the post that asks.
    """

    id: int
    room_id: str
    user_id: str
    topic: str
    source: str
    payload: str
    expires_at: datetime
    thread: str | None
    post: str
    turn: Turn


def _question(row: Row) -> Question:
    return Question(
        row["id"],
        row["room_id"],
        row["user_id"],
        row["topic"],
        row["source"],
        row["payload"],
        from_ms(row["expires_at"]),
        row["thread"],
        row["post"] or row["source"],
        Turn(row["turn"]),
    )


async def ask(  # noqa: PLR0913 (the columns of a question)
    tx: Tx,
    room_id: str,
    user_id: str,
    topic: str,
    source: str,
    payload: str,
    expires_at: datetime,
    *,
    thread: str | None = None,
    behind: bool = False,
) -> None:
    """Remember a question, asked in a thread or in the room itself."""
    turn = Turn.BEHIND if behind else Turn.NEXT if thread is None else Turn.ASKED
    if turn is Turn.NEXT:
        await moved_on(tx, room_id, user_id)
    await tx.run(
        "INSERT OR REPLACE INTO question (room_id, user_id, topic, source, payload, expires_at, thread, turn)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        room_id,
        user_id,
        topic,
        source,
        payload,
        to_ms(expires_at),
        thread,
        turn,
    )


async def ask_once(  # noqa: PLR0913 (the columns of a question)
    tx: Tx,
    room_id: str,
    user_id: str,
    topic: str,
    source: str,
    payload: str,
    expires_at: datetime,
    *,
    post: str,
) -> None:
    """Remember a question in the room itself, if it does not wait already; `post` asks several people."""
    await tx.run(
        "INSERT OR IGNORE INTO question (room_id, user_id, topic, source, payload, expires_at, post, turn)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, 'next')",
        room_id,
        user_id,
        topic,
        source,
        payload,
        to_ms(expires_at),
        post,
    )


async def open_next(tx: Tx, question: Question, payload: str) -> None:
    """Nothing comes before this question any more: it is asked now."""
    turn = Turn.NEXT if question.thread is None else Turn.ASKED
    if turn is Turn.NEXT:
        await moved_on(tx, question.room_id, question.user_id)
    await tx.run("UPDATE question SET turn = ?, payload = ? WHERE id = ?", turn, payload, question.id)


async def moved_on(tx: Tx, room_id: str, user_id: str) -> None:
    """The person wrote something, or was asked something newer: their next message is no answer any more."""
    await tx.run(
        "UPDATE question SET turn = 'asked' WHERE room_id = ? AND user_id = ? AND turn = 'next'",
        room_id,
        user_id,
    )


async def tell_how(tx: Tx, room_id: str, user_id: str) -> bool:
    """Whether the person has still to be told, once for each question, how it is answered."""
    changed = await tx.run(
        "UPDATE question SET turn = 'told' WHERE room_id = ? AND user_id = ? AND turn = 'asked'",
        room_id,
        user_id,
    )
    return changed > 0


async def waiting(tx: Tx, room_id: str, topic: str, now: datetime) -> list[Question]:
    """The questions of a topic in a room, whoever was asked, oldest first."""
    rows = await tx.all(
        "SELECT * FROM question WHERE room_id = ? AND topic = ? AND expires_at > ? ORDER BY id",
        room_id,
        topic,
        to_ms(now),
    )
    return [_question(row) for row in rows]


async def remember_asked(tx: Tx, dispatch: int, user_id: str, until: datetime) -> None:
    """A bare "yes" or "no" of the person in the dispatch's thread may be meant for the bot until then."""
    await tx.run("INSERT OR REPLACE INTO asked VALUES (?, ?, ?)", dispatch, user_id, to_ms(until))


async def asked_lately(tx: Tx, dispatch: int, user_id: str, now: datetime) -> bool:
    """Whether it may."""
    row = await tx.one(
        "SELECT 1 FROM asked WHERE dispatch_id = ? AND user_id = ? AND until > ?",
        dispatch,
        user_id,
        to_ms(now),
    )
    return row is not None


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
    """What was asked in the old room is answered in the new one, where its thread is not."""
    await tx.run(
        "UPDATE question SET room_id = ?, thread = NULL,"
        " turn = CASE turn WHEN 'behind' THEN turn ELSE 'next' END WHERE room_id = ?",
        new,
        old,
    )


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
    await tx.run("DELETE FROM asked WHERE until <= ?", to_ms(now))
    return [_question(row) for row in rows]
