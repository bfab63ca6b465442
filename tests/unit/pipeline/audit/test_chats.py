"""Direct chats in a round: opened late, left, shared with a third person, more than one, of two rounds."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incoming import Batch, Invitation, PollAnswer, RoomLeft
from bot.domain.outgoing import Erase
from bot.domain.vault import token
from bot.storage import seats
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.audit.rounds import (
    OPEN,
    PEOPLE,
    chat,
    everybody,
    line,
    meet,
    opened,
    to_consent,
    to_verdict,
    typed,
)
from tests.unit.pipeline.theatre import Theatre

EVE = "@eve:here.example"


async def _erasing(theatre: Theatre, room_id: str) -> list[Erase]:
    """What is to be made unreadable in a room."""
    return [row.payload for row in await theatre.waiting(room_id) if isinstance(row.payload, Erase)]


async def test_nothing_tells_when_somebody_opened_their_chat_in_a_round(theatre: Theatre) -> None:
    await opened(theatre)
    theatre.clock.forward(hours=5)
    invitation = Invitation("$invited", chat(DORA), DORA, direct=True, encrypted=True)
    await theatre.receiver.batch(Batch("c", (invitation,)))
    await theatre.play()
    await theatre.room(chat(DORA), [DORA])
    theatre.clock.forward(seconds=5)
    await theatre.play()
    assert "!redline done" in theatre.read(chat(DORA))
    assert await theatre.rows(chat(DORA)) == []
    async with theatre.database.tx() as tx:
        assert await tx.one("SELECT 1 FROM seen WHERE event_id = '$invited'") is None


@pytest.mark.parametrize("how", ["a third", "left", "thrown out"])
async def test_a_chat_that_ends_in_a_round_is_closed_at_once(theatre: Theatre, how: str) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    if how == "a third":
        await theatre.member(chat(DORA), EVE, "invite", DORA)
    elif how == "left":
        await theatre.member(chat(DORA), DORA, "leave")
    else:
        await theatre.receiver.batch(Batch("c", (RoomLeft("$out", chat(DORA), DORA, banned=False),)))
    [erase] = await _erasing(theatre, chat(DORA))
    assert (erase.until, erase.remove) == (theatre.clock.now(), False)
    await theatre.play()
    assert ("erase", chat(DORA), "keys") in theatre.transport.calls
    await theatre.member(MILWAUKEE, EVE, "join", CARL)
    assert await _erasing(theatre, MILWAUKEE) == []


async def test_at_the_end_every_chat_of_a_person_is_closed(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await everybody(theatre, 1)
    await theatre.room("!a-second-one", [DORA])
    await theatre.say("!a-second-one", DORA, "!vote 2 1")
    await theatre.play()
    await to_verdict(theatre)
    erased = {room_id for kind, room_id, _ in theatre.transport.calls if kind == "erase"}
    assert erased == {"!a-second-one", *(chat(person) for person in PEOPLE)}


async def test_a_ballot_in_a_poll_that_another_round_s_end_has_taken_away_counts(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE room SET creators = ? WHERE room_id = ?", f'["{ME}"]', chat(DORA))
    await opened(theatre)
    await typed(theatre, MANILA, ANA, OPEN.replace("2027-01-20", "2027-01-30"))
    await typed(theatre, MILWAUKEE, CARL, "!audit accept 2")
    await to_consent(theatre)
    secret = theatre.vault.read(2)
    assert secret is not None
    async with theatre.database.tx() as tx:
        before = await seats.seat(tx, 2, token(secret, DORA))
    assert before is not None
    cast = theatre.clock.now()
    await typed(theatre, MANILA, ANA, "!audit cancel 1")
    async with theatre.database.tx() as tx:
        after = await seats.seat(tx, 2, token(secret, DORA))
    assert after is not None
    assert after.answers[:4] != before.answers[:4]
    for event, choice, answers in (("$1", "object", before.answers), ("$2", "aside", after.answers)):
        chosen = answers[3 if choice == "object" else 2]
        answer = PollAnswer(event, chat(DORA), DORA, cast + timedelta(seconds=1), "$poll", (chosen,))
        await theatre.receiver.batch(Batch("c", (answer,)))
        async with theatre.database.tx() as tx:
            assert await seats.ballots(tx, 2) == {after.token: choice}


async def test_at_a_revision_nobody_is_told_more_than_others_so_that_a_server_learns_nothing(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    await to_consent(theatre)
    await everybody(theatre, 4)
    await to_verdict(theatre)
    before = {person: len(theatre.transport.room(chat(person)).shown) for person in (CARL, DORA)}
    await typed(theatre, MANILA, ANA, "!audit revise 1 Lo movimos.")
    said = {
        person: list(theatre.transport.room(chat(person)).shown.values())[many:]
        for person, many in before.items()
    }
    assert "Your red lines: 1." in said[DORA][0]
    assert [len(one) for one in said[DORA]] == [len(one) for one in said[CARL]]
