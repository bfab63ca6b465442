"""The key store's file: nio's store, with what has to be saved together saved together.

It blocks (SQLite, a millisecond a write). What is deleted is overwritten, and nothing is written elsewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from nio.store import MatrixStore
from peewee import PeeweeException  # type: ignore[import-untyped]  # ships no types; nio's store is made of it

from bot.pipeline.ports import Unavailable


class Unsaved(Unavailable):
    """The disk does not take what has to be saved. `why` is SQLite's word for it, which names no data."""

    def __init__(self, error: Exception) -> None:
        super().__init__("the key store cannot be written")
        self.why = error


class KeyStore:
    """`keys.db` in a folder. `again` is called when what is in memory has to be read from it anew."""

    def __init__(
        self, user_id: str, device_id: str, folder: Path, key: str, again: Callable[[], None]
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / "keys.db"
        file.touch(mode=0o600)
        with closing(sqlite3.connect(file)) as database:
            database.execute("PRAGMA journal_mode=WAL")  # stays with the file; one sync to disk per commit
        self.nio = MatrixStore(user_id, device_id, str(folder), key, file.name)
        for pragma in ("synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY"):
            self.database.execute_sql(f"PRAGMA {pragma}")
        self._again = again
        self._within = False

    @property
    def database(self) -> Any:
        """nio's own connection."""
        return self.nio.database

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Everything saved within is saved in one transaction.

        Raises Unsaved if the disk does not take it; then everything is as it was.
        """
        if self._within:
            yield
            return
        self._within = True
        try:
            with self.database.atomic():
                yield
        except PeeweeException as error:
            self._again()
            raise Unsaved(error) from None
        finally:
            self._within = False

    def shrink(self) -> None:
        """See to it that what was deleted stands in no file any more."""
        self.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def rewrite(self) -> None:
        """The same for what was changed: the file may hold it in places that are free."""
        self.database.execute_sql("VACUUM")
        self.shrink()

    def close(self) -> None:
        self.database.close()
