"""Votes that are none: before joining, from a room, by who came later, misspelt, after the end."""

from __future__ import annotations

import pytest

from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MILWAUKEE, count
from tests.unit.pipeline.audit.rounds import (
    PEOPLE,
    chat,
    choose,
    hush,
    meet,
    opened,
    tells,
    to_consent,
    to_verdict,
    typed,
)
from tests.unit.pipeline.theatre import Theatre

FAY = "@fay:here.example"


async def test_votes_that_are_none(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    assert "Nobody asks for your consent now." in await tells(theatre, DORA, "!vote 1")
    await opened(theatre)
    assert "Red lines are still being collected" in await tells(theatre, DORA, "!vote 1")
    await to_consent(theatre)
    said = await tells(theatre, DORA, "!vote 7")
    assert "“7” is no choice: type a number from 1 to 4." in said
    await choose(theatre, DORA, 1)
    await to_verdict(theatre)
    assert "That round has ended" in await tells(theatre, DORA, "!vote 4")


async def test_a_vote_in_the_room_is_removed_and_its_author_told_alone_where_to_choose(
    theatre: Theatre,
) -> None:
    await meet(theatre, ANA, BEN, CARL)  # Dora has no direct chat
    await opened(theatre)
    await hush(theatre)
    await theatre.say(MILWAUKEE, DORA, "!vote 4 1")
    assert [row.kind for row in await theatre.waiting(MILWAUKEE)] == ["redact"]
    await theatre.play()
    await theatre.play()
    [room_id] = [room for room, user, _ in theatre.transport.direct if user == DORA]
    assert "everybody there could read it" in theatre.read(room_id)
    assert "Red lines are still being collected" in theatre.read(room_id)
    await to_consent(theatre)
    theatre.transport.room(room_id).shown.clear()
    await typed(theatre, MILWAUKEE, DORA, "!vote 4 1")
    await theatre.play()
    assert "To choose, use the poll or type !vote 1 to !vote 4." in theatre.read(room_id)
    assert "!vote" not in theatre.read(MILWAUKEE)
    assert await count(theatre, "ballot") == 0


async def test_who_may_not_choose_is_told_so_in_the_room(theatre: Theatre) -> None:
    assert "Nobody asks for your consent now." in await typed(theatre, MILWAUKEE, DORA, "!vote 1")
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.member(MILWAUKEE, FAY, "join", CARL)
    await to_consent(theatre)
    assert "you came to the group after" in await typed(theatre, MILWAUKEE, FAY, "!vote 1")


async def test_a_vote_as_the_first_word_in_the_direct_chat_counts_once_the_group_is_known(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await theatre.member(MILWAUKEE, ANA, "join", CARL)
    await opened(theatre)
    await to_consent(theatre)
    assert "¿Por cuál participas?" in await tells(theatre, ANA, "!vote 4 1")
    assert await count(theatre, "ballot") == 0
    await tells(theatre, ANA, "2")
    assert await count(theatre, "ballot") == 0
    await tells(theatre, ANA, "!vote 4 1")
    assert await count(theatre, "ballot") == 1


async def test_who_comes_later_watches(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.member(MILWAUKEE, FAY, "join", CARL)
    await meet(theatre, FAY)
    assert "in which you may take part" in await tells(theatre, FAY, "!audit join")
    assert "you came to the group after" in await typed(theatre, MILWAUKEE, FAY, "!audit join")
    await to_consent(theatre)
    assert "you came to the group after it had accepted" in await tells(theatre, FAY, "!vote 4")
    assert await count(theatre, "ballot") == 0


async def test_a_command_that_was_refused_can_be_edited_into_shape_while_a_round_runs(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    event = await theatre.say(chat(DORA), DORA, "!vote 7")
    await theatre.play()
    assert "“7” is no choice" in theatre.read(chat(DORA))
    said = await tells(theatre, DORA, "!vote 4", edits=event)
    assert "I have noted 4" in said or "I have noted 4" in theatre.read(chat(DORA))
    assert await count(theatre, "ballot") == 1
    event = await theatre.say(chat(DORA), DORA, "!language nonsense")
    await theatre.play()
    await tells(theatre, DORA, "!language es", edits=event)
    assert "español" in theatre.read(chat(DORA))


async def test_a_vote_for_another_round_is_told_where_one_can_choose(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    said = await tells(theatre, DORA, "!vote 4 9")
    assert said == ("You cannot choose in round 9 now.\nTo choose, use the poll or type !vote 1 to !vote 4.")
    said = await tells(theatre, DORA, "!audit join 9")
    assert said == "There is no round 9 in which you may take part now.\nYou can in: 1."
    assert "You can in: 1." not in await typed(theatre, MILWAUKEE, DORA, "!audit join 1")
    assert await count(theatre, "ballot") == 0


async def test_a_number_without_its_command_is_neither_a_reason_nor_a_choice(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await tells(theatre, DORA, "!vote 1")
    said = await tells(theatre, DORA, "4")
    assert "A number alone tells the others nothing" in said
    assert "!vote 1 to !vote 4" in said
    assert await count(theatre, "draft") == 0
    await tells(theatre, DORA, "!vote 4")
    await to_verdict(theatre)
    assert "Held: " in theatre.read(MILWAUKEE)


@pytest.mark.parametrize(
    ("person", "word"), [(DORA, "No."), (DORA, "nothing"), (BEN, "Nada"), (BEN, "none"), (BEN, "ninguna")]
)
async def test_none_is_an_answer_however_it_is_said(theatre: Theatre, person: str, word: str) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    thanks = {DORA: "Thank you. You have 0 red lines.", BEN: "Gracias. Tienes 0 líneas rojas."}[person]
    assert thanks in await tells(theatre, person, word)
    await to_consent(theatre)
    await tells(theatre, person, "!vote 1")
    good = {DORA: "Good: no reason.", BEN: "Bien: sin motivo."}[person]
    assert await tells(theatre, person, word) == good
    assert await count(theatre, "draft") == 0


async def test_each_group_has_rules_of_its_own(theatre: Theatre) -> None:
    more = ["@p0:here.example", "@p1:here.example"]
    for person in more:
        await theatre.member(MILWAUKEE, person, "join", CARL)
    for rule in ("quorum 100", "counts 3", f"bots {more[1]}"):
        await typed(theatre, MILWAUKEE, CARL, f"!group set {rule}")
    await meet(theatre, *PEOPLE, *more)
    await opened(theatre)
    assert "3 members may take part" in theatre.read(MILWAUKEE)
    await to_consent(theatre)
    for person in (ANA, CARL, DORA):  # of Manila half, of Milwaukee not all
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    assert "too few have answered in Milwaukee Tenants." in theatre.read(MILWAUKEE)
    await typed(theatre, MILWAUKEE, CARL, '!audit revise 1 "We moved it."')
    for person in (ANA, CARL, DORA, more[0]):
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    told = "Milwaukee Tenants: 3 consent, 0 with a concern, 0 stand aside, 0 object."
    assert told in theatre.read(MILWAUKEE)
    assert "Manila Tenants: 1" not in theatre.read(MILWAUKEE)
