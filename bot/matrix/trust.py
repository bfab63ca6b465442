"""Whose devices are their owner's own: what the server shows of identities, compared with what is pinned.

Rules, with those of `bot.domain.trust`:
- A master key counts as soon as it is well-formed: a new one cannot hide behind a broken signature.
- A changed identity stays changed until the pinned one is shown again or the new one is acknowledged, also
  when the server shows none at all meanwhile.
- A device that is gone counts as what it was for a few minutes more: what it wrote before it went may come
  in the same answer as the news that it went.

What a device was is kept beside the keys in the key store, so that a server out of reach changes nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from nio.crypto import OlmDevice

from bot.domain.trust import Policy, Standing, counts
from bot.matrix.identity import public_key, verify_signature
from bot.matrix.pins import Pins
from bot.matrix.wire import derived_id

GONE_COUNTS_FOR = timedelta(minutes=10)

_FORGOTTEN_AFTER = 86_400  # seconds since a device went


@dataclass(frozen=True, slots=True)
class Identity:
    """The public keys of a person's identity; `self_signing` is None unless the master has signed it."""

    master: str
    self_signing: str | None

    def signed(self, payload: Mapping[str, Any], user_id: str) -> bool:
        """Whether the identity has signed a device's keys, as `POST /keys/query` shows them."""
        own = self.self_signing
        return own is not None and verify_signature(payload, user_id, f"ed25519:{own}", own)


def identity_of(user_id: str, master_key: object, self_signing_key: object) -> Identity | None:
    """The identity in the parts of an answer to `POST /keys/query`; None if it shows none."""
    top = public_key(master_key, user_id, "master")
    if top is None:
        return None
    own = public_key(self_signing_key, user_id, "self_signing")
    if own is None or not isinstance(self_signing_key, Mapping):
        return Identity(top, None)
    valid = verify_signature(self_signing_key, user_id, f"ed25519:{top}", top)
    return Identity(top, own if valid else None)


@dataclass(frozen=True, slots=True)
class _Signed:
    """A device (by its two keys) that the identity `master` has signed; `gone` in seconds since 1970."""

    keys: str
    master: str
    gone: int | None = None


class Signed:
    """Tables beside nio's: the identity that each person shows, and the devices that are signed by it.

    `database` is nio's own connection.
    """

    def __init__(self, database: Any) -> None:
        self._database = database
        database.execute_sql(
            "CREATE TABLE IF NOT EXISTS shown (user_id TEXT PRIMARY KEY, master TEXT NOT NULL)"
        )
        database.execute_sql(
            "CREATE TABLE IF NOT EXISTS signed (user_id TEXT, device_id TEXT, keys TEXT NOT NULL,"
            " master TEXT NOT NULL, gone INTEGER, PRIMARY KEY (user_id, device_id))"
        )
        self.shown: dict[str, str] = dict(
            database.execute_sql("SELECT user_id, master FROM shown").fetchall()
        )
        self.devices: dict[str, dict[str, _Signed]] = {}
        for user_id, device_id, *rest in database.execute_sql("SELECT * FROM signed").fetchall():
            self.devices.setdefault(user_id, {})[device_id] = _Signed(*rest)

    def replace(self, user_id: str, master: str | None, devices: dict[str, _Signed]) -> None:
        """What is known of a person from now on; writes only what is new."""
        if self.shown.get(user_id) == master and self.devices.get(user_id, {}) == devices:
            return
        with self._database.atomic():
            self._database.execute_sql("DELETE FROM shown WHERE user_id = ?", (user_id,))
            self._database.execute_sql("DELETE FROM signed WHERE user_id = ?", (user_id,))
            if master is not None:
                self._database.execute_sql("INSERT INTO shown VALUES (?, ?)", (user_id, master))
            for device_id, row in devices.items():
                values = (user_id, device_id, row.keys, row.master, row.gone)
                self._database.execute_sql("INSERT INTO signed VALUES (?, ?, ?, ?, ?)", values)
        self.shown.pop(user_id, None)
        if master is not None:
            self.shown[user_id] = master
        self.devices[user_id] = devices


def change_id(user_id: str, master: str) -> str:
    """The id of the event that tells that a person has this identity now."""
    return derived_id("identity", user_id, master)


