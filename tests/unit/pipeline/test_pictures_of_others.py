"""`!dispatch` as a reply to somebody else's picture or file: its author is asked first, like with words."""

from __future__ import annotations

import pytest

from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.test_pictures import RECOGNISABLE, files, resting
from tests.unit.pipeline.theatre import Theatre

ASKED = t("I have asked who wrote that message, in the thread under it. Nothing crosses before.")
NOT_TWICE = t("Who wrote that message did not agree to send it, and I do not ask twice. Nothing was sent.")

CHANGED = t("I have forgotten this dispatch, since you changed it. Please write it anew.")


async def _plays(theatre: Theatre) -> None:
    for _ in range(3):
        await theatre.play()


async def _wanted(theatre: Theatre, data: bytes, caption: str = "") -> str:
    """Ana, a steward, wants to send what Ben, who is none, has shown."""
    source = await theatre.attach(MANILA, BEN, data, caption)
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await _plays(theatre)
    return source


async def _says(theatre: Theatre, who: str, text: str, source: str) -> None:
    await theatre.say(MANILA, who, text, thread=source)
    await _plays(theatre)


async def test_its_author_agrees_is_asked_who_is_in_it_and_then_it_goes(theatre: Theatre) -> None:
    source = await _wanted(theatre, corpus.jpeg(), "Ganamos.")
    assert theatre.reads(MANILA, ASKED)
    assert not theatre.reads(MANILA, RECOGNISABLE)
    assert await resting(theatre) == set()
    await _says(theatre, ANA, "sí", source)
    assert not theatre.reads(MANILA, RECOGNISABLE)
    await _says(theatre, BEN, "sí", source)
    assert theatre.reads(MANILA, RECOGNISABLE)
    assert files(theatre, MILWAUKEE) == []
    await _says(theatre, ANA, "sí", source)
    assert files(theatre, MILWAUKEE) == []
    await _says(theatre, BEN, "sí", source)
    [arrived] = files(theatre, MILWAUKEE)
    assert corpus.PLANTED not in arrived
    assert "We won." in theatre.read(MILWAUKEE)
    await _says(theatre, BEN, "sí", source)
    assert len(files(theatre, MILWAUKEE)) == 1


async def test_its_author_may_have_it_blurred(theatre: Theatre) -> None:
    source = await _wanted(theatre, corpus.png())
    await _says(theatre, BEN, "sí", source)
    await _says(theatre, BEN, "blur", source)
    assert len(files(theatre, MILWAUKEE)) == 1


@pytest.mark.parametrize("yeses", [0, 1])
@pytest.mark.parametrize("how", ["no", "silence", "deleted"])
async def test_no_or_silence_or_deletion_and_nothing_goes(theatre: Theatre, yeses: int, how: str) -> None:
    source = await _wanted(theatre, corpus.jpeg())
    for _ in range(yeses):
        await _says(theatre, BEN, "sí", source)
    if how == "deleted":
        await theatre.remove(MANILA, BEN, source)
    elif how == "no":
        await _says(theatre, BEN, "no", source)
    else:
        await theatre.tick(hours=25)
    await _plays(theatre)
    await _says(theatre, BEN, "sí", source)
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()
    if how != "deleted":
        await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
        await _plays(theatre)
        assert theatre.reads(MANILA, NOT_TWICE)


async def test_what_a_text_file_holds_is_looked_at_once_its_author_agreed(theatre: Theatre) -> None:
    source = await _wanted(theatre, b"Llame al 414-286-2150")
    await _says(theatre, BEN, "sí", source)
    assert "414-286-2150" not in theatre.read(MILWAUKEE)
    await _says(theatre, BEN, "sí", source)
    assert "414-286-2150" in theatre.read(MILWAUKEE)


async def test_who_asked_and_lost_the_right_since_sends_nothing(theatre: Theatre) -> None:
    source = await _wanted(theatre, corpus.jpeg())
    await _says(theatre, BEN, "sí", source)
    await theatre.member(MANILA, ANA, "leave")
    await _says(theatre, BEN, "sí", source)
    assert files(theatre, MILWAUKEE) == []


async def test_a_caption_that_changes_before_the_answer_ends_the_question(theatre: Theatre) -> None:
    source = await _wanted(theatre, corpus.jpeg(), "Ganamos.")
    await theatre.say(MANILA, BEN, "Buenos días", edits=source, kind="m.image")
    await _plays(theatre)
    assert theatre.reads(MANILA, CHANGED)
    await _says(theatre, BEN, "sí", source)
    assert files(theatre, MILWAUKEE) == []
    assert "We won." not in theatre.read(MILWAUKEE)
