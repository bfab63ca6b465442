"""Seeing to it that an old key store is noticed: looks at the start, remembers while the bot runs.

What is counted, and where it is remembered, stands in `epoch`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from pathlib import Path

from peewee import OperationalError, PeeweeException  # type: ignore[import-untyped]  # ships no types

from bot.log import Plain
from bot.matrix.epoch import Remote, Witness, check
from bot.matrix.http import Http
from bot.matrix.login import Account, DamagedStore, Unwritable
from bot.matrix.machine import Machine
from bot.pipeline.ports import Clock, LoggedOut, Unavailable

_KEEP_EVERY = 10.0  # seconds until the file beside the store is written anew, if anything has changed
_TELL_EVERY = 600.0  # seconds, the same for the homeserver

logger = logging.getLogger(__name__)


class Vigil:
    """For one device whose storage folder is locked: `open`, `begin`, `run` as a task, `end`."""

    def __init__(self, account: Account, folder: Path, http: Http, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._device_id = account.device_id
        self._remote = Remote(http, account.user_id, account.device_id)
        self._machine: Machine | None = None
        self._kept = -1
        self._writing: asyncio.Task[None] | None = None

    async def open(self, account: Account, key: str) -> Machine:
        """Open the key store, if it is the one last used as far as this machine knows.

        Raises StaleStore, DamagedStore, Unwritable.
        """
        known = await asyncio.to_thread(Witness.load, self._folder)
        if known is not None and known.device_id != account.device_id:
            known = None
        store = self._folder / "olm"
        if known is not None and not await asyncio.to_thread((store / "keys.db").exists):
            check(0, known.count, lost=True)
        machine = _opened(account.user_id, account.device_id, store, key)
        try:
            check(machine.epoch.count(), known.count if known is not None else 0)
        except BaseException:
            machine.close()
            raise
        self._machine = machine
        return machine

    async def begin(self) -> None:
        """Ask the homeserver what it remembers, and count this start. Comes before any change of the store.

        Raises StaleStore, Unwritable, Unavailable, LoggedOut.
        """
        if self._machine is None:
            raise RuntimeError("the key store is not open")
        check(self._machine.epoch.count(), await self._remote.count())
        with self._machine.saving():
            self._machine.epoch.advance()
        await self._keep(self._machine)

    async def run(self) -> None:
        """Remember the count again and again, until cancelled."""
        told, since = -1, _TELL_EVERY
        while self._machine is not None:
            try:
                await self._keep(self._machine)
                if since >= _TELL_EVERY and self._kept != told:
                    since = 0.0
                    if await self._remote.keep(self._kept):
                        told = self._kept
            except Unwritable:
                logger.warning("%s cannot be written", self._folder / Witness.NAME)
            except (Unavailable, LoggedOut) as error:
                logger.info("the homeserver cannot be told of the key store's state: %s", Plain(error))
            await self._clock.sleep(_KEEP_EVERY)
            since += _KEEP_EVERY

    async def end(self) -> None:
        """Remember the last count, and close the store."""
        if self._machine is None:
            return
        machine, self._machine = self._machine, None
        if self._writing is not None:
            await asyncio.wait([self._writing])
        with contextlib.suppress(Unwritable):
            await self._keep(machine)
        machine.close()

    async def _keep(self, machine: Machine) -> None:
        count = machine.epoch.count()
        if count != self._kept:
            witness = Witness(self._device_id, machine.ed25519, count)
            self._writing = asyncio.create_task(asyncio.to_thread(witness.keep, self._folder))
            await asyncio.shield(self._writing)  # a thread goes on when it is cancelled
            self._kept = count


def _opened(user_id: str, device_id: str, folder: Path, key: str) -> Machine:
    try:
        return Machine(user_id, device_id, folder, key)
    except (OSError, OperationalError, sqlite3.OperationalError) as error:
        raise not_saved(folder, error) from None
    except (ValueError, PeeweeException, sqlite3.DatabaseError):
        raise DamagedStore(
            f"the key store {folder} cannot be opened: it is damaged, or was written with another secret "
            "file; put back the right one, or let `twinline identity new-device` make a new device"
        ) from None


def not_saved(folder: Path, error: Exception) -> Unwritable:
    """The sentence for a key store that the disk does not take. SQLite's own words name no data."""
    why = error.strerror if isinstance(error, OSError) else error
    return Unwritable(f"the key store {folder} cannot be written ({why}); nothing in it was changed")
