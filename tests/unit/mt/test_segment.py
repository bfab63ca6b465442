from __future__ import annotations

import time

import pytest
from hypothesis import given

from bot.mt.segment import LONGEST, sentences
from bot.mt.spans import spans
from tests.unit.mt.texts import anything


def found(text: str, language: str = "en") -> list[str]:
    return [part.text for part in sentences(text, language) if part.sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We won the hearing. 40 families stay.", ["We won the hearing.", "40 families stay."]),
        ("See https://x.org/a.b?c. Next", ["See https://x.org/a.b?c.", "Next"]),
        ("Mail ana@x.org! Or not.", ["Mail ana@x.org!", "Or not."]),
        ("At 9 a.m. we march.", ["At 9 a.m. we march."]),
        ("", []),
        (" ", []),
    ],
)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("zh", "我们赢了。谢谢。", 2),
        ("hi", "हम जीते। धन्यवाद।", 2),
        ("ar", "فزنا. هل أنتم بخير؟ نعم.", 3),
        ("fil", "Panalo. Salamat.", 2),
    ],
)
def test_sentences_of_other_scripts_are_told_apart(language: str, text: str, count: int) -> None:
    assert len(found(text, language)) == count


@given(anything)
def test_joining_the_parts_gives_the_block_again(text: str) -> None:
    parts = sentences(text, "en")
    assert "".join(part.text for part in parts) == text
    assert all(part.text.strip() == part.text for part in parts if part.sentence)


@given(anything)
def test_no_sentence_ends_inside_a_protected_span(text: str) -> None:
    cuts, at = set(), 0
    for part in sentences(text, "en"):
        at += len(part.text)
        cuts.add(at)
    for span in spans(text):
        inside = range(span.start + 1, span.end)
        edge = len(text[span.start : span.end].strip()) < span.end - span.start
        assert edge or not cuts.intersection(inside)


@pytest.mark.parametrize("unit", ["word ", "word, ", "x", "我们", "😀", "\ud800", "a\u200d"])
def test_one_huge_sentence_is_split_and_nothing_is_lost(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    began = time.process_time()
    parts = sentences(text, "en")
    assert time.process_time() - began < 5.0
    assert "".join(part.text for part in parts) == text
    if unit.strip().isascii():
        assert max(len(part.text) for part in parts) <= LONGEST


def test_a_long_sentence_is_split_at_a_clause() -> None:
    clause = "the landlord who owns the building has to answer for the repairs that he promised"
    text = ", ".join([clause] * 6) + "."
    assert all(part.endswith((",", ".")) for part in found(text))
    assert len(found(text)) > 1


def test_a_link_longer_than_a_sentence_may_be_is_kept_whole() -> None:
    link = "https://example.org/" + "a" * 2 * LONGEST
    assert any(link in part for part in found(f"{'word ' * 60}{link} {'word ' * 60}"))