def _keys(device: OlmDevice) -> str:
    return f"{device.ed25519} {device.curve25519}"


def _day(now: datetime) -> int:
    return int(now.timestamp() // 86_400)


class Trust:
    """What is known of everybody's identity. `version` changes with it."""

    def __init__(self, me: str, signed: Signed, pins: Pins) -> None:
        self._me = me
        self._signed = signed
        self._pins = pins
        self.version = 0
        self.changed: dict[str, str] = {}
        """People whose identity was found changed, with the new master key, until `told`."""
        self.news = asyncio.Event()
        """Set while there is something in `changed`."""
        self._told: dict[str, str] = {}

    async def own(self, master: str, now: datetime) -> None:
        """The bot's own identity, which it holds itself. Raises Unavailable."""
        self._pins.pin(self._me, master, _day(now))
        await self._pins.save()

    def learn(
        self, user_id: str, identity: Identity | None, devices: Mapping[str, OlmDevice | None], now: datetime
    ) -> None:
        """The server's newest word on a person: their identity and their devices, None for an unsigned one.

        A person's first identity is pinned; `save` makes that last.
        """
        pinned, shown = self._pins.of(user_id), self._signed.shown.get(user_id)
        if identity is None and pinned is not None and shown not in (None, pinned):
            return
        if identity is not None and pinned in (None, identity.master):
            self._pins.pin(user_id, identity.master, _day(now))
            self.changed.pop(user_id, None)
        elif identity is not None and user_id != self._me and self._told.get(user_id) != identity.master:
            self.changed[user_id] = identity.master
            self.news.set()
        master = identity.master if identity is not None else None
        rows = {
            device_id: _Signed(_keys(device), str(master))
            for device_id, device in devices.items()
            if device is not None
        }
        gone = self._gone(user_id, devices, int(now.timestamp()))
        self._signed.replace(user_id, master, rows | gone)
        self.version += 1

    def _gone(self, user_id: str, listed: Mapping[str, object], at: int) -> dict[str, _Signed]:
        """The rows of devices that are not listed any more."""
        known = self._signed.devices.get(user_id, {}).items()
        gone = {
            device_id: row if row.gone is not None else replace(row, gone=at)
            for device_id, row in known
            if device_id not in listed
        }
        return {d: row for d, row in gone.items() if at - (row.gone or 0) < _FORGOTTEN_AFTER}

    def told(self, changed: Mapping[str, str]) -> None:
        """These changes, user → new master key, were handed on."""
        self._told.update(changed)
        self.changed = {user: key for user, key in self.changed.items() if changed.get(user) != key}
        if not self.changed:
            self.news.clear()

    async def save(self) -> None:
        """Write what was pinned. Raises Unavailable."""
        await self._pins.save()

    def knows(self, user_id: str) -> bool:
        """Whether the person's identity was ever seen."""
        return self._pins.of(user_id) is not None

    def standing(self, device: OlmDevice, now: datetime) -> Standing:
        """What is known of the device now."""
        user_id = device.user_id
        pinned, shown = self._pins.of(user_id), self._signed.shown.get(user_id)
        if pinned is not None and shown is not None and shown != pinned:
            return Standing.CHANGED
        row = self._signed.devices.get(user_id, {}).get(device.id)
        if row is None or row.master != pinned or row.keys != _keys(device):
            return Standing.UNSIGNED
        late = row.gone is not None and now.timestamp() - row.gone > GONE_COUNTS_FOR.total_seconds()
        return Standing.UNSIGNED if late else Standing.SIGNED

    def accepts(self, device: OlmDevice, policy: Policy, now: datetime) -> bool:
        """Whether the device is given keys."""
        return counts(self.standing(device, now), policy)

    async def acknowledge(self, user_id: str, change: str, now: datetime) -> None:
        """Pin the new identity of a person, if it still is the one that `change` told of.

        An empty `change` is any: so older versions stored it. Raises Unavailable.
        """
        shown = self._signed.shown.get(user_id)
        if shown is None or user_id == self._me or change not in ("", change_id(user_id, shown)):
            return
        self._pins.pin(user_id, shown, _day(now))
        await self._pins.save()
        self.changed.pop(user_id, None)
        self.version += 1
