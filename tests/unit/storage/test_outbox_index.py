"""The outbox is searched by twelve characters of an id: nothing is mixed up, and no query reads it whole."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import bot
from bot.domain.outgoing import Redact, Relay, RowRef, Say
from bot.domain.text import Words, t
from bot.storage import outbox
from bot.storage.db import Database, Row, Tx, Value
from bot.storage.outbox.rows import find

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
ROOM, OTHER = "!room:here.example", "!other:here.example"
ONE, TWIN = "$abcdefONEuvwxyz", "$abcdefTWINuvwxyz"  # alike in those characters


class Explaining(Tx):
    """A transaction that looks at how each statement will be worked on."""

    plans: list[str]

    async def all(self, sql: str, *values: Value) -> list[Row]:
        await self._explain(sql, values)
        return await super().all(sql, *values)

    async def run(self, sql: str, *values: Value) -> int:
        await self._explain(sql, values)
        return await super().run(sql, *values)

    async def _explain(self, sql: str, values: tuple[Value, ...]) -> None:
        rows = await super().all(f"EXPLAIN QUERY PLAN {sql}", *values)
        self.plans += [f"{row['detail']}: {sql}" for row in rows]


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Explaining]:
    async with database.tx() as found:
        explaining = Explaining(found._connection)
        explaining.plans = []
        yield explaining


def say(what: str, source: str = ONE) -> Say:
    return Say(ROOM, (t("hello"),), "en", what=what, source=source)


async def test_ids_that_are_alike_are_not_mixed_up(tx: Tx) -> None:
    for source in (ONE, TWIN):
        await outbox.add(tx, say("ack", source), source, NOW)
        await outbox.add(tx, Redact(ROOM, "$x", "redact:ack", source), source, NOW)
    rows = await tx.all("SELECT source, what FROM outbox ORDER BY id")
    assert [tuple(row) for row in rows] == [(s, w) for s in (ONE, TWIN) for w in ("ack", "redact:ack")]
    assert len({row["source_key"] for row in await tx.all("SELECT source_key FROM outbox")}) == 1
    found = await find(tx, RowRef(TWIN, ROOM, "ack"))
    assert found is not None
    assert found.source == TWIN
    assert [row.source for row in await outbox.by_source(tx, ONE, ROOM)] == [ONE, ONE]
    assert await outbox.removed(tx, TWIN) == {(ROOM, "ack")}
    await outbox.settle_sent(tx, found, "$1234567890abONE", NOW)
    assert await outbox.by_event(tx, "$1234567890abTWO") is None
    assert await outbox.by_event(tx, "$1234567890abONE") is not None


@pytest.mark.parametrize("source", [ONE, "", "$", "tick:1", "ab", "previewed:$abc:preview:$def"])
async def test_the_same_promise_is_made_once(tx: Tx, source: str) -> None:
    for room in (ROOM, OTHER, ROOM):
        for what in ("ack", "copy", "ack"):
            await outbox.add(tx, Say(room, (t("hello"),), "en", what=what), source, NOW)
    assert await tx.value("SELECT COUNT(*) FROM outbox") == 4


async def test_no_message_makes_it_read_the_whole_outbox(tx: Explaining) -> None:
    relay = Relay(ROOM, Words("hola", "es"), "es", "UTC", NOW, None, source=ONE, origin_room=OTHER)
    await outbox.add(tx, relay, ONE, NOW)
    await outbox.add(tx, say("ack"), ONE, NOW)
    taken = await outbox.take(tx, ROOM, NOW, "DEVICE")
    assert taken.entry is not None
    await outbox.settle_sent(tx, taken.entry, "$sent", NOW)
    assert [await outbox.by_event(tx, "$sent"), *await outbox.relays_of(tx, ONE)]
    await outbox.removed(tx, ONE)
    await outbox.root_in(tx, ONE, ROOM)
    await outbox.by_source(tx, ONE, ROOM)
    await outbox.source_of_edit(tx, "own:$edit", OTHER)
    await outbox.posts_of(tx, ONE, "x")
    await outbox.cancel_source(tx, ONE, NOW)
    await outbox.cancel_post(tx, taken.entry, NOW)
    assert any("outbox_source" in plan for plan in tx.plans)
    assert any("outbox_event" in plan for plan in tx.plans)
    assert any("outbox_edit" in plan for plan in tx.plans)
    assert [plan for plan in tx.plans if plan.startswith("SCAN outbox") and "USING" not in plan] == []


def test_the_source_is_never_asked_for_without_its_key() -> None:
    program = Path(bot.__file__).parent
    texts = {path.name: path.read_text(encoding="utf-8") for path in program.rglob("*.py")}
    bare = re.compile(r"(?:FROM|UPDATE) outbox(?: \w+)?(?: SET [^\"]*)? WHERE source\b")
    assert [name for name, text in texts.items() if bare.search(text)] == []
