"""The translation of relays: once per language, and never in the way of the words themselves."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.text import Language, t
from bot.pipeline import translate
from tests.unit.handlers.cast import ANA, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, code_of
from tests.unit.pipeline.theatre import Theatre, until

YET = t("⚠ not translated yet: the translator is not answering; I add the translation if it comes")
UNKNOWN = t("⚠ not translated: the translation model does not know these words")
PARTLY = t("⚠ some sentences stand untranslated, since the translation model does not know them")
NO_MODEL = t("⚠ not translated: I have no translation model for {language} here", language=Language("es"))


async def _dispatch(theatre: Theatre, text: str = "Ganamos.") -> str:
    return await theatre.say(MANILA, ANA, f"!dispatch {text}")


async def _madrid_too(theatre: Theatre, language: str = "en") -> None:
    """Madrid is Manila's second twin, and reads the language."""
    await theatre.say(MADRID, EVA, f"!group set language {language}")
    code = await code_of(theatre, MADRID, EVA)
    await theatre.say(MANILA, ANA, f"!twin propose {code}")
    await theatre.say(MADRID, EVA, "!twin accept manila")
    await theatre.play()


def _copy(theatre: Theatre, room_id: str = MILWAUKEE) -> list[str]:
    return [text for text in theatre.transport.texts(room_id) if "manila-1" in text]


async def test_one_translation_serves_all_rooms_of_a_language(theatre: Theatre) -> None:
    await _madrid_too(theatre)
    await _dispatch(theatre)
    await theatre.play()
    assert theatre.translator.calls == [(("Ganamos.",), "es", "en")]
    assert "We won." in _copy(theatre)[0]
    assert "We won." in _copy(theatre, MADRID)[0]


async def test_a_room_of_the_same_language_gets_the_words_as_they_are(theatre: Theatre) -> None:
    await _madrid_too(theatre, "es")
    await _dispatch(theatre)
    await theatre.send()
    assert _copy(theatre, MADRID) == ["manila-1 · Manila Tenants\nGanamos."]
    assert theatre.translator.calls == []


async def test_two_texts_are_two_translations(theatre: Theatre) -> None:
    await _dispatch(theatre, "Ganamos.")
    await _dispatch(theatre, "Gracias.")
    await theatre.play()
    assert [call[0] for call in theatre.translator.calls] == [("Ganamos.",), ("Gracias.",)]
    assert "We won." in theatre.read(MILWAUKEE)
    assert "Thank you." in theatre.read(MILWAUKEE)


async def test_words_that_the_model_does_not_know_cross_as_they_are_and_say_so(theatre: Theatre) -> None:
    await _dispatch(theatre, "Zorgle")
    await theatre.play()
    sentence = theatre.catalogs.say(UNKNOWN, "en")
    assert _copy(theatre) == [f"manila-1 · Manila Tenants\nZorgle\n{sentence}"]


async def test_words_that_it_knows_in_part_cross_in_both_and_say_so(theatre: Theatre) -> None:
    await _dispatch(theatre, "Ganamos.\nZorgle")
    await theatre.play()
    lines = _copy(theatre)[0].split("\n")
    assert lines[1:3] == ["We won.", "Zorgle"]
    assert theatre.catalogs.say(PARTLY, "en") in lines
    assert _copy(theatre)[0].endswith("original: Ganamos.\nZorgle")


async def test_without_a_model_the_words_cross_and_say_so(theatre: Theatre) -> None:
    theatre.translator.phrases = {}
    await _dispatch(theatre)
    await theatre.play()
    sentence = theatre.catalogs.say(NO_MODEL, "en")
    assert _copy(theatre) == [f"manila-1 · Manila Tenants\nGanamos.\n{sentence}"]
    theatre.clock.forward(minutes=10)
    await theatre.play()
    assert len(_copy(theatre)) == 1


@pytest.mark.parametrize("text", ["🎉🎉", "https://example.org/noticias?n=1"])
async def test_a_link_or_an_emoji_is_not_called_translated(theatre: Theatre, text: str) -> None:
    await _dispatch(theatre, text)
    await theatre.play()
    assert _copy(theatre) == [f"manila-1 · Manila Tenants\n{text}"]


async def test_a_translator_that_is_down_holds_up_nothing(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre)
    await theatre.play()
    sentence = theatre.catalogs.say(YET, "en")
    assert _copy(theatre) == [f"manila-1 · Manila Tenants\nGanamos.\n{sentence}"]
    assert theatre.reads(MANILA, t("{name} was delivered to {twins}.", name="manila-1", twins="milwaukee"))


