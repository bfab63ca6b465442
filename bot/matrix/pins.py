"""Which identity of each person was seen first, in a file of its own: it outlives the device's key store.

`pins.json` in the storage folder, mode 0600: user → [public master key, day (since 1970) on which it was
last seen]. What was not seen for a year is forgotten when the file is read.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from bot.matrix.login import DamagedStore, Unwritable, read_json, write_secret
from bot.pipeline.ports import Unavailable

KEPT_DAYS = 365

_FRESH_DAYS = 30  # the day is written anew when it is older than that


class Pins:
    """The pinned identities. `day` is today, in days since 1970."""

    NAME = "pins.json"

    def __init__(self, file: Path, pinned: dict[str, tuple[str, int]]) -> None:
        self._file = file
        self._pinned = pinned
        self._changed = False
        self._writing = asyncio.Lock()

    @classmethod
    def load(cls, folder: Path, day: int) -> Pins:
        """Read the file, if there is one. Blocks. Raises DamagedStore."""
        file = folder / cls.NAME
        data = read_json(file) or {}
        pinned: dict[str, tuple[str, int]] = {}
        for user_id, entry in data.items():
            master, seen = entry if isinstance(entry, list) and len(entry) == 2 else (None, None)
            if not isinstance(master, str) or not isinstance(seen, int):
                raise DamagedStore(
                    f"{file} is damaged, and without it a changed identity would pass for a known one: put "
                    "back a copy, or remove the file if there is none, and every identity counts as new"
                )
            if seen >= day - KEPT_DAYS:
                pinned[user_id] = (master, seen)
        return cls(file, pinned)

    def of(self, user_id: str) -> str | None:
        """The pinned public master key of a person."""
        found = self._pinned.get(user_id)
        return found[0] if found is not None else None

    def pin(self, user_id: str, master: str, day: int) -> None:
        """From now on this is the person's identity; `save` makes it last."""
        known = self._pinned.get(user_id)
        if known is None or known[0] != master or known[1] < day - _FRESH_DAYS:
            self._pinned[user_id] = (master, day)
            self._changed = True

    async def save(self) -> None:
        """Write the file if anything has changed. Raises Unavailable if the disk does not take it."""
        async with self._writing:
            if not self._changed:
                return
            self._changed = False
            data: dict[str, Any] = {user_id: list(entry) for user_id, entry in self._pinned.items()}
            try:
                await asyncio.to_thread(write_secret, self._file, json.dumps(data).encode())
            except Unwritable:
                self._changed = True
                raise Unavailable("the pinned identities cannot be written") from None
            except BaseException:
                self._changed = True
                raise
