from __future__ import annotations

import pytest

from bot.domain.rendering import Flag
from bot.mt.verify import closed_like, digits, fault, runaway, same


@pytest.mark.parametrize(
    ("source", "target", "flag"),
    [
        ("We won the hearing.", "Ganamos la audiencia.", None),
        ("40 families stay.", "40 familias se quedan.", None),
        ("40 families stay.", "Se quedan 40 familias.", None),
        ("40 families stay.", "14 familias se quedan.", Flag.NUMBERS),
        ("40 families stay.", "Las familias se quedan.", Flag.NUMBERS),
        ("families stay.", "2 familias se quedan.", Flag.NUMBERS),
        ("40 of 50", "50 de 40", None),
        ("١٢ عائلة", "12 families", None),
        ("We won.", "", Flag.UNKNOWN),
        ("We won.", "  ", Flag.UNKNOWN),
        ("We won.", "Ganamos ⁇", Flag.UNKNOWN),
        ("See https://x.org/a", "Vea https://x.org/a", None),
        ("See https://x.org/a", "Vea https://x.org/ a", Flag.SPANS),
        ("See https://x.org/a", "Vea", Flag.SPANS),
        ("See @ana", "Vea @ana @ana", Flag.SPANS),
        ("Hi 😀", "Hola", Flag.SPANS),
        ("We won.", "Ganamos ganamos ganamos ganamos ganamos.", Flag.UNKNOWN),
        ("We won.", "de la de la de la de la de la", Flag.UNKNOWN),
        ("No, no, no, no, no!", "¡No, no, no, no, no!", None),
        ("We won.", "x" * 200, Flag.UNKNOWN),
    ],
)
def test_what_is_wrong_with_a_translation_is_named(source: str, target: str, flag: Flag | None) -> None:
    assert fault(source, target) == flag


def test_groups_of_digits_are_counted() -> None:
    assert digits("1,500 of 1 and ١") == {"1": 3, "500": 1}


def test_a_short_translation_of_a_short_sentence_does_not_run_away() -> None:
    assert not runaway("Hi", "Muy buenos días a todas las personas que están aquí")
    assert not runaway("", "")


@pytest.mark.parametrize(
    ("back", "known"),
    [
        ("We won the hearing.", True),
        ("we won  the hearing", True),
        ("WE WON, THE HEARING!", True),
        ("We won the hearing?", False),
        ("We lost the hearing.", False),
        ("", False),
    ],
)
def test_a_sentence_that_comes_back_is_known(back: str, known: bool) -> None:
    assert same("We won the hearing.", back) is known


def test_accents_count_but_not_how_they_are_encoded() -> None:
    assert same("Estación", "Estacio\u0301n")
    assert not same("Estación", "Estacion")
    assert not same("...", "!!!")


@pytest.mark.parametrize(
    ("source", "target", "closed"),
    [
        ("We won!", "Ganamos", "Ganamos!"),
        ("We won!", "¡Ganamos!", "¡Ganamos!"),
        ("We won", "Ganamos", "Ganamos"),
        ("", "", ""),
    ],
)
def test_the_final_mark_is_kept(source: str, target: str, closed: str) -> None:
    assert closed_like(source, target) == closed
