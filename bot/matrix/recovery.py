"""The recovery key: 32 random bytes, and the form in which people write them down.

Pure. Matrix specification: appendix "Cryptographic key representation" (base58 of two fixed bytes, the key
and a parity byte, in groups of four characters), and "Secrets", "Deriving keys from passphrases".
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from functools import reduce
from operator import xor

KEY_BYTES = 32

_PREFIX = b"\x8b\x01"
_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_LEAST_ROUNDS, _MOST_ROUNDS = 1, 10_000_000  # some ten seconds; the number comes from the server


class Mistyped(ValueError):
    """What was typed is no recovery key; the text says in one sentence why, and holds nothing of it."""


def create() -> bytes:
    """A new key from the system's random numbers."""
    return os.urandom(KEY_BYTES)


def encode(key: bytes) -> str:
    """The key as it is written down: "EsTc LW2K …"."""
    if len(key) != KEY_BYTES:
        raise ValueError("a recovery key has 32 bytes")
    data = _PREFIX + key
    text = _base58(data + bytes([reduce(xor, data)]))
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def decode(text: str) -> bytes:
    """The key that was written down; blanks do not matter. Raises Mistyped."""
    plain = "".join(text.split())
    if not plain:
        raise Mistyped("no recovery key was typed")
    if not set(plain) <= set(_ALPHABET):
        raise Mistyped(
            "the recovery key is mistyped: it has letters and digits only, never 0 (zero), O, I or small l"
        )
    number = reduce(lambda value, char: value * 58 + _ALPHABET.index(char), plain, 0)
    length = len(_PREFIX) + KEY_BYTES + 1
    if number.bit_length() > 8 * length or len(plain) > 2 * length:
        raise Mistyped("the recovery key is mistyped: it has too many characters")
    data = number.to_bytes(length, "big")
    if not data.startswith(_PREFIX):
        raise Mistyped(
            "the recovery key is mistyped: it has twelve groups of four characters and starts with Es"
        )
    if reduce(xor, data) != 0:
        raise Mistyped("the recovery key is mistyped: one of its characters at least is wrong")
    return data[len(_PREFIX) : -1]


def from_passphrase(passphrase: str, how: Mapping[str, object]) -> bytes:
    """The key made from a passphrase, as a key description's `passphrase` says. Takes a second or so.

    Raises ValueError when that cannot be followed.
    """
    salt, rounds, bits = how.get("salt"), how.get("iterations"), how.get("bits", 8 * KEY_BYTES)
    if how.get("algorithm") != "m.pbkdf2" or not isinstance(salt, str) or bits != 8 * KEY_BYTES:
        raise ValueError("the passphrase is used in a way that is not known here")
    if not isinstance(rounds, int) or not _LEAST_ROUNDS <= rounds <= _MOST_ROUNDS:
        raise ValueError("the passphrase is used in a way that is not known here")
    return hashlib.pbkdf2_hmac("sha512", passphrase.encode(), salt.encode(), rounds, KEY_BYTES)


def _base58(data: bytes) -> str:
    number, text = int.from_bytes(data, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return text
