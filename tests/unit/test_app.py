"""The running bot: what it says of its health."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot import app
from bot.clock import SystemClock
from bot.domain.action import Action, Part, State
from bot.domain.clockwork import Account, Running
from bot.domain.incoming import Batch, Tick
from bot.domain.season import When
from bot.matrix.opening import Drop
from bot.storage import actions, clocks, groups, inlet
from bot.storage.db import Database
from tests.fakes import FakeClock


async def test_syncs_and_ticks_report_one_after_the_other_and_the_newest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "health.json"
    database = await Database.open(tmp_path / "bot.db")
    parts = {"config": SimpleNamespace(health_file=file), "database": database, "clock": SystemClock()}
    others: dict[str, Any] = dict.fromkeys(("receiver", "sender", "translating", "cleaning"))
    others["session"] = SimpleNamespace(dropped=Counter({Drop.PLAINTEXT: 2}), trouble=None)
    running = app.App(**cast("dict[str, Any]", parts | others))
    writing = 0

    def slow(path: Path, text: str) -> None:
        nonlocal writing
        writing += 1
        assert writing == 1
        time.sleep(0.02)
        path.write_text(text, encoding="utf-8")
        writing -= 1

    monkeypatch.setattr(app, "_replace", slow)
    try:
        tick = asyncio.create_task(running._write_health())
        await asyncio.sleep(0)
        running.synced = datetime(2026, 11, 21, tzinfo=UTC)
        await asyncio.gather(tick, running._write_health())
    finally:
        await database.close()
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["last_sync"] == "2026-11-21T00:00:00+00:00"
    assert told["dropped"] == {"plaintext": 2}


async def _eraser(tmp_path: Path) -> tuple[Database, app.App]:
    """An app of which only the hourly erasing works."""
    database = await Database.open(tmp_path / "bot.db")
    kept = SimpleNamespace(seen_days=30, map_days=365, failed_days=7)
    parts = {"config": SimpleNamespace(retention=kept), "database": database, "clock": SystemClock()}
    others = dict.fromkeys(("receiver", "sender", "translating", "session", "cleaning"))
    return database, app.App(**cast("dict[str, Any]", parts | others))


async def test_nothing_old_is_erased_while_the_clock_is_not_believed(tmp_path: Path) -> None:
    database, running = await _eraser(tmp_path)
    begin = datetime(2026, 11, 21, tzinfo=UTC)
    later = begin + timedelta(days=400)
    count = Running("boot", 1.0)
    try:
        async with database.tx() as tx:
            await inlet.mark_seen(tx, "$1", begin)
            await clocks.save(tx, Account(count, begin, held_at=later))
        await running._forget(later)
        async with database.tx() as tx:
            assert await inlet.is_seen(tx, "$1")
            await clocks.save(tx, Account(count, later))
        await running._forget(later)
        async with database.tx() as tx:
            assert not await inlet.is_seen(tx, "$1")
    finally:
        await database.close()


async def test_actions_of_groups_that_are_strangers_again_are_erased(tmp_path: Path) -> None:
    database, running = await _eraser(tmp_path)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    try:
        async with database.tx() as tx:
            ids = [(await groups.create(tx, f"g{n}", "G", f"!{n}:x", "en", "UTC", now)).id for n in range(3)]
            await tx.run(
                "INSERT INTO twinning (a, b, state, alias_a, alias_b, check_words, ends_on, created_at,"
                " ended_at) VALUES (?, ?, 'ended', 'a', 'b', '', '2026-11-20', 0, 0)",
                ids[1],
                ids[0],
            )
            for number, twin in enumerate(ids[1:], 1):
                parts = (Part(ids[0]), Part(twin))
                when = When(now.date(), None, "UTC")
                new = Action(0, number, ids[0], "Vigil", "en", when, State.CANCELLED, parts, now)
                await actions.add(tx, new, f"${number}")
        await running._forget(now)
        async with database.tx() as tx:
            assert [one.number for one in await actions.of_group(tx, ids[0])] == [1]
    finally:
        await database.close()


class _Heard:
    """A receiver that only notes what comes in."""

    def __init__(self) -> None:
        self.came: list[object] = []

    async def single(self, event: object) -> None:
        self.came.append(type(event))

    async def batch(self, batch: Batch) -> None:
        self.came.append(batch.cursor)


async def test_what_was_due_while_the_homeserver_was_away_comes_as_soon_as_it_is_heard(
    tmp_path: Path,
) -> None:
    database = await Database.open(tmp_path / "bot.db")
    receiver, clock = _Heard(), FakeClock(datetime(2026, 11, 21, tzinfo=UTC))
    parts = {
        "config": SimpleNamespace(health_file=tmp_path / "health.json"),
        "database": database,
        "session": SimpleNamespace(dropped=Counter(), trouble=None),
        "receiver": receiver,
        "sender": SimpleNamespace(try_again=lambda: None),
        "translating": None,
        "cleaning": None,
        "clock": clock,
    }
    running = app.App(**cast("dict[str, Any]", parts))
    try:
        for cursor, later in (("start", 0), ("at once", 30), ("after a while", 3600), ("then", 30)):
            clock.forward(seconds=later)
            await running._batch(Batch(cursor, ()))
    finally:
        await database.close()
    assert receiver.came == ["start", Tick, "at once", "after a while", Tick, "then"]
