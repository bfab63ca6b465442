"""What the pipeline relies on in a Translator."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.glossary import Glossary
from bot.domain.rendering import Flag
from bot.pipeline.ports import NoModel, Translator


async def test_a_known_sentence_is_translated(translator: Translator) -> None:
    (found,) = await translator.translate(["We won the hearing."], "en", "es")
    assert found.text == "Ganamos la audiencia."
    assert (found.nothing, found.partial, found.via) == (False, False, None)
    assert [(one.source, one.target) for one in found.segments] == [
        ("We won the hearing.", "Ganamos la audiencia.")
    ]


async def test_the_other_way_round_too(translator: Translator) -> None:
    (found,) = await translator.translate(["Nos reunimos mañana."], "es", "en")
    assert found.text == "We meet tomorrow."


async def test_several_messages_come_back_in_their_order(translator: Translator) -> None:
    texts = ["Good morning", "We meet tomorrow.", "We won the hearing."]
    found = await translator.translate(texts, "en", "es")
    assert [one.text for one in found] == ["Buenos días", "Nos reunimos mañana.", "Ganamos la audiencia."]


async def test_lines_stay_lines(translator: Translator) -> None:
    (found,) = await translator.translate(["Good morning\n\nWe meet tomorrow."], "en", "es")
    assert found.text == "Buenos días\n\nNos reunimos mañana."
    assert len(found.segments) == 2


async def test_what_it_does_not_know_stands_as_it_was_written(translator: Translator) -> None:
    (found,) = await translator.translate(["Zorgle frim batuk"], "en", "es")
    assert found.text == "Zorgle frim batuk"
    assert found.nothing
    assert all(one.target is None and one.flags == (Flag.UNKNOWN,) for one in found.segments)


async def test_what_it_knows_in_part_is_partial(translator: Translator) -> None:
    (found,) = await translator.translate(["Good morning\nZorgle frim batuk"], "en", "es")
    assert found.text == "Buenos días\nZorgle frim batuk"
    assert (found.nothing, found.partial) == (False, True)


@pytest.mark.parametrize("text", ["🎉🎉", "https://example.org/a?b=c", "12:30", "@ana:here.example", "…"])
async def test_what_is_the_same_in_every_language_is_not_called_unknown(
    translator: Translator, text: str
) -> None:
    (found,) = await translator.translate([text], "en", "es")
    assert found.text == text
    assert (found.nothing, found.partial) == (False, False)


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
async def test_blanks_have_no_sentences(translator: Translator, text: str) -> None:
    (found,) = await translator.translate([text], "en", "es")
    assert (found.text, found.segments, found.nothing) == (text, (), False)


async def test_into_the_same_language_nothing_changes(translator: Translator) -> None:
    (found,) = await translator.translate(["We won the hearing."], "en", "en")
    assert (found.text, found.segments) == ("We won the hearing.", ())


async def test_nothing_asked_is_nothing_answered(translator: Translator) -> None:
    assert await translator.translate([], "en", "es") == []


@pytest.mark.parametrize(("source", "target"), [("en", "fr"), ("fr", "en"), ("de", "uk")])
async def test_without_a_model_it_says_so(translator: Translator, source: str, target: str) -> None:
    with pytest.raises(NoModel):
        await translator.translate(["Bonjour"], source, target)


async def test_it_names_the_pairs_it_can_translate(translator: Translator) -> None:
    assert await translator.pairs() == {("en", "es"), ("es", "en")}


async def test_calls_at_the_same_time_do_not_mix(translator: Translator) -> None:
    there, back, unknown = await asyncio.gather(
        translator.translate(["We won the hearing."], "en", "es"),
        translator.translate(["Nos reunimos mañana."], "es", "en", backlog=True),
        translator.translate(["Zorgle"], "en", "es"),
    )
    assert [there[0].text, back[0].text, unknown[0].text] == [
        "Ganamos la audiencia.",
        "We meet tomorrow.",
        "Zorgle",
    ]


async def test_people_s_corrections_win(translator: Translator) -> None:
    glossary = Glossary(corrections={"we won the hearing.": "¡Ganamos en el juzgado!"})
    (found,) = await translator.translate(["We won the hearing."], "en", "es", glossary)
    assert found.text == "¡Ganamos en el juzgado!"
    assert [one.corrected for one in found.segments] == [True]


async def test_it_tells_languages_apart_among_those_asked_for(translator: Translator) -> None:
    assert await translator.detect("Ganamos la audiencia.", ["en", "es"]) == "es"
    assert await translator.detect("We won the hearing.", ["en", "es"]) == "en"
    assert await translator.detect("Ganamos la audiencia.", ["es"]) is None
