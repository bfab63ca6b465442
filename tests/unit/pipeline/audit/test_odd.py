"""What goes wrong in rounds of red lines, and what each of it is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.incoming import Batch, Message, StateEvent
from bot.domain.outgoing import OpenDirect, Redact
from bot.domain.trust import Standing
from tests.fakes import ME
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, count
from tests.unit.pipeline.audit.rounds import (
    PEOPLE,
    chat,
    choose,
    hush,
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

FAY = "@fay:here.example"


@pytest.mark.parametrize("text", ["   ", "\u200b", "x" * 20_000, "1", "(2)"])
async def test_what_is_no_red_line(theatre: Theatre, text: str) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    said = await tells(theatre, DORA, text)
    answers = ("There is nothing to read in that.", "That has 20,000 characters", "A number alone tells")
    assert any(one in said for one in answers)
    assert (await count(theatre, "draft"), await count(theatre, "red_line")) == (0, 0)


async def test_a_picture_is_no_red_line(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    said = await tells(theatre, DORA, "photo.jpg", kind="m.image")
    assert said == "I take words only, no pictures or files. I have kept nothing."
    assert await count(theatre, "draft") == 0


async def test_an_edit_changes_nothing(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    said = await tells(theatre, DORA, "Some arrests.", edits="$e1")
    assert "An edit changes nothing here" in said
    async with theatre.database.tx() as tx:
        assert [row[0] for row in await tx.all("SELECT text FROM red_line")] == ["No arrests."]


async def test_a_ballot_sent_after_the_end_does_not_count_and_one_sent_before_does(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    for person in (ANA, BEN, CARL):
        await choose(theatre, person, 1)
    async with theatre.database.tx() as tx:
        until = await tx.value("SELECT until FROM audit")
    theatre.clock.forward(days=12)
    assert isinstance(until, int)
    end = theatre.clock.at.fromtimestamp(until / 1000, theatre.clock.at.tzinfo)
    await theatre.tick_unheard()
    assert await state(theatre) == "consent"  # the homeserver has not been heard since
    early = Message("$early", chat(DORA), DORA, end - timedelta(seconds=1), "m.text", "!vote 4")
    late = Message("$late", chat(DORA), DORA, end + timedelta(seconds=1), "m.text", "!vote 1")
    await theatre.receiver.batch(Batch("c", (early, late)))
    await theatre.play()
    assert "That came after the end of the round" in theatre.read(chat(DORA))
    await theatre.tick()
    await theatre.play()
    assert await state(theatre) == "held"
    assert "Esto llega tarde" in theatre.read(MANILA)


async def test_a_bot_that_was_away_for_the_whole_round_still_asks(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    await later(theatre, days=30)
    assert await state(theatre) == "consent"
    assert "This comes late" in theatre.read(MILWAUKEE)
    await later(theatre, minutes=1)
    assert await state(theatre) == "consent"
    for person in PEOPLE:
        await choose(theatre, person, 1)
    await later(theatre, days=1, minutes=2)
    assert await state(theatre) == "agreed"


async def test_ballots_of_devices_that_do_not_count_are_refused(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    said = await tells(theatre, DORA, "!vote 4", standing=Standing.UNSIGNED)
    assert said
    assert await count(theatre, "ballot") == 0


async def test_a_third_person_in_the_direct_chat_ends_the_talk(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.member(chat(DORA), BEN, "invite", DORA)
    await theatre.play()
    await tells(theatre, DORA, "No arrests.")
    assert await count(theatre, "draft") == 0
    await hush(theatre)
    await to_consent(theatre)
    assert "Round 1" not in theatre.read(chat(DORA))


@pytest.mark.parametrize("move", ["pause", "end"])
@pytest.mark.parametrize("phase", [0, 1])
async def test_a_twinning_that_is_paused_or_ended_cancels_the_round(
    theatre: Theatre, move: str, phase: int
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    if phase:
        await to_consent(theatre)
    await typed(theatre, MILWAUKEE, CARL, f"!twin {move}")
    await later(theatre, minutes=1)
    assert "the twinning with Milwaukee Tenants is paused or has ended." in theatre.read(MILWAUKEE)
    assert "La ronda 1 se cancela" in theatre.read(MANILA)
    assert await count(theatre, "red_line") == 0
    await later(theatre, minutes=1)
    assert theatre.vault.known() == frozenset()


async def test_without_its_secret_a_round_is_cancelled_and_that_is_said(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    theatre.vault.destroy(1)
    assert "I do not know that" in await tells(theatre, DORA, "More arrests.")
    await later(theatre, minutes=1)
    assert "Its secret is gone, as after a backup was restored" in theatre.read(MILWAUKEE)
    assert await count(theatre, "audit") == 0


async def test_a_forgotten_group_takes_the_round_with_it(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    await typed(theatre, MILWAUKEE, CARL, "!group forget")
    await typed(theatre, MILWAUKEE, CARL, "yes")
    await later(theatre, minutes=1)
    assert "La ronda 1 se cancela" in theatre.read(MANILA)
    assert await count(theatre, "audit") == 0


async def test_a_red_line_in_the_room_is_not_repeated_and_its_writer_is_told_alone(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await hush(theatre)
    await theatre.say(MILWAUKEE, DORA, "Red line: I cannot be arrested")
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert "I have not taken it as one" in theatre.read(chat(DORA))
    assert "arrested" not in theatre.read(chat(DORA))
    await theatre.say(MILWAUKEE, DORA, "!redline I cannot be arrested")
    rows = [row.payload for row in await theatre.waiting(MILWAUKEE)]
    assert [type(row) for row in rows] == [Redact]
    [asked] = [row.payload for row in await theatre.waiting("direct chats")]
    assert isinstance(asked, OpenDirect)
    assert await count(theatre, "draft") == 0


@pytest.mark.parametrize(
    ("room_id", "person", "text", "where"),
    [
        (MILWAUKEE, DORA, "I cannot be arrested.", "thread"),
        (MILWAUKEE, DORA, "I cannot be arrested.", "reply_to"),
        (MILWAUKEE, DORA, "My red line: no arrests.", ""),
        (MANILA, BEN, "Mis líneas rojas: la cárcel.", ""),
    ],
)
async def test_red_lines_in_the_room_are_noticed_however_they_are_written(
    theatre: Theatre, room_id: str, person: str, text: str, where: str
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    shown = theatre.transport.room(room_id).shown
    [root] = [event for event, said in shown.items() if "!audit join" in said]
    await hush(theatre)
    await theatre.say(room_id, person, text, **({where: root} if where else {}))  # type: ignore[arg-type]  # a name
    await theatre.play()
    asked = {DORA: "meant as a red line?", BEN: "era una línea roja?"}[person]
    assert asked in theatre.read(chat(person))
    assert theatre.read(room_id) == ""


async def test_the_command_in_the_room_opens_the_chat_and_tells_of_the_link(
    theatre: Theatre,
) -> None:
    await opened(theatre)
    said = await typed(theatre, MILWAUKEE, DORA, "!audit join")
    assert "that can take a minute" in said
    await theatre.play()
    [room_id] = [room for room, user, _ in theatre.transport.direct if user == DORA]
    told = theatre.read(room_id)
    assert "What can you not risk or accept?" in told
    theatre.transport.room(room_id).shown.clear()
    await typed(theatre, MILWAUKEE, DORA, "!redline")  # without words: they want to know how
    await theatre.play()
    again = theatre.read(room_id)
    assert "What can you not risk or accept?" in again
    assert "meant as a red line?" not in again
    assert "Next time open https://matrix.to/#/@twinline:here.example instead" in told


async def test_a_member_of_two_groups_says_for_which_before_anything_else(theatre: Theatre) -> None:
    await theatre.member(MANILA, DORA, "join", ANA)
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    said = await tells(theatre, DORA, "No arrests.")
    assert "1. Manila Tenants\n2. Milwaukee Tenants" in said
    assert "No guardé este mensaje." in said
    assert await count(theatre, "draft") == 0
    assert "¿Qué no puedes arriesgar o aceptar?" in await tells(theatre, DORA, "2")
    await line(theatre, DORA, "No arrests.")
    await to_consent(theatre)
    for person in PEOPLE:
        await choose(theatre, person, 1)
    assert await count(theatre, "ballot") == 4
    await to_verdict(theatre)
    assert await state(theatre) == "agreed"


async def test_who_has_left_one_of_two_groups_takes_part_for_the_other(theatre: Theatre) -> None:
    await theatre.member(MANILA, DORA, "join", ANA)
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.member(MANILA, DORA, "leave", DORA)
    await line(theatre, DORA, "No arrests.")
    assert await count(theatre, "red_line") == 1
    await to_consent(theatre)
    for person in (ANA, BEN, DORA):
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    assert await state(theatre) == "agreed"


async def test_a_member_of_two_groups_who_has_not_said_for_which_is_asked_again(theatre: Theatre) -> None:
    await theatre.member(MANILA, DORA, "join", ANA)
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    for days in (4, 2.5, 6):  # half of the collecting, its end, half of the consent
        await hush(theatre)
        await later(theatre, days=days)
        assert "1. Manila Tenants\n2. Milwaukee Tenants" in theatre.read(chat(DORA))


async def test_two_rounds_do_not_mix(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.say(MILWAUKEE, CARL, '!audit open "Rent strike" lines=2027-01-12 until=2027-01-22')
    await theatre.play()
    await typed(theatre, MANILA, ANA, "!audit accept 2")
    said = await tells(theatre, DORA, "No arrests.")
    assert "1. “Strike”" in said
    assert "2. “Rent strike”" in said
    assert await count(theatre, "draft") == 0
    assert "Round 2" in await tells(theatre, DORA, "2")
    await line(theatre, DORA, "No arrests.")
    async with theatre.database.tx() as tx:
        assert [tuple(row) for row in await tx.all("SELECT audit_id, text FROM red_line")] == [
            (2, "No arrests.")
        ]
    await tells(theatre, DORA, "!audit join 1")
    await line(theatre, DORA, "No arrests.")
    async with theatre.database.tx() as tx:
        assert {row[0] for row in await tx.all("SELECT audit_id FROM red_line")} == {1, 2}
    await later(theatre, days=9)
    said = await tells(theatre, DORA, "!vote 4")
    assert "Several rounds ask for consent" in said
    await tells(theatre, DORA, "!vote 4 2")
    async with theatre.database.tx() as tx:
        assert [tuple(row) for row in await tx.all("SELECT audit_id, choice FROM ballot")] == [(2, "object")]


async def test_the_end_of_a_round_asks_the_poll_of_another_anew_where_it_removes_it(theatre: Theatre) -> None:
    await opened(theatre)
    await typed(theatre, MILWAUKEE, DORA, "!audit join")
    await theatre.play()
    [room_id] = [room for room, user, _ in theatre.transport.direct if user == DORA]
    await theatre.say(MILWAUKEE, CARL, '!audit open "Rent strike" lines=2027-01-09 until=2027-01-25')
    await theatre.play()
    await typed(theatre, MANILA, ANA, "!audit accept 2")
    await to_consent(theatre)
    for _ in range(3):
        await theatre.play()
    assert "Round 2: do you consent?" in theatre.read(room_id)
    made = StateEvent("$made", room_id, ME, theatre.clock.now(), "m.room.create", "", {"room_version": "10"})
    await theatre.receiver.batch(Batch("c", (made,)))
    await theatre.say(MANILA, ANA, "!audit cancel 1")
    kinds = [row.kind for row in await theatre.waiting(room_id)]
    assert set(kinds) - {"say"} == {"closepoll", "erase", "poll"}


async def test_the_record_goes_when_one_of_its_groups_is_forgotten(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    for person in PEOPLE:
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    assert await state(theatre) == "agreed"
    await typed(theatre, MILWAUKEE, CARL, "!group forget")
    await typed(theatre, MILWAUKEE, CARL, "yes")
    await later(theatre, minutes=1)
    assert await count(theatre, "audit") == 0


async def test_an_objection_stands_though_its_author_was_removed(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    for person in (ANA, BEN, CARL):
        await choose(theatre, person, 1)
    await choose(theatre, DORA, 4)
    await theatre.member(MILWAUKEE, DORA, "leave", CARL)
    await to_verdict(theatre)
    assert await state(theatre) == "held"


async def test_who_was_removed_cannot_choose_any_more(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await theatre.member(MILWAUKEE, DORA, "leave", CARL)
    assert "Nobody asks for your consent now." in await tells(theatre, DORA, "!vote 4")
    for person in (ANA, BEN, CARL):
        await choose(theatre, person, 1)
    await to_verdict(theatre)
    assert await state(theatre) == "agreed"


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ('!audit revise 1 "Later." until="2027-01-16 12:00"', "Leave at least a day to answer"),
        ('!audit revise 1 "Later." until=2027-01-01', "That date has passed."),
        ('!audit revise 1 "Later." until=2032-01-01', "A round can last a year at most."),
        ('!audit revise 1 ""', "Say what has changed"),
        ("!audit revise 1", "TEXT is missing."),
        ("!audit revise", "N is missing."),
        ("!audit revise soon", "TEXT is missing."),
        ('!audit revise 7 "Later."', "Your group has no round 7."),
        (f'!audit revise 1 "{"x" * 1001}"', "Say what has changed"),
        ("!audit accept 1", "That is not possible with round 1 now."),
        ("!audit close 1", "That is not possible with round 1 now."),
    ],
)
async def test_revisions_that_are_none(theatre: Theatre, command: str, answer: str) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await choose(theatre, ANA, 4)
    await to_verdict(theatre)
    theatre.clock.at = theatre.clock.at.replace(month=1, day=16, hour=12)
    assert answer in await typed(theatre, MILWAUKEE, CARL, command)
    assert await state(theatre) == "held"


@pytest.mark.parametrize("language", ["es", "en"])
async def test_twins_of_one_language_need_no_translation(theatre: Theatre, language: str) -> None:
    for room_id, person in ((MANILA, ANA), (MILWAUKEE, CARL)):
        await theatre.say(room_id, person, f"!group set language {language}")
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    same = {"es": "lo lee como lo escribiste", "en": "Everybody reads it as you wrote it."}[language]
    said = await tells(theatre, DORA, "No arrests.")
    assert same in said
    assert "5." not in said
    assert "5." not in await tells(theatre, DORA, "5")
    assert await count(theatre, "red_line") == 0
    await tells(theatre, DORA, "1")
    assert await count(theatre, "red_line") == 1
