"""Names for things that happen once."""

from __future__ import annotations

import re
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ids import marker, pseudonym, transaction_id

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
PARTS = st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))


def test_the_same_message_has_the_same_names_every_time() -> None:
    for name in (transaction_id, marker):
        assert name(KEY, "$source", "!room", "copy") == name(KEY, "$source", "!room", "copy")


def test_another_source_room_or_consequence_has_other_names() -> None:
    asked = [
        ("$source", "!room", "copy"),
        ("$other", "!room", "copy"),
        ("$source", "!other", "copy"),
        ("$source", "!room", "ack"),
    ]
    names = [name(KEY, *parts) for name in (transaction_id, marker) for parts in asked]
    assert len(set(names)) == len(names)


def test_another_installation_has_other_names() -> None:
    assert transaction_id(KEY, "$s", "!r", "copy") != transaction_id(OTHER_KEY, "$s", "!r", "copy")
    assert marker(KEY, "$s", "!r", "copy") != marker(OTHER_KEY, "$s", "!r", "copy")
    assert pseudonym(KEY, "dispatch:1", "@ana:x") != pseudonym(OTHER_KEY, "dispatch:1", "@ana:x")


def test_a_name_tells_nothing_and_fits_into_an_address() -> None:
    for name in (transaction_id(KEY, "$söurce", "!room:x", "copy"), pseudonym(KEY, "d", "@ana:x")):
        assert re.fullmatch(r"[A-Za-z0-9_-]{32}", name)


def test_a_person_has_another_pseudonym_in_every_thread() -> None:
    assert pseudonym(KEY, "dispatch:1", "@ana:x") == pseudonym(KEY, "dispatch:1", "@ana:x")
    assert pseudonym(KEY, "dispatch:1", "@ana:x") != pseudonym(KEY, "dispatch:2", "@ana:x")
    assert pseudonym(KEY, "dispatch:1", "@ana:x") != pseudonym(KEY, "dispatch:1", "@ben:x")


@given(st.lists(PARTS, unique=True, min_size=2, max_size=8))
def test_parts_do_not_run_into_each_other(parts: list[tuple[str, str, str]]) -> None:
    safe = [part for part in parts if not any("\0" in one for one in part)]
    for one, other in combinations(safe, 2):
        assert transaction_id(KEY, *one) != transaction_id(KEY, *other)


@given(PARTS)
def test_any_text_can_be_named(parts: tuple[str, str, str]) -> None:
    assert len(transaction_id(KEY, *parts)) == len(marker(KEY, *parts)) == 32
