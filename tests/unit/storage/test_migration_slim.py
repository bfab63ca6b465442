"""The migration to shorter indexes: the outbox holds what it held."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.domain.outgoing import Relay, RowRef
from bot.domain.text import Words, t
from bot.storage import outbox
from bot.storage.db import Database, migrations
from bot.storage.outbox.rows import FRAME, PAYLOAD

ROOM = "!room:here.example"
NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
RELAY = Relay(ROOM, Words("", "es", "Group"), "en", "UTC", NOW, t("{name}", name="manila-1"), source="$sent")
BEFORE = next(number for number, step in enumerate(migrations()) if "outbox_slim" in step)
COLUMNS = (
    "id, room_id, source, what, kind, rank, state, payload, not_before, deadline, tries, first_try,"
    " device_id, event_id, reason, unreadable, dispatch_id, twinning_id, origin_room, created_at, settled_at,"
    " frame, turn"
)


@pytest.fixture
def old(tmp_path: Path) -> Sequence[tuple[object, ...]]:
    """The rows of a database as the migration before left it, one of each state."""
    words, frame = PAYLOAD.dump_json(RELAY).decode(), FRAME.dump_json(RELAY).decode()
    with closing(sqlite3.connect(tmp_path / "twinline.db")) as database:
        for step in migrations()[:BEFORE]:
            database.executescript(step)
        database.execute(f"PRAGMA user_version={BEFORE}")
        for state, payload, kept, event in (
            ("sent", None, frame, "$event"),
            ("waiting", words, None, None),
            ("translating", words, None, None),
            ("failed", words, None, None),
            ("cancelled", None, frame, None),
            ("sent", None, None, "$gone"),
        ):
            source = f"${state}" if event != "$gone" else event
            database.execute(
                f"INSERT INTO outbox ({COLUMNS}) VALUES (NULL, ?, ?, 'copy', 'relay', 0, ?, ?,"  # noqa: S608 (constant)
                " 1, 2, 3, 4, 'D', ?, 'reason', 5, 6, 7, '!home:here.example', 8, 9, ?, 10)",
                (ROOM, source, state, payload, event, kept),
            )
        database.execute("DELETE FROM outbox WHERE source = '$gone'")
        database.commit()
        return database.execute(f"SELECT {COLUMNS} FROM outbox ORDER BY id").fetchall()  # noqa: S608 (constant)


@pytest.fixture
async def database(tmp_path: Path, old: Sequence[tuple[object, ...]]) -> AsyncIterator[Database]:
    """The same, opened by the program."""
    found = await Database.open(tmp_path / "twinline.db")
    yield found
    await found.close()


async def test_every_row_stays_as_it_was(database: Database, old: Sequence[tuple[object, ...]]) -> None:
    async with database.tx() as tx:
        rows = await tx.all(f"SELECT {COLUMNS} FROM outbox ORDER BY id")  # noqa: S608 (constant)
        assert [tuple(row) for row in rows] == old
        kept = await outbox.find(tx, RowRef("$sent", ROOM, "copy"))
        assert kept is not None
        assert kept.frame == RELAY


async def test_what_was_promised_before_is_promised_once(database: Database) -> None:
    async with database.tx() as tx:
        await outbox.add(tx, RELAY, "$sent", NOW)
        assert await tx.value("SELECT COUNT(*) FROM outbox") == 5
        await outbox.add(tx, replace(RELAY, source="$new"), "$new", NOW)
        assert await tx.value("SELECT COUNT(*) FROM outbox WHERE id > 6") == 1  # no id is given twice
