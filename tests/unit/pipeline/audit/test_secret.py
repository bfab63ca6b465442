"""What a round tells nobody: who said what, and when; and what of it outlives its end."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from bot.domain.incoming import Batch, PollAnswer
from bot.domain.outgoing import Erase, Say
from bot.domain.vault import token
from bot.pipeline.compose import compose_say
from bot.storage import audits, seats
from bot.storage.db import Tx
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, count, group
from tests.unit.pipeline.audit.rounds import (
    PEOPLE,
    chat,
    choose,
    everybody,
    later,
    line,
    meet,
    opened,
    state,
    tells,
    to_consent,
    to_verdict,
    typed,
)
from tests.unit.pipeline.theatre import Theatre


class Crash(Exception):
    """The process ends here."""


async def _everything(theatre: Theatre) -> str:
    """All rows of all tables but those that describe rooms and members, as text."""
    found = []
    async with theatre.database.tx() as tx:
        tables = await tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in tables:
            if name not in ("member", "room", "elector", "identity", "introduced", "person"):
                rows = await tx.all(f"SELECT * FROM {name}")  # noqa: S608 (the tables there are)
                found += [f"{name} {tuple(row)}" for row in rows]
    return "\n".join(found)


async def _answers(theatre: Theatre, person: str) -> list[str]:
    """The ids of the answers of a person's poll."""
    secret = theatre.vault.read(1)
    assert secret is not None
    async with theatre.database.tx() as tx:
        seat = await seats.seat(tx, 1, token(secret, person))
    assert seat is not None
    return list(seat.answers)


async def _polled(theatre: Theatre, person: str, *answers: str, event: str = "$polled", **ago: float) -> str:
    """A person chooses in a poll; what the bot answers."""
    before = len(theatre.transport.room(chat(person)).shown)
    at = theatre.clock.now() - timedelta(**ago)
    answer = PollAnswer(event, chat(person), person, at, "$poll", answers)
    await theatre.receiver.batch(Batch("c", (answer,)))
    await theatre.play()
    return "\n".join(list(theatre.transport.room(chat(person)).shown.values())[before:])


