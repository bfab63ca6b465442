"""Files encrypted as Matrix does it; what nio, which does it too, makes of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nio.crypto.attachments import decrypt_attachment, encrypt_attachment

from bot.domain.files import Cipher
from bot.sealed import Checking, Damaged, Opening, Sealing

PIECES = [b"one", b"", b"two" * 100_000, b"three"]


def test_what_was_sealed_in_pieces_can_be_opened_by_others() -> None:
    sealing = Sealing()
    sealed = b"".join(sealing.add(piece) for piece in PIECES)
    found = sealing.cipher
    assert decrypt_attachment(sealed, found.key, found.sha256, found.iv) == b"".join(PIECES)


def test_what_others_sealed_can_be_opened() -> None:
    sealed, keys = encrypt_attachment(b"".join(PIECES))
    cipher = Cipher(keys["key"]["k"], keys["iv"], keys["hashes"]["sha256"])
    checking, opening = Checking(cipher), Opening(cipher)
    checking.take(sealed)
    checking.finish()
    halves = [sealed[:1001], sealed[1001:]]
    assert b"".join(opening.take(half) for half in halves) == b"".join(PIECES)


def test_no_two_files_have_the_same_key() -> None:
    one, other = Sealing(), Sealing()
    assert one.add(b"the same") != other.add(b"the same")
    assert one.cipher.key != other.cipher.key


@pytest.mark.parametrize("sealed", [b"", b"another", b"cut shor"])
def test_another_file_than_promised_is_noticed(sealed: bytes) -> None:
    sealing = Sealing()
    sealing.add(b"the whole")
    checking = Checking(sealing.cipher)
    checking.take(sealed)
    with pytest.raises(Damaged):
        checking.finish()


@pytest.mark.parametrize(
    "wrong", [{"key": ""}, {"key": "!"}, {"key": "AAAA"}, {"iv": "AAAA"}, {"iv": "ß"}, {"iv": ""}]
)
def test_a_description_that_is_malformed_is_noticed(wrong: dict[str, str]) -> None:
    with pytest.raises(Damaged):
        Opening(replace(Sealing().cipher, **wrong))
