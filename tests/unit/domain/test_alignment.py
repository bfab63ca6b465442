"""Which sentences of a correction are known to belong to which of the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alignment import pairs


def test_each_sentence_has_its_own() -> None:
    assert pairs("Ganamos. ¿Vienen mañana? Traigan agua.", "We won! Are you coming? Bring water.") == (
        ("Ganamos.", "We won!"),
        ("¿Vienen mañana?", "Are you coming?"),
        ("Traigan agua.", "Bring water."),
    )


def test_each_line_has_its_own_and_its_sentences_too() -> None:
    original = "Ganamos.\n\n- Traigan agua. Y pan.\n- Gracias."
    assert pairs(original, "We won.\n- Bring water. And bread.\n\n- Thanks.") == (
        ("Ganamos.", "We won."),
        ("Traigan agua. Y pan.", "Bring water. And bread."),
        ("Gracias.", "Thanks."),
        ("Traigan agua.", "Bring water."),
        ("Y pan.", "And bread."),
    )


@pytest.mark.parametrize(
    ("original", "correction"),
    [
        ("Ganamos.", "We won."),  # the whole is all there is
        ("Ganamos. Gracias.", "We won, thanks."),  # joined
        ("¿Vienen? Ganamos.", "We won. Are you coming?"),  # turned round
        ("Ganamos 3 pisos. Traigan 2 sillas.", "Bring 2 chairs. We won 3 flats."),
        ("Sí. Nos vemos mañana delante del juzgado.", "Tomorrow we all meet. Yes, in front of the court."),
        ("Ganamos.\nGracias.", "We won. Thanks."),  # the lines are gone
        ("```\nuno. dos.\n```\ntres.", "```\none. two.\n```\nthree."),
        ("| a. | b. |\n| c. | d. |", "| e. | f. |\n| g. | h. |"),
        ("", ""),
        ("   ", "We won. Thanks."),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_left_alone(original: str, correction: str) -> None:
    assert pairs(original, correction) == ()


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_people_write_it_answers(original: str, correction: str) -> None:
    for one, other in pairs(original, correction):
        assert one.strip()
        assert other.strip()
        assert one in original
        assert other in correction
