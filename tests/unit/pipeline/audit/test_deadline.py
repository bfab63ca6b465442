"""The end of a phase: whatever the homeserver had by then counts, however late the bot comes to handle it."""

from __future__ import annotations

import json
from datetime import timedelta

from bot.domain.incoming import Batch, Message, Undecryptable
from tests.unit.handlers.cast import DORA, MILWAUKEE
from tests.unit.pipeline.audit.rounds import PEOPLE, chat, everybody, meet, opened, state, to_consent
from tests.unit.pipeline.theatre import Theatre


async def _unread_objection(theatre: Theatre) -> Message:
    """Somebody objects half a minute before the end, and the key of that is not there yet."""
    at = theatre.clock.now() + timedelta(seconds=30)
    raw = json.dumps({"event_id": "$unread", "origin_server_ts": int(at.timestamp() * 1000)})
    unread = Undecryptable("$unread", chat(DORA), DORA, at, "session", raw)
    await theatre.receiver.batch(Batch("c", (unread,)))
    theatre.clock.forward(minutes=5)
    await theatre.receiver.batch(Batch("c", ()))
    await theatre.tick()
    return Message("$unread", chat(DORA), DORA, at, "m.text", "!vote 4 1")


async def _near_the_end(theatre: Theatre) -> None:
    """Everybody has consented; the round ends in a minute."""
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await everybody(theatre, 1)
    async with theatre.database.tx() as tx:
        until = await tx.value("SELECT until FROM audit")
    theatre.clock.forward(seconds=int(until or 0) / 1000 - theatre.clock.now().timestamp() - 60)


async def test_an_answer_that_was_long_in_the_works_says_nothing_of_what_came_meanwhile(
    theatre: Theatre,
) -> None:
    await _near_the_end(theatre)
    asked = theatre.clock.now()
    objection = Message("$objection", chat(DORA), DORA, asked + timedelta(seconds=30), "m.text", "!vote 4 1")
    theatre.clock.forward(hours=3)  # the disk was full, or the machine slept
    await theatre.receiver.batch(Batch("c", (), asked=asked))
    await theatre.tick_unheard()
    assert await state(theatre) == "consent"
    await theatre.receiver.batch(Batch("d", (objection,), asked=theatre.clock.now()))
    await theatre.tick()
    await theatre.play()
    assert await state(theatre) == "held"


async def test_what_no_sync_has_brought_says_nothing_of_what_the_homeserver_has(theatre: Theatre) -> None:
    await _near_the_end(theatre)
    theatre.clock.forward(hours=3)
    await theatre.receiver.batch(Batch("c", (), synced=False))
    await theatre.tick_unheard()
    assert await state(theatre) == "consent"
    await theatre.receiver.batch(Batch("c", ()))
    await theatre.tick()
    theatre.clock.forward(seconds=31)
    await theatre.play()
    assert await state(theatre) == "agreed"
    assert "Consent: nobody objects." in theatre.read(MILWAUKEE)


async def test_a_ballot_whose_key_comes_a_little_late_is_waited_for(theatre: Theatre) -> None:
    await _near_the_end(theatre)
    objection = await _unread_objection(theatre)
    assert await state(theatre) == "consent"
    await theatre.receiver.single(objection)
    await theatre.tick()
    assert await state(theatre) == "held"


async def test_a_key_that_does_not_come_holds_nothing_up_for_ever(theatre: Theatre) -> None:
    await _near_the_end(theatre)
    await _unread_objection(theatre)
    await theatre.tick(minutes=15)
    assert await state(theatre) == "agreed"
