"""The ids of rows in the outbox: they rise, and tell nothing of what was deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.outgoing import RowRef, Say
from bot.domain.text import t
from bot.storage import outbox
from bot.storage.db import Database, Tx

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
ROOM = "!room:here.example"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.tx() as open_tx:
        yield open_tx


def say(what: str) -> Say:
    return Say(ROOM, (t("hello"),), "en", what=what)


async def test_what_was_deleted_leaves_no_gap_between_the_rows_beside_it(tx: Tx) -> None:
    found = {}
    for many in (0, 50):
        begin = NOW + timedelta(hours=many)
        await outbox.add(tx, say(f"first-{many}"), "$source", begin)
        for number in range(many):
            await outbox.add(
                tx, say(f"secret-{many}-{number}"), "$source", begin + timedelta(seconds=1 + number)
            )
        await tx.run("DELETE FROM outbox WHERE what LIKE 'secret-%'")
        await outbox.add(tx, say(f"last-{many}"), "$source", begin + 60 * SECOND)
        rows = [
            await outbox.find(tx, RowRef("$source", ROOM, f"{what}-{many}")) for what in ("first", "last")
        ]
        first, last = (row.id for row in rows if row is not None)
        found[many] = last - first
    assert found[0] == pytest.approx(60_000 * 32, abs=32)
    assert found[50] == pytest.approx(60_000 * 32, abs=32)


async def test_ids_rise_though_the_clock_is_set_back_and_none_is_given_twice(tx: Tx) -> None:
    known: list[int] = []
    for number, hours in enumerate((0, 0, -5, 1, -1)):
        await outbox.add(tx, say(f"row-{number}"), "$source", NOW + timedelta(hours=hours))
        row = await outbox.find(tx, RowRef("$source", ROOM, f"row-{number}"))
        assert row is not None
        known.append(row.id)
        await tx.run("DELETE FROM outbox")
    assert known == sorted(set(known))
