"""What the bot remembers of a person: their language, whether to translate them, what they know."""

from __future__ import annotations

from bot.storage.db import Reading, Tx


async def language(tx: Tx, user_id: str) -> str | None:
    """The language that the person chose in their direct chat."""
    value = await tx.value("SELECT language FROM person WHERE user_id = ?", user_id)
    return str(value) if value is not None else None


async def set_language(tx: Tx, user_id: str, code: str) -> None:
    """Remember the person's language."""
    await tx.run(
        "INSERT INTO person (user_id, language) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET language = excluded.language",
        user_id,
        code,
    )


async def name(tx: Reading, user_id: str) -> str | None:
    """The name under which the person signs, if they have chosen one."""
    value = await tx.value("SELECT name FROM person WHERE user_id = ?", user_id)
    return str(value) if value is not None else None


async def set_name(tx: Tx, user_id: str, chosen: str | None) -> None:
    """Remember it, or forget it."""
    await tx.run(
        "INSERT INTO person (user_id, name) VALUES (?, ?) ON CONFLICT DO UPDATE SET name = excluded.name",
        user_id,
        chosen,
    )


async def of_room(tx: Reading, room_id: str) -> list[tuple[str, str | None]]:
    """Those who are, or were, in a room, each with the name they have chosen."""
    rows = await tx.all(
        "SELECT member.user_id, person.name FROM member LEFT JOIN person USING (user_id)"
        " WHERE room_id = ? ORDER BY member.user_id",
        room_id,
    )
    return [(row[0], row[1]) for row in rows]


async def beside(tx: Reading, user_id: str) -> list[tuple[str, str | None]]:
    """Those who are in the home room of a group with this person, each with the name they have chosen."""
    rows = await tx.all(
        "SELECT DISTINCT there.user_id, person.name FROM member AS mine JOIN grp USING (room_id)"
        " JOIN member AS there USING (room_id) LEFT JOIN person ON person.user_id = there.user_id"
        " WHERE mine.user_id = ?1 AND there.user_id <> ?1 AND mine.membership = 'join'"
        " AND there.membership = 'join'",
        user_id,
    )
    return [(row[0], row[1]) for row in rows]


async def untranslated(tx: Tx, user_id: str) -> bool:
    """Whether the person does not want to be translated in joint rooms."""
    return bool(await tx.value("SELECT untranslated FROM person WHERE user_id = ?", user_id))


async def set_untranslated(tx: Tx, user_id: str, *, untranslated: bool) -> None:
    """Remember it."""
    await tx.run(
        "INSERT INTO person (user_id, untranslated) VALUES (?, ?)"
        " ON CONFLICT DO UPDATE SET untranslated = excluded.untranslated",
        user_id,
        untranslated,
    )


async def knows_threads(tx: Tx, user_id: str, group: int) -> bool:
    """Whether the person has confirmed, as one of the group, that a shared thread is read by others."""
    row = await tx.one("SELECT 1 FROM threads_ok WHERE user_id = ? AND group_id = ?", user_id, group)
    return row is not None


async def set_knows_threads(tx: Tx, user_id: str, group: int) -> None:
    """The person has confirmed it."""
    await tx.run("INSERT OR IGNORE INTO threads_ok VALUES (?, ?)", user_id, group)


async def tell_replies(tx: Tx, user_id: str) -> bool:
    """Whether the person has still to be told, once, that a plain reply does not cross."""
    changed = await tx.run(
        "INSERT INTO person (user_id, replies_told) VALUES (?, 1)"
        " ON CONFLICT DO UPDATE SET replies_told = 1 WHERE replies_told = 0",
        user_id,
    )
    return changed > 0