async def test_ids_of_answers_are_random_and_of_equal_length(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    known = [one for person in PEOPLE for one in await _answers(theatre, person)]
    assert len(set(known)) == 16
    assert {len(one) for one in known} == {16}


async def test_a_poll_counts_and_can_be_changed_in_either_way(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    ids = await _answers(theatre, DORA)
    assert "Round 1: I have noted 4, of these:" in await _polled(theatre, DORA, ids[3])
    assert "Round 1: I have noted 1, of these:" in await _polled(theatre, DORA, ids[0], event="$again")
    assert "That counts for nothing" in await _polled(theatre, DORA, "unknown", event="$odd")
    assert "Eso no cuenta" in await _polled(theatre, BEN, ids[3], event="$stolen")
    async with theatre.database.tx() as tx:
        assert list((await seats.ballots(tx, 1)).values()) == ["consent"]
    await tells(theatre, DORA, "!vote 4 1")
    async with theatre.database.tx() as tx:
        assert list((await seats.ballots(tx, 1)).values()) == ["object"]


async def test_who_chooses_in_a_poll_that_has_ended_is_told_that_it_does_not_count(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    ids = await _answers(theatre, DORA)
    await everybody(theatre, 1)
    await to_verdict(theatre)
    assert "this poll has ended" in await _polled(theatre, DORA, ids[3])
    assert await state(theatre) == "agreed"


async def test_the_answers_to_all_choices_have_one_length_in_every_language(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    said: list[Say] = []
    for number in range(1, 5):
        await theatre.say(chat(DORA), DORA, f"!vote {number} 1")
        [row] = await theatre.waiting(chat(DORA))
        assert isinstance(row.payload, Say)
        said.append(row.payload)
        await theatre.play()
    for language in theatre.catalogs.available():
        posts = [
            compose_say(
                Say(one.room_id, one.lines, language),
                theatre.catalogs,
                thread=None,
                reply=None,
                replaces=None,
            )
            for one in said
        ]
        assert len({len(json.dumps(str(post.blocks))) for post in posts}) == 1
        assert len({str(post.blocks).encode() for post in posts}) == 4


async def test_nothing_but_the_secret_leads_from_words_to_people(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    await line(theatre, BEN, "Sin cámaras.", "5")
    await to_consent(theatre)
    await everybody(theatre, 1)
    found = await _everything(theatre)
    assert "No arrests." in found
    for person in (BEN, DORA):
        for row in found.splitlines():
            assert person not in row
            assert not (chat(person) in row and row.split()[0] in ("seat", "draft", "ballot", "red_line"))
    rows = [row for row in found.splitlines() if row.startswith(("ballot ", "red_line ", "seat "))]
    stamps = str(int(theatre.clock.now().timestamp()))[:6]
    assert rows
    assert not any(stamps in row for row in rows)


async def test_of_what_was_said_in_private_no_row_of_the_outbox_is_left(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.play()
    async with theatre.database.tx() as tx:
        await tx.run("DELETE FROM outbox WHERE state = 'sent'")
    await line(theatre, DORA, "No arrests.", "5")
    await tells(theatre, DORA, "!redline list")
    await to_consent(theatre)
    await everybody(theatre, 1)
    await _polled(theatre, DORA, (await _answers(theatre, DORA))[1])
    for person in PEOPLE:
        assert {row.what for row in await theatre.rows(chat(person))} <= {"welcome"}


async def test_no_row_tells_when_somebody_was_in_a_direct_chat_while_a_round_runs(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    before = len(await theatre.rows(chat(DORA)))
    assert "!vote" in await tells(theatre, DORA, "!help")
    assert len(await theatre.rows(chat(DORA))) == before
    await typed(theatre, MANILA, ANA, "!audit cancel 1")
    assert await tells(theatre, DORA, "!help")
    assert len(await theatre.rows(chat(DORA))) == before + 1


async def test_at_the_end_the_direct_chats_are_erased(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await everybody(theatre, 1)
    theatre.clock.forward(days=11)
    await theatre.receiver.batch(Batch("c", ()))
    await theatre.tick()
    for person in PEOPLE:
        erased = [
            row.payload for row in await theatre.waiting(chat(person)) if isinstance(row.payload, Erase)
        ]
        assert len(erased) == 1
        assert erased[0].since < erased[0].until
        assert not erased[0].remove  # the person has made this chat


async def test_a_crash_before_the_end_is_on_the_disk_changes_nothing(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    for phase, days in (("collecting", 7), ("consent", 11)):
        theatre.clock.forward(days=days)
        await theatre.receiver.batch(Batch("c", ()))

        async def crash(tx: Tx) -> None:
            assert await theatre.router.tick(tx, theatre.clock.now())
            raise Crash

        for _ in range(3):
            with pytest.raises(Crash):
                await theatre.database.transact(crash)
            assert await state(theatre) == phase
            assert theatre.vault.known() == {1}
        if phase == "consent":
            assert await count(theatre, "ballot") == 4
        await theatre.tick()
        await theatre.play()
        if phase == "collecting":
            await everybody(theatre, 1)
    theatre.clock.forward(seconds=31)
    await theatre.play()
    await theatre.tick()
    read = theatre.read(MILWAUKEE)
    assert (read.count("Red lines of round 1"), read.count("Consent: nobody objects.")) == (1, 1)
    assert theatre.vault.known() == frozenset()


async def test_an_event_that_comes_twice_counts_once(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    ids = await _answers(theatre, DORA)
    await _polled(theatre, DORA, ids[3])
    await tells(theatre, DORA, "!vote 1 1")
    assert await _polled(theatre, DORA, ids[3]) == ""  # the same event, as after a restart
    async with theatre.database.tx() as tx:
        assert list((await seats.ballots(tx, 1)).values()) == ["consent"]


async def test_the_number_of_people_who_answered_is_told_from_five_on(theatre: Theatre) -> None:
    more = [f"@p{number}:here.example" for number in range(6)]
    for person in more:
        await theatre.member(MILWAUKEE, person, "join", CARL)
    await meet(theatre, *PEOPLE, *more)
    await opened(theatre)
    for person in (ANA, BEN, CARL, DORA):
        await tells(theatre, person, "!redline done")
    await later(theatre, days=3, hours=12)
    assert "have answered so far" not in theatre.read(MILWAUKEE)
    assert "Do you have a red line?" in theatre.read(chat(more[0]))
    assert "¿Tienes una línea roja?" not in theatre.read(chat(ANA))
    await tells(theatre, more[0], "!redline done")
    await later(theatre, days=2)
    assert "Round 1: 5 people have answered so far" in theatre.read(MILWAUKEE)
    await to_consent(theatre)
    await later(theatre, days=3)
    assert "You have not chosen yet." in theatre.read(chat(DORA))


async def test_counts_are_told_from_five_ballots_on(theatre: Theatre) -> None:
    more = [f"@p{number}:here.example" for number in range(3)]
    for person in more:
        await theatre.member(MILWAUKEE, person, "join", CARL)
    await meet(theatre, *PEOPLE, *more)
    await opened(theatre)
    await to_consent(theatre)
    for person in (*PEOPLE, *more):
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    told = "Milwaukee Tenants: 5 consent, 0 with a concern, 0 stand aside, 0 object."
    assert told in theatre.read(MILWAUKEE)
    assert "Manila Tenants: consienten" not in theatre.read(MANILA)


async def test_a_group_is_named_on_the_sheet_only_where_nobody_is_known_by_it(theatre: Theatre) -> None:
    more = [f"@p{number}:here.example" for number in range(3)]
    for person in more:
        await theatre.member(MILWAUKEE, person, "join", CARL)
    await meet(theatre, *PEOPLE, *more)
    await opened(theatre)
    for person in more:
        await line(theatre, person, "No arrests.")
    await line(theatre, BEN, "Sin cámaras.")
    await to_consent(theatre)
    assert theatre.read(MILWAUKEE).count("from one of the groups") == 4


async def test_a_verdict_can_be_read_and_kept_for_an_action(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    manila = await group(theatre, MANILA)
    async with theatre.database.tx() as tx:
        assert await audits.verdict_of(tx, manila.id, 1) is None
    await everybody(theatre, 1)
    await to_verdict(theatre)
    async with theatre.database.tx() as tx:
        found = await audits.verdict_of(tx, manila.id, 1)
        assert found is not None
        assert found.state == "agreed"
        assert await audits.verdict_of(tx, manila.id, 2) is None
        await audits.keep_until(tx, found.id, theatre.clock.now() + timedelta(days=100))
    await later(theatre, days=60)
    assert await count(theatre, "audit") == 1
    await later(theatre, days=41)
    assert await count(theatre, "audit") == 0
