"""`!dispatch … preview=yes`: the author reads what will be read, and nothing crosses before their "yes"."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Message
from bot.domain.post import Fold
from bot.domain.rendering import Flag
from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, EVA, MADRID, MANILA, MILWAUKEE, code_of
from tests.unit.pipeline.theatre import PHRASES, Theatre

FORGOTTEN = t("I have forgotten this dispatch: my question was not answered within a day.")


@pytest.fixture(autouse=True)
def english(theatre: Theatre) -> None:
    """What comes back is not what was written."""
    theatre.translator.phrases = {
        **PHRASES,
        ("en", "es"): {"We won.": "Hemos ganado.", "Thank you.": "Gracias."},
        ("es", "fr"): {"Ganamos.": "Nous avons gagné."},
        ("fr", "es"): {"Nous avons gagné.": "Ganamos."},
    }


async def _preview(theatre: Theatre, text: str = "Ganamos.", more: str = "") -> str:
    event = await theatre.say(MANILA, ANA, f"!dispatch {text} preview=yes{more}")
    await theatre.play()
    return event


def _shown(theatre: Theatre) -> list[str]:
    return theatre.transport.texts(MANILA)


def _crossed(theatre: Theatre, room_id: str = MILWAUKEE) -> bool:
    return any(text.startswith("manila-1 ·") for text in theatre.transport.texts(room_id))


async def _words_anywhere(theatre: Theatre, word: str) -> list[str]:
    """The tables in which a word of the dispatch rests."""
    async with theatre.database.tx() as tx:
        rows = [("outbox", row) for row in await tx.all("SELECT * FROM outbox")]
        rows += [("question", row) for row in await tx.all("SELECT * FROM question")]
    return sorted({table for table, row in rows if word in str(tuple(row))})


async def test_the_author_sees_the_translation_and_it_back_and_a_yes_sends(theatre: Theatre) -> None:
    event = await _preview(theatre)
    shown, question = _shown(theatre)
    assert shown.split("\n") == [
        "Así se leerá en milwaukee, en inglés:",
        "We won.",
        "traducción de vuelta al español: Hemos ganado.",
    ]
    assert question == "¿Lo envío? Responde “sí” o “no”."
    assert not _crossed(theatre)
    [first, last] = theatre.transport.room(MANILA).posts.values()
    assert (first.reply_to, last.reply_to) == (event, event)
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert _crossed(theatre)
    assert "We won." in theatre.read(MILWAUKEE)


async def test_a_no_sends_nothing_and_erases_the_words(theatre: Theatre) -> None:
    await _preview(theatre)
    assert await _words_anywhere(theatre, "Ganamos") == ["question"]
    assert await _words_anywhere(theatre, "We won") == []
    await theatre.say(MANILA, ANA, "no")
    await theatre.play()
    assert not _crossed(theatre)
    assert await _words_anywhere(theatre, "Ganamos") == []


async def test_after_a_day_the_words_are_forgotten(theatre: Theatre) -> None:
    await _preview(theatre)
    await theatre.tick(hours=24, minutes=1)
    await theatre.play()
    assert await _words_anywhere(theatre, "Ganamos") == []
    assert theatre.reads(MANILA, FORGOTTEN)
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert not _crossed(theatre)


async def test_a_yes_before_the_preview_counts_for_nothing(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos. preview=yes")
    await theatre.say(MANILA, ANA, "yes")
    await theatre.play()
    assert not _crossed(theatre)
    assert len(_shown(theatre)) == 2


async def test_only_the_author_answers(theatre: Theatre) -> None:
    await _preview(theatre)
    await theatre.say(MANILA, BEN, "yes")
    await theatre.play()
    assert not _crossed(theatre)


async def test_there_is_one_preview_for_each_language(theatre: Theatre) -> None:
    code = await code_of(theatre, MADRID, EVA)
    await theatre.say(MANILA, ANA, f"!twin propose {code}")
    await theatre.say(MADRID, EVA, "!twin accept manila")
    await theatre.say(MILWAUKEE, CARL, "!group set languages en,fr")
    await theatre.say(MADRID, EVA, "!group set languages en,es")
    await theatre.play()
    theatre.transport.room(MANILA).shown.clear()
    await _preview(theatre)
    shown = [text.split("\n")[:2] for text in _shown(theatre)]
    assert shown == [
        ["Así se leerá en milwaukee y madrid, en inglés:", "We won."],
        ["Así se leerá en milwaukee, en francés:", "Nous avons gagné."],
        ["¿Lo envío? Responde “sí” o “no”."],
    ]


async def test_twins_of_the_same_language_need_none(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set language es")
    await _preview(theatre)
    assert theatre.translator.calls == []
    [question] = _shown(theatre)
    assert question.endswith("Responde “sí” o “no”.")
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert _crossed(theatre)


async def test_a_translator_that_is_down_is_said_and_a_yes_sends_untranslated(theatre: Theatre) -> None:
    theatre.translator.down = True
    await _preview(theatre)
    assert "⚠" in _shown(theatre)[0]
    assert _shown(theatre)[1].startswith("¿Lo envío?")
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert _crossed(theatre)
    assert "Ganamos." in theatre.read(MILWAUKEE)


async def test_what_cannot_be_translated_back_is_said(theatre: Theatre) -> None:
    theatre.translator.phrases = {("es", "en"): {"Ganamos.": "We won."}}
    theatre.translator.flags["Ganamos."] = (Flag.NEGATION,)
    await _preview(theatre)
    shown = _shown(theatre)[0].split("\n")
    assert shown[1] == "We won."
    assert shown[2].startswith("⚠ No pude traducirlo de vuelta")
    [post, _] = theatre.transport.room(MANILA).posts.values()
    assert isinstance(post.blocks[-1], Fold)
    assert post.blocks[-1].notes


async def test_words_to_avoid_are_warned_of_in_the_same_question(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, '!term avoid Ganamos "Thank you."')
    await _preview(theatre)
    await theatre.play()
    assert "evitar “Ganamos”: “Gracias.”" in _shown(theatre)[-1]
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert _crossed(theatre)


async def test_changed_words_are_shown_anew_before_a_yes_counts(theatre: Theatre) -> None:
    event = await _preview(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Gracias. preview=yes", edits=event)
    await theatre.say(MANILA, ANA, "yes")
    assert not _crossed(theatre)
    await theatre.play()
    assert "Thank you." in _shown(theatre)[-2]
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert "Thank you." in theatre.read(MILWAUKEE)
    assert "We won." not in theatre.read(MILWAUKEE)


async def test_words_that_change_while_they_are_translated_are_shown_once_as_they_are(
    theatre: Theatre,
) -> None:
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos. preview=yes")
    await theatre.say(MANILA, ANA, "!dispatch Gracias. preview=yes", edits=event)
    await theatre.play()
    assert len(_shown(theatre)) == 2
    assert "Thank you." in _shown(theatre)[0]


async def test_a_deleted_message_asks_nothing_any_more(theatre: Theatre) -> None:
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos. preview=yes")
    await theatre.remove(MANILA, ANA, event)
    await theatre.play()
    assert _shown(theatre) == []
    assert await _words_anywhere(theatre, "Ganamos") == []


async def test_a_reply_to_ones_own_message_is_previewed_too(theatre: Theatre) -> None:
    own = await theatre.say(MANILA, ANA, "Ganamos.")
    theatre.transport.room(MANILA).people[own] = Message(
        own, MANILA, ANA, theatre.clock.now(), "m.text", "Ganamos."
    )
    await theatre.say(MANILA, ANA, "!dispatch preview=yes", reply_to=own)
    await theatre.play()
    await theatre.play()
    assert "We won." in _shown(theatre)[0]


async def test_a_restart_in_between_shows_it_once(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos. preview=yes")
    async with theatre.database.tx() as tx:
        before = await tx.value("SELECT payload FROM outbox WHERE kind = 'preview'")
    await theatre.translate()
    async with theatre.database.tx() as tx:  # as if the process had died before it was settled
        await tx.run(
            "UPDATE outbox SET state = 'translating', payload = ?, settled_at = NULL WHERE kind = 'preview'",
            before,
        )
    theatre.start()
    await theatre.play()
    assert len(_shown(theatre)) == 2


async def test_an_option_that_is_neither_yes_nor_no_is_asked_back(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos. preview=perhaps")
    await theatre.play()
    assert "preview=" in _shown(theatre)[-1]
    assert not _crossed(theatre)
