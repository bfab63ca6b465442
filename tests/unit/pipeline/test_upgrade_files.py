"""A home that is upgraded while a file of somebody there is looked at, or a translation shown to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.test_pictures import files, resting
from tests.unit.pipeline.theatre import Theatre
from tests.unit.pipeline.upgrades import NEW, ask, enter, said, tombstone, upgraded

ABOUT = "This is about the file that you sent in the old room."


async def _later() -> None:
    pass


async def _moved_meanwhile(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> str:
    """The group moves while the media server and the translator take their time; what is said then."""
    with monkeypatch.context() as slow:
        slow.setattr(theatre, "clean", _later)
        slow.setattr(theatre, "translate", _later)
        await upgraded(theatre)
        await ask(theatre, NEW, CARL, "yes")
    return await said(theatre, NEW)


async def test_its_author_is_asked_in_the_new_room(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    await theatre.attach(MILWAUKEE, CARL, corpus.png(), "!dispatch We won.")
    asked = await _moved_meanwhile(theatre, monkeypatch)
    assert ABOUT in asked
    assert "People may be recognisable in it" in asked
    question = list(theatre.transport.room(NEW).posts.values())[-1]
    assert (question.reply_to, question.thread) == (None, None)
    assert "milwaukee-1 is stored" in await ask(theatre, NEW, CARL, "yes")
    assert len(files(theatre, MANILA)) == 1


async def test_why_it_cannot_cross_is_said_in_the_new_room(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await theatre.attach(MILWAUKEE, CARL, b"%PDF-1.4", "!dispatch We won.")
    assert "PDF and office files do not cross" in await _moved_meanwhile(theatre, monkeypatch)


async def test_what_a_text_file_says_goes_from_the_new_room(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await theatre.attach(MILWAUKEE, CARL, b"We won.", "!dispatch", kind="m.file")
    assert "milwaukee-1 is stored" in await _moved_meanwhile(theatre, monkeypatch)
    assert "Ganamos." in theatre.read(MANILA)


async def test_a_file_of_a_thread_is_asked_about_in_the_new_room(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    await theatre.attach(MILWAUKEE, DORA, corpus.webp(), "Good morning", thread=root)
    assert ABOUT in await _moved_meanwhile(theatre, monkeypatch)
    assert "This thread is read outside this room" in await ask(theatre, NEW, DORA, "yes")
    question = list(theatre.transport.room(NEW).posts.values())[-1]
    assert (question.reply_to, question.thread) == (None, None)
    await ask(theatre, NEW, DORA, "yes")
    assert len(files(theatre, MANILA)) == 1
    assert "Buenos días" in theatre.read(MANILA)


async def test_deleted_in_the_old_room_it_is_not_asked_about(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = await theatre.attach(MILWAUKEE, CARL, corpus.png(), "!dispatch We won.")
    with monkeypatch.context() as slow:
        slow.setattr(theatre, "clean", _later)
        await upgraded(theatre)
        await ask(theatre, NEW, CARL, "yes")
        await theatre.remove(MILWAUKEE, CARL, source)
    assert "recognisable" not in await said(theatre, NEW)
    assert await resting(theatre) == set()


async def test_who_has_not_come_along_sends_nothing_and_that_is_said(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set dispatch members")
    await theatre.attach(MILWAUKEE, DORA, b"We won.", "!dispatch", kind="m.file")
    with monkeypatch.context() as slow:
        slow.setattr(theatre, "clean", _later)
        await tombstone(theatre)
        await enter(theatre, people=(CARL,))
        await ask(theatre, NEW, CARL, "yes")
    assert "may not send dispatches any more" in await said(theatre, NEW)
    assert "Ganamos." not in theatre.read(MANILA)


async def test_somebody_elses_message_is_not_asked_about_across_the_move(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await theatre.say(MILWAUKEE, DORA, "We won.")
    theatre.transport.room(MILWAUKEE).people[event] = theatre.messages[event]
    await theatre.say(MILWAUKEE, CARL, "!dispatch", reply_to=event)
    with monkeypatch.context() as slow:
        slow.setattr(theatre, "play", _later)
        await upgraded(theatre)
        await theatre.say(NEW, CARL, "yes")
    assert "I cannot ask who wrote it" in await said(theatre, NEW)
    await ask(theatre, NEW, DORA, "yes")
    assert "Ganamos." not in theatre.read(MANILA)


async def test_the_translation_that_was_asked_for_is_shown_in_the_new_room(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won. preview=yes")
    shown = await _moved_meanwhile(theatre, monkeypatch)
    assert "Ganamos." in shown
    assert "milwaukee-1 is stored" in await ask(theatre, NEW, CARL, "yes")
    assert "Ganamos." in theatre.read(MANILA)


@pytest.mark.parametrize("what", ["a picture", "words", "approval"])
async def test_what_its_author_changes_in_the_old_room_is_what_goes(theatre: Theatre, what: str) -> None:
    if what == "approval":
        await theatre.say(MILWAUKEE, CARL, "!group set approval one")
        await theatre.say(MILWAUKEE, CARL, "!group set approvers @dora")
    warned = "We won. 414-286-2150" if what == "words" else "We won."
    if what == "a picture":
        source = await theatre.attach(MILWAUKEE, CARL, corpus.png(), "!dispatch We won.")
    else:
        source = await theatre.say(MILWAUKEE, CARL, f"!dispatch {warned}")
    await theatre.play()
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")
    file = theatre.messages[source].file
    file = replace(file, caption="!dispatch Thank you.") if file is not None else None
    kind = theatre.messages[source].kind
    await theatre.say(MILWAUKEE, CARL, "!dispatch Thank you.", edits=source, kind=kind, file=file)
    theatre.clock.forward(minutes=1)
    await theatre.play()
    await ask(theatre, NEW, *((DORA, "!approve 1") if what == "approval" else (CARL, "yes")))
    await theatre.play()
    assert "Gracias." in theatre.read(MANILA)
    assert "Ganamos." not in theatre.read(MANILA)
