"""One Matrix session: locks the storage folder, logs in once, makes itself known, and offers both ports."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.log import Plain
from bot.matrix.backoff import pause
from bot.matrix.crypto import Crypto
from bot.matrix.enrol import enrol
from bot.matrix.http import Http
from bot.matrix.inbound import Reader
from bot.matrix.login import (
    Account,
    check_account,
    first_login,
    lock_folder,
    pickle_key,
    stored_account,
)
from bot.matrix.machine import Machine
from bot.matrix.outbound import MatrixTransport
from bot.matrix.rooms import Rooms
from bot.matrix.sync import Seen, SyncLoop
from bot.pipeline.ports import Clock, Unavailable

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SessionSettings:
    """What a session needs to know.

    `homeserver` is the base address, `user` a full id or a localpart. `password` is asked at the first
    login, and once more only if the server wants it for the identity; it may block. `storage` is a
    folder of the bot's own. `pickle_key` encrypts the key store; without one it is made and kept there.
    """

    homeserver: str
    user: str
    password: Callable[[], str]
    storage: Path
    pickle_key: str | None = None
    device_name: str = "Twinline"


class MatrixSession:
    """`start`, then use `inbound` and `transport`, then `close`. `pinned` rooms are known to be encrypted."""

    def __init__(
        self, settings: SessionSettings, clock: Clock, seen: Seen, pinned: Iterable[str] = ()
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._seen = seen
        self._rooms = Rooms(pinned)
        self._http = Http(settings.homeserver)
        self._lock: int | None = None
        self._machine: Machine | None = None
        self._inbound: SyncLoop | None = None
        self._transport: MatrixTransport | None = None

    @property
    def inbound(self) -> SyncLoop:
        """The way in, after `start`."""
        if self._inbound is None:
            raise RuntimeError("the session has not started")
        return self._inbound

    @property
    def transport(self) -> MatrixTransport:
        """The way out, after `start`."""
        if self._transport is None:
            raise RuntimeError("the session has not started")
        return self._transport

    @property
    def last_sync(self) -> datetime | None:
        """When the last batch was handled, for `health`."""
        return self._inbound.last_sync if self._inbound is not None else None

    async def start(self) -> None:
        """Lock, log in, publish keys and identity. Waits for a homeserver that is away, except before
        the first login.

        Raises CannotStart (with a sentence for the host), LoggedOut, and Unavailable before the first login.
        """
        storage = self._settings.storage
        self._lock = await asyncio.to_thread(lock_folder, storage)
        try:
            account = await stored_account(storage, self._settings.user)
            fresh = account is None
            if account is None:
                settings = self._settings
                account = await first_login(
                    self._http, storage, settings.user, settings.password, settings.device_name
                )
            key = self._settings.pickle_key
            if key is None:
                key = await asyncio.to_thread(pickle_key, storage)
            await self._come_up(account, key, fresh=fresh)
        except BaseException:
            await self.close()
            raise

    async def _come_up(self, account: Account, key: str, *, fresh: bool) -> None:
        self._http.token = account.token
        machine = Machine(account.user_id, account.device_id, self._settings.storage / "olm", key)
        self._machine = machine
        crypto = Crypto(machine, self._http, self._clock)
        failures = 0
        while True:
            try:
                if not fresh:
                    await check_account(self._http, account)
                await enrol(
                    self._http, machine, crypto.publish, self._settings.storage, self._settings.password
                )
                break
            except Unavailable as error:
                failures += 1
                wait = pause(failures, error.retry_after)
                logger.warning("the homeserver is away: %s; next try in %.0f s", Plain(error), wait)
                await self._clock.sleep(wait)
        reader = Reader(account.user_id, crypto)
        self._inbound = SyncLoop(self._http, crypto, self._rooms, reader, self._clock, self._seen)
        self._transport = MatrixTransport(self._http, machine, crypto, self._rooms, reader, self._clock)
        logger.info("the session of %s has started, device %s", account.user_id, Plain(account.device_id))

    async def close(self) -> None:
        """End the connections and let go of the storage folder. Never logs out."""
        await self._http.close()
        if self._machine is not None:
            self._machine.close()
            self._machine = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
