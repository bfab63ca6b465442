"""Bytes encrypted as Matrix encrypts files, piece by piece: on the way to a media server, and on this disk.

Rules:
- A key encrypts one file, once.
- The hash is that of the encrypted bytes. Nothing is decrypted for use before it was compared.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from Crypto.Cipher import AES

from bot.domain.files import Cipher

PIECE = 256 * 1024
"""Bytes that are worked on at a time."""

_COUNTER = 8  # of the 16 bytes; Matrix leaves them zero at the start


class Damaged(Exception):
    """The bytes are not those that were promised, or what describes them is malformed."""


class Sealing:
    """Encrypts: give it the pieces, in their order, then ask for the `cipher`."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._iv = secrets.token_bytes(16 - _COUNTER) + bytes(_COUNTER)
        self._stream = _stream(self._key, self._iv)
        self._hash = hashlib.sha256()

    def add(self, piece: bytes) -> bytes:
        """The piece, encrypted."""
        found: bytes = self._stream.encrypt(piece)
        self._hash.update(found)
        return found

    @property
    def cipher(self) -> Cipher:
        """How to open what was given so far."""
        return Cipher(
            base64.urlsafe_b64encode(self._key).decode().rstrip("="),
            _b64(self._iv),
            _b64(self._hash.digest()),
        )


class Opening:
    """Decrypts: give it the encrypted pieces, in their order. Raises Damaged."""

    def __init__(self, cipher: Cipher) -> None:
        key, iv = _bytes(cipher.key), _bytes(cipher.iv)
        if len(key) != 32 or len(iv) != 16:
            raise Damaged("the key of a file has a wrong length")
        self._stream = _stream(key, iv)

    def take(self, piece: bytes) -> bytes:
        """The piece, decrypted."""
        found: bytes = self._stream.decrypt(piece)
        return found


class Checking:
    """Compares encrypted bytes with the hash that they should have."""

    def __init__(self, cipher: Cipher) -> None:
        self._wanted = _bytes(cipher.sha256)
        self._hash = hashlib.sha256()

    def take(self, piece: bytes) -> None:
        """The next encrypted piece."""
        self._hash.update(piece)

    def finish(self) -> None:
        """After the last piece. Raises Damaged."""
        if not hmac.compare_digest(self._wanted, self._hash.digest()):
            raise Damaged("the hash of a file is wrong")


def _stream(key: bytes, iv: bytes) -> AES.CtrMode:  # type: ignore[name-defined]  # a private name of its stubs
    return AES.new(key, AES.MODE_CTR, nonce=b"", initial_value=iv)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    """From base64 of either alphabet, with or without padding. Raises Damaged."""
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Damaged("what describes a file is not base64") from error
