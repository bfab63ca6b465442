"""The guard between the server and everything else: what it drops, and what it remembers for that.

- A ciphertext counts once, also after a restart: the memory lasts as long as the key that would open it.
- A payload that broke its reading, or killed the process, three times is not looked at again.
- What is dropped is counted, and logged by its id; a flood fills no log.

Both memories have to survive the process, not a loss of power: what comes from before one is known by its
event id. So nothing here waits for the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from peewee import PeeweeException  # type: ignore[import-untyped]  # ships no types; nio's store is made of it

from bot.log import Plain
from bot.matrix.opening import Drop, Forged, NoKey
from bot.matrix.wire import shown_id
from bot.pipeline.ports import LoggedOut, Refused, Unavailable

MOST_TRIES = 3

_LOGGED = 5  # of a kind; then every doubling
_KEPT_TRIES = 1000
_LARGEST = 64 * 1024 * 1024  # bytes; about a million ciphertexts

logger = logging.getLogger(__name__)


class Guard:
    """Keeps its memory in `folder`. `dropped` counts since the start. Everything blocks, for microseconds."""

    def __init__(self, folder: Path) -> None:
        file = folder / "guard.db"
        file.touch(mode=0o600)
        self._database = sqlite3.connect(file, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "secure_delete=ON"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS opened"
            " (session TEXT, number INTEGER, event INTEGER, PRIMARY KEY (session, number)) WITHOUT ROWID"
        )
        self._database.execute("CREATE TABLE IF NOT EXISTS tries (payload TEXT PRIMARY KEY, count INTEGER)")
        self._reading = os.open(folder / "reading", os.O_RDWR | os.O_CREAT, 0o600)
        self._new: dict[tuple[str, int], int] = {}
        self._open: set[str] | None = None  # sessions of which something is being handled; None: all may be
        self._tries = dict(self._database.execute("SELECT payload, count FROM tries").fetchall())
        self.dropped: Counter[Drop] = Counter()
        died = os.pread(self._reading, 64, 0).decode("ascii", "replace").strip()
        if died:
            self._failed(died)
        self._mark("")

    def close(self) -> None:
        """What is not saved belongs to a batch that was never handed over, and comes again."""
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1
        self._database.close()

    def drop(self, why: Drop, what: object) -> None:
        """Count something dropped; `what` is its id or its sender, as the server gave it."""
        self.dropped[why] += 1
        count = self.dropped[why]
        if count <= _LOGGED or count & (count - 1) == 0:
            logger.warning("dropped %s: %s (%d so far)", shown_id(what), Plain(why), count)

    # -- ciphertexts

    def first(self, session_id: str, index: int, event_id: str) -> bool:
        """Whether this ciphertext belongs to this event: it was not opened before as another one."""
        event = int.from_bytes(hashlib.sha256(event_id.encode()).digest()[:8], signed=True)
        known = self._new.get((session_id, index))
        if known is None:
            found = self._database.execute(
                "SELECT event FROM opened WHERE session = ? AND number = ?", (session_id, index)
            ).fetchone()
            known = found[0] if found is not None else None
        if known is None:
            self._new[session_id, index] = event
        if self._open is not None:
            self._open.add(session_id)
        return known in (None, event)

    def save(self) -> None:
        """Make what was opened last; comes before anything is done with it. Raises Unavailable."""
        if not self._new:
            return
        rows = [(*key, event) for key, event in self._new.items()]
        try:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR IGNORE INTO opened VALUES (?, ?, ?)", rows)
            self._database.execute("COMMIT")
        except sqlite3.Error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise Unavailable("the memory of what was read cannot be written") from None
        self._new.clear()

    def handled(self) -> None:
        """All that was opened so far has been handled."""
        self._open = set()

    def next(self, session_id: str) -> int:
        """The number of the first ciphertext of a session that has not been opened.

        Raises Unavailable while one is being handled, which may have to be opened again.
        """
        if self._open is None or session_id in self._open:
            raise Unavailable("a message of the room is being handled")
        found = self._database.execute(
            "SELECT MAX(number) FROM opened WHERE session = ?", (session_id,)
        ).fetchone()[0]
        return 0 if found is None else int(found) + 1

    def forget(self, session_ids: Iterable[str]) -> None:
        """The keys of these sessions are gone, and with them what the disk says of who wrote how much."""
        gone = [(session_id,) for session_id in session_ids]
        if not gone:
            return
        with contextlib.suppress(sqlite3.Error):  # a row too many harms nobody
            self._database.executemany("DELETE FROM opened WHERE session = ?", gone)
            self._database.execute("VACUUM")  # pages keep pieces of rows that were moved
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def crowded(self) -> dict[str, int]:
        """The ciphertexts of each session if they are more than the memory should hold, else nothing."""
        pages, size = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size")
        )
        if pages * size < _LARGEST:
            return {}
        return dict(
            self._database.execute("SELECT session, COUNT(*) FROM opened GROUP BY session").fetchall()
        )

    # -- payloads

    @contextlib.contextmanager
    def reading(self, payload: str, what: object) -> Iterator[bool]:
        """Read a payload within; False if it is not to be looked at. What breaks the reading is counted, and
        raised no further."""
        name = hashlib.sha256(payload.encode("utf-8", "replace")).hexdigest()
        if self._tries.get(name, 0) >= MOST_TRIES:
            self.drop(Drop.BROKE, what)
            yield False
            return
        self._mark(name)
        try:
            yield True
        except BaseException as error:
            if not _breaks(error):
                raise
            self._failed(name)
            self.drop(Drop.BROKE, what)
        finally:
            self._mark("")

    def _mark(self, name: str) -> None:
        """Note what is being read, for the next start if this is the end."""
        with contextlib.suppress(OSError):  # a full disk
            os.pwrite(self._reading, name.ljust(64).encode(), 0)

    def _failed(self, name: str) -> None:
        self._tries[name] = self._tries.get(name, 0) + 1
        with contextlib.suppress(sqlite3.Error):  # a full disk: it is counted in memory all the same
            self._database.execute(
                "INSERT INTO tries VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (name,)
            )
            self._database.execute(
                "DELETE FROM tries WHERE rowid <= (SELECT MAX(rowid) FROM tries) - ?", (_KEPT_TRIES,)
            )


def _breaks(error: BaseException) -> bool:
    """Whether the payload is to blame. The library of keys raises its panics outside of Exception."""
    expected = (Forged, NoKey, PeeweeException, sqlite3.Error, Unavailable, Refused, LoggedOut)
    broken = isinstance(error, Exception) and not isinstance(error, expected)
    return broken or type(error).__name__ == "PanicException"
