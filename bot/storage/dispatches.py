"""Dispatches and the voices in their threads."""

from __future__ import annotations

from datetime import datetime

from bot.domain.dispatch import Dispatch, State, letter
from bot.storage.db import Row, Tx, from_ms, to_ms


def _dispatch(row: Row) -> Dispatch:
    return Dispatch(
        id=row["id"],
        group=row["group_id"],
        number=row["number"],
        author=row["author"],
        source=row["source"],
        room_id=row["room_id"],
        state=State(row["state"]),
        original=row["original"],
        language=row["language"],
        written_at=from_ms(row["written_at"]),
        signed=bool(row["signed"]),
    )


async def add(  # noqa: PLR0913 (the columns of a dispatch)
    tx: Tx,
    *,
    group: int,
    number: int,
    author: str,
    source: str,
    room_id: str,
    original: str | None,
    language: str,
    written_at: datetime,
    keep_until: datetime,
    signed: bool = False,
) -> int:
    """Store a dispatch; its id."""
    return await tx.insert(
        "INSERT INTO dispatch (group_id, number, author, source, room_id, state, original, language,"
        " written_at, keep_until, signed) VALUES (?, ?, ?, ?, ?, 'open', ?, ?, ?, ?, ?)",
        group,
        number,
        author,
        source,
        room_id,
        original,
        language,
        to_ms(written_at),
        to_ms(keep_until),
        signed,
    )


async def load(tx: Tx, dispatch_id: int) -> Dispatch | None:
    """A dispatch by its id."""
    row = await tx.one("SELECT * FROM dispatch WHERE id = ?", dispatch_id)
    return _dispatch(row) if row else None


async def by_source(tx: Tx, source: str) -> Dispatch | None:
    """The dispatch that a message of a person made."""
    row = await tx.one("SELECT * FROM dispatch WHERE source = ?", source)
    return _dispatch(row) if row else None


async def numbered(tx: Tx, group: int, number: int) -> Dispatch | None:
    """A group's dispatch by its number."""
    row = await tx.one("SELECT * FROM dispatch WHERE group_id = ? AND number = ?", group, number)
    return _dispatch(row) if row else None


async def latest(tx: Tx, group: int, limit: int) -> list[Dispatch]:
    """A group's last dispatches, newest first."""
    rows = await tx.all(
        "SELECT * FROM dispatch WHERE group_id = ? ORDER BY number DESC LIMIT ?", group, limit
    )
    return [_dispatch(row) for row in rows]


async def signed_by(tx: Tx, author: str) -> list[Dispatch]:
    """The dispatches that bear the name of their author, oldest first."""
    rows = await tx.all("SELECT * FROM dispatch WHERE author = ? AND signed = 1 ORDER BY id", author)
    return [_dispatch(row) for row in rows]


async def unsign(tx: Tx, dispatch_id: int) -> None:
    """It does not bear its author's name any more."""
    await tx.run("UPDATE dispatch SET signed = 0 WHERE id = ?", dispatch_id)


async def reword(tx: Tx, dispatch_id: int, text: str) -> None:
    """Its author has changed it; words that are not kept stay so."""
    await tx.run("UPDATE dispatch SET original = ? WHERE id = ? AND original IS NOT NULL", text, dispatch_id)


async def forget_original(tx: Tx, source: str) -> None:
    """The words of the dispatch that a message made are kept no longer, if it made one."""
    await tx.run("UPDATE dispatch SET original = NULL WHERE source = ?", source)


async def withdraw(tx: Tx, dispatch_id: int) -> None:
    """It is taken back; its words are erased."""
    await tx.run("UPDATE dispatch SET state = 'withdrawn', original = NULL WHERE id = ?", dispatch_id)


async def tell_waiting(tx: Tx, dispatch_id: int) -> bool:
    """Whether the author has still to be told, once, that a copy waits."""
    changed = await tx.run(
        "UPDATE dispatch SET waiting_told = 1 WHERE id = ? AND waiting_told = 0 AND settled_told = 0",
        dispatch_id,
    )
    return changed > 0


async def tell_settled(tx: Tx, dispatch_id: int) -> bool:
    """Whether the author has still to be told, once, what became of every copy."""
    changed = await tx.run(
        "UPDATE dispatch SET settled_told = 1 WHERE id = ? AND settled_told = 0", dispatch_id
    )
    return changed > 0


async def forget_words(tx: Tx, now: datetime) -> None:
    """Erase originals that have been kept long enough."""
    await tx.run(
        "UPDATE dispatch SET original = NULL WHERE original IS NOT NULL AND keep_until <= ?", to_ms(now)
    )


async def forget_before(tx: Tx, written: datetime) -> None:
    """Delete dispatches older than the event map is kept."""
    await tx.run("DELETE FROM dispatch WHERE written_at < ?", to_ms(written))


async def keep_until(tx: Tx, group: int, days: int) -> None:
    """A group changed how long its dispatches' words are kept; it holds for those there are, too."""
    await tx.run("UPDATE dispatch SET keep_until = written_at + ? * 86400000 WHERE group_id = ?", days, group)


async def voice(tx: Tx, dispatch_id: int, group: int, person: str) -> str:
    """The letter of a person (a pseudonym) of a group in a dispatch's thread; a new one gets the next."""
    row = await tx.one(
        "SELECT letter FROM voice WHERE dispatch_id = ? AND group_id = ? AND person = ?",
        dispatch_id,
        group,
        person,
    )
    if row is not None:
        return str(row["letter"])
    count = await tx.value(
        "SELECT COUNT(*) FROM voice WHERE dispatch_id = ? AND group_id = ?", dispatch_id, group
    )
    found = letter(int(count or 0))
    await tx.run("INSERT INTO voice VALUES (?, ?, ?, ?)", dispatch_id, group, person, found)
    return found
