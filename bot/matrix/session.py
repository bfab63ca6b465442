"""One Matrix session: locks the storage folder, logs in once, makes itself known, and offers both ports."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from bot.log import Plain
from bot.matrix.backoff import pause
from bot.matrix.consent import Consent, in_log
from bot.matrix.crypto import Crypto
from bot.matrix.enrol import enrol
from bot.matrix.guard import Guard
from bot.matrix.http import Http
from bot.matrix.inbound import Reader
from bot.matrix.login import (
    Account,
    CannotStart,
    check_account,
    clock_ahead,
    first_login,
    lock_folder,
    pickle_key,
    stored_account,
)
from bot.matrix.opening import Drop
from bot.matrix.outbound import MatrixTransport
from bot.matrix.pins import Pins
from bot.matrix.rooms import Rooms
from bot.matrix.seeds import Seeds
from bot.matrix.sharing import AudienceOf, signed_only
from bot.matrix.store import Unsaved
from bot.matrix.sync import Seen, SyncLoop
from bot.matrix.trust import Trust
from bot.matrix.vigil import Vigil, not_saved
from bot.pipeline.ports import Clock, Refused, Unavailable

_CLOCK_OFF = timedelta(minutes=5)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class SessionSettings:
    """What a session needs to know.

    `homeserver` is the base address, `user` a full id or a localpart. `password` is asked at the first
    login, and once more only if the server wants it for the identity; it may block. `storage` is a
    folder of the bot's own. `secret` encrypts the key store and the seeds of the identity; without one it
    is made and kept there. `show` is given the address of a page that the host has to open.
    """

    homeserver: str
    user: str
    password: Callable[[], str]
    storage: Path
    secret: str | None = None
    device_name: str = "Twinline"
    show: Callable[[str], None] = in_log

    def whole_secret(self) -> str:
        """The secret given, or the one in the storage folder. Blocks. Raises DamagedStore, Unwritable."""
        return pickle_key(self.storage) if self.secret is None else self.secret


class MatrixSession:
    """`start`, then use `inbound` and `transport`, then `close`.

    `pinned` rooms are known to be encrypted. `audience` says who is given a room's keys; it is asked
    before each message.
    """

    def __init__(
        self,
        settings: SessionSettings,
        clock: Clock,
        seen: Seen,
        pinned: Iterable[str] = (),
        audience: AudienceOf = signed_only,
    ) -> None:
        self._settings = settings
        self._audience = audience
        self._clock = clock
        self._seen = seen
        self._rooms = Rooms(pinned)
        self._http = Http(settings.homeserver)
        self._lock: int | None = None
        self._vigil: Vigil | None = None
        self._guard: Guard | None = None
        self._watching: asyncio.Task[None] | None = None
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

    @property
    def trouble(self) -> str | None:
        """Why there is no batch, for `health`."""
        return self._inbound.trouble if self._inbound is not None else None

    @property
    def dropped(self) -> Counter[Drop]:
        """How much of what came in was dropped since the start, by reason; for `health`."""
        return self._guard.dropped if self._guard is not None else Counter()

    async def start(self) -> None:
        """Lock, log in, publish keys and identity. Waits for a homeserver that is away, except before
        the first login.

        Raises CannotStart (with a sentence for the host), LoggedOut, and Unavailable before the first login.
        """
        storage = self._settings.storage
        self._lock = await asyncio.to_thread(lock_folder, storage)
        try:
            secret = await asyncio.to_thread(self._settings.whole_secret)
            account = await stored_account(storage, self._settings.user)
            fresh = account is None
            if account is None:
                settings = self._settings
                account = await first_login(
                    self._http, storage, settings.user, settings.password, settings.device_name
                )
            await self._come_up(account, secret, fresh=fresh)
        except BaseException:
            await self.close()
            raise

    async def _come_up(self, account: Account, secret: str, *, fresh: bool) -> None:
        storage = self._settings.storage
        self._http.token = account.token
        self._vigil = Vigil(account, storage, self._http, self._clock)
        machine = await self._vigil.open(account, secret)
        self._guard = machine.guard
        now = self._clock.now()
        pins = await asyncio.to_thread(Pins.load, storage, int(now.timestamp() // 86_400))
        trust = Trust(account.user_id, machine.signed, pins)
        crypto = Crypto(machine, trust, self._http, self._clock, self._audience)
        seeds = Seeds(storage, secret)
        consent = Consent(self._settings.password, self._clock, self._settings.show)
        failures = 0
        while True:
            try:
                if not fresh:
                    await check_account(self._http, account)
                await self._vigil.begin()
                identity = await enrol(self._http, machine, crypto.publish, seeds, consent)
                await trust.own(identity.master_public, now)
                break
            except Unsaved as error:
                raise not_saved(storage / "olm", error.why) from None
            except Refused as error:
                raise CannotStart(f"{error}, and without that the bot cannot start") from None
            except Unavailable as error:
                failures += 1
                wait = pause(failures, error.retry_after)
                logger.warning("the homeserver is away: %s; next try in %.0f s", Plain(error), wait)
                await self._clock.sleep(wait)
        self._compare_clocks()
        self._watching = asyncio.create_task(self._vigil.run(), name="vigil")
        reader = Reader(account.user_id, crypto, machine.guard)
        self._inbound = SyncLoop(self._http, crypto, self._rooms, reader, self._clock, self._seen)
        transport = MatrixTransport(self._http, machine, crypto, self._rooms, reader, self._clock)
        decline = partial(crypto.verification.answer, crypto.envelopes, transport.decline_verification)
        self._inbound.chores = (crypto.keep_up, decline)
        self._transport = transport
        logger.info("the session of %s has started, device %s", account.user_id, Plain(account.device_id))

    def _compare_clocks(self) -> None:
        """Say when this machine's clock is far from the homeserver's: dates and reminders go by it."""
        ahead = clock_ahead(self._http, self._clock.now())
        if abs(ahead) > _CLOCK_OFF:
            logger.warning(
                "the clock of this machine is %d minutes %s the homeserver's: set it right, or dates and "
                "reminders are off by as much",
                abs(ahead).total_seconds() // 60,
                Plain("ahead of" if ahead > timedelta() else "behind"),
            )

    async def close(self) -> None:
        """End the connections and let go of the storage folder. Never logs out."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        await self._http.close()
        if self._vigil is not None:
            await self._vigil.end()
            self._vigil = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
