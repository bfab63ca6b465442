"""The rules of dispatches."""

from __future__ import annotations

import pytest

from bot.domain.dispatch import LONGEST_PART, TRANSITIONS, Move, State, is_blank, letter, size


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.EXPIRED, State.FORGOTTEN])
def test_some_states_are_for_good(state: State) -> None:
    assert not [move for before, move in TRANSITIONS if before is state]
    assert state in TRANSITIONS.values()


@pytest.mark.parametrize("state", [State.WAITING, State.HELD, State.OPEN])
def test_what_is_there_can_be_withdrawn(state: State) -> None:
    assert TRANSITIONS[state, Move.WITHDRAW] is State.WITHDRAWN


@pytest.mark.parametrize(
    ("index", "name"), [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (27, "AB"), (701, "ZZ"), (702, "AAA")]
)
def test_voices_are_told_apart_by_letters(index: int, name: str) -> None:
    assert letter(index) == name


def test_no_two_voices_have_the_same_letter() -> None:
    letters = [letter(index) for index in range(2000)]
    assert len(set(letters)) == 2000
    assert letters == sorted(letters, key=lambda name: (len(name), name))


@pytest.mark.parametrize(
    ("text", "number"), [("", 0), ("abc", 3), ("ñ", 2), ("日", 3), ("🎉", 4), ("a\nb", 3)]
)
def test_size_is_counted_in_bytes(text: str, number: int) -> None:
    assert size(text) == number


def test_what_cannot_be_encoded_has_a_size_too() -> None:
    assert size("\ud800") == 1


def test_the_limit_leaves_room_for_the_original_twice_and_its_translation_twice_in_one_event() -> None:
    assert 4 * LONGEST_PART * 4 / 3 < 64_000


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t ", "\u200b\u200d", "\u202e\u2066", "\u0000\u0007", "\u00a0\u3000", "\ufeff"]
)
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "🎉", "…", "\u202eא", "-", " ‼️ ", "12", "https://x.org"])
def test_what_can_be_seen_is_not_blank(text: str) -> None:
    assert not is_blank(text)
