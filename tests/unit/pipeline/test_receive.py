"""The inlet: each event is handled once, and one that cannot be handled stops nothing."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.incoming import (
    Batch,
    Incoming,
    Message,
    Redaction,
    RoomLeft,
    StateEvent,
    Undecryptable,
)
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Command, Context, Given, Noun, Place, Theme, Who
from bot.handlers.nouns import all_nouns
from bot.pipeline.receive import reference
from bot.storage import inlet
from tests.unit import ready
from tests.unit.pipeline.theatre import until
from tests.unit.stage import Stage

ROOM, ANA, BEN = "!room:here.example", "@ana:here.example", "@ben:here.example"
ALL = frozenset(Who)

Act = Callable[[Context], Awaitable[None]]


class Probe(Stage):
    """A stage with two commands more: `!count` counts itself, `!act` does what the test wants."""

    counted = 0
    act: Act

    @classmethod
    async def build(cls, folder: Path) -> Probe:
        probe: Probe

        async def count(ctx: Context, given: Given) -> list[Outgoing]:
            probe.counted += 1
            return ctx.reply(t("{count} handled", count=str(probe.counted)))

        async def act(ctx: Context, given: Given) -> list[Outgoing]:
            probe.counted += 1
            await probe.act(ctx)
            return ctx.reply(t("{count} handled", count=str(probe.counted)))

        noun = Noun(
            commands=tuple(
                Command((word,), t("a command"), Theme.START, run, ALL, places=frozenset(Place))
                for word, run in (("count", count), ("act", act))
            )
        )
        database = await ready.database(folder / "twinline.db")
        probe = cls(database, (noun, *all_nouns()), await ready.catalogs())
        return probe

    async def cursor(self) -> str | None:
        async with self.database.tx() as tx:
            return await inlet.cursor(tx)

    async def seen(self, event_id: str) -> bool:
        async with self.database.tx() as tx:
            return await inlet.is_seen(tx, event_id)

    def message(self, event_id: str, body: str, sender: str = ANA) -> Message:
        return Message(event_id, ROOM, sender, self.clock.now(), "m.text", body)

    async def take(self, cursor: str, *events: Incoming) -> None:
        await self.receiver.batch(Batch(cursor, events))


@pytest.fixture
async def probe(tmp_path: Path) -> AsyncIterator[Probe]:
    found = await Probe.build(tmp_path)
    await found.room(ROOM, [ANA], [BEN])
    await found.deliver(ROOM)
    yield found
    await found.close()


async def test_an_event_that_comes_again_is_not_handled_again(probe: Probe) -> None:
    for cursor in ("1", "2"):
        await probe.take(cursor, probe.message("$one", "!count"))
    assert probe.counted == 1
    assert await probe.deliver(ROOM) == ["1 handled"]
    assert await probe.cursor() == "2"


async def test_an_event_that_is_twice_in_a_batch_is_handled_once(probe: Probe) -> None:
    await probe.take("1", probe.message("$one", "!count"), probe.message("$one", "!count"))
    assert probe.counted == 1


async def test_after_a_restart_it_is_still_known(probe: Probe, tmp_path: Path) -> None:
    await probe.take("1", probe.message("$one", "!count"))
    again = await Probe.build(tmp_path)
    assert await again.cursor() == "1"
    await again.take("2", again.message("$one", "!count"))
    assert again.counted == 0
    await again.close()


async def test_the_cursor_moves_with_a_batch_that_holds_nothing(probe: Probe) -> None:
    await probe.take("empty")
    assert await probe.cursor() == "empty"


async def test_the_cursor_does_not_move_before_the_last_event_is_handled(probe: Probe) -> None:
    await probe.take("1")
    cursors: list[str | None] = []

    async def look(ctx: Context) -> None:
        cursors.append(await inlet.cursor(ctx.tx))

    probe.act = look
    await probe.take("2", *(probe.message(f"${number}", "!act") for number in range(3)))
    assert cursors == ["1", "1", "1"]
    assert await probe.cursor() == "2"


async def test_events_are_handled_in_their_order(probe: Probe) -> None:
    await probe.take("1", *(probe.message(f"${number}", "!count") for number in range(20)))
    assert await probe.deliver(ROOM) == [f"{number} handled" for number in range(1, 21)]


async def test_an_event_is_answered_and_seen_together_or_not_at_all(probe: Probe) -> None:
    async def fail(ctx: Context) -> None:
        await ctx.tx.run("INSERT INTO meta VALUES ('half', 'x')")
        raise asyncio.CancelledError

    probe.act = fail
    with pytest.raises(asyncio.CancelledError):
        await probe.take("1", probe.message("$one", "!act"))
    async with probe.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM meta WHERE key = 'half'") == 0
    assert not await probe.seen("$one")
    assert await probe.waiting(ROOM) == []


async def test_an_event_that_fails_three_times_is_set_aside_and_the_rest_goes_on(probe: Probe) -> None:
    async def fail(ctx: Context) -> None:
        await ctx.tx.run("INSERT INTO meta VALUES ('half', 'x')")
        raise KeyError("x")

    probe.act = fail
    await probe.take("1", probe.message("$bad", "!act"), probe.message("$good", "!count"))
    assert probe.counted == 4
    answers = await probe.deliver(ROOM)
    assert len(answers) == 2
    assert "could not handle this message" in answers[0]
    assert reference("$bad") in answers[0]
    assert "Rosa" in answers[0]
    assert answers[1] == "4 handled"
    async with probe.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM meta WHERE key = 'half'") == 0
    assert await probe.cursor() == "1"


async def test_the_log_explains_the_reference_number(probe: Probe, caplog: pytest.LogCaptureFixture) -> None:
    async def fail(ctx: Context) -> None:
        raise KeyError("x")

    probe.act = fail
    with caplog.at_level(logging.ERROR):
        await probe.take("1", probe.message("$bad", "!act"))
    number = reference("$bad")
    assert [number in record.getMessage() for record in caplog.records] == [True] * 4
    assert caplog.records[0].exc_info is not None


async def test_an_event_that_works_at_the_second_try_is_not_set_aside(probe: Probe) -> None:
    async def fail_once(ctx: Context) -> None:
        if probe.counted == 1:
            raise KeyError("x")

    probe.act = fail_once
    await probe.take("1", probe.message("$one", "!act"))
    assert await probe.deliver(ROOM) == ["2 handled"]


async def test_what_was_set_aside_is_not_tried_again(probe: Probe) -> None:
    async def fail(ctx: Context) -> None:
        raise KeyError("x")

    probe.act = fail
    await probe.take("1", probe.message("$bad", "!act"))
    await probe.take("2", probe.message("$bad", "!act"))
    assert probe.counted == 3


async def test_what_cannot_even_be_reported_is_set_aside_in_silence(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("x")

    with monkeypatch.context() as patch:
        patch.setattr(probe.router, "context", broken)
        await probe.take("1", probe.message("$bad", "!count"))
    await probe.take("2", probe.message("$good", "!count"))
    assert await probe.deliver(ROOM) == ["1 handled"]


async def test_a_broken_store_is_no_event_s_fault_and_ends_it(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than to try for ever."""

    async def broken(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(inlet, "mark_seen", broken)
    with pytest.raises(KeyError):
        await probe.take("1", probe.message("$one", "!count"))
    assert not await probe.seen("$one")


async def test_a_state_that_fails_is_set_aside_in_silence(
    probe: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> list[Outgoing]:
        raise KeyError("x")

    with monkeypatch.context() as patch:
        patch.setattr(probe.router, "room_changed", broken)
        event = StateEvent("$state", ROOM, ANA, probe.clock.now(), "m.room.name", "", {})
        await probe.take("1", event, probe.message("$good", "!count"))
    assert await probe.deliver(ROOM) == ["1 handled"]
    assert await probe.seen("$state")


async def test_trouble_with_the_lock_is_waited_out_and_not_counted(probe: Probe, tmp_path: Path) -> None:
    await probe.database._connection.execute("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(tmp_path / "twinline.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        taking = asyncio.create_task(probe.take("1", probe.message("$one", "!count")))
        await until(lambda: len(probe.clock.slept) >= 10)
        other.rollback()
        await taking
    assert await probe.deliver(ROOM) == ["1 handled"]
    assert probe.counted == 1


async def test_a_full_disk_is_waited_out_and_nothing_is_half_stored(probe: Probe) -> None:
    async with probe.database.tx() as tx:
        await tx.run("CREATE TABLE ballast (x TEXT)")
        pages = int(await tx.value("PRAGMA page_count") or 0)
    await probe.database._connection.execute(f"PRAGMA max_page_count={pages}")

    async def fill(ctx: Context) -> None:
        await ctx.tx.run("INSERT INTO meta VALUES ('first', 'x')")
        await ctx.tx.run("INSERT INTO ballast VALUES (?)", "x" * 100_000)

    probe.act = fill
    taking = asyncio.create_task(
        probe.take("1", probe.message("$full", "!act"), probe.message("$next", "!count"))
    )
    await until(lambda: len(probe.clock.slept) >= 5)
    assert not taking.done()
    async with probe.database.reading() as look:
        assert await look.value("SELECT COUNT(*) FROM meta WHERE key = 'half'") == 0
        assert await inlet.cursor(look) != "1"
    await probe.database._connection.execute("PRAGMA max_page_count=1000000")
    await taking
    answers = await probe.deliver(ROOM)
    assert len(answers) == 2
    assert "handled" in answers[0]
    async with probe.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM ballast") == 1


async def test_what_could_not_be_read_is_kept_until_its_key_comes(probe: Probe) -> None:
    await probe.take("1", Undecryptable("$late", ROOM, ANA, probe.clock.now(), "session", '{"raw": 1}'))
    async with probe.database.tx() as tx:
        assert await inlet.undecrypted(tx, ["session"]) == ['{"raw": 1}']
        assert await inlet.seen_among(tx, ["$late", "$other"]) == {"$late"}
        assert not await inlet.is_seen(tx, "$late")
    await probe.receiver.single(probe.message("$late", "!count"))
    assert await probe.deliver(ROOM) == ["1 handled"]
    async with probe.database.tx() as tx:
        assert await inlet.undecrypted(tx, None) == []


async def test_what_comes_again_unreadable_after_it_was_read_is_not_kept(probe: Probe) -> None:
    await probe.take("1", probe.message("$one", "!count"))
    await probe.take("2", Undecryptable("$one", ROOM, ANA, probe.clock.now(), "session", "{}"))
    async with probe.database.tx() as tx:
        assert await inlet.undecrypted(tx, None) == []


async def test_what_is_deleted_before_its_key_came_is_forgotten(probe: Probe) -> None:
    now = probe.clock.now()
    await probe.take("1", Undecryptable("$late", ROOM, ANA, now, "session", "{}"))
    await probe.take("2", Redaction("$r", ROOM, ANA, now, "$late"))
    async with probe.database.tx() as tx:
        assert await inlet.undecrypted(tx, None) == []


async def test_nobody_is_heard_in_a_room_that_the_bot_has_left(probe: Probe) -> None:
    await probe.take("1", RoomLeft("$left", ROOM, ANA, banned=False), probe.message("$one", "!count"))
    assert probe.counted == 0
    assert await probe.waiting(ROOM) == []


async def test_old_marks_are_forgotten_and_younger_ones_are_not(probe: Probe) -> None:
    await probe.take("1", probe.message("$old", "!count"))
    probe.clock.forward(days=30)
    await probe.take("2", probe.message("$young", "!count"))
    now = probe.clock.now()
    async with probe.database.tx() as tx:
        await inlet.forget_before(tx, now - timedelta(days=29), now - timedelta(days=7))
    assert not await probe.seen("$old")
    assert await probe.seen("$young")
