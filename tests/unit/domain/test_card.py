"""A text as a card to be read aloud."""

from __future__ import annotations

import pytest

from bot.domain import card


def test_each_sentence_has_a_line() -> None:
    assert card.lines("We won. Forty families stay!\n\nCome at 7 p.m. tomorrow?") == [
        "We won.",
        "Forty families stay!",
        "Come at 7 p.m. tomorrow?",
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Dr. Cruz came.",
        "It costs 3.50 pesos.",
        "La Sra. A. Ruiz habló.",
        "Art. 12 holds.",
        "¿Quién vino?",
        "我们赢了。",
    ],
)
def test_what_is_one_sentence(sentence: str) -> None:
    assert card.lines(sentence) == [sentence]


def test_long_sentences_are_parted_at_their_marks() -> None:
    text = ("one " * 15).strip() + ", " + ("two " * 15).strip() + "; " + ("three " * 15).strip() + "."
    found = card.lines(text)
    assert len(found) == 3
    assert all(len(line.split()) <= card.LONGEST for line in found)
    assert " ".join(found) == text


def test_a_long_sentence_without_a_mark_stays_whole() -> None:
    assert len(card.lines("word " * 60)) == 1


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("**We won** the _hearing_", "We won the hearing"),
        ("# News\n- one\n1. two\n> three", "News\none\ntwo\nthree"),
        ("see [our page](https://example.org/a?b=c)", "see our page"),
        ("see https://www.example.org/a?b=c now", "see www.example.org now"),
        ("`code` ||hidden|| ~~gone~~", "code hidden gone"),
        ("snake_case and 2 * 3", "snake_case and 2  3"),
    ],
)
def test_markup_is_not_read_aloud(written: str, plain: str) -> None:
    assert card.plain(written) == plain


def test_abbreviations_are_said_in_full_where_they_are_known() -> None:
    known = {"HUD": "Departamento de Vivienda"}
    assert card.spelled("HUD y NLRB, no hud", known) == "Departamento de Vivienda y NLRB, no hud"


@pytest.mark.parametrize(
    ("text", "least", "most"), [("word " * 130, 60, 65), ("你" * 40, 10, 15), ("", 0, 0)]
)
def test_how_long_it_takes(text: str, least: int, most: int) -> None:
    assert least <= card.seconds(card.lines(text)) <= most


@pytest.mark.parametrize("piece", ["a. ", "[", "](", "* ", "https://", "a,", ", ", "> > "])
def test_no_text_takes_long(piece: str) -> None:
    text = card.plain(piece * (8_000 // len(piece)))
    card.seconds(card.lines(card.spelled(text, {})))