async def test_the_post_is_edited_when_the_translation_comes(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre)
    await theatre.play()
    theatre.translator.down = False
    theatre.clock.forward(seconds=31)
    await theatre.play()
    copy = await theatre.row(MILWAUKEE, "copy")
    edit = theatre.transport.room(MILWAUKEE).posts[(await theatre.row(MILWAUKEE, "copy:late")).event_id or ""]
    assert edit.replaces == copy.event_id
    assert _copy(theatre)[1].startswith("manila-1 · Manila Tenants\nWe won.\n")
    assert len(_copy(theatre)) == 2


async def test_the_late_translation_is_tried_for_an_hour(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre)
    await theatre.play()
    for _ in range(150):
        theatre.clock.forward(seconds=30)
        await theatre.play()
    assert 100 <= len(theatre.translator.calls) <= 121
    assert len(_copy(theatre)) == 1
    assert (await theatre.row(MILWAUKEE, "copy:late")).payload is None


async def test_it_comes_late_after_a_restart_too(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre)
    await theatre.play()
    theatre.start()
    theatre.translator.down = False
    theatre.clock.forward(minutes=5)
    await theatre.play()
    assert "We won." in _copy(theatre)[-1]


async def test_new_words_go_before_late_translations(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre, "Ganamos.")
    await theatre.play()
    theatre.translator.down = False
    await _dispatch(theatre, "Gracias.")
    theatre.clock.forward(seconds=31)
    await theatre.play()
    news = [text.split("\n")[1] for text in theatre.transport.texts(MILWAUKEE) if text.startswith("manila-")]
    assert news == ["Ganamos.", "Thank you.", "We won."]


async def test_a_late_word_that_nothing_is_known_of_it_replaces_the_hope(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _dispatch(theatre, "Zorgle")
    await theatre.play()
    theatre.translator.down = False
    theatre.clock.forward(seconds=31)
    await theatre.play()
    assert theatre.catalogs.say(UNKNOWN, "en") in _copy(theatre)[-1]
    assert theatre.catalogs.say(YET, "en") not in _copy(theatre)[-1]


async def test_a_slow_translator_is_not_waited_for(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translate, "SLOW", 0.05)
    theatre.translator.held = asyncio.Event()
    await _dispatch(theatre)
    await theatre.play()
    assert theatre.catalogs.say(YET, "en") in _copy(theatre)[0]


async def test_slow_means_thirty_seconds() -> None:
    assert translate.SLOW == 30.0


async def test_a_translation_that_takes_its_time_holds_up_no_other_language(theatre: Theatre) -> None:
    await _madrid_too(theatre, "es")
    theatre.translator.held = asyncio.Event()
    await _dispatch(theatre)
    async with theatre.running():
        await until(lambda: _copy(theatre, MADRID))
        assert _copy(theatre) == []
        theatre.translator.held.set()
        await until(lambda: _copy(theatre))


async def test_order_is_kept_though_the_first_translation_takes_longer(theatre: Theatre) -> None:
    await _dispatch(theatre, "Ganamos.")
    await theatre.say(MILWAUKEE, CARL, "!group set language es")
    await theatre.send()
    await _dispatch(theatre, "Gracias.")  # needs no translation
    await theatre.send()
    assert "Gracias." not in theatre.read(MILWAUKEE)
    await theatre.play()
    assert [text.split("\n")[0][:8] for text in theatre.transport.texts(MILWAUKEE) if "manila-" in text] == [
        "manila-1",
        "manila-2",
    ]


async def test_a_mistake_in_the_translator_holds_up_nothing(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(theatre.translator, "translate", broken)
        await _dispatch(theatre)
        await theatre.play()
    assert theatre.catalogs.say(YET, "en") in _copy(theatre)[0]
    theatre.clock.forward(seconds=31)
    await theatre.play()
    assert "We won." in _copy(theatre)[-1]


async def test_the_bot_s_own_words_are_never_translated_by_machine(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!twin pause")
    await theatre.play()
    assert theatre.translator.calls == []
    assert theatre.transport.texts(MANILA) != []


async def test_an_answer_in_the_thread_is_translated_the_other_way(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await _dispatch(theatre)
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    await theatre.say(MILWAUKEE, DORA, "Good morning", thread=root)
    await theatre.play()
    voice = theatre.transport.texts(MANILA)[-1]
    assert voice.startswith("Milwaukee A\nBuenos días\n")
    assert voice.endswith("Good morning")
