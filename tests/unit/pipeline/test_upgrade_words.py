"""What crosses, was sent and is taken back around the upgrade of a home."""

from __future__ import annotations

from bot.domain.files import Form, Made
from bot.domain.outgoing import File, RowRef
from bot.storage import outbox
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre
from tests.unit.pipeline.upgrades import NEW, ask, said, tombstone, upgraded

ACK = "llegó a milwaukee"


async def _moved(theatre: Theatre) -> None:
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")


async def _quick(theatre: Theatre) -> None:
    """Nobody is asked before a first message in a thread."""
    for room_id, steward in ((MANILA, ANA), (MILWAUKEE, CARL)):
        await ask(theatre, room_id, steward, "!group set threadconfirm off")


async def test_words_wait_from_the_tombstone_on_and_come_into_the_new_room(theatre: Theatre) -> None:
    await tombstone(theatre)
    await said(theatre, MILWAUKEE)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    assert await said(theatre, MILWAUKEE) == ""
    await theatre.tick(minutes=1)
    assert "todavía espera" in await said(theatre, MANILA)
    await upgraded(theatre)
    words = await ask(theatre, NEW, CARL, "yes")
    assert "We won." in words
    assert "Shared thread." in words
    assert await said(theatre, MILWAUKEE) == ""
    assert ACK in await said(theatre, MANILA)


