"""Whether the key store is the newest one: a count in the store, and what remembers it apart from the store.

Keys of Olm must never be used twice. A store that was copied, and put back after the bot went on, would do
so: from then on nobody reads the bot and the bot reads nobody, without any error. So

- the store counts its changes, in the transaction of each change (`Epoch`);
- the file `device.json` beside the store's folder remembers the count, at the start, every few seconds and
  at the end: it notices a store put back alone (`Witness`);
- the account data on the homeserver remember it too, at the start and every few minutes: they notice the
  whole storage folder put back (`Remote`).

Both remember only what is on disk already and may lag behind it, so a store that is not behind what they
remember is good, and there is no false alarm after a crash. The count says nothing of the time.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from bot.matrix.http import Denied, Http, path
from bot.matrix.login import CannotStart, DamagedStore, read_json, write_secret

_KIND = "org.twinline.key_store"


class StaleStore(CannotStart):
    """The key store is gone or is an older copy than the one last used."""


class Epoch:
    """The count of changes, a table beside nio's; `database` is nio's own connection."""

    def __init__(self, database: Any) -> None:
        self._database = database
        database.execute_sql(
            "CREATE TABLE IF NOT EXISTS epoch"
            " (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL)"
        )
        database.execute_sql("INSERT OR IGNORE INTO epoch VALUES (1, 0)")

    def advance(self) -> None:
        """Count one change; belongs into the transaction of that change."""
        self._database.execute_sql("UPDATE epoch SET count = count + 1")

    def count(self) -> int:
        """The changes so far."""
        ((count,),) = self._database.execute_sql("SELECT count FROM epoch").fetchall()
        return int(count)


@dataclass(frozen=True, slots=True)
class Witness:
    """What is remembered of the device's key store: `ed25519` is the device's public key."""

    NAME: ClassVar[str] = "device.json"

    device_id: str
    ed25519: str
    count: int

    @classmethod
    def load(cls, folder: Path) -> Witness | None:
        """What the file in the storage folder says, None where there is none or it is damaged. Blocks."""
        try:
            data = read_json(folder / cls.NAME) or {}
        except DamagedStore:
            return None
        device_id, key, count = data.get("device_id"), data.get("ed25519"), data.get("count")
        if not isinstance(device_id, str) or not isinstance(key, str) or not isinstance(count, int):
            return None
        return cls(device_id, key, count)

    def keep(self, folder: Path) -> None:
        """Write it to the file. Blocks. Raises Unwritable."""
        data = {"device_id": self.device_id, "ed25519": self.ed25519, "count": self.count}
        write_secret(folder / self.NAME, json.dumps(data).encode())

    @staticmethod
    def forget(folder: Path) -> None:
        """Remove the file: another device begins. Blocks."""
        (folder / Witness.NAME).unlink(missing_ok=True)


class Remote:
    """The same in the account data of the homeserver. Calls raise Unavailable, LoggedOut."""

    def __init__(self, http: Http, user_id: str, device_id: str) -> None:
        self._http = http
        self._where = path("/user/{user}/account_data/{kind}", user=user_id, kind=_KIND)
        self._device_id = device_id

    async def count(self) -> int:
        """The count that is remembered for this device; 0 for none, and where the server keeps nothing."""
        try:
            content = await self._http.call("GET", self._where)
        except Denied:
            return 0
        count = content.get("count")
        ours = content.get("device_id") == self._device_id
        return count if ours and isinstance(count, int) and not isinstance(count, bool) else 0

    async def keep(self, count: int) -> bool:
        """Remember a count; False where the server keeps nothing."""
        try:
            await self._http.call("PUT", self._where, {"device_id": self._device_id, "count": count})
        except Denied:
            return False
        return True


def trouble(store: Path, remembered: int) -> str | None:
    """Why a key store cannot be used, looked at from outside, also while the bot runs; None if it can.

    Blocks. What is remembered has to be asked for before.
    """
    if not remembered:
        return None
    try:
        if not store.exists():
            check(0, remembered, lost=True)
        with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as database:
            ((count,),) = database.execute("SELECT count FROM epoch").fetchall()
        check(int(count), remembered)
    except StaleStore as error:
        return str(error)
    except (OSError, sqlite3.Error, ValueError):
        return f"{store} cannot be read"
    return None


def check(count: int, remembered: int, *, lost: bool = False) -> None:
    """Refuse a store that is behind what is remembered of it. Raises StaleStore."""
    if count >= remembered and not lost:
        return
    what = (
        "is gone, and the bot's device cannot be used without it"
        if lost
        else "is an old copy, and with it nobody could read the bot, nor the bot anybody"
    )
    raise StaleStore(
        f"the key store (the folder olm) {what}; `twinline identity new-device` makes a new device, and "
        "nobody is warned of it"
    )
