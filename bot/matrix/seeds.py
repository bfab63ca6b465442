"""The three secret seeds of the bot's identity at rest: one encrypted file in the storage folder.

`identity.json` names the account in clear and holds the seeds under ChaCha20-Poly1305 (RFC 8439), with a
key that scrypt (RFC 7914) makes from the host's secret and a salt of the file's own; the account's name is
authenticated with them. What an earlier version wrote in clear is read, and encrypted at once.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from Crypto.Cipher import ChaCha20_Poly1305

from bot.matrix.identity import CrossSigning, canonical, from_base64, to_base64
from bot.matrix.login import DamagedStore, read_json, write_secret

Json: TypeAlias = "dict[str, Any]"

_NAME = "identity.json"
_FORMAT = "twinline identity 2"
_SALT_BYTES, _NONCE_BYTES, _TAG_BYTES = 16, 12, 16
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}  # 32 MB and some 0.1 s


@dataclass(frozen=True, slots=True, repr=False)
class Seeds:
    """The file in a storage folder, and the secret that opens it. All functions block."""

    folder: Path
    secret: str

    @property
    def file(self) -> Path:
        return self.folder / _NAME

    def load(self, user_id: str) -> CrossSigning | None:
        """The account's identity, None if there is no file. Raises DamagedStore."""
        try:
            data = read_json(self.file)
        except DamagedStore as error:
            raise DamagedStore(
                f"{error}; put back a good one, or let `twinline identity recover` fetch it with the "
                "recovery key"
            ) from None
        if data is None:
            return None
        if data.get("user_id") != user_id:
            raise DamagedStore(
                f"{self.file} belongs to another account than {user_id}: put the right file there, or let "
                "`twinline identity recover` fetch it with the recovery key"
            )
        clear = "format" not in data
        try:
            identity = CrossSigning.from_json(data if clear else self._open(data))
        except ValueError:
            raise DamagedStore(
                f"{self.file} cannot be opened: it is damaged, or was written with another secret file; put "
                "back the right one, or let `twinline identity recover` fetch it with the recovery key"
            ) from None
        if clear:
            self.keep(user_id, identity)
        return identity

    def keep(self, user_id: str, identity: CrossSigning) -> None:
        """Write the file, whole or not at all. Raises Unwritable."""
        salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
        head = _head(user_id, to_base64(salt), to_base64(nonce))
        cipher = self._cipher(head, salt, nonce)
        sealed, tag = cipher.encrypt_and_digest(canonical(identity.to_json()))
        write_secret(self.file, json.dumps({**head, "sealed": to_base64(sealed + tag)}).encode())

    def copy_aside(self) -> Path | None:
        """Give the file a second name, so that it can be replaced; None if there is no file."""
        if not self.file.exists():
            return None
        names = (self.file.with_name(f"{_NAME}.aside{number or ''}") for number in range(1000))
        aside = next(name for name in names if not name.exists())
        try:
            aside.hardlink_to(self.file)
        except OSError:  # a file system without them
            self.file.rename(aside)
        return aside

    def _open(self, data: Json) -> Json:
        head = _head(str(data.get("user_id")), data.get("salt"), data.get("nonce"))
        if data.get("format") != _FORMAT or not isinstance(data.get("sealed"), str):
            raise ValueError("the file has another form")
        salt, nonce = (from_base64(str(head[part])) for part in ("salt", "nonce"))
        sealed = from_base64(data["sealed"])
        if len(nonce) != _NONCE_BYTES:
            raise ValueError("the nonce has another length")
        cipher = self._cipher(head, salt, nonce)
        opened = json.loads(cipher.decrypt_and_verify(sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]))
        return dict(opened)

    def _cipher(self, head: Json, salt: bytes, nonce: bytes) -> Any:
        key = hashlib.scrypt(self.secret.encode(), salt=salt, dklen=32, **_COST)
        cipher = ChaCha20_Poly1305.new(key=key, nonce=nonce)
        cipher.update(canonical(head))
        return cipher


def _head(user_id: str, salt: object, nonce: object) -> Json:
    """What is authenticated and not encrypted."""
    return {"format": _FORMAT, "user_id": user_id, "salt": salt, "nonce": nonce}
