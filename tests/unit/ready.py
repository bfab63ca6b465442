"""What nearly every unit test stands on and none changes: the catalogs, compiled once, and a database as it
is after all migrations, made once and then copied.

The copy is opened as any other. It does not wait for the disk: a test cannot see whether a commit outlives a
power cut, and what a kill leaves behind is looked at where processes are killed.
"""

from __future__ import annotations

import asyncio
import tempfile
from functools import cache
from pathlib import Path

from bot.i18n import Catalogs
from bot.storage.db import Database

_empty: list[bytes] = []


@cache
def _compiled() -> Catalogs:
    return Catalogs.load()


async def catalogs() -> Catalogs:
    """The catalogs of the program."""
    return await asyncio.to_thread(_compiled)


async def database(path: Path) -> Database:
    """The database of that path, as it was left; where there is none, an empty one."""
    if not _empty:
        with tempfile.TemporaryDirectory() as folder:
            first = Path(folder) / "first.db"
            await (await Database.open(first)).close()
            _empty.append(first.read_bytes())
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_empty[0])
    found = await Database.open(path)
    await found._connection.execute_fetchall("PRAGMA synchronous=OFF")
    return found
