"""The words of reminders; when they are due is in their schedules."""

from __future__ import annotations

from datetime import datetime

from bot.domain.reminder import Reminder
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms


def _reminder(row: Row) -> Reminder:
    return Reminder(
        id=row["id"],
        number=row["number"],
        text=row["text"],
        language=row["language"],
        group=row["group_id"],
        person=row["user_id"],
        over_at=from_ms(row["over_at"]) if row["over_at"] is not None else None,
    )


async def add(tx: Tx, text: str, language: str, group: int | None, person: str | None) -> Reminder:
    """Store a new one under the next number of its room or person."""
    last = await tx.value(
        "SELECT MAX(number) FROM reminder WHERE group_id IS ? AND user_id IS ?", group, person
    )
    number = int(last or 0) + 1
    reminder_id = await tx.insert(
        "INSERT INTO reminder (group_id, user_id, number, text, language) VALUES (?, ?, ?, ?, ?)",
        group,
        person,
        number,
        text,
        language,
    )
    return Reminder(reminder_id, number, text, language, group, person)


async def load(tx: Reading, reminder_id: int) -> Reminder | None:
    """A reminder by its id."""
    row = await tx.one("SELECT * FROM reminder WHERE id = ?", reminder_id)
    return _reminder(row) if row is not None else None


async def all_of(tx: Reading, group: int | None, person: str | None) -> list[Reminder]:
    """Those of a group's room, or of a person, by their numbers."""
    rows = await tx.all(
        "SELECT * FROM reminder WHERE group_id IS ? AND user_id IS ? ORDER BY number", group, person
    )
    return [_reminder(row) for row in rows]


async def set_over(tx: Tx, reminder_id: int, at: datetime | None) -> None:
    """Nothing of it is to come since then; None: something is again."""
    await tx.run(
        "UPDATE reminder SET over_at = ? WHERE id = ?", to_ms(at) if at is not None else None, reminder_id
    )


async def delete(tx: Tx, reminder_id: int) -> None:
    """Forget its words."""
    await tx.run("DELETE FROM reminder WHERE id = ?", reminder_id)


async def over_before(tx: Tx, at: datetime) -> list[int]:
    """Those that are over since before a time."""
    rows = await tx.all("SELECT id FROM reminder WHERE over_at < ?", to_ms(at))
    return [row[0] for row in rows]
