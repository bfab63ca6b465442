"""People's words inside what the bot says: translated, in quotation marks, with the original."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.domain.outgoing import Found, Say
from bot.domain.post import Fold
from bot.domain.rendering import Doubt, Flag, Mark, Rendering
from bot.domain.text import Listing, Words, t
from bot.pipeline.compose import compose_say
from bot.storage import outbox
from bot.storage.outbox.rows import PAYLOAD
from tests.unit.handlers.cast import ANA, BEN, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

WON, THANKS = Words("Ganamos.", "es", "Manila Tenants"), Words("Gracias.", "es", "Manila Tenants")
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


def _say(*words: Words, language: str = "en", room_id: str = MILWAUKEE) -> Say:
    listed = Listing(tuple(t("{name}: {words}", name="a", words=one) for one in words))
    return Say(room_id, (t("{theme}: {commands}", theme="News", commands=listed),), language)


async def _said(theatre: Theatre, say: Say) -> str:
    async with theatre.database.tx() as tx:
        await outbox.add(tx, say, "$cause", theatre.clock.now())
    before = theatre.transport.texts(say.room_id)
    await theatre.play()
    [text] = theatre.transport.texts(say.room_id)[len(before) :]
    return text


async def test_words_are_translated_and_their_originals_stand_below(theatre: Theatre) -> None:
    assert (await _said(theatre, _say(WON, THANKS))).split("\n") == [
        "News: a: “We won.” and a: “Thank you.”",
        "machine-translated from Spanish · original: Ganamos.",
        "Gracias.",
    ]


async def test_in_their_own_language_they_stand_as_they_are(theatre: Theatre) -> None:
    said = _say(WON, language="es", room_id=MANILA)
    assert said.foreign == ()
    assert "“Ganamos.”" in await _said(theatre, said)
    assert theatre.translator.calls == []


async def test_without_a_translator_they_stand_untranslated_and_that_is_said(theatre: Theatre) -> None:
    theatre.translator.down = True
    assert (await _said(theatre, _say(WON))).split("\n") == [
        "News: a: “Ganamos.”",
        "⚠ not translated: the translator is not answering",
    ]
    assert await theatre.waiting(MILWAUKEE) == []


async def test_a_room_of_several_languages_reads_each_of_them(theatre: Theatre) -> None:
    said = Say(MILWAUKEE, (t("{name}: {words}", name="a", words=WON),), "en", also=("es",))
    assert [(words.text, target) for words, target in said.foreign] == [("Ganamos.", "en")]
    text = await _said(theatre, said)
    assert "a: “We won.”" in text
    assert "a: “Ganamos.”" in text


@pytest.mark.parametrize("missing", ["found", "agreed"])
def test_what_an_older_program_stored_is_still_read(missing: str) -> None:
    stored = PAYLOAD.dump_python(_say(WON), mode="json")
    del stored[missing]
    assert PAYLOAD.validate_python(stored) == _say(WON)


def test_doubts_stand_with_the_original(theatre: Theatre) -> None:
    rendering = Rendering("We lost.", doubts=(Doubt(Flag.NEGATION, "Ganamos."),))
    say = Say(MILWAUKEE, (t("{name}: {words}", name="a", words=WON),), "en")
    post = compose_say(
        Say(MILWAUKEE, say.lines, "en", found=(Found(WON, "en", rendering),)),
        theatre.catalogs,
        None,
        None,
        None,
    )
    fold = post.blocks[-1]
    assert isinstance(fold, Fold)
    assert fold.summary.startswith("⚠ ")
    assert fold.notes == ("“Ganamos.”: a “not” may be lost or added",)


def test_a_translation_that_is_there_is_not_asked_for_again() -> None:
    found = Found(WON, "en", Rendering(None, (Mark.NO_MODEL,)))
    assert Say(MILWAUKEE, _say(WON).lines, "en", found=(found,)).foreign == ()


async def test_why_a_word_is_better_avoided_is_read_in_the_writers_language(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, '!term avoid boss "Thank you."')
    await theatre.say(MANILA, ANA, "!dispatch El boss se fue.")
    await theatre.play()
    warning, _, origin = theatre.transport.texts(MANILA)[-1].split("\n")
    assert "“boss”: “Gracias.”" in warning
    assert origin == "traducción automática del inglés · original: Thank you."
    await theatre.say(MANILA, BEN, "!term list")
    await theatre.play()
    assert "“boss” mejor se evita: “Gracias.”" in theatre.transport.texts(MANILA)[-1]
