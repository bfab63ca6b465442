"""Opening the database: migrations are atomic, and what cannot be used is refused with a sentence."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.storage import db
from bot.storage.db import Database, DatabaseError

ROOT = Path(__file__).resolve().parents[3]
STEPS = len(db.migrations())

DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from bot.storage.db import Database

def die(number):
    if number == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(Database.open(Path(sys.argv[1]), die))
"""

# Steps as later versions will bring them: a table, its rows, a change of both.
LATER = [
    "CREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('one');\n",
    "CREATE TABLE b (x TEXT);\nINSERT INTO b SELECT x FROM a;\nDELETE FROM a;\n",
    "ALTER TABLE b ADD COLUMN y TEXT;\nUPDATE b SET y = x || x;\nDROP TABLE a;\n",
]
WITH_LATER = f"""
from bot.storage import db
db.migrations = lambda: {LATER!r}
"""


def killed_at(path: Path, number: int, before: str = "") -> None:
    done = subprocess.run(
        [sys.executable, "-c", before + DIES, str(path), str(number)], cwd=ROOT, check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL


def schema(path: Path) -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.mark.parametrize("number", range(1, STEPS + 1))
async def test_killed_in_a_migration_the_next_start_finds_the_step_before(
    tmp_path: Path, number: int
) -> None:
    path = tmp_path / "twinline.db"
    killed_at(path, number)
    assert version(path) == number - 1
    await (await Database.open(path)).close()
    await (await Database.open(tmp_path / "fresh.db")).close()
    assert version(path) == STEPS
    assert schema(path) == schema(tmp_path / "fresh.db")


@pytest.mark.parametrize("number", [1, 2, 3])
async def test_a_step_is_whole_or_not_at_all(
    tmp_path: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "twinline.db"
    killed_at(path, number, WITH_LATER)
    assert version(path) == number - 1
    assert len(schema(path)) == number - 1
    monkeypatch.setattr(db, "migrations", lambda: LATER)
    database = await Database.open(path)
    async with database.tx() as tx:
        assert [tuple(row) for row in await tx.all("SELECT x, y FROM b")] == [("one", "oneone")]
        assert await tx.value("PRAGMA user_version") == 3
    await database.close()


async def test_killed_again_and_again_it_opens_in_the_end(tmp_path: Path) -> None:
    path = tmp_path / "twinline.db"
    for number in (1, 1, 2, 2, 3, 3):
        killed_at(path, number, WITH_LATER)
        assert version(path) == number - 1


async def test_a_step_that_fails_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "twinline.db"
    monkeypatch.setattr(db, "migrations", lambda: [LATER[0], f"{LATER[1]}DROP TABLE nowhere;\n"])
    with pytest.raises(DatabaseError, match="cannot be used"):
        await Database.open(path)
    assert (version(path), [name for name, _ in schema(path)]) == (1, ["a"])


async def test_a_database_from_a_newer_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "twinline.db"
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={STEPS + 1}")
        connection.commit()
    before = schema(path)
    with pytest.raises(DatabaseError) as refused:
        await Database.open(path)
    assert str(path) in str(refused.value)
    assert "newer Twinline" in str(refused.value)
    assert "update the program" in str(refused.value)
    assert (schema(path), version(path)) == (before, STEPS + 1)


async def test_a_database_locked_by_another_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "LOCK_WAIT", 0.1)
    path = tmp_path / "twinline.db"
    await (await Database.open(path)).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError) as refused:
            await Database.open(path)
    assert f"{path} cannot be used (database is locked)" in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a database at all" * 100, "file is not a database"), (None, "unable to open")],
)
async def test_something_else_in_its_place_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "twinline.db"
    if content is None:
        path.mkdir()
    else:
        path.write_bytes(content)
    with pytest.raises(DatabaseError) as refused:
        await Database.open(path)
    assert str(refused.value).startswith(f"storage: the database {path} cannot be ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "twinline.db"
    with pytest.raises(DatabaseError, match="No such file or directory"):
        await Database.open(path)


READS_ONLY = """
import asyncio, os, sys
from pathlib import Path
from bot.storage.db import Database, DatabaseError

async def elsewhere():
    await (await Database.open(Path(sys.argv[2]))).close()

asyncio.run(elsewhere())  # everything is imported while it may be read
if os.geteuid() == 0:
    os.seteuid(65534)  # nobody: to root no file is read-only
try:
    asyncio.run(Database.open(Path(sys.argv[1])))
except DatabaseError as error:
    print(error)
"""


def read_only(path: Path, spare: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", READS_ONLY, str(path), str(spare)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may look into."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.parametrize("folder_mode", [0o755, 0o555])
async def test_a_database_that_cannot_be_written_is_named(
    open_folder: Path, tmp_path: Path, folder_mode: int
) -> None:
    path = open_folder / "twinline.db"
    await (await Database.open(path)).close()
    path.chmod(0o400)
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
        os.chown(open_folder, 65534, 65534)
    open_folder.chmod(folder_mode)
    done = await asyncio.to_thread(read_only, path, tmp_path / "spare.db")
    assert done.stderr == ""
    assert done.stdout == (
        f"storage: the database {path} cannot be used (attempt to write a readonly database)\n"
    )
