"""The recovery key: what is written down can be typed in again, and what is mistyped is noticed."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.matrix import recovery
from bot.matrix.recovery import Mistyped
from tests.unit.matrix import independent

KEY = bytes.fromhex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
WRITTEN = "EsTc LW2K PGiF wKEA 3As5 g5c4 BXwk qeeJ ZJV8 Q9fu gUMN UE4d"
"""The first private key of RFC 7748 as other clients write it."""


def test_a_known_key_is_written_as_other_clients_write_it() -> None:
    assert recovery.encode(KEY) == WRITTEN
    assert recovery.decode(WRITTEN) == KEY


@given(st.binary(min_size=32, max_size=32))
def test_every_key_is_read_as_it_was_written(key: bytes) -> None:
    written = recovery.encode(key)
    assert written.startswith("Es")
    assert recovery.decode(written) == key == independent.key_of(written)


@pytest.mark.parametrize(
    "typed",
    [WRITTEN.replace(" ", ""), f"  {WRITTEN}\n", WRITTEN.replace(" ", "\t"), WRITTEN.replace(" ", "  ")],
)
def test_blanks_do_not_matter(typed: str) -> None:
    assert recovery.decode(typed) == KEY


@given(st.integers(0, 47), st.sampled_from("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"))
def test_one_wrong_character_never_gives_the_same_key(at: int, character: str) -> None:
    plain = WRITTEN.replace(" ", "")
    typed = plain[:at] + character + plain[at + 1 :]
    with contextlib.suppress(Mistyped):
        assert (recovery.decode(typed) == KEY) == (typed == plain)


def test_most_single_mistakes_are_noticed() -> None:
    plain = WRITTEN.replace(" ", "")
    noticed = 0
    for at, right in enumerate(plain):
        wrong = "x" if right != "x" else "y"
        try:
            recovery.decode(plain[:at] + wrong + plain[at + 1 :])
        except Mistyped:
            noticed += 1
    assert noticed >= len(plain) - 2


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "no recovery key"),
        (" \n", "no recovery key"),
        (WRITTEN[:-1] + "e", "one of its characters"),
        (WRITTEN[:-5], "twelve groups"),
        (WRITTEN + " abcd", "too many"),
        ("F" + WRITTEN[1:], "twelve groups"),
        ("EqTc" + WRITTEN[4:], "twelve groups"),
        (WRITTEN.replace("L", "l"), "never 0"),
        (WRITTEN.replace("K", "0"), "never 0"),
        (WRITTEN.replace(" ", "-"), "letters and digits"),
        ("correct horse battery staple", "letters and digits"),
        ("Ключ", "letters and digits"),
        ("z" * 100_000, "too many"),
    ],
)
def test_what_is_mistyped_is_told_in_a_sentence(typed: str, why: str) -> None:
    with pytest.raises(Mistyped, match=why):
        recovery.decode(typed)


def test_two_new_keys_differ() -> None:
    assert recovery.create() != recovery.create()
    assert len(recovery.create()) == 32


def test_only_32_bytes_are_written() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        recovery.encode(b"short")


@pytest.mark.parametrize("extra", [{}, {"bits": 256}])
def test_a_passphrase_makes_the_key_that_the_specification_says(extra: dict[str, int]) -> None:
    how = {"algorithm": "m.pbkdf2", "salt": "MmMsAlty", "iterations": 1000, **extra}
    expected = independent.key_of_passphrase("correct horse", "MmMsAlty", 1000)
    assert recovery.from_passphrase("correct horse", how) == expected


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "m.scrypt"},
        {"salt": 7},
        {"iterations": "1000"},
        {"iterations": 0},
        {"iterations": 10**12},
        {"bits": 128},
    ],
)
def test_an_unknown_use_of_a_passphrase_is_told_at_once(change: dict[str, object]) -> None:
    how: dict[str, object] = {"algorithm": "m.pbkdf2", "salt": "s", "iterations": 1000, **change}
    with pytest.raises(ValueError, match="not known"):
        recovery.from_passphrase("correct horse", how)
