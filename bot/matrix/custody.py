"""What the host does with the bot's identity by hand: look, write a recovery key, adopt with one, new device.

`show` and `backup` work beside the running bot; the others want it stopped. Everything raises CannotStart
with a sentence for the host, Unavailable, and LoggedOut; then nothing is lost, and it can be tried again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from bot.matrix import recovery
from bot.matrix.enrol import ForeignIdentity, foreign
from bot.matrix.epoch import Remote, Witness, trouble
from bot.matrix.http import Http
from bot.matrix.identity import CrossSigning, public_key, verify_device
from bot.matrix.login import (
    Account,
    CannotStart,
    DamagedStore,
    clock_ahead,
    first_login,
    keep_account,
    lock_folder,
    log_in,
    log_out,
    pickle_key,
    stored_account,
)
from bot.matrix.secret_storage import SecretStorage, StorageKey
from bot.matrix.seeds import Seeds
from bot.matrix.session import MatrixSession, SessionSettings
from bot.pipeline.ports import Clock, Refused

Json: TypeAlias = "dict[str, Any]"

_PARTS = ("master", "self_signing", "user_signing")
_NAMES = tuple(f"m.cross_signing.{part}" for part in _PARTS)


class HasKey(CannotStart):
    """The account has a recovery key already."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """The bot's identity as this machine and the homeserver see it. No secrets."""

    user_id: str
    device_id: str
    device_key: str | None
    """The device's public key as the key store had it when it was last used."""
    master: str | None
    """The public master key of the seeds in the storage folder."""
    server_master: str | None
    signed: bool
    recovery_key: str | None
    """The id of the recovery key under which the homeserver keeps this identity's secrets."""
    clock_ahead: timedelta
    store: str | None = None
    """Why the device's key store cannot be used; None if it can."""

    @property
    def well(self) -> bool:
        """Whether people can trust the device, and the bot can start with it."""
        ours = self.master is not None and self.master == self.server_master
        return self.signed and ours and self.store is None


