from __future__ import annotations

import time

import pytest
from hypothesis import given

from bot.mt.segment import LONGEST, split
from bot.mt.shield import spans
from tests.unit.mt.texts import anything


def sentences(text: str, language: str = "en") -> list[str]:
    return [part.text for part in split(text, language) if part.sentence]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We won the hearing. 40 families stay.", ["We won the hearing.", "40 families stay."]),
        ("We won\nThank you", ["We won", "Thank you"]),
        ("We won\r\n\r\n  Thank you  ", ["We won", "Thank you"]),
        ("- We won\n* Thank you\n1. See you\n> Hello", ["We won", "Thank you", "See you", "Hello"]),
        ("See https://x.org/a.b?c. Next", ["See https://x.org/a.b?c.", "Next"]),
        ("Mail ana@x.org! Or not.", ["Mail ana@x.org!", "Or not."]),
        ("At 9 a.m. we march.", ["At 9 a.m. we march."]),
        ("", []),
        (" \n ", []),
    ],
)
def test_lines_and_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("zh", "我们赢了。谢谢。", 2),
        ("hi", "हम जीते। धन्यवाद।", 2),
        ("ar", "فزنا. هل أنتم بخير؟ نعم.", 3),
        ("tl", "Panalo. Salamat.", 2),
    ],
)
def test_sentences_of_other_scripts_are_told_apart(language: str, text: str, count: int) -> None:
    assert len(sentences(text, language)) == count


def test_fenced_code_is_no_sentence() -> None:
    text = "Run this:\n```\nrm -rf. Now!\n```\nThen stop."
    assert sentences(text) == ["Run this:", "Then stop."]


@given(anything)
def test_joining_the_parts_gives_the_message_again(text: str) -> None:
    parts = split(text, "en")
    assert "".join(part.text for part in parts) == text
    assert all(part.text.strip() == part.text for part in parts if part.sentence)


@given(anything)
def test_no_sentence_ends_inside_a_protected_span(text: str) -> None:
    cuts, at = [], 0
    for part in split(text, "en"):
        at += len(part.text)
        cuts.append(at)
    at = 0
    for line in text.splitlines(keepends=True):
        if "```" not in text:
            for span in spans(line):
                whole = range(at + span.start + 1, at + span.end)
                kind_of_edge = span.kind == "invisible" or line[: span.end].lstrip(" -*>1.)\t").count("\n")
                assert kind_of_edge or not set(cuts) & set(whole)
        at += len(line)


@pytest.mark.parametrize("unit", ["word ", "word, ", "x", "我们", "😀", "\ud800", "a\u200d"])
def test_one_huge_sentence_is_split_and_nothing_is_lost(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    began = time.process_time()
    parts = split(text, "en")
    assert time.process_time() - began < 5.0
    assert "".join(part.text for part in parts) == text
    if unit.strip().isascii():
        assert max(len(part.text) for part in parts) <= LONGEST


def test_a_long_sentence_is_split_at_a_clause() -> None:
    clause = "the landlord who owns the building has to answer for the repairs that he promised"
    text = ", ".join([clause] * 6) + "."
    assert all(part.endswith((",", ".")) for part in sentences(text))
    assert len(sentences(text)) > 1


def test_a_link_longer_than_a_sentence_may_be_is_kept_whole() -> None:
    link = "https://example.org/" + "a" * 2 * LONGEST
    assert any(link in part for part in sentences(f"{'word ' * 60}{link} {'word ' * 60}"))
