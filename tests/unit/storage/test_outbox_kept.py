"""What stays of a row once it was sent: what edits and removals need, and little else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.outgoing import Relay, RowRef, Say
from bot.domain.rendering import Rendering
from bot.domain.text import Words, t
from bot.storage import outbox
from bot.storage.db import Database, Tx
from bot.storage.outbox.rows import FRAME

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)
ROOM = "!room:here.example"
RELAY = Relay(
    ROOM,
    Words("hola", "es", "Group"),
    "en",
    "UTC",
    NOW,
    t("{name}", name="manila-1"),
    thread=RowRef("$root", ROOM, "ack"),
    reply_to="$other",
    in_place=True,
    origin_room="!home:here.example",
    dispatch=3,
    twinning=4,
    rendering=Rendering("hello"),
    urgent=True,
    by="somebody",
    command="dispatch",
    also=("fr",),
)


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.tx() as found:
        yield found


async def _sent(tx: Tx, outgoing: Relay | Say) -> None:
    await outbox.add(tx, outgoing, "$source", NOW)
    row = await tx.one("SELECT * FROM outbox WHERE what = ?", outgoing.what)
    assert row is not None
    await outbox.settle_sent(tx, outbox.entry_of(row), "$sent", NOW)


async def _frame(tx: Tx) -> Relay | None:
    found = await outbox.find(tx, RowRef("$source", ROOM, "copy"))
    assert found is not None
    return found.frame


async def test_of_a_relay_all_is_kept_but_the_words(tx: Tx) -> None:
    await _sent(tx, RELAY)
    words = replace(RELAY.words, text="")
    assert await _frame(tx) == replace(RELAY, words=words, rendering=None, source="$source")


async def test_a_plain_relay_takes_little_room(tx: Tx) -> None:
    await _sent(tx, Relay(ROOM, Words("hola", "es"), "en", "UTC", NOW, None))
    assert int(await tx.value("SELECT LENGTH(frame) FROM outbox") or 0) < 200


async def test_what_earlier_versions_kept_is_read(tx: Tx) -> None:
    await _sent(tx, RELAY)
    old = replace(RELAY, words=replace(RELAY.words, text=""), rendering=None, source="$source")
    await tx.run("UPDATE outbox SET frame = ?", FRAME.dump_json(old).decode())
    assert await _frame(tx) == old


async def test_an_edit_of_the_bots_own_answer_leaves_no_row(tx: Tx) -> None:
    await _sent(tx, Say(ROOM, (t("hello"),), "en", what="ack"))
    await _sent(tx, Say(ROOM, (t("bye"),), "en", what="ack:settled", replaces=RowRef("$source", ROOM, "ack")))
    assert [row["what"] for row in await tx.all("SELECT what FROM outbox")] == ["ack"]
