"""The end of a phase: whatever the homeserver had by then counts, however late the bot comes to handle it."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.incoming import Batch, Message
from tests.unit.handlers.cast import DORA, MILWAUKEE
from tests.unit.pipeline.audit.rounds import PEOPLE, chat, everybody, meet, opened, state, to_consent
from tests.unit.pipeline.theatre import Theatre


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
    await theatre.tick()
    assert await state(theatre) == "consent"
    await theatre.receiver.batch(Batch("d", (objection,), asked=theatre.clock.now()))
    await theatre.tick()
    await theatre.play()
    assert await state(theatre) == "held"


async def test_what_no_sync_has_brought_says_nothing_of_what_the_homeserver_has(theatre: Theatre) -> None:
    await _near_the_end(theatre)
    theatre.clock.forward(hours=3)
    await theatre.receiver.batch(Batch("c", (), synced=False))
    await theatre.tick()
    assert await state(theatre) == "consent"
    await theatre.receiver.batch(Batch("c", ()))
    await theatre.tick()
    theatre.clock.forward(seconds=31)
    await theatre.play()
    assert await state(theatre) == "agreed"
    assert "Consent: nobody objects." in theatre.read(MILWAUKEE)
