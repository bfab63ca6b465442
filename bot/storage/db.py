"""The database: one SQLite file, one writer at a time.

Every write goes through a `Tx`: BEGIN IMMEDIATE, committed with synchronous=FULL (an acknowledged
commit is on the disk). Deleted words are overwritten (`secure_delete`), and `scrub` rids the file of the
copies that stay behind when SQLite moves rows between pages, and empties the write-ahead log, which would
otherwise remember them. Migrations are numbered files, forward only, one transaction each.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")

Row = sqlite3.Row
Value = str | int | float | None

LOCK_WAIT = 10.0  # seconds that a statement waits for somebody else's lock
REWRITING = 100  # times as long as it took, before the file is rewritten again

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DatabaseError(Exception):
    """The database cannot be used. The text is one sentence for the host."""


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """The aware time, UTC, of milliseconds since 1970."""
    return _EPOCH + timedelta(milliseconds=ms)


class Reading:
    """What may be asked while the lock is held. Each question is one trip to the connection's thread."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection

    async def one(self, sql: str, *values: Value) -> Row | None:
        """The first row of a few, or None."""
        rows = await self.all(sql, *values)
        return rows[0] if rows else None

    async def all(self, sql: str, *values: Value) -> list[Row]:
        """All rows."""
        return list(await self._connection.execute_fetchall(sql, values))

    async def value(self, sql: str, *values: Value) -> Value:
        """The first column of the first row, or None."""
        row = await self.one(sql, *values)
        return None if row is None else row[0]


class Tx(Reading):
    """A transaction that holds the database's lock."""

    async def run(self, sql: str, *values: Value) -> int:
        """Execute a statement that returns no rows; the number of rows changed."""
        return (await self._connection.execute(sql, values)).rowcount

    async def insert(self, sql: str, *values: Value) -> int:
        """Execute an INSERT; the new row's id."""
        return (await self._connection.execute(sql, values)).lastrowid or 0

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Execute a statement for each row of values."""
        await self._connection.executemany(sql, rows)


class _Inside(Tx):
    """A transaction in the connection's own thread, where nothing has to be waited for."""

    def __init__(self, connection: aiosqlite.Connection, direct: sqlite3.Connection) -> None:
        super().__init__(connection)
        self._direct = direct

    async def all(self, sql: str, *values: Value) -> list[Row]:
        return self._direct.execute(sql, values).fetchall()

    async def run(self, sql: str, *values: Value) -> int:
        return self._direct.execute(sql, values).rowcount

    async def insert(self, sql: str, *values: Value) -> int:
        return self._direct.execute(sql, values).lastrowid or 0

    async def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        self._direct.executemany(sql, rows)