class Custody:
    """The identity of the bot with these settings."""

    def __init__(self, settings: SessionSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._folder = settings.storage

    async def show(self) -> Portrait:
        """How things stand."""
        async with self._connected() as (http, account):
            seeds = await asyncio.to_thread(self._seeds)
            identity = await asyncio.to_thread(seeds.load, account.user_id)
            witness = await asyncio.to_thread(Witness.load, self._folder)
            answer = await _own_keys(http, account.user_id)
            storage = SecretStorage(http, account.user_id)
            key = await storage.default_key()
            held = key is not None and all([await storage.holds(key, name) for name in _NAMES])
            fits = witness is not None and witness.device_id == account.device_id
            remembered = await Remote(http, account.user_id, account.device_id).count()
            if witness is not None and fits:
                remembered = max(remembered, witness.count)
            master = identity.master_public if identity is not None else None
            return Portrait(
                account.user_id,
                account.device_id,
                witness.ed25519 if witness is not None and fits else None,
                master,
                _server_key(answer, account.user_id, "master"),
                master is not None and verify_device(answer, account.user_id, account.device_id, master),
                key.key_id if key is not None and held else None,
                clock_ahead(http, self._clock.now()),
                await asyncio.to_thread(trouble, self._folder / "olm" / "keys.db", remembered),
            )

    async def backup(self, *, replace: bool = False) -> str:
        """Store the seeds on the homeserver, encrypted with a new recovery key; returns that key.

        Raises HasKey if there is one already, unless it is to be replaced.
        """
        async with self._connected() as (http, account):
            seeds = await asyncio.to_thread(self._seeds)
            identity = await asyncio.to_thread(seeds.load, account.user_id)
            if identity is None:
                raise CannotStart(f"{account.user_id} has no identity yet: start the bot once")
            if _server_key(await _own_keys(http, account.user_id), account.user_id, "master") != (
                identity.master_public
            ):
                raise ForeignIdentity(foreign(account.user_id, seeds))
            storage = SecretStorage(http, account.user_id)
            if not replace and await storage.default_id() is not None:
                raise HasKey(
                    f"{account.user_id} has a recovery key already; with --replace a new one is made, and "
                    "the old one opens this identity no more"
                )
            raw = await storage.write(dict(zip(_NAMES, _values(identity), strict=True)))
            return recovery.encode(raw)

    async def recover(self, ask: Callable[[bool], str]) -> Path | None:
        """Fetch the seeds with the recovery key, keep them here, and sign the device with them.

        `ask` returns what the host types, and is told whether a passphrase will do as well; it may block.
        Returns where the seeds are that were here before, if they were others.
        """
        async with self._held():
            if self._settings.secret is None:
                await asyncio.to_thread(pickle_key, self._folder, anew=True)
            seeds = await asyncio.to_thread(self._seeds)
            async with self._connected(login=True) as (http, account):
                identity = await self._fetch(http, account, ask)
            aside = await asyncio.to_thread(_swap, seeds, account.user_id, identity)
        await self._enrol()
        return aside

    async def new_device(self) -> bool:
        """Log in anew, with an empty key store, and sign the device with the identity that is here.

        Returns whether the old device was ended; if not, the host can end it with any client.
        """
        async with self._held():
            seeds = await asyncio.to_thread(self._seeds)
            if not await asyncio.to_thread(seeds.file.exists):
                raise CannotStart(
                    f"there is no identity in {self._folder} that could sign a new device; `twinline "
                    "identity recover` fetches it with the recovery key"
                )
            try:
                old = await stored_account(self._folder, self._settings.user)
            except DamagedStore:
                old = None
            async with self._connection() as http:
                new = await log_in(
                    http, self._settings.user, self._settings.password, self._settings.device_name
                )
                http.token = new.token
                try:
                    await self._may_sign(http, new, seeds)
                    await asyncio.to_thread(self._change, new)
                except BaseException:
                    await log_out(http, new)
                    raise
                ended = old is None or await log_out(http, old)
        await self._enrol()
        return ended

    def _seeds(self) -> Seeds:
        return Seeds(self._folder, self._settings.whole_secret())

    def _change(self, account: Account) -> None:
        """The new device's account takes the old one's place, and the old key store goes. Blocks."""
        store, old = self._folder / "olm", self._folder / "olm.old"
        shutil.rmtree(old, ignore_errors=True)
        if store.exists():
            store.rename(old)
        try:
            keep_account(self._folder, account)
        except BaseException:
            if old.exists():
                old.rename(store)
            raise
        Witness.forget(self._folder)
        shutil.rmtree(old, ignore_errors=True)

    async def _may_sign(self, http: Http, account: Account, seeds: Seeds) -> None:
        identity = await asyncio.to_thread(seeds.load, account.user_id)
        server = _server_key(await _own_keys(http, account.user_id), account.user_id, "master")
        if server is not None and (identity is None or identity.master_public != server):
            raise ForeignIdentity(foreign(account.user_id, seeds))

    async def _fetch(self, http: Http, account: Account, ask: Callable[[bool], str]) -> CrossSigning:
        storage = SecretStorage(http, account.user_id)
        key = await storage.default_key()
        if key is None:
            raise CannotStart(
                f"{account.user_id} has no recovery key: nobody has stored its identity on the homeserver"
            )
        typed = await asyncio.to_thread(ask, key.passphrase is not None)
        raw = await asyncio.to_thread(_key_typed, typed, key)
        secrets = await storage.read(key, raw, _NAMES)
        try:
            identity = CrossSigning.from_json(dict(zip(_PARTS, secrets.values(), strict=True)))
        except ValueError:
            raise CannotStart(f"the secret storage of {account.user_id} holds no usable identity") from None
        answer = await _own_keys(http, account.user_id)
        public = identity.upload_body(account.user_id)
        for part in _PARTS[:2]:
            shown = _server_key(answer, account.user_id, part)
            if shown is not None and shown != public_key(public[f"{part}_key"], account.user_id, part):
                raise CannotStart(
                    f"the secret storage of {account.user_id} holds another identity than the homeserver "
                    "shows; let the client that made the newer one store it anew"
                )
        return identity

    async def _enrol(self) -> None:
        """Start as the bot does, which signs the device, and stop."""
        session = MatrixSession(self._settings, self._clock, _nothing_seen)
        await session.start()
        await session.close()

    @asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        lock = await asyncio.to_thread(lock_folder, self._folder)
        try:
            yield
        finally:
            os.close(lock)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Http]:
        http = Http(self._settings.homeserver)
        try:
            yield http
        except Refused as error:
            raise CannotStart(f"{error}, and without that it cannot be done") from None
        finally:
            await http.close()

    @asynccontextmanager
    async def _connected(self, *, login: bool = False) -> AsyncIterator[tuple[Http, Account]]:
        settings = self._settings
        account = await stored_account(self._folder, settings.user)
        if account is None and not login:
            raise CannotStart(f"the bot has not logged in here yet: start it once ({self._folder})")
        async with self._connection() as http:
            if account is None:
                account = await first_login(
                    http, self._folder, settings.user, settings.password, settings.device_name
                )
            http.token = account.token
            yield http, account


async def _nothing_seen(_: Sequence[str]) -> set[str]:
    return set()


async def _own_keys(http: Http, user_id: str) -> Json:
    return await http.call("POST", "/keys/query", {"device_keys": {user_id: []}})


def _server_key(answer: Json, user_id: str, usage: str) -> str | None:
    keys = answer.get(f"{usage}_keys")
    return public_key(keys.get(user_id), user_id, usage) if isinstance(keys, dict) else None


def _values(identity: CrossSigning) -> list[str]:
    seeds = identity.to_json()
    return [seeds[part] for part in _PARTS]


def _key_typed(typed: str, key: StorageKey) -> bytes:
    """The key that was typed as such, or made from what was typed. Raises CannotStart."""
    how = key.passphrase
    try:
        raw = recovery.decode(typed)
    except recovery.Mistyped as error:
        if how is None:
            raise CannotStart(f"{error}; nothing was changed") from None
        try:
            raw = recovery.from_passphrase(typed.strip("\r\n"), how)
        except ValueError as unknown:
            raise CannotStart(f"{unknown}: type the recovery key itself") from None
        if not key.fits(raw):
            raise CannotStart(
                "that is neither the recovery key nor the passphrase; nothing was changed"
            ) from None
    if not key.fits(raw):
        raise CannotStart("that is a recovery key, but not the one of this account; nothing was changed")
    return raw


def _swap(seeds: Seeds, user_id: str, identity: CrossSigning) -> Path | None:
    """Keep the identity; returns where the one before is, if that was another or cannot be read. Blocks."""
    try:
        if seeds.load(user_id) == identity:
            return None
    except DamagedStore:
        pass
    aside = seeds.copy_aside()
    try:
        seeds.keep(user_id, identity)
    except BaseException:
        if aside is not None:
            aside.unlink(missing_ok=True)
        raise
    return aside