async def test_the_thread_of_words_that_came_along_hangs_under_them(theatre: Theatre) -> None:
    await _quick(theatre)
    await tombstone(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _moved(theatre)
    copy = await theatre.row(NEW, "copy")
    intro = await theatre.row(NEW, "intro")
    assert copy.event_id is not None
    assert intro.event_id is not None
    assert theatre.transport.room(NEW).posts[intro.event_id].thread == copy.event_id
    await theatre.say(NEW, DORA, "Thank you.", thread=copy.event_id)
    assert "Gracias." in await said(theatre, MANILA)


async def test_words_that_were_never_followed_are_tried_in_the_old_room_after_a_week(
    theatre: Theatre,
) -> None:
    await tombstone(theatre)
    await theatre.tick(days=1)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.tick(days=6)
    assert "We won." in await said(theatre, MILWAUKEE)


async def test_words_that_may_have_arrived_in_the_old_room_are_not_sent_into_the_new_one(
    theatre: Theatre,
) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    assert "We won." in theatre.read(MILWAUKEE)
    await tombstone(theatre)
    await _moved(theatre)
    await theatre.tick(minutes=5)
    assert "We won." not in await said(theatre, NEW)
    assert len([text for text in theatre.transport.texts(MILWAUKEE) if "We won." in text]) == 1
    assert ACK in await said(theatre, MANILA)


async def test_a_dispatch_from_before_is_withdrawn_in_the_old_room(theatre: Theatre) -> None:
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    assert "We won." in theatre.read(MILWAUKEE)
    await _moved(theatre)
    await theatre.remove(MANILA, ANA, event)
    await theatre.play()
    assert "We won." not in theatre.read(MILWAUKEE)
    assert "Shared thread" not in theatre.read(MILWAUKEE)


async def test_ones_own_dispatch_from_before_is_withdrawn_by_its_number_in_the_new_room(
    theatre: Theatre,
) -> None:
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    assert "Ganamos." in theatre.read(MANILA)
    await _moved(theatre)
    assert "milwaukee-1" in await ask(theatre, NEW, CARL, "!dispatches")
    assert "is withdrawn" in await ask(theatre, NEW, CARL, "!dispatch withdraw 1")
    assert "Ganamos." not in theatre.read(MANILA)


async def test_deleting_the_message_in_the_old_room_still_takes_it_back_and_says_so_in_the_new_one(
    theatre: Theatre,
) -> None:
    event = await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    await _moved(theatre)
    await said(theatre, NEW)
    await theatre.remove(MILWAUKEE, CARL, event)
    assert "milwaukee-1 is withdrawn, since its message was deleted" in await said(theatre, NEW)
    assert "Ganamos." not in theatre.read(MANILA)


async def test_what_became_of_a_dispatch_from_before_is_told_in_the_new_room(theatre: Theatre) -> None:
    theatre.transport.trouble[MANILA] = away(9)
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    await _moved(theatre)
    await said(theatre, NEW)
    theatre.transport.trouble[MANILA] = []
    theatre.clock.forward(minutes=10)
    assert "milwaukee-1 was delivered to manila" in await said(theatre, NEW)


async def test_a_thread_from_before_goes_on_under_a_new_post(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _moved(theatre)
    root = (await theatre.row(MANILA, "ack")).event_id
    await theatre.say(MANILA, BEN, "Gracias.", thread=root)
    words = await said(theatre, NEW)
    assert "manila-1 goes on here" in words
    assert "read by: Manila Tenants" in words
    assert "Thank you." in words
    anew, voice = await theatre.row(NEW, "anew"), await theatre.row(NEW, "voice")
    assert voice.event_id is not None
    assert theatre.transport.room(NEW).posts[voice.event_id].thread == anew.event_id
    await theatre.say(NEW, DORA, "Good morning", thread=str(anew.event_id))
    assert "Buenos días" in await said(theatre, MANILA)
    await theatre.say(MANILA, BEN, "Gracias.", thread=root)
    assert "goes on here" not in await said(theatre, NEW)


async def test_the_thread_of_ones_own_dispatch_goes_on_under_a_new_post_too(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    await _moved(theatre)
    await theatre.say(MANILA, BEN, "Gracias.", thread=(await theatre.row(MANILA, "copy")).event_id)
    words = await said(theatre, NEW)
    assert "milwaukee-1 goes on here" in words
    assert "Thank you." in words


async def test_an_answer_by_number_or_to_the_latest_works_in_the_new_room(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _moved(theatre)
    assert "Your answer to manila-1 is on its way." in await ask(theatre, NEW, DORA, "!answer Thank you.")
    assert "Gracias." in await said(theatre, MANILA)
    assert "on its way" in await ask(theatre, NEW, DORA, "!answer manila-1 Good morning")
    assert "Buenos días" in await said(theatre, MANILA)


async def test_a_thread_message_that_waits_goes_along_under_a_new_post(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await tombstone(theatre)
    await theatre.say(MANILA, BEN, "Gracias.", thread=(await theatre.row(MANILA, "ack")).event_id)
    await theatre.play()
    assert "Thank you." not in theatre.read(MILWAUKEE)
    await upgraded(theatre)
    words = await ask(theatre, NEW, CARL, "yes")
    assert words.index("goes on here") < words.index("Thank you.")


async def test_a_question_from_before_is_answered_in_the_new_room(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    assert "Shall your message go there?" in await ask(
        theatre, MILWAUKEE, DORA, "Thank you.", thread=str(root)
    )
    await _moved(theatre)
    await ask(theatre, NEW, DORA, "yes")
    assert "Gracias." in await said(theatre, MANILA)


async def test_a_message_that_does_not_arrive_is_told_in_the_new_room(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = str((await theatre.row(MILWAUKEE, "copy")).event_id)
    theatre.transport.trouble[MANILA] = away(5)
    await theatre.say(MILWAUKEE, DORA, "Thank you.", thread=root)
    await theatre.play()
    await _moved(theatre)
    await said(theatre, NEW)
    theatre.transport.room(MANILA).joined = False
    theatre.transport.trouble[MANILA] = []
    theatre.clock.forward(minutes=10)
    assert "This message did not reach Manila Tenants." in await said(theatre, NEW)


async def test_a_withdrawn_dispatch_ends_its_thread_in_the_new_room(theatre: Theatre) -> None:
    await _quick(theatre)
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _moved(theatre)
    await theatre.say(MANILA, BEN, "Gracias.", thread=(await theatre.row(MANILA, "ack")).event_id)
    await said(theatre, NEW)
    await theatre.remove(MANILA, ANA, event)
    assert "This thread has ended" in await said(theatre, NEW)


async def test_an_end_is_told_in_the_thread_where_it_goes_on(theatre: Theatre) -> None:
    await _quick(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _moved(theatre)
    await theatre.say(MANILA, BEN, "Gracias.", thread=(await theatre.row(MANILA, "ack")).event_id)
    await said(theatre, NEW)
    await ask(theatre, MANILA, ANA, "!twin end")
    assert "Manila Tenants does not read this thread any more" in await said(theatre, NEW)


async def test_a_joint_room_is_followed_too(theatre: Theatre) -> None:
    joint, newer = "!joint:here.example", "!joint2:here.example"
    await theatre.room(joint, [ANA], [BEN, CARL, DORA])
    await ask(theatre, joint, ANA, "!joint milwaukee")
    await ask(theatre, joint, CARL, "!joint manila")
    await upgraded(theatre, joint, newer)
    assert "for a steward" in await ask(theatre, newer, DORA, "!group move")
    await theatre.say(newer, DORA, "Good morning")
    assert "Buenos días" not in await said(theatre, newer)
    assert "your joint room now" in await ask(theatre, newer, CARL, "yes")
    await theatre.say(newer, DORA, "Good morning")
    assert "Buenos días" in await said(theatre, newer)
    await theatre.say(joint, DORA, "Thank you.")
    assert "Gracias." not in await said(theatre, joint)


async def _picture(theatre: Theatre, words: RowRef) -> None:
    """A file that belongs to a message, as it waits behind it."""
    made = File(
        MILWAUKEE,
        Made("picture"),
        Form("picture.txt", "text/plain"),
        source=words.source,
        reply_to=words,
        origin_room=MANILA,
    )
    async with theatre.database.tx() as tx:
        await outbox.add(tx, made, words.source, theatre.clock.now())


def _files(theatre: Theatre, room_id: str) -> list[str | None]:
    """The messages to which the files of a room belong."""
    return [one.reply_to for one in theatre.transport.room(room_id).attachments.values()]


async def test_a_file_comes_along_with_its_words(theatre: Theatre) -> None:
    await tombstone(theatre)
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await _picture(theatre, RowRef(source, MILWAUKEE, "copy"))
    await theatre.play()
    assert _files(theatre, MILWAUKEE) == []
    await _moved(theatre)
    copy = await theatre.row(NEW, "copy")
    assert copy.event_id is not None
    assert _files(theatre, NEW) == [copy.event_id]
    assert _files(theatre, MILWAUKEE) == []


async def test_a_file_of_words_that_were_sent_before_stays_with_them(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await tombstone(theatre)
    await _picture(theatre, RowRef(source, MILWAUKEE, "copy"))
    await theatre.play()
    await _moved(theatre)
    await theatre.play()
    copy = await theatre.row(MILWAUKEE, "copy")
    assert _files(theatre, MILWAUKEE) == [copy.event_id]
    assert _files(theatre, NEW) == []
