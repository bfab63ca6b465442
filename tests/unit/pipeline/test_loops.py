"""The loops: they end when they are told to, and outlive trouble with the database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.domain.files import Sealed
from bot.domain.incoming import Cleaned
from bot.pipeline import loop, receive
from bot.storage import db
from tests.unit.handlers.cast import ANA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre, until


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else holds the database's lock."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are not waited for by SQLite itself."""
    monkeypatch.setattr(db, "LOCK_WAIT", 0.0)
    monkeypatch.setattr(loop, "LOOK_AGAIN", 0.0)


@pytest.mark.parametrize("steps", range(6))
@pytest.mark.parametrize("name", ["sender", "translating"])
async def test_a_loop_that_is_woken_and_cancelled_at_once_ends(
    theatre: Theatre, name: str, steps: int
) -> None:
    part = theatre.sender if name == "sender" else theatre.translating
    run = asyncio.create_task(part.run())
    await asyncio.sleep(0.05)
    part.wake()
    for _ in range(steps):
        await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait([run], timeout=5)
    assert run.cancelled()


async def test_a_loop_that_is_cancelled_in_mid_translation_ends(theatre: Theatre) -> None:
    theatre.translator.held = asyncio.Event()
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    run = asyncio.create_task(theatre.translating.run())
    await until(lambda: theatre.translator.calls)
    run.cancel()
    await asyncio.wait([run], timeout=5)
    assert run.cancelled()
    theatre.translator.held = None
    theatre.start()
    await theatre.play()
    assert "We won." in theatre.read(MILWAUKEE)


@pytest.mark.usefixtures("impatient")
async def test_a_lock_in_the_wrong_moment_stops_no_loop_and_loses_nothing(
    theatre: Theatre, tmp_path: Path
) -> None:
    async with theatre.database.tx() as tx:
        await tx.run("PRAGMA busy_timeout=0")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    async with theatre.running():
        with locked(tmp_path / "twinline.db"):
            theatre.wake()
            await asyncio.sleep(0.3)
        for _ in range(20):
            theatre.clock.forward(seconds=2)
            theatre.wake()
            await asyncio.sleep(0.02)
        await until(lambda: "We won." in theatre.read(MILWAUKEE))
    assert theatre.read(MILWAUKEE).count("We won.") == 1


async def test_a_message_that_comes_while_the_database_is_locked_is_handled_afterwards(
    theatre: Theatre, tmp_path: Path
) -> None:
    await theatre.database._connection.execute("PRAGMA busy_timeout=0")
    with locked(tmp_path / "twinline.db"):
        saying = asyncio.create_task(theatre.say(MANILA, ANA, "!dispatch Ganamos."))
        await until(lambda: len(theatre.clock.slept) >= 8)
        assert not saying.done()
    await saying
    await theatre.play()
    assert theatre.read(MILWAUKEE).count("We won.") == 1
    assert max(theatre.clock.slept) == receive.LONGEST_WAIT


async def test_files_are_looked_at_by_the_loop_after_trouble_of_every_kind(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No process to be had at first, then a database that cannot be written."""
    found, tries = theatre.cleaning._came, []

    async def clean(sealed: Sealed, *, blur: bool) -> str:
        tries.append("clean")
        if len(tries) == 1:
            raise OSError("no more processes")
        return "Ganamos."

    async def came(outcome: Cleaned) -> None:
        tries.append("came")
        if tries.count("came") == 1:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise error
        await found(outcome)

    monkeypatch.setattr(theatre.cleaner, "clean", clean)
    monkeypatch.setattr(theatre.cleaning, "_came", came)
    await theatre.attach(MANILA, ANA, b"Ganamos.", "!dispatch", kind="m.file")
    run = asyncio.create_task(theatre.cleaning.run())
    await until(lambda: tries == ["clean"])
    await until(lambda: not theatre.cleaning._busy)
    theatre.clock.forward(seconds=20)
    theatre.cleaning.wake()
    await until(lambda: tries.count("came") == 2)
    await until(lambda: not theatre.cleaning._busy)
    run.cancel()
    await asyncio.wait([run], timeout=5)
    assert run.cancelled()
    await theatre.play()
    assert theatre.read(MILWAUKEE).count("We won.") == 1
