"""A home that is upgraded while a dispatch waits there: for approval, for its author, or for its file."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.incoming import Batch, RoomLeft
from tests.unit.handlers.cast import CARL, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.theatre import Theatre
from tests.unit.pipeline.upgrades import NEW, ask, said, upgraded


async def _careful(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set approval one")
    await theatre.say(MILWAUKEE, CARL, "!group set approvers @dora")


async def _moved(theatre: Theatre) -> None:
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")


async def _wanted(theatre: Theatre, text: str) -> str:
    """A steward wants to send what somebody else has written."""
    event = await theatre.say(MILWAUKEE, DORA, text)
    theatre.transport.room(MILWAUKEE).people[event] = theatre.messages[event]
    await theatre.say(MILWAUKEE, CARL, "!dispatch", reply_to=event)
    return event


def _crossed(theatre: Theatre) -> list[str]:
    return [text for text in theatre.transport.texts(MANILA) if text.startswith("milwaukee-")]


async def test_it_is_approved_in_the_new_room_and_goes_once(theatre: Theatre) -> None:
    await _careful(theatre)
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await _moved(theatre)
    assert "milwaukee-1 is stored" in await ask(theatre, NEW, DORA, "!approve 1")
    assert "sent already" in await ask(theatre, NEW, DORA, "!approve 1")
    assert len(_crossed(theatre)) == 1


async def test_the_new_room_is_reminded_though_the_old_one_was(theatre: Theatre) -> None:
    await _careful(theatre)
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.tick(hours=5)
    await _moved(theatre)
    await theatre.tick(minutes=1)
    assert "milwaukee-1 still waits for approval" in await said(theatre, NEW)


async def test_deleted_in_the_old_room_it_does_not_go(theatre: Theatre) -> None:
    await _careful(theatre)
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await _moved(theatre)
    await theatre.remove(MILWAUKEE, CARL, event)
    assert "has been withdrawn" in await said(theatre, NEW)
    await ask(theatre, NEW, DORA, "!approve 1")
    assert _crossed(theatre) == []


async def test_deleted_in_the_old_room_after_it_was_approved_in_the_new_one_it_is_removed(
    theatre: Theatre,
) -> None:
    await _careful(theatre)
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await _moved(theatre)
    await ask(theatre, NEW, DORA, "!approve 1")
    assert len(_crossed(theatre)) == 1
    await theatre.remove(MILWAUKEE, CARL, event)
    assert "milwaukee-1 is withdrawn" in await said(theatre, NEW)
    assert _crossed(theatre) == []


async def test_what_its_author_deleted_in_the_old_room_is_not_asked_about_in_the_new_one(
    theatre: Theatre,
) -> None:
    event = await _wanted(theatre, "We won.")
    await theatre.play()
    await _moved(theatre)
    await theatre.remove(MILWAUKEE, DORA, event)
    await ask(theatre, NEW, DORA, "yes")
    assert _crossed(theatre) == []


async def test_words_deleted_in_the_old_room_are_not_sent_by_a_yes_in_the_new_one(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch Call 414-286-2150")
    await theatre.play()
    await _moved(theatre)
    await theatre.remove(MILWAUKEE, CARL, event)
    await ask(theatre, NEW, CARL, "yes")
    assert _crossed(theatre) == []


async def test_a_picture_that_waits_goes_from_the_new_room_when_the_old_one_is_left(theatre: Theatre) -> None:
    await _careful(theatre)
    await theatre.attach(MILWAUKEE, CARL, corpus.png(), "!dispatch")
    await theatre.play()
    await theatre.play()
    await _moved(theatre)
    await theatre.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))
    await ask(theatre, NEW, CARL, "yes")
    await ask(theatre, NEW, DORA, "!approve 1")
    assert len(_crossed(theatre)) == 1
    assert len(theatre.transport.room(MANILA).attachments) == 1


async def test_what_the_author_was_asked_is_removed_from_the_old_room(theatre: Theatre) -> None:
    event = await _wanted(theatre, "Call 414-286-2150")
    await theatre.play()
    assert "414-286-2150" in theatre.read(MILWAUKEE)
    await _moved(theatre)
    await theatre.remove(MILWAUKEE, DORA, event)
    await theatre.play()
    assert "414-286-2150" not in theatre.read(MILWAUKEE)


async def test_reminders_of_the_group_come_into_the_new_room(theatre: Theatre) -> None:
    day = (theatre.clock.now() + timedelta(days=3)).date().isoformat()
    assert "is planned" in await ask(theatre, MILWAUKEE, CARL, f"!remind Pay the rent on={day}")
    await _moved(theatre)
    assert "Pay the rent" in await ask(theatre, NEW, CARL, "!reminders")
    await theatre.tick(days=4)
    assert "Reminder 1: “Pay the rent”" in await said(theatre, NEW)
    assert "Pay the rent" not in await said(theatre, MILWAUKEE)
