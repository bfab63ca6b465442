"""The database: transactions are whole or not at all, and one at a time."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.storage import db, inlet
from bot.storage.db import Database, Tx, from_ms, to_ms

NOW = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)


async def _put(database: Database, key: str) -> None:
    async with database.tx() as tx:
        await tx.run("INSERT INTO meta VALUES (?, 'x')", key)


async def _keys(database: Database) -> list[str]:
    async with database.tx() as tx:
        return [row[0] for row in await tx.all("SELECT key FROM meta ORDER BY key")]


@pytest.fixture
async def locked(database: Database, tmp_path: Path) -> AsyncIterator[sqlite3.Connection]:
    """Somebody else has the lock, until the test gives it back with a rollback."""
    with closing(sqlite3.connect(tmp_path / "twinline.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "twinline.db")
    await _put(database, "kept")
    await database.close()
    database = await Database.open(tmp_path / "twinline.db")
    assert await _keys(database) == ["kept"]
    await database.close()


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async def fails() -> None:
        async with database.tx() as tx:
            await tx.run("INSERT INTO meta VALUES ('half', 'x')")
            await inlet.mark_seen(tx, "$half", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    async with database.tx() as tx:
        assert not await inlet.is_seen(tx, "$half")
    assert await _keys(database) == []


async def test_a_statement_that_fails_leaves_nothing_of_its_block(database: Database) -> None:
    async def fails() -> None:
        async with database.tx() as tx:
            await tx.run("INSERT INTO meta VALUES ('half', 'x')")
            await tx.run("INSERT INTO meta VALUES ('half', 'x')")

    with pytest.raises(sqlite3.IntegrityError):
        await fails()
    await _put(database, "next")
    assert await _keys(database) == ["next"]


async def test_transactions_do_not_mix(database: Database) -> None:
    """One that is rolled back takes nothing of another with it."""
    inside = asyncio.Event()

    async def fails() -> None:
        async with database.tx() as tx:
            await tx.run("INSERT INTO meta VALUES ('lost', 'x')")
            inside.set()
            await asyncio.sleep(0.05)
            raise RuntimeError

    async def works(key: str) -> None:
        await inside.wait()
        async with database.tx() as tx:
            assert await tx.value("SELECT COUNT(*) FROM meta WHERE key = 'lost'") == 0
            await asyncio.sleep(0)
            await tx.run("INSERT INTO meta VALUES (?, 'x')", key)

    results = await asyncio.gather(fails(), *(works(key) for key in "abcde"), return_exceptions=True)
    assert [type(one) for one in results] == [RuntimeError, *[type(None)] * 5]
    assert await _keys(database) == list("abcde")


async def test_a_block_cancelled_in_the_middle_leaves_nothing(database: Database) -> None:
    inside = asyncio.Event()

    async def never_ends() -> None:
        async with database.tx() as tx:
            await tx.run("INSERT INTO meta VALUES ('half', 'x')")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(never_ends())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await _put(database, "next")
    assert await _keys(database) == ["next"]


async def test_cancelled_while_it_waits_for_its_turn(database: Database) -> None:
    async with database.tx() as tx:
        waiting = asyncio.create_task(_put(database, "waiting"))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await tx.run("INSERT INTO meta VALUES ('first', 'x')")
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await _put(database, "next")
    assert await _keys(database) == ["first", "next"]


async def test_cancelled_while_it_begins(database: Database, locked: sqlite3.Connection) -> None:
    """The transaction that begins after nobody waits for it any more stays open for nobody."""
    waiting = asyncio.create_task(_put(database, "waiting"))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.sleep(0)
    locked.rollback()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await _put(database, "next")
    assert await _keys(database) == ["next"]


@pytest.mark.parametrize("steps", range(12))
async def test_cancelled_at_any_step_it_is_whole_or_not_at_all(database: Database, steps: int) -> None:
    async def both() -> None:
        async with database.tx() as tx:
            await tx.run("INSERT INTO meta VALUES ('a', 'x')")
            await tx.run("INSERT INTO meta VALUES ('b', 'x')")

    task = asyncio.create_task(both())
    for _ in range(steps):
        await asyncio.sleep(0)
        await asyncio.to_thread(lambda: None)
    task.cancel()
    await asyncio.wait([task])
    await _put(database, "next")
    assert await _keys(database) in (["next"], ["a", "b", "next"])


async def test_a_lock_that_is_given_back_in_time_is_waited_for(
    database: Database, locked: sqlite3.Connection
) -> None:
    waiting = asyncio.create_task(_put(database, "late"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    locked.rollback()
    await waiting
    assert await _keys(database) == ["late"]


async def test_the_files_are_readable_by_their_owner_alone(database: Database, tmp_path: Path) -> None:
    await _put(database, "x")
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.glob("twinline.db*")}
    assert modes == {"twinline.db": 0o600, "twinline.db-wal": 0o600, "twinline.db-shm": 0o600}


async def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "twinline.db"
    await (await Database.open(path)).close()
    path.chmod(0o644)
    await (await Database.open(path)).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_commit_is_on_the_disk_when_it_returns(database: Database) -> None:
    async with database.tx() as tx:
        assert await tx.value("PRAGMA synchronous") == 2
        assert await tx.value("PRAGMA journal_mode") == "wal"
        assert await tx.value("PRAGMA secure_delete") == 1
        assert await tx.value("PRAGMA foreign_keys") == 1


async def test_closing_leaves_one_file(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "twinline.db")
    await _put(database, "x")
    await database.close()
    assert [file.name for file in tmp_path.iterdir()] == ["twinline.db"]


async def test_scrubbing_empties_the_log(database: Database, tmp_path: Path) -> None:
    await _put(database, "x")
    assert (tmp_path / "twinline.db-wal").stat().st_size > 0
    await database.scrub()
    assert (tmp_path / "twinline.db-wal").stat().st_size == 0


async def test_scrubbing_leaves_no_erased_words_in_the_file(database: Database, tmp_path: Path) -> None:
    """Rows are moved between pages while they still have words."""
    dice = random.Random(16)  # noqa: S311 - a run that can be repeated, no secret
    async with database.tx() as tx:
        await tx.run("CREATE TABLE row (id INTEGER PRIMARY KEY, words TEXT, frame TEXT) STRICT")
    live: list[int] = []
    for number in range(3000):
        async with database.tx() as tx:
            if not live or dice.random() < 0.5:
                live.append(number)
                words = "x" * dice.randrange(50, 900) + f"word{number:06}" + "y" * dice.randrange(100)
                await tx.run("INSERT INTO row VALUES (?, ?, NULL)", number, words)
            else:
                frame = "f" * dice.randrange(20, 400)
                done = live.pop(dice.randrange(min(8, len(live))))
                await tx.run("UPDATE row SET words = NULL, frame = ? WHERE id = ?", frame, done)
    await database.scrub()
    found = set(re.findall(rb"word\d{6}", (tmp_path / "twinline.db").read_bytes()))
    assert found == {b"word%06d" % number for number in live}


async def test_a_file_that_takes_long_is_rewritten_less_often(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def left_free() -> int:
        """Pages that are free after something large was deleted and the file scrubbed."""
        await _put(database, "x" * 100_000)
        async with database.tx() as tx:
            await tx.run("DELETE FROM meta")
        await database.scrub()
        async with database.reading() as tx:
            return int(str(await tx.value("PRAGMA freelist_count")))

    monkeypatch.setattr(db, "REWRITING", 0)
    assert await left_free() == 0
    monkeypatch.setattr(db, "REWRITING", 10**6)
    assert await left_free() == 0
    assert await left_free() > 0


async def test_after_scrubbing_the_next_transaction_is_committed(database: Database) -> None:
    async def put(tx: Tx) -> int:
        return await tx.run("INSERT INTO meta VALUES ('next', 'x')")

    await database.scrub()
    assert await database.transact(put) == 1
    assert await _keys(database) == ["next"]


async def test_a_transaction_of_one_trip_is_whole_or_not_at_all(database: Database) -> None:
    async def fails(tx: Tx) -> None:
        await tx.run("INSERT INTO meta VALUES ('half', 'x')")
        raise RuntimeError("enough")

    async def reads(tx: Tx) -> list[object]:
        await tx.run("INSERT INTO meta VALUES ('whole', 'x')")
        return [await tx.value("SELECT COUNT(*) FROM meta"), await tx.one("SELECT 1 WHERE 0")]

    with pytest.raises(RuntimeError, match="enough"):
        await database.transact(fails)
    assert await database.transact(reads) == [1, None]
    assert await _keys(database) == ["whole"]


async def test_a_transaction_of_one_trip_that_would_wait_is_taken_back(database: Database) -> None:
    async def waits(tx: Tx) -> None:
        await tx.run("INSERT INTO meta VALUES ('half', 'x')")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waits for nothing"):
        await database.transact(waits)
    await _put(database, "next")
    assert await _keys(database) == ["next"]


async def test_a_transaction_of_one_trip_that_is_cancelled_is_finished_all_the_same(
    database: Database, locked: sqlite3.Connection
) -> None:
    async def put(tx: Tx) -> int:
        return await tx.run("INSERT INTO meta VALUES ('done', 'x')")

    waiting = asyncio.create_task(database.transact(put))
    await asyncio.sleep(0.1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    locked.rollback()
    await _put(database, "next")
    assert await _keys(database) == ["done", "next"]


async def test_questions_see_what_was_committed(database: Database) -> None:
    await _put(database, "a")
    async with database.reading() as look:
        assert await look.value("SELECT COUNT(*) FROM meta") == 1
        assert await look.one("SELECT 1 WHERE 0") is None


def test_times_come_back_to_the_millisecond() -> None:
    at = datetime(2027, 3, 28, 1, 30, 0, 123_000, tzinfo=UTC)
    assert from_ms(to_ms(at)) == at
    assert to_ms(at.replace(microsecond=123_999)) == to_ms(at)


def test_a_script_is_cut_at_its_statements() -> None:
    script = """
    -- a note; with a semicolon
    CREATE TABLE a (x TEXT DEFAULT ';');
    CREATE TRIGGER t AFTER INSERT ON a BEGIN
      DELETE FROM a; SELECT 1;
    END;
    """
    found = db.statements(script)
    assert [one.split()[-1] for one in found] == ["';');", "END;"]
