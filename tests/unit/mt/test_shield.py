from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.mt import spans as module
from bot.mt.shield import Form, peel, pieces, shield
from bot.mt.spans import Span, spans, wordless
from tests.unit.mt.texts import NUMBERS, SPANS, anything

FORM = Form("⟦{}⟧")


def chosen(text: str, *, numbers: bool) -> list[Span]:
    return [span for span in spans(text) if span.hard or numbers]


def found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans(text)]


@pytest.mark.parametrize("span", SPANS)
def test_a_hard_span_inside_a_sentence_is_found_whole(span: str) -> None:
    assert found(f"We saw {span} there") == [span]
    assert all(each.hard for each in spans(f"We saw {span} there"))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_inside_a_sentence_is_found_whole(number: str) -> None:
    assert found(f"We saw {number} there") == [number]
    assert not any(span.hard for span in spans(f"We saw {number} there"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://example.org.", ["https://example.org"]),
        ("See (https://example.org/x), then", ["https://example.org/x"]),
        ("“https://example.org”", ["https://example.org"]),
        ("It is at 18:00.", ["18:00"]),
        ("It is 12,500.", ["12,500"]),
        ("40 families, 3 lawyers", ["40", "3"]),
        ("at 9 a.m. sharp", ["9 a.m."]),
        ("6 amigos", ["6"]),
        ("@ana, come", ["@ana"]),
        ("We stay.We won", []),
        ("Dr. Smith said no.", []),
        ("We won! Thanks", []),
        ("either/or", []),
        ("co-operation", []),
        ("😀😀 😀", ["😀😀 😀"]),
    ],
)
def test_what_ends_a_sentence_is_no_part_of_the_span(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("We won 😀 https://x.org/a", ("", "We won", " 😀 https://x.org/a")),
        ("😀 We won", ("😀 ", "We won", "")),
        ("More at https://x.org.", ("", "More at", " https://x.org.")),
        ("@ana can you come?", ("", "@ana can you come?", "")),
        ("40 families stay.", ("", "40 families stay.", "")),
        ("https://x.org 😀", ("https://x.org 😀", "", "")),
        ("", ("", "", "")),
        ("  We won ", ("  ", "We won", " ")),
    ],
)
def test_links_and_emoji_are_peeled_off_the_edges(text: str, parts: tuple[str, str, str]) -> None:
    assert peel(text) == parts


@given(anything)
def test_peeling_and_cutting_lose_nothing(text: str) -> None:
    assert "".join(peel(text)) == text
    for numbers in (True, False):
        assert "".join(piece.text for piece in pieces(text, chosen(text, numbers=numbers))) == text


@given(anything, st.booleans())
def test_what_goes_in_as_placeholders_comes_out_again(text: str, numbers: bool) -> None:
    protected = chosen(text, numbers=numbers)
    shielded = shield(text, FORM, protected)
    if shielded is None:
        assert len(protected) > FORM.most or "⟦" in text
        return
    assert shielded.restore(shielded.text) == text
    values = [span.within(text) for span in protected]
    assert list(shielded.values) == values
    assert len(shielded.text) == len(text) - sum(map(len, values)) + 3 * len(values)


@given(anything)
def test_every_word_outside_of_spans_is_offered_for_translation(text: str) -> None:
    offered = "".join(piece.text for piece in pieces(text, spans(text)) if piece.words)
    outside = list(text)
    for span in spans(text):
        outside[span.start : span.end] = "\0" * (span.end - span.start)
    letters = [character for character in "".join(outside) if character.isalpha()]
    assert [character for character in offered if character.isalpha()] == letters


@pytest.mark.parametrize("answer", ["⟦1⟧", "⟦1⟧ ⟦1⟧ ⟦2⟧", "⟦2⟧ nada", "", "⟦1⟧ ⟦2⟧ ⟦2⟧"])
def test_a_lost_or_doubled_placeholder_is_noticed(answer: str) -> None:
    shielded = shield("call @ana at 18:00", FORM, spans("call @ana at 18:00"))
    assert shielded is not None
    assert shielded.restore(answer) is None


