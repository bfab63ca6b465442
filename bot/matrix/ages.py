"""When each inbound room key was last of use, so that it can be deleted when it no longer is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

KEPT_DAYS = 30


class Ages:
    """A table beside nio's: session id → the day (days since 1970) of its last use.

    `database` is nio's own connection, so that keys and their ages are saved together.
    """

    def __init__(self, database: Any) -> None:
        self._database = database
        database.execute_sql(
            "CREATE TABLE IF NOT EXISTS ages (session_id TEXT PRIMARY KEY, day INTEGER NOT NULL)"
        )
        rows = database.execute_sql("SELECT session_id, day FROM ages").fetchall()
        self._days: dict[str, int] = {str(session_id): int(day) for session_id, day in rows}

    def due(self, session_id: str, day: int) -> bool:
        """Whether `used` has something to write."""
        return self._days.get(session_id, -1) < day

    def used(self, session_id: str, day: int) -> None:
        """The key was of use on that day; written once a day."""
        if self.due(session_id, day):
            self._days[session_id] = day
            self._database.execute_sql("INSERT OR REPLACE INTO ages VALUES (?, ?)", (session_id, day))

    def old(self, known: Iterable[str], day: int) -> list[str]:
        """Those of the known keys that were of no use for too long; a key without an age gets one."""
        found = []
        for session_id in known:
            if session_id not in self._days:
                self.used(session_id, day)
            elif self._days[session_id] < day - KEPT_DAYS:
                found.append(session_id)
        return found

    def oldest(self, sizes: Mapping[str, int], gone: set[str]) -> list[str]:
        """Those of the keys, by how much each takes, that have to go for the half to remain; oldest first."""
        left, found = sum(size for name, size in sizes.items() if name not in gone), []
        most = left // 2
        for session_id in sorted(sizes, key=lambda name: self._days.get(name, -1)):
            if left <= most or session_id in gone:
                continue
            found.append(session_id)
            left -= sizes[session_id]
        return found

    def delete(self, session_ids: Iterable[str]) -> None:
        """Delete keys and ages."""
        for session_id in session_ids:
            self._days.pop(session_id, None)
            for table in ("forwardedchains", "megolminboundsessions", "ages", "moved"):
                self._database.execute_sql(f"DELETE FROM {table} WHERE session_id = ?", (session_id,))  # noqa: S608 - our own four names
