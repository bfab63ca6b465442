"""Emphasis survives translation: around the same words, or told, never in the way of the engine."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rendering import Flag
from bot.mt.marks import unmarked
from tests.unit.mt.engines import said, way

SPANISH = {
    "We won the hearing today.": "Hoy ganamos la audiencia.",
    "won": "ganamos",
    "today": "hoy",
    "the hearing": "la audiencia",
    "Come all.": "Vengan todos.",
    "Come": "Vengan",
    "Come all": "Vengan todos",
    "Important:": "Importante:",
    "Important: come all.": "Importante: vengan todos.",
    "Monday Tuesday at the park.": "Lunes martes en el parque.",
    "Come Saturday all.": "Vengan el sábado todos.",
    "Saturday": "el",
    "Monday": "Lunes",
    "See our page for more.": "Vea nuestra página para más.",
    "our page": "nuestra página",
    "See their notes for more.": "Vea los apuntes para más.",
    "their notes": "sus notas",
    "No and no.": "No y no.",
    "no": "no",
    "No": "No",
}


def spanish(many: Sequence[str]) -> list[list[str]]:
    """An engine that knows these sentences, and never saw a mark."""
    assert not any(mark in text for text in many for mark in ("*", "~~", "||", "](", "<u>")), many
    return [[SPANISH.get(one, "nada de nada")] for one in many]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("We **won** the hearing today.", "Hoy **ganamos** la audiencia."),
        ("We won _the hearing_ *today*.", "*Hoy* ganamos _la audiencia_."),
        ("**We won the hearing today.**", "**Hoy ganamos la audiencia.**"),
        ("***Come all.***", "***Vengan todos.***"),
        ("**Important:** come all.", "**Importante:** vengan todos."),
        ("~~Monday~~ Tuesday at the park.", "~~Lunes~~ martes en el parque."),
        ("<del>Monday</del> Tuesday at the park.", "<del>Lunes</del> martes en el parque."),
        (
            "**We won the hearing today. Come all.**",
            "**Hoy ganamos la audiencia.** **Vengan todos.**",
        ),
        ("See [our page](https://x.org/a_b) for more.", "Vea [nuestra página](https://x.org/a_b) para más."),
        ("See [**our page**](https://x.org) for more.", "Vea [**nuestra página**](https://x.org) para más."),
        ("||Come all.||", "||Vengan todos.||"),
        (
            "- **Come all.**\n> We **won** the hearing today.",
            "- **Vengan todos.**\n> Hoy **ganamos** la audiencia.",
        ),
        ("| ~~Monday~~ | **Come all** |", "| ~~Lunes~~ | **Vengan todos** |"),
        ("**No** and **no**.", "**No** y **no**."),
        ("~~~\nCome all.\n~~~\n+ Come all.", "~~~\nCome all.\n~~~\n+ Vengan todos."),
    ],
)
def test_emphasis_stands_around_the_same_words(text: str, shown: str) -> None:
    translation = said(text, way(spanish))
    assert translation.text == shown
    assert not any(Flag.MARKUP in segment.flags for segment in translation.segments)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See **their notes** for more.", "Vea los apuntes para más."),
        ("See [their notes](https://x.org) for more.", "Vea los apuntes para más. (https://x.org)"),
        ("See ||their notes|| for more.", "||Vea los apuntes para más.||"),
        ("See ~~their notes~~ for more.", "See ~~their notes~~ for more."),
        ("Come ~~Saturday~~ all.", "Come ~~Saturday~~ all."),
    ],
)
def test_where_the_words_are_not_found_it_is_told_and_nothing_is_given_away(text: str, shown: str) -> None:
    translation = said(text, way(spanish))
    assert translation.text == shown
    assert Flag.MARKUP in translation.segments[0].flags


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name",
        "2*3*4",
        "`**a**` b",
        "https://x.org/*a*b*",
        r"\*a* b",
        "a || b",
        "**open",
        "[a] (b)",
    ],
)
def test_what_is_no_emphasis_is_left_alone(text: str) -> None:
    assert unmarked(text).text == text


_TOKENS = [
    "*",
    "**",
    "_",
    "__",
    "~~",
    "||",
    "[",
    "](b)",
    "<u>",
    "</u>",
    "a",
    "b c",
    " ",
    ". ",
    "`",
    "重要",
    "\\",
]


@given(st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join))
def test_with_its_marks_a_text_is_what_it_was(text: str) -> None:
    assert unmarked(text).written == text


@given(st.lists(st.sampled_from(_TOKENS), max_size=25).map("".join))
def test_what_is_not_translated_crosses_as_it_was_written(text: str) -> None:
    assert said(text, way(lambda many: [[] for _ in many])).text == text


@pytest.mark.parametrize(
    "unit", ["*", "**a ", "[", "_a ", "||a", "](x)", "[a](b) ", "<u>", "*a* ", "~~a ", "`"]
)
def test_no_text_of_60000_characters_is_slow_to_take_apart(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    began = time.process_time()
    assert unmarked(text).written == text
    assert time.process_time() - began < 5.0
