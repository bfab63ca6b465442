from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.rendering import Flag
from bot.mt import verify
from bot.mt.message import Way, translate
from bot.mt.shield import Form, values
from tests.unit.mt.texts import anything

FORM = Form("⟦{}⟧")
LETTERS = regex.compile(r"\p{L}+")
BULLET = regex.compile(r"[a-z]\)")


def shouting(sentences: Sequence[str]) -> list[list[str]]:
    """A decoder that changes every word and keeps all else."""
    return [[LETTERS.sub(lambda found: found.group().swapcase() + "x", one)] for one in sentences]


def answers(*hypotheses: str) -> Way:
    """An engine that says the same to everything."""
    return Way("en", lambda sentences: [list(hypotheses) for _ in sentences], FORM)


def test_white_space_bullets_and_line_breaks_stay() -> None:
    text = "  - one two.  three four!\r\n\r\n1. five\n\t> six  "
    [translation] = translate([text], [Way("en", shouting, FORM)])
    assert translation.text == "  - ONEx TWOx.  THREEx FOURx!\r\n\r\n1. FIVEx\n\t> SIXx  "
    assert [segment.source for segment in translation.segments] == ["one two.", "three four!", "five", "six"]
    assert not translation.partial


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "😀😀", "https://x.org/a", "40", "...", "\u200b", "```\ncode\n```"]
)
def test_a_message_without_words_stays_and_counts_as_done(text: str) -> None:
    [translation] = translate([text], [answers("nonsense")])
    assert translation.text == text
    assert not translation.partial
    assert not translation.nothing


@pytest.mark.parametrize(
    ("source", "answer", "flag"),
    [
        ("we won", "", Flag.UNKNOWN),
        ("we won", "no no no no no no", Flag.UNKNOWN),
        ("we won 40 cases", "ganamos 14 casos", Flag.NUMBERS),
        ("tell @ana we won", "díganle que ganamos", Flag.SPANS),
        ("tell @ana we won", "díganle a ⟦1⟧ ⟦1⟧ que ganamos", Flag.SPANS),
    ],
)
def test_a_bad_translation_is_not_shown_but_the_original_with_a_flag(
    source: str, answer: str, flag: Flag
) -> None:
    [translation] = translate([source], [Way("en", lambda many: [[answer]] * len(many), FORM)])
    spans = values(source, hard=True)
    if not spans:  # with spans the pieces around them are another way
        assert translation.text == source
        assert translation.segments[0].target is None
        assert translation.segments[0].flags == (flag,)
    assert all(span in translation.text for span in spans)


def test_the_next_hypothesis_is_taken_if_the_first_is_unfit() -> None:
    [translation] = translate(["40 families"], [answers("14 familias", "40 familias")])
    assert translation.text == "40 familias"


def test_numbers_go_in_as_placeholders_if_the_engine_changes_them() -> None:
    def adds_one(sentences: Sequence[str]) -> list[list[str]]:
        return [
            [regex.sub(r"(?<!⟦)\d+(?!⟧)", lambda found: str(int(found.group()) + 1), one).upper()]
            for one in sentences
        ]

    [translation] = translate(["we are 40 people"], [Way("en", adds_one, FORM)])
    assert translation.text == "WE ARE 40 PEOPLE"


def test_an_engine_that_loses_placeholders_translates_the_pieces_around_the_spans() -> None:
    def forgets(sentences: Sequence[str]) -> list[list[str]]:
        return [[regex.sub(r"⟦\d⟧", "", one).upper()] for one in sentences]

    [translation] = translate(["tell @ana, please, we won"], [Way("en", forgets, FORM)])
    assert translation.text == "TELL @ana, PLEASE, WE WON"
    assert translation.segments[0].flags == ()


def test_the_same_sentence_is_decoded_once() -> None:
    seen: Counter[str] = Counter()

    def counting(sentences: Sequence[str]) -> list[list[str]]:
        seen.update(sentences)
        return [[one.upper()] for one in sentences]

    translate(["we won. we won.", "we won."], [Way("en", counting, FORM)])
    assert seen == {"we won.": 1}


