from __future__ import annotations

import re

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.dispatch import LONGEST_PART, LONGEST_TEXT
from bot.domain.parts import base_of, is_added, is_part, part_name, parts, slices, weight

LIMIT = 300

_PIECES = (
    "word",
    "Wohnungsgesellschaft",
    " ",
    ". ",
    "\n",
    "\n\n",
    "```py\n",
    "```\n",
    "~~~\n",
    "x = 1\n",
    "👩‍👩‍👧‍👦",
    "🇵🇭",
    "👍🏽",
    "é",
    "ที่",
    "क्ष",
    "한",
    "。",
    "https://twins.example/a/b?c=d",
    "[our page](https://twins.example/page)",
    "\u202e",
    "\ud800",
)
texts = st.lists(st.sampled_from(_PIECES), max_size=400).map("".join) | st.text(max_size=2_000)


@given(texts)
def test_slices_give_the_text_back_and_fit(text: str) -> None:
    found = slices(text, LIMIT)
    assert "".join(found) == text
    assert all(weight(piece) <= LIMIT for piece in found)
    assert found == slices(text, LIMIT)


@given(st.lists(st.sampled_from(["👩‍👩‍👧‍👦", "🇵🇭", "👍🏽", "e\u0301", "ที่", "क्ष", "각", "a"]), max_size=400))
def test_no_letter_is_cut(letters: list[str]) -> None:
    text = "".join(letters)
    ends = {found.end() for found in regex.finditer(r"\X", text)} | {0}
    at = 0
    for piece in slices(text, LIMIT):
        at += len(piece)
        assert at in ends


@given(
    st.lists(
        st.sampled_from(["https://twins.example/a/b?c=d&e=f", "word", " ", "\n", ". ", "日"]), max_size=300
    )
)
def test_no_link_is_cut_that_is_not_too_large(pieces: list[str]) -> None:
    text = " ".join(pieces)
    links = [found.span() for found in re.finditer(r"https://[!-~]+", text)]
    at = 0
    for piece in slices(text, LIMIT):
        at += len(piece)
        assert not [span for span in links if span[0] < at < span[1] and span[1] - span[0] < 60]


@given(texts.map(lambda text: text * 20))
def test_each_part_fits_with_the_fences_of_its_code(text: str) -> None:
    found = parts(text)
    assert found == parts(text)
    assert all(weight(part) <= LONGEST_PART for part in found)


@pytest.mark.parametrize("text", ["", "short", "x" * LONGEST_PART, "\n \n", "ñ" * (LONGEST_PART // 2)])
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert parts(text) == (text,)


def test_paragraphs_come_before_lines_lines_before_sentences_sentences_before_words() -> None:
    filler = "x" * 150
    for best, worse in (("\n\n", "\n"), ("\n", ". "), (". ", " "), (" ", "x")):
        text = f"{filler}{best}mm{worse}nn" + "y" * 200
        assert slices(text, LIMIT)[0] == filler + best


def test_a_long_run_without_a_blank_is_cut_anyway() -> None:
    found = parts("x" * LONGEST_TEXT)
    assert "".join(found) == "x" * LONGEST_TEXT
    assert len(found) == 6


def test_a_link_that_fits_goes_whole_into_the_next_part() -> None:
    link = "https://twins.example/" + "a" * 150
    assert slices(f"{'word ' * 20}{link}{' word' * 40}", LIMIT)[1].startswith(link)


def test_a_link_in_words_is_not_cut() -> None:
    link = "[the page of our twins](https://twins.example/page)"
    assert link in slices(f"{'x' * 190} {link}{' word' * 40}", LIMIT)[1]


def test_three_thousand_lines_are_a_handful_of_parts() -> None:
    found = parts("".join(f"line {n}\n" for n in range(3_000)))
    assert "\n".join(found).split("\n") == [f"line {n}" for n in range(3_000)]
    assert len(found) < 8


def test_code_that_is_cut_is_closed_and_opened_again() -> None:
    code = "".join(f"print({n})\n" for n in range(1_500))
    found = parts(f"Run this:\n\n```python\n{code}```\nThank you.")
    assert len(found) > 2
    for part in found:
        assert len(re.findall(r"^```", part, re.MULTILINE)) == 2
    assert all(part.startswith("```python\nprint(") for part in found[1:])
    assert found[-1].endswith("```\nThank you.")
    inside = [line for part in found for line in part.split("\n") if line.startswith("print")]
    assert inside == code.rstrip("\n").split("\n")


def test_a_code_block_that_fits_is_not_cut() -> None:
    code = "```\n" + "x = 1\n" * 200 + "```\n"
    found = parts("word " * 1_000 + "\n\n" + code + "\n" + "word " * 800)
    assert [part for part in found if code.strip() in part]


def test_a_fence_that_nobody_closes_runs_to_the_end() -> None:
    found = parts("~~~\n" + "code\n" * 3_000)
    assert all(part.startswith("~~~\ncode") for part in found)
    assert all(part.endswith("\n~~~") for part in found[:-1])


def test_what_nobody_can_see_is_no_part() -> None:
    assert parts("a" + "\n" * 20_000 + "b") == ("a", "b")


def test_the_same_beginning_has_the_same_parts() -> None:
    text = "A sentence of the news. " * 1_200
    assert parts(text)[:2] == parts(text + "One more sentence.")[:2]


def test_names_of_parts() -> None:
    assert part_name("copy", 1) == "copy"
    assert part_name("copy", 3) == "copy#3"
    assert part_name("copy", 3, "k2Jx") == "copy#3+k2Jx"
    assert base_of("joint:es#2") == "joint:es"
    assert is_part("copy", "copy")
    assert is_part("copy#2", "copy")
    assert is_part("copy#2+k2Jx", "copy")
    assert is_part("joint:es#2", "joint:es")
    assert not is_part("copy#2:edit:own:$e", "copy")
    assert not is_part("copy:late", "copy")
    assert is_added("copy#3+k2Jx")
    assert is_added("joint:es#3+k2Jx")
    assert not is_added("copy#3")
    assert not is_added("copy#3+k2Jx:edit:own:$e")
