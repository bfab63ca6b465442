"""Codes: drawn, typed, hashed, and slowed down when they are wrong."""

from __future__ import annotations

import itertools
import math
import secrets
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import codes

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


def test_a_code_holds_at_least_fifty_bits() -> None:
    assert codes.GROUPS * codes.GROUP_LENGTH * math.log2(len(codes.ALPHABET)) >= 50


def test_no_two_characters_look_alike() -> None:
    assert len(set(codes.ALPHABET)) == len(codes.ALPHABET)
    for alike in ("0OQ", "1IL", "2Z", "5S", "8B", "6G"):
        assert sum(c in codes.ALPHABET for c in alike) <= 1


def test_a_code_is_four_groups_of_three() -> None:
    assert codes.draw(lambda alphabet: alphabet[0]) == "AAA-AAA-AAA-AAA"
    drawn = codes.draw(secrets.choice)
    assert [len(part) for part in drawn.split("-")] == [3, 3, 3, 3]
    assert set(drawn) <= set(codes.ALPHABET) | {"-"}


def test_every_character_is_chosen_anew() -> None:
    letters = itertools.cycle(codes.ALPHABET)
    assert codes.draw(lambda _: next(letters)) == "ACD-EFG-HJK-MNP"


@pytest.mark.parametrize(
    "typed",
    ["acd-efg-hjk-mnp", "ACDEFGHJKMNP", " ACD EFG HJK MNP ", "“ACD–EFG—HJK-MNP”", "ＡＣＤ-EFG-HJK-MNP"],
)
def test_a_code_is_the_same_however_it_is_written(typed: str) -> None:
    key = b"k" * 32
    assert codes.hashed(key, typed) == codes.hashed(key, "ACD-EFG-HJK-MNP")


def test_a_hash_needs_the_key_and_hides_the_code() -> None:
    code = "ACD-EFG-HJK-MNP"
    assert codes.hashed(b"a" * 32, code) != codes.hashed(b"b" * 32, code)
    assert "ACD" not in codes.hashed(b"a" * 32, code).upper().replace("-", "")[:12]


def minutes_ago(*minutes: float) -> list[datetime]:
    return [NOW - timedelta(minutes=m) for m in minutes]


@pytest.mark.parametrize(
    ("wrong", "wait"),
    [
        ([], 0),
        ([0], 0),
        ([0, 0], 0),
        ([0, 0, 0], 1),
        ([5, 5, 0.5], 0.5),
        ([5, 5, 1], 0),
        ([9, 9, 9, 0], 2),
        ([9, 9, 9, 9, 0], 4),
        ([9] * 8 + [0], 60),
        ([9] * 500 + [0], 60),
        ([9] * 500 + [0, 9], 60),
        ([24 * 60, 24 * 60, 0], 0),
        ([24 * 60 - 1, 24 * 60 - 1, 0], 1),
    ],
)
def test_three_tries_are_free_then_the_wait_doubles_up_to_an_hour(wrong: list[float], wait: float) -> None:
    assert codes.wait(minutes_ago(*wrong), NOW) == timedelta(minutes=wait)