class _Connection(aiosqlite.Connection):
    """A connection whose thread can be given a whole transaction."""

    async def transact(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """Run the work between BEGIN IMMEDIATE and COMMIT, or roll back if it raises."""
        done: T = await self._execute(self._transact, work)  # type: ignore[no-untyped-call]  # half typed
        return done

    async def ask(self, work: Callable[[Reading], Coroutine[Any, Any, T]]) -> T:
        """Run work that only reads."""
        done: T = await self._execute(self._ask, work)  # type: ignore[no-untyped-call]  # half typed
        return done

    def _ask(self, work: Callable[[Reading], Coroutine[Any, Any, T]]) -> T:
        return _finished(work(_Inside(self, self._conn)))

    def _transact(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        direct = self._conn
        try:
            direct.execute("BEGIN IMMEDIATE")
            result = _finished(work(_Inside(self, direct)))
            direct.commit()
        except BaseException:
            direct.rollback()
            raise
        return result


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine returns that waits for nothing. Raises RuntimeError if it waits."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("a transaction waits for nothing but the database")


class Database:
    """Opens the file, migrates it, and hands out transactions one at a time."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()
        self._rewritten = -1  # the count of changes then
        self._rewrite_at = 0.0

    @classmethod
    async def open(cls, path: Path, on_migration: Callable[[int], None] = lambda _: None) -> Database:
        """Open or create the file. Raises DatabaseError with a sentence for the host."""
        try:
            await asyncio.to_thread(_create_private, path)
            connection = _Connection(lambda: _connected(path), iter_chunk_size=64)
            await connection
        except (OSError, sqlite3.Error) as error:
            raise DatabaseError(f"storage: the database {path} cannot be opened ({error})") from error
        connection.row_factory = sqlite3.Row
        database = cls(connection)
        try:
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "secure_delete=ON",
                "foreign_keys=ON",
                "temp_store=MEMORY",
                "journal_size_limit=0",
            ):
                await connection.execute_fetchall(f"PRAGMA {pragma}")
            await database._migrate(path, on_migration)
            async with database.tx() as tx:  # say now, not in the middle of the work, that it is read-only
                await tx.run(f"PRAGMA user_version={await tx.value('PRAGMA user_version')}")
        except sqlite3.Error as error:
            await connection.close()
            raise DatabaseError(f"storage: the database {path} cannot be used ({error})") from error
        except BaseException:
            await connection.close()
            raise
        return database

    async def _migrate(self, path: Path, on_migration: Callable[[int], None]) -> None:
        steps = await asyncio.to_thread(migrations)
        async with self._connection.execute("PRAGMA user_version") as cursor:
            row = await cursor.fetchone()
        version = int(row[0]) if row else 0
        if version > len(steps):
            raise DatabaseError(
                f"storage: the database {path} was written by a newer Twinline "
                f"(version {version}, this program knows {len(steps)}); update the program"
            )
        for number, script in enumerate(steps[version:], version + 1):
            async with self.tx() as tx:
                for statement in statements(script):
                    await tx.run(statement)
                on_migration(number)
                await tx.run(f"PRAGMA user_version={number}")

    async def transact(self, work: Callable[[Tx], Coroutine[Any, Any, T]]) -> T:
        """A transaction in one trip to the connection's thread, where `work` runs: for what is done for each
        message, since a trip costs more than most statements. `work` may wait for nothing but its `Tx`,
        and leaves alone what belongs to the loop. If the caller is cancelled, it is finished all the same.
        """
        async with self._lock:
            return await self._connection.transact(work)

    async def ask(self, work: Callable[[Reading], Coroutine[Any, Any, T]]) -> T:
        """Several questions in one trip, as `transact` is several statements in one."""
        async with self._lock:
            return await self._connection.ask(work)

    @contextlib.asynccontextmanager
    async def tx(self) -> AsyncIterator[Tx]:
        """A transaction: committed at the end of the block, rolled back if it raises."""
        async with self._lock:
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
                yield Tx(self._connection)
                await self._connection.commit()
            except BaseException:
                await self._connection.rollback()
                raise

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[Reading]:
        """Questions that belong together: nobody writes meanwhile, and nothing has to be committed."""
        async with self._lock:
            yield Reading(self._connection)

    async def scrub(self) -> None:
        """Rewrite the file and empty the write-ahead log, so that erased words are nowhere any more.

        A file so large that this would take over a hundredth of the time is rewritten less often.
        """
        loop = asyncio.get_running_loop()
        async with self._lock:  # the answer is read: a statement left open would stop the next commit
            began, changes = loop.time(), self._connection.total_changes
            if changes != self._rewritten and began >= self._rewrite_at:
                await self._connection.execute_fetchall("VACUUM")
                self._rewritten = self._connection.total_changes
                self._rewrite_at = began + REWRITING * (loop.time() - began)
            await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close the file; what was committed is in it."""
        async with self._lock:
            with contextlib.suppress(sqlite3.Error):  # a full or read-only disk must not stop the stop
                await self._connection.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            await self._connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=LOCK_WAIT)


def _create_private(path: Path) -> None:
    """The file for its owner alone; SQLite gives its companions the same mode."""
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    elif path.is_file() and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def migrations() -> list[str]:
    """The migration scripts, in order."""
    folder = resources.files("bot.storage") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [(folder / name).read_text(encoding="utf-8") for name in names]


def statements(script: str) -> list[str]:
    """A script's statements, one by one (`executescript` would commit in between)."""
    found: list[str] = []
    part = ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            found.append(part.strip())
            part = ""
    return found