def test_a_sentence_the_engine_cannot_take_stands() -> None:
    [translation] = translate(["we won. we stay."], [Way("en", lambda many: [[] for _ in many], FORM)])
    assert translation.nothing
    assert translation.text == "we won. we stay."


def _book(pairs: dict[str, str]) -> Way:
    back = {target: source for source, target in pairs.items()}
    return Way(
        "en",
        lambda many: [[pairs.get(one, "Ganamos.")] for one in many],
        FORM,
        phrasebook=True,
        back=lambda many: [[back.get(one, "We won.")] for one in many],
    )


def test_a_phrasebook_knows_what_comes_back_the_same() -> None:
    book = _book({"We won.": "Ganamos.", "⟦1⟧ families stay.": "⟦1⟧ familias se quedan."})
    [translation] = translate(["We won. 40 families stay. The zebra sleeps."], [book])
    assert translation.text == "Ganamos. 40 familias se quedan. The zebra sleeps."
    assert [segment.flags for segment in translation.segments] == [(), (), (Flag.UNKNOWN,)]
    assert translation.partial
    assert not translation.nothing


def test_a_phrasebook_is_lenient_with_case_but_not_with_questions() -> None:
    book = _book({"We won.": "Ganamos.", "We won": "Ganamos"})
    assert translate(["we won"], [book])[0].text == "ganamos"
    assert translate(["We won?"], [_book({"We won?": "Ganamos"})])[0].nothing


def test_a_phrasebook_without_its_reverse_knows_nothing() -> None:
    way = Way("en", shouting, FORM, phrasebook=True, back=None)
    assert translate(["We won."], [way])[0].nothing


def test_over_two_hops_the_pivot_is_named_and_one_failing_hop_keeps_the_original() -> None:
    second = Way("en", lambda many: [[] if "stay" in one else [one + "!"] for one in many], FORM)
    first = Way("es", lambda many: [[one.upper().replace("B", "stay")] for one in many], FORM)
    [translation] = translate(["aa. bb."], [first, second], via="en")
    assert translation.text == "AA.! bb."
    assert translation.via == "en"
    assert translation.segments[1].flags == (Flag.UNKNOWN,)


engines = st.sampled_from(
    [
        shouting,
        lambda many: [[one] for one in many],
        lambda many: [[""] for _ in many],
        lambda many: [[] for _ in many],
        lambda many: [[one + one] for one in many],
        lambda many: [[one[::-1]] for one in many],
        lambda many: [[one.replace("⟦1⟧", "⟦2⟧"), one.lower()] for one in many],
        lambda many: [[one.replace("⟦", "").replace("⟧", "")] for one in many],
        lambda many: [[regex.sub(r"\d", "7", one)] for one in many],
        lambda many: [["la la la la la la la la"] for _ in many],
        lambda many: [[one[: len(one) // 2]] for one in many],
    ]
)


@given(anything, engines, st.booleans())
def test_whatever_the_engine_does_spans_and_digits_survive_and_nothing_is_dropped(
    text: str, engine: object, phrasebook: bool
) -> None:
    assert callable(engine)
    way = Way("en", engine, FORM, phrasebook=phrasebook, back=engine if phrasebook else None)
    [translation] = translate([text], [way])
    rest = translation.text
    for segment in translation.segments:
        shown = segment.source if segment.target is None else segment.target
        assert shown
        assert segment.flags if segment.target is None else not segment.flags
        for value in values(segment.source, hard=True):
            assert shown.count(value) == segment.source.count(value)
        assert verify.digits(shown) == verify.digits(segment.source)
        before, found, rest = rest.partition(shown)
        assert found
        assert not LETTERS.search(BULLET.sub("", before)) or "`" in text
    for value in values(text, hard=True):
        assert value in translation.text or "\n" in value or "\r" in value
