"""Secret storage: secrets that the homeserver keeps for the account and cannot read.

Matrix specification, "Secrets": algorithm m.secret_storage.v1.aes-hmac-sha2. A key has an id and a
description in the account data; a secret is account data of its own name, encrypted for one key or more.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import string
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import choice
from typing import Any, TypeAlias

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

from bot.matrix import recovery
from bot.matrix.http import Denied, Http, path
from bot.matrix.identity import from_base64, to_base64
from bot.matrix.login import CannotStart
from bot.pipeline.ports import Unavailable

Json: TypeAlias = "dict[str, Any]"

ALGORITHM = "m.secret_storage.v1.aes-hmac-sha2"

_DEFAULT = "m.secret_storage.default_key"
_ZEROS = bytes(32)


class NoSecret(CannotStart):
    """The secret is not there or cannot be opened; the text is one sentence for the host."""


@dataclass(frozen=True, slots=True)
class StorageKey:
    """A key of the secret storage, as the account data describe it."""

    key_id: str
    description: Json

    @property
    def passphrase(self) -> Mapping[str, object] | None:
        """How the key is made from a passphrase, if it can be."""
        how = self.description.get("passphrase")
        return how if isinstance(how, Mapping) else None

    def fits(self, key: bytes) -> bool:
        """Whether it is this key. A description without a check fits every key (so the specification)."""
        iv, mac = self.description.get("iv"), self.description.get("mac")
        if not isinstance(iv, str) or not isinstance(mac, str):
            return True
        try:
            _, expected = _seal(key, "", _ZEROS, from_base64(iv))
            return hmac.compare_digest(expected, from_base64(mac))
        except ValueError:
            return False


def describe(key: bytes) -> Json:
    """The description of a key, with the check that tells whether somebody typed it rightly."""
    iv = _initial()
    _, mac = _seal(key, "", _ZEROS, iv)
    return {"algorithm": ALGORITHM, "iv": to_base64(iv), "mac": to_base64(mac)}


def encrypt(key: bytes, name: str, secret: str) -> Json:
    """A secret encrypted for one key: what stands at `encrypted` under the key's id."""
    iv = _initial()
    ciphertext, mac = _seal(key, name, secret.encode(), iv)
    return {"iv": to_base64(iv), "ciphertext": to_base64(ciphertext), "mac": to_base64(mac)}


def decrypt(key: bytes, name: str, data: object) -> str:
    """The secret that `encrypt`, or any other client, has encrypted. Raises ValueError."""
    if not isinstance(data, Mapping):
        raise ValueError("the secret is not encrypted with this key")  # noqa: TRY004 - what the server sent
    parts = [data.get(part) for part in ("iv", "ciphertext", "mac")]
    if not all(isinstance(part, str) for part in parts):
        raise ValueError("the encrypted secret is malformed")
    iv, ciphertext, mac = (from_base64(str(part)) for part in parts)
    aes, authentic = _keys(key, name)
    if not hmac.compare_digest(hmac.digest(authentic, ciphertext, hashlib.sha256), mac):
        raise ValueError("the encrypted secret was changed, or the key is another one")
    return _ctr(aes, iv, ciphertext).decode()


def _keys(key: bytes, name: str) -> tuple[bytes, bytes]:
    derived = HKDF(key, 64, bytes(32), SHA256, 1, name.encode())
    if not isinstance(derived, bytes):
        raise TypeError("one key was asked for")
    return derived[:32], derived[32:]


def _initial() -> bytes:
    """16 random bytes with bit 63 set to 0, since implementations of AES-CTR differ there."""
    iv = bytearray(os.urandom(16))
    iv[8] &= 0x7F
    return bytes(iv)


def _ctr(aes: bytes, iv: bytes, data: bytes) -> bytes:
    if len(iv) != 16:
        raise ValueError("the initialization vector has another length than 16 bytes")
    return AES.new(aes, AES.MODE_CTR, nonce=b"", initial_value=iv).encrypt(data)


def _seal(key: bytes, name: str, data: bytes, iv: bytes) -> tuple[bytes, bytes]:
    aes, authentic = _keys(key, name)
    ciphertext = _ctr(aes, iv, data)
    return ciphertext, hmac.digest(authentic, ciphertext, hashlib.sha256)


class SecretStorage:
    """The secret storage of one account. Every call raises Unavailable, Denied, LoggedOut."""

    def __init__(self, http: Http, user_id: str) -> None:
        self._http = http
        self._user_id = user_id

    async def default_id(self) -> str | None:
        """The id of the key that clients ask for."""
        key_id = (await self._get(_DEFAULT)).get("key")
        return key_id if isinstance(key_id, str) and key_id else None

    async def default_key(self) -> StorageKey | None:
        """The key that clients ask for, None if there is none, or none that is of use here."""
        key_id = await self.default_id()
        if key_id is None:
            return None
        description = await self._get(f"m.secret_storage.key.{key_id}")
        return StorageKey(key_id, description) if description.get("algorithm") == ALGORITHM else None

    async def holds(self, key: StorageKey, name: str) -> bool:
        """Whether a secret of that name is there for the key. What it says is not looked at."""
        encrypted = (await self._get(name)).get("encrypted")
        return isinstance(encrypted, Mapping) and isinstance(encrypted.get(key.key_id), Mapping)

    async def read(self, key: StorageKey, raw: bytes, names: tuple[str, ...]) -> dict[str, str]:
        """The secrets of these names. Raises NoSecret as well."""
        found = {}
        for name in names:
            encrypted = (await self._get(name)).get("encrypted")
            data = encrypted.get(key.key_id) if isinstance(encrypted, Mapping) else None
            if data is None:
                raise NoSecret(f"the secret storage of {self._user_id} does not hold {name}")
            try:
                found[name] = decrypt(raw, name, data)
            except ValueError:
                raise NoSecret(
                    f"the recovery key does not open {name} in the secret storage of {self._user_id}"
                ) from None
        return found

    async def write(self, secrets: Mapping[str, str]) -> bytes:
        """Write the secrets for a new key, look whether they can be read, and then make it the default one.

        What was encrypted for another key under these names is replaced. Returns the key, which is
        nowhere else. Raises Unavailable also when the server does not show what was written.
        """
        raw = recovery.create()
        letters = string.ascii_letters + string.digits
        key = StorageKey("".join(choice(letters) for _ in range(32)), describe(raw))
        await self._put(f"m.secret_storage.key.{key.key_id}", key.description)
        for name, secret in secrets.items():
            await self._put(name, {"encrypted": {key.key_id: encrypt(raw, name, secret)}})
        try:
            shown = await self.read(key, raw, tuple(secrets))
        except NoSecret:
            shown = {}
        if shown != dict(secrets):
            raise Unavailable("the homeserver does not show the secrets that were stored")
        await self._put(_DEFAULT, {"key": key.key_id})
        return raw

    def _where(self, kind: str) -> str:
        return path("/user/{user}/account_data/{kind}", user=self._user_id, kind=kind)

    async def _get(self, kind: str) -> Json:
        try:
            return await self._http.call("GET", self._where(kind))
        except Denied as error:
            if error.errcode == "M_NOT_FOUND":
                return {}
            raise

    async def _put(self, kind: str, content: Json) -> None:
        await self._http.call("PUT", self._where(kind), content)
