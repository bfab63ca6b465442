from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.alignment import pairs
from bot.domain.glossary import Glossary, normalised
from bot.domain.rendering import Flag
from bot.mt import message, verify
from bot.mt.blocks import Kind, blocks
from bot.mt.engine import EngineFailed
from bot.mt.message import Trace
from bot.mt.segment import sentences
from bot.mt.spans import spans, values
from bot.mt.ways import NoWay, Plan, Way, drive
from tests.unit.mt.engines import Says, answer, plan, said, way
from tests.unit.mt.texts import anything

LETTERS = regex.compile(r"\p{L}+")


def hard(text: str) -> list[str]:
    return values(text, spans(text), hard=True)


def shouting(many: Sequence[str]) -> list[list[str]]:
    """A decoder that changes every word and keeps all else."""
    return [[LETTERS.sub(lambda found: found.group().swapcase() + "x", one)] for one in many]


def saying(*hypotheses: str) -> Says:
    """An engine that says the same to everything."""
    return lambda many: [list(hypotheses) for _ in many]


def knowing(**phrases: str) -> Says:
    """An engine that replaces words, and nothing else."""
    return lambda many: [
        [LETTERS.sub(lambda found: phrases.get(found.group(), found.group()), one)] for one in many
    ]


def failing(many: Sequence[str]) -> list[list[str]]:
    raise EngineFailed("away")


def unopened() -> Way:
    raise NoWay("refused")


def test_white_space_bullets_and_line_breaks_stay() -> None:
    text = "  - one two.  three four!\r\n\r\n1. five\n\t> six  "
    translation = said(text, way(shouting))
    assert translation.text == "  - ONEx TWOx.  THREEx FOURx!\r\n\r\n1. FIVEx\n\t> SIXx  "
    assert [segment.source for segment in translation.segments] == ["one two.", "three four!", "five", "six"]
    assert not translation.partial


def test_the_cells_of_a_table_are_translated_one_by_one() -> None:
    text = "| Day | Place |\n|-----|-------|\n| one | two |"
    assert said(text, way(shouting)).text == "| dAYx | pLACEx |\n|-----|-------|\n| ONEx | TWOx |"


@pytest.mark.parametrize(
    "text", ["", " ", "\n\n", "😀😀", "https://x.org/a", "40", "...", "\u200b", "```\ncode\n```", "`one two`"]
)
def test_a_message_without_words_stays_and_counts_as_done(text: str) -> None:
    translation = said(text, way(saying("nonsense")))
    assert translation.text == text
    assert not translation.partial
    assert not translation.nothing


@pytest.mark.parametrize(
    ("source", "target", "flag"),
    [
        ("we won", "", Flag.EMPTY),
        ("we won", "no no no no no no", Flag.REPEATS),
        ("we won ⁂", "ganamos ⁇", Flag.UNKNOWN),
    ],
)
def test_of_a_bad_translation_the_original_is_shown_with_a_flag(source: str, target: str, flag: Flag) -> None:
    translation = said(source, way(saying(target)))
    assert translation.text == source
    assert (translation.segments[0].target, translation.segments[0].flags) == (None, (flag,))


def test_a_doubtful_translation_is_shown_with_its_flag() -> None:
    translation = said("we will not go", way(saying("iremos allí")))
    assert translation.text == "iremos allí"
    assert translation.segments[0].flags == (Flag.NEGATION,)


def test_the_hypothesis_with_the_fewest_doubts_is_taken() -> None:
    for source, hypotheses, chosen in (
        ("40 families", ("14 familias", "40 familias"), "40 familias"),
        ("are you well?", ("estáis bien", "¿estáis bien?"), "¿estáis bien?"),
        ("are you not well?", ("bien", "¿bien?", "mal"), "¿bien?"),
    ):
        assert said(source, way(saying(*hypotheses), hypotheses=4)).text == chosen


