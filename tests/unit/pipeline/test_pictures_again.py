"""A picture that was refused, or that waits: what is said of it, and when it can be sent anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.text import t
from bot.handlers.answering import how
from bot.handlers.dispatch.enclosed import changed
from tests.unit.handlers.cast import ANA, BEN, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.test_pictures import RECOGNISABLE, dispatched, files, resting
from tests.unit.pipeline.test_pictures_changed import plays
from tests.unit.pipeline.theatre import Theatre


async def test_the_same_picture_can_be_sent_after_a_no(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.png(), "Ganamos.")
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    for word in ("no", "sí"):
        await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
        await plays(theatre)
        await plays(theatre, ANA, word)
    assert len(files(theatre, MILWAUKEE)) == 1


async def test_a_blurred_picture_that_waits_is_not_put_back(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!group set approval one")
    await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    source = await dispatched(theatre, corpus.jpeg())
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await plays(theatre, ANA, "blur")
    blurred = await resting(theatre)
    await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await plays(theatre)
    waits = t("I have this file already: it waits for an answer, or for approval.")
    assert theatre.reads(MANILA, waits)
    assert await resting(theatre) == blurred


async def test_words_do_not_go_without_the_picture_that_was_asked_about(theatre: Theatre) -> None:
    source = await dispatched(theatre, corpus.jpeg())
    async with theatre.database.tx() as tx:
        await tx.run("DELETE FROM enclosure WHERE source = ?", source)
    await plays(theatre, ANA, "sí")
    assert theatre.transport.texts(MILWAUKEE) == []
    assert theatre.reads(MANILA, t("I do not have this picture any more. Please send it again."))


@pytest.mark.parametrize("how", ["paused", "no right"])
async def test_what_is_refused_in_the_end_does_not_rest_and_can_be_sent_anew(
    theatre: Theatre, how: str
) -> None:
    await theatre.say(MANILA, ANA, "!group set dispatch members")
    source = await theatre.attach(MANILA, BEN, corpus.png(), "Ganamos.")
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await theatre.say(MANILA, BEN, "!dispatch", reply_to=source)
    await plays(theatre)
    if how == "paused":
        await theatre.say(MANILA, ANA, "!twin pause")
    else:
        await theatre.say(MANILA, ANA, "!group set dispatch stewards")
    before = len(theatre.transport.texts(MANILA))
    await plays(theatre, BEN, "sí")
    assert len(theatre.transport.texts(MANILA)) > before
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()
    await theatre.say(MANILA, ANA, "!twin resume")
    await theatre.say(MANILA, ANA, "!group set dispatch members")
    await theatre.say(MANILA, BEN, "!dispatch", reply_to=source)
    await plays(theatre)
    await plays(theatre, BEN, "sí")
    assert len(files(theatre, MILWAUKEE)) == 1


@pytest.mark.parametrize("how", ["no name", "paused"])
@pytest.mark.parametrize("reply", [False, True])
async def test_what_cannot_go_is_said_before_the_file_is_looked_at(
    theatre: Theatre, how: str, *, reply: bool
) -> None:
    command = "!dispatch as=name" if how == "no name" else "!dispatch"
    if how == "paused":
        await theatre.say(MANILA, ANA, "!twin pause")
    source = await theatre.attach(MANILA, ANA, corpus.png(), "" if reply else command)
    if reply:
        theatre.transport.room(MANILA).people[source] = theatre.messages[source]
        await theatre.say(MANILA, ANA, command, reply_to=source)
    await plays(theatre)
    assert not theatre.reads(MANILA, RECOGNISABLE)
    assert theatre.reads(
        MANILA,
        t("Nothing was sent: the twinning is paused.") if how == "paused" else t("Nothing was sent."),
    )


async def test_a_picture_without_words_has_no_translation_to_be_shown(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.png(), "!dispatch preview=yes")
    await plays(theatre, ANA, "sí")
    assert len(files(theatre, MILWAUKEE)) == 1


async def test_a_blur_that_answers_nothing_any_more_is_told_how(theatre: Theatre) -> None:
    await dispatched(theatre, corpus.png())
    await plays(theatre, ANA, "Un momento")
    await plays(theatre, ANA, "difuminar")
    assert theatre.reads(MANILA, how())
    assert files(theatre, MILWAUKEE) == []


@pytest.mark.parametrize("what", ["looked at", "asked", "warned", "approval"])
async def test_words_of_an_edit_that_was_deleted_do_not_go(theatre: Theatre, what: str) -> None:
    if what == "approval":
        await theatre.say(MANILA, ANA, "!group set approval one")
        await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    file, kind = None, "m.text"
    if what in ("looked at", "asked"):
        source = await theatre.attach(MANILA, ANA, corpus.png(), "!dispatch Ganamos.")
        found = theatre.messages[source].file
        assert found is not None
        file, kind = replace(found, caption="!dispatch Gracias."), "m.image"
    else:
        text = "!dispatch Ganamos." if what == "approval" else "!dispatch Ganamos. 414-286-2150"
        source = await theatre.say(MANILA, ANA, text)
    if what != "looked at":
        await plays(theatre)
    edit = await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source, kind=kind, file=file)
    await theatre.remove(MANILA, ANA, edit)
    await plays(theatre)
    theatre.clock.forward(minutes=1)
    await plays(theatre, *((BEN, "!approve 1") if what == "approval" else (ANA, "sí")))
    assert theatre.transport.texts(MILWAUKEE) == []
    assert await resting(theatre) == set()
    withdrawn = t("{name} has been withdrawn. Nothing was sent.", name="manila-1")
    assert theatre.reads(MANILA, withdrawn if what == "approval" else changed())


@pytest.mark.parametrize("file", [False, True])
async def test_in_a_thread_words_of_an_edit_that_was_deleted_do_not_go(
    theatre: Theatre, *, file: bool
) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    if file:
        source = await theatre.attach(MILWAUKEE, DORA, corpus.png(), "Good morning", thread=root)
    else:
        source = await theatre.say(MILWAUKEE, DORA, "Good morning", thread=root)
    await plays(theatre)
    message = theatre.messages[source]
    there = replace(message.file, caption="Thank you.") if message.file is not None else None
    edit = await theatre.say(MILWAUKEE, DORA, "Thank you.", edits=source, kind=message.kind, file=there)
    await theatre.remove(MILWAUKEE, DORA, edit)
    for _ in range(2):
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await plays(theatre)
    assert "Gracias." not in theatre.read(MANILA)
    assert files(theatre, MANILA) == []
    assert "I have forgotten your answer, since you changed it." in theatre.read(MILWAUKEE)
    assert await resting(theatre) == set()
