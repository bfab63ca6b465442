from __future__ import annotations

import time

import pytest
from hypothesis import given

from bot.mt.blocks import Kind, blocks
from tests.unit.mt.texts import anything


def words(text: str) -> list[str]:
    return [block.text for block in blocks(text) if block.kind is Kind.WORDS]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We won\nThank you", ["We won", "Thank you"]),
        ("We won\r\n\r\n  Thank you  ", ["We won", "Thank you"]),
        ("- We won\n* Thank you\n1. See you\n> Hello", ["We won", "Thank you", "See you", "Hello"]),
        ("## Plan\n- [x] We won\n> > Hello", ["Plan", "We won", "Hello"]),
        (
            "| Day | Place |\n|---|---|\n| Monday | the park |",
            ["Day", "Place", "---", "---", "Monday", "the park"],
        ),
        ("| see https://x.org/a|b | `a|b` |", ["see https://x.org/a|b", "`a|b`"]),
        ("this | that", ["this | that"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_lines_items_quotes_and_cells_are_blocks(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_fenced_code_is_no_block_of_words() -> None:
    text = "Run this:\n```\nrm -rf. Now!\n\n- x\n```\nThen stop."
    assert words(text) == ["Run this:", "Then stop."]


@given(anything)
def test_joining_the_blocks_gives_the_message_again(text: str) -> None:
    found = blocks(text)
    assert "".join(block.text for block in found) == text
    assert all(block.text for block in found)
    assert all(block.text == block.text.strip() for block in found if block.kind is Kind.WORDS)


@pytest.mark.parametrize("unit", ["| ", "- ", "> ", "# ", "```\n", "\n", "1. ", "[x] ", "a|"])
def test_no_text_of_60000_characters_is_slow_to_cut(unit: str) -> None:
    text = (unit * 60_000)[:60_000]
    began = time.process_time()
    assert "".join(block.text for block in blocks(text)) == text
    assert time.process_time() - began < 5.0