def test_all_hypotheses_are_asked_for_only_if_something_is_wrong_with_the_first() -> None:
    trace: Trace = []
    said("we won", way(saying("ganamos", "vencimos"), hypotheses=4), trace=trace)
    assert [one["hypotheses"] for one in trace[0]["tries"]] == [[["ganamos"]]]
    trace = []
    said("we won?", way(saying("ganamos", "¿ganamos?"), hypotheses=4), trace=trace)
    assert [one["hypotheses"] for one in trace[0]["tries"]] == [[["ganamos"]], [["ganamos", "¿ganamos?"]]]


def test_numbers_go_in_as_placeholders_if_the_engine_changes_them() -> None:
    def adds_one(many: Sequence[str]) -> list[list[str]]:
        return [[regex.sub(r"(?<!⟦)\d+(?!⟧)", lambda n: str(int(n.group()) + 1), one) + " X"] for one in many]

    assert said("we are 40 people", way(adds_one)).text == "we are 40 people X"


def test_numbers_that_get_lost_even_so_are_glued_in() -> None:
    def loses(many: Sequence[str]) -> list[list[str]]:
        return [[regex.sub(r"⟦\d⟧|\d", "", one).strip() + "x"] for one in many]

    assert said("we are 40 people", way(loses)).text == "we arex 40 peoplex"


def test_an_engine_that_loses_placeholders_translates_the_pieces_around_the_spans() -> None:
    def forgets(many: Sequence[str]) -> list[list[str]]:
        return [[regex.sub(r"⟦\d⟧", "", one).replace("e", "a")] for one in many]

    translation = said("tell @eve, please, we won", way(forgets))
    assert translation.text == "tall @eve, plaasa, wa won"
    assert translation.segments[0].flags == ()


def test_the_same_sentence_is_decoded_once() -> None:
    seen: Counter[str] = Counter()

    def counting(many: Sequence[str]) -> list[list[str]]:
        seen.update(many)
        return [[one + "x"] for one in many]

    said("we won. we won.\nwe won.", way(counting))
    assert seen == {"we won.": 1}


def test_a_sentence_the_engine_cannot_take_stands() -> None:
    translation = said("we won. we stay.", way(lambda many: [[] for _ in many]))
    assert translation.nothing
    assert translation.text == "we won. we stay."


def test_capitals_are_translated_in_small_letters_and_put_back() -> None:
    assert said(
        "WE WON, SEE https://x.org/Ab NOW", way(knowing(We="Hemos", won="vencido", now="ya"))
    ).text == ("HEMOS VENCIDO, SEE https://x.org/Ab YA")


def test_a_label_that_gets_lost_is_peeled_off() -> None:
    def drops(many: Sequence[str]) -> list[list[str]]:
        return [[one.partition(": ")[2] or one + "x"] for one in many]

    translation = said("Rosa: we stay", way(drops))
    assert translation.text == "Rosa: we stayx"
    assert translation.segments[0].flags == ()


# -- languages ------------------------------------------------------------------------------------------

ENGLISH = "We will read your letter aloud at the meeting tomorrow."
SPANISH = "Leeremos su carta en voz alta en la asamblea de mañana."


def test_a_message_in_the_readers_language_is_left_alone() -> None:
    translation = said(SPANISH, way(saying("nonsense")))
    assert (translation.text, translation.segments, translation.language) == (SPANISH, (), "es")


@pytest.mark.parametrize("text", [f"{ENGLISH}\n\n{SPANISH}", f"{SPANISH}\n\n{SPANISH}\n{ENGLISH}"])
def test_in_a_mixed_message_only_the_other_blocks_are_translated(text: str) -> None:
    translation = said(text, way(shouting))
    assert translation.text == text.replace(ENGLISH, shouting([ENGLISH])[0][0])
    assert [segment.source for segment in translation.segments] == [ENGLISH]


def test_a_short_text_that_could_be_either_is_translated() -> None:
    assert said("Hola", way(saying("x"), "es", "en")).segments[0].target == "x"


# -- people's own words -----------------------------------------------------------------------------------


def corrections(**known: str) -> Glossary:
    return Glossary({normalised(source.replace("_", " ")): target for source, target in known.items()})


