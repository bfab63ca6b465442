"""Secret storage a second time, written from the specification's text alone and with another library.

It shares no line with the program, so that what both agree on is what other clients do as well.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

_DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def key_of(written: str) -> bytes:
    """The raw key in a recovery key as people write it."""
    number = 0
    for character in written.replace(" ", ""):
        number = number * 58 + _DIGITS.index(character)
    data = number.to_bytes(35, "big")
    parity = 0
    for byte in data:
        parity ^= byte
    assert parity == 0
    assert data[:2] == bytes([0x8B, 0x01])
    return data[2:34]


def key_of_passphrase(passphrase: str, salt: str, iterations: int) -> bytes:
    return PBKDF2HMAC(SHA512(), 32, salt.encode(), iterations).derive(passphrase.encode())


def unpadded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def _pair(key: bytes, name: str) -> tuple[bytes, bytes]:
    both = HKDF(SHA256(), 64, b"\0" * 32, name.encode()).derive(key)
    return both[:32], both[32:]


def _aes_ctr(key: bytes, iv: bytes, data: bytes) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CTR(iv)).encryptor()
    return cipher.update(data) + cipher.finalize()


def public_of(seed: bytes) -> bytes:
    """The public Ed25519 key of a seed."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def mac_of_zeros(key: bytes, iv: str) -> bytes:
    """What a key description's `mac` has to be."""
    aes, authentic = _pair(key, "")
    return hmac.new(authentic, _aes_ctr(aes, unpadded(iv), b"\0" * 32), hashlib.sha256).digest()


def opened(key: bytes, name: str, data: dict[str, str]) -> str:
    """A secret of the account data."""
    aes, authentic = _pair(key, name)
    ciphertext = unpadded(data["ciphertext"])
    assert hmac.new(authentic, ciphertext, hashlib.sha256).digest() == unpadded(data["mac"])
    return _aes_ctr(aes, unpadded(data["iv"]), ciphertext).decode()


def sealed(key: bytes, name: str, secret: str) -> dict[str, str]:
    """A secret as another client may write it: with padding, as the specification allows."""
    aes, authentic = _pair(key, name)
    iv = os.urandom(8) + bytes([0]) + os.urandom(7)
    ciphertext = _aes_ctr(aes, iv, secret.encode())
    mac = hmac.new(authentic, ciphertext, hashlib.sha256).digest()
    parts = {"iv": iv, "ciphertext": ciphertext, "mac": mac}
    return {part: base64.b64encode(value).decode() for part, value in parts.items()}


def account_data_of(
    seeds: dict[str, str], key: bytes, key_id: str = "abc", **description: Any
) -> dict[str, dict[str, Any]]:
    """The account data of somebody whose client has stored these seeds (`master` and so on, base64)."""
    iv = base64.b64encode(os.urandom(8) + bytes(8)).decode()
    check = {"iv": iv, "mac": base64.b64encode(mac_of_zeros(key, iv)).decode()}
    data: dict[str, dict[str, Any]] = {
        "m.secret_storage.default_key": {"key": key_id},
        f"m.secret_storage.key.{key_id}": {
            "algorithm": "m.secret_storage.v1.aes-hmac-sha2",
            **check,
            **description,
        },
    }
    for part, seed in seeds.items():
        name = f"m.cross_signing.{part}"
        data[name] = {"encrypted": {key_id: sealed(key, name, seed)}}
    return data