def test_placeholders_may_change_places_and_gain_blanks() -> None:
    shielded = shield("call @ana at 18:00", FORM, spans("call @ana at 18:00"))
    assert shielded is not None
    assert shielded.restore("a las ⟦ 2 ⟧ llamen a ⟦1⟧") == "a las 18:00 llamen a @ana"


def test_a_text_that_looks_like_a_placeholder_is_not_shielded_with_that_form() -> None:
    text = "see [1] and @ana"
    assert shield(text, Form("[{}]"), chosen(text, numbers=False)) is None
    assert shield("see [1] and nobody", Form("[{}]"), []) is not None


def test_more_spans_than_the_form_can_tell_apart_are_not_shielded() -> None:
    for text, fits in (("1 2 3 4 5 6 7 eggs", False), ("1 2 3 4 5 6 eggs", True)):
        assert (shield(text, FORM, spans(text)) is not None) is fits


def test_an_agreed_term_comes_out_as_what_was_agreed() -> None:
    text = "the union calls @ana"
    protected = spans(text, [Span(4, 9, "term", shown="el sindicato")])
    shielded = shield(text, FORM, protected)
    assert shielded is not None
    assert shielded.text == "the ⟦1⟧ calls ⟦2⟧"
    assert shielded.restore(shielded.text) == "the el sindicato calls @ana"
    assert [piece.text for piece in pieces(text, protected)] == [
        "the",
        " ",
        "el sindicato",
        " ",
        "calls",
        " ",
        "@ana",
    ]


def test_what_a_glossary_adds_wins_over_numbers_and_nothing_else() -> None:
    text = "Casa 40 is at https://x.org/Casa"
    protected = spans(text, [Span(0, 7, "keep"), Span(28, 32, "keep")])
    assert [span.within(text) for span in protected] == ["Casa 40", "https://x.org/Casa"]


@pytest.mark.parametrize("text", ["", "😀", "https://x.org", "40 – 18:00", "...", "@ana 1,5 %", "\u202e"])
def test_a_text_without_words_has_nothing_to_translate(text: str) -> None:
    assert wordless(text)
    assert not wordless(f"{text} we")


SLOW = (
    *(
        "x",
        "a b ",
        "1",
        "1.",
        "_",
        "a_ ",
        "@",
        "@a:",
        "http:.",
        "a.",
        "😀 ",
        "`",
        "` a",
        "<a",
        "{a",
        "#1",
        "-",
    ),
    *(
        "a-1",
        "\u200d",
        " ",
        "+1 ",
        "12 34 ",
        "word, ",
        "我们",
        "\u202eab",
        "\ud800",
        "(",
        "1'",
        "1:",
        "€",
        "⟦1⟧",
    ),
    *("> ", "1) ", "$1 ", "http://", "http://(", "www.", "a.b@", "a@", "/a ", "a-", "+1(", "⟦"),
)


@pytest.mark.parametrize("unit", SLOW)
def test_no_text_of_60000_characters_is_slow_to_search(unit: str) -> None:
    text = (unit * 60_000)[:60_000] + "x"
    began = time.process_time()
    spans(text)
    assert time.process_time() - began < 5.0


@given(st.one_of(anything, st.text("ab é.!?:;,'’-“¡Z…\u0301\u200d ña1@#_", max_size=14)))
def test_what_is_passed_over_as_words_alone_holds_nothing_to_protect(text: str) -> None:
    if module._PLAIN.fullmatch(text):
        assert module._PATTERN.search(text) is None


@given(anything)
def test_the_kind_of_a_span_is_that_of_the_pattern_that_found_it(text: str) -> None:
    kinds = {**module._HARD, **module._NUMBERS}
    for found in module._PATTERN.finditer(text):
        assert found.lastgroup == next(kind for kind in kinds if found[kind] is not None)