def test_what_people_have_corrected_wins_over_the_engine() -> None:
    known = corrections(**{"we won.": "¡Vencimos!"})
    translation = said("WE  WON. we stay.", way(shouting), glossary=known)
    assert translation.text == "¡Vencimos!  WEx STAYx.".replace("  ", " ")
    assert [segment.corrected for segment in translation.segments] == [True, False]


def test_a_correction_of_the_whole_message_wins_over_one_of_its_sentences() -> None:
    text = "we won. we stay."
    known = Glossary({normalised(text): "Todo bien.", normalised("we won."): "no"})
    translation = said(text, way(shouting), glossary=known)
    assert translation.text == "Todo bien."
    assert translation.segments[0].corrected
    known = Glossary({normalised(text): "Todo bien."})
    assert said(f"- {text}\n- other", way(shouting), glossary=known).text == "- Todo bien.\n- OTHERx"


def test_a_kept_word_is_never_translated() -> None:
    engine = way(knowing(Grace="Gracia", speaks="habla"))
    known = Glossary(keep=("grace",))
    assert said("Grace speaks", engine, glossary=known).text == "Grace habla"


def test_an_agreed_term_is_used_if_the_engine_does_not_do_so_itself() -> None:
    known = Glossary(terms=(("hearing", "vista"),))
    assert said("the hearing", way(knowing(the="la", hearing="audiencia")), glossary=known).text == "la vista"
    engine = way(saying("las vistas"))
    assert said("the hearing", engine, glossary=known).text == "las vistas"


def test_an_agreed_term_survives_the_pivot() -> None:
    known = Glossary(terms=(("gremio", "Gewerkschaft"),), keep=("Casa Azul",))
    first = way(knowing(el="the", gremio="guild", y="and"), "es", "en")
    second = way(knowing(the="die", Gewerkschaft="Union", Azul="Blau"), "en", "de")
    assert said("el gremio y Casa Azul", first, second, glossary=known).text == (
        "die Gewerkschaft and Casa Azul"
    )


# -- several engines --------------------------------------------------------------------------------------


def test_the_next_engine_takes_over_from_one_that_fails() -> None:
    assert said("we won", [way(failing), way(shouting)]).text == "WEx WONx"


def test_the_next_engine_gets_the_sentences_that_the_first_could_not_translate() -> None:
    first = way(lambda many: [[] if "stay" in one else ["ganamos"] for one in many])
    translation = said("we won. we stay.", [first, way(shouting)])
    assert [segment.target for segment in translation.segments] == ["ganamos", "WEx STAYx."]


def test_if_all_engines_fail_so_does_the_translation() -> None:
    with pytest.raises(EngineFailed):
        said("we won", [way(failing), way(failing)])
    with pytest.raises(NoWay):
        drive(message.translate("we won", Plan("en", "es", [])), answer)


def test_a_message_without_words_needs_no_engine() -> None:
    assert drive(message.translate("😀", Plan("en", "es", [])), answer).text == "😀"


def test_over_two_hops_the_pivot_is_named_and_one_failing_hop_keeps_the_original() -> None:
    first = way(lambda many: [[one.replace("b", "stay") + "?"] for one in many], "es", "en")
    second = way(lambda many: [[] if "stay" in one else [one + "!"] for one in many], "en", "de")
    translation = said("aa. bb.", first, second)
    assert translation.text == "aa.?! bb."
    assert translation.via == "en"
    assert translation.segments[1].flags == (Flag.UNKNOWN,)
    assert Flag.QUESTION in translation.segments[0].flags


def test_what_was_tried_is_told() -> None:
    trace: Trace = []
    said("we are 40", way(saying("somos", "son 40")), trace=trace)
    [line] = trace
    assert line["sentence"] == "we are 40"
    assert line["tries"][0] == {"texts": ("we are 40",), "hypotheses": [["somos"]]}


# -- phrasebooks ------------------------------------------------------------------------------------------


def _book(pairs: dict[str, str]) -> Way:
    back = {target: source for source, target in pairs.items()}
    return way(
        lambda many: [[pairs.get(one, "Ganamos.")] for one in many],
        book=True,
        back=lambda many: [[back.get(one, "We won.")] for one in many],
    )


def test_a_phrasebook_knows_what_comes_back_the_same() -> None:
    book = _book({"We won.": "Ganamos.", "⟦1⟧ families stay.": "⟦1⟧ familias se quedan."})
    translation = said("We won. 40 families stay. The zebra sleeps.", book)
    assert translation.text == "Ganamos. 40 familias se quedan. The zebra sleeps."
    assert [segment.flags for segment in translation.segments] == [(), (), (Flag.UNKNOWN,)]
    assert translation.partial
    assert not translation.nothing


def test_a_phrasebook_is_lenient_with_case_but_not_with_questions() -> None:
    book = _book({"We won.": "Ganamos.", "We won": "Ganamos"})
    assert said("we won", book).text == "ganamos"
    assert said("We won?", _book({"We won?": "Ganamos"})).nothing


def test_a_phrasebook_without_its_reverse_knows_nothing() -> None:
    assert said("We won.", way(shouting, book=True)).nothing


# -- whatever the engine does -----------------------------------------------------------------------------

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
        lambda many: [[one.upper(), "<script>", "\u202e" + one] for one in many],
    ]
)
glossaries = st.sampled_from(
    [
        Glossary(),
        Glossary(keep=("won", "Ganamos")),
        Glossary(terms=(("hearing", "VISTA"), ("a", "b"))),
        Glossary({normalised("We won"): "¡Vencimos!"}),
    ]
)


@given(anything, engines, glossaries, st.booleans(), st.booleans())
def test_whatever_the_engine_does_spans_and_digits_survive_and_nothing_is_dropped(
    text: str, engine: Says, glossary: Glossary, book: bool, pivot: bool
) -> None:
    hop = way(engine, book=book, back=engine if book else None)
    translation = (
        said(text, hop, way(engine, "es", "fr"), glossary=glossary)
        if pivot
        else said(text, hop, glossary=glossary)
    )
    rest = translation.text
    for segment in translation.segments:
        shown = segment.source if segment.target is None else segment.target
        assert shown
        assert segment.flags or segment.target is not None
        if not segment.corrected:
            for value in hard(segment.source):
                assert shown.count(value) == segment.source.count(value)
            ordinals = Counter(verify._ORDINAL.findall(segment.source))
            assert not verify.digits(segment.source) - verify.digits(shown) - ordinals
        _, found, rest = rest.partition(shown)
        assert found


@given(anything, engines)
def test_sentences_in_are_sentences_out_and_the_blocks_stay(text: str, engine: Says) -> None:
    translation = said(text, way(engine))
    stands = message._foreign(text, blocks(text), plan(way(engine)))
    if stands is None:
        assert (translation.text, translation.language) == (text, "es")
        return
    shown = iter(translation.segments)
    rebuilt = []
    for number, block in enumerate(blocks(text)):
        if block.kind is not Kind.WORDS or number in stands:
            rebuilt.append(block.text)
            continue
        for part in sentences(block.text, "en"):
            segment = next(shown) if part.sentence else None
            assert segment is None or segment.source == part.text
            rebuilt.append(part.text if segment is None or segment.target is None else segment.target)
    assert next(shown, None) is None
    assert "".join(rebuilt) == translation.text


def test_what_people_wrote_for_a_sentence_stays_when_another_one_changes() -> None:
    corrected = pairs("We won, Ana. Bring water.\n- Be there!", "¡Ganamos, Ana! Traigan agua.\n- ¡Vengan!")
    known = Glossary({normalised(one): other for one, other in corrected})
    changed = said("We won, Ana. bring bread.\n- Be there!", way(shouting), glossary=known)
    assert changed.text == "¡Ganamos, Ana! BRINGx BREADx.\n- ¡Vengan!"
    assert [segment.corrected for segment in changed.segments] == [True, False, True]


def test_engines_see_accents_as_parts_of_their_letters_and_links_stay_as_they_were() -> None:
    link = "https://example.org/cafe\u0301?a=1"
    translation = said(f"Meet at the cafe\u0301 by {link} now", way(knowing(café="kafe", now="ya")))
    assert translation.text == f"Meet at the kafe by {link} ya"
