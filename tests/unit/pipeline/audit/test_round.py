"""A whole round of red lines, from the opening to the record."""

from __future__ import annotations

import pytest

from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, count
from tests.unit.pipeline.audit.rounds import (
    PEOPLE,
    chat,
    choose,
    everybody,
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


async def test_each_group_is_asked_and_the_round_begins_when_one_accepts(theatre: Theatre) -> None:
    await opened(theatre, accept=False)
    assert await state(theatre) == "opened"
    asked = theatre.read(MILWAUKEE)
    assert "Manila Tenants (manila) would like a round of red lines with you: “Strike”" in asked
    assert "until: Sunday, January 10, 2027, 9:59\u202fAM (Chicago) and Sunday" in asked
    assert "!audit accept 1" in asked
    await theatre.say(MILWAUKEE, DORA, "!audit accept 1")
    await theatre.play()
    assert await state(theatre) == "opened"
    await theatre.say(MILWAUKEE, CARL, "!audit accept 1")
    await theatre.play()
    assert await state(theatre) == "collecting"
    assert await count(theatre, "elector") == 4
    for room_id, language in ((MANILA, "es"), (MILWAUKEE, "en")):
        link = t(
            "Take part: open {link} and write to me there. {command} works too.",
            link="https://matrix.to/#/@twinline:here.example",
            command="!audit join",
        )
        assert theatre.reads(room_id, link, language)


async def test_red_lines_circulate_translated_without_names_in_no_order(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, BEN, "Sin cámaras.")
    await line(theatre, DORA, "No arrests.")
    await tells(theatre, ANA, "Nada de deudas.")
    await tells(theatre, ANA, "4")
    assert "Cuenta. Tienes 1 línea roja." in await tells(theatre, ANA, "7")
    await hush(theatre)
    await to_consent(theatre)
    sheet = theatre.read(MILWAUKEE)
    assert "3 red lines were named." in sheet
    assert "Told by their kind alone: money." in sheet
    assert "No cameras.\nmachine-translated from Spanish · original: Sin cámaras." in sheet
    assert "No arrests." in sheet
    assert sheet.count("from one of the groups") == 2
    assert "deudas" not in sheet + theatre.read(MANILA)
    for person in ("ana", "ben", "carl", "dora"):
        assert person not in sheet
    async with theatre.database.tx() as tx:
        words = [row[0] for row in await tx.all("SELECT text FROM red_line")]
    assert "Nada de deudas." not in words


async def test_words_can_circulate_translated_there_and_back(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    shown = await tells(theatre, DORA, "No arrests.")
    assert "In Spanish it will be read like this:\nSin detenciones." in shown
    assert "translated back into English: No being arrested." in shown
    await tells(theatre, DORA, "5")
    await to_consent(theatre)
    assert "No being arrested." in theatre.read(MILWAUKEE)
    assert "No arrests." not in theatre.read(MILWAUKEE) + theatre.read(MANILA)


@pytest.mark.parametrize(
    ("said", "lines"), [("Enviarlo así", 1), ("envíalo.", 1), ("cambiar", 0), ("Descártalo", 0)]
)
async def test_what_becomes_of_it_may_be_answered_in_words(theatre: Theatre, said: str, lines: int) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await tells(theatre, BEN, "Sin cámaras.")
    await tells(theatre, BEN, said)
    assert (await count(theatre, "draft"), await count(theatre, "red_line")) == (0, lines)


async def test_nothing_counts_before_its_author_has_answered(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await tells(theatre, BEN, "Sin cámaras.")
    assert await count(theatre, "red_line") == 0
    assert "No guardé este mensaje" in await tells(theatre, BEN, "Nada de deudas.")
    await tells(theatre, BEN, "3")
    assert (await count(theatre, "draft"), await count(theatre, "red_line")) == (0, 0)
    await tells(theatre, BEN, "Sin cámaras.")
    await later(theatre, hours=25)
    assert await count(theatre, "draft") == 0
    assert "En un día no tuve respuesta" in theatre.read(chat(BEN)) or "en un día no tuve" in theatre.read(
        chat(BEN)
    )
    await tells(theatre, BEN, "Sin cámaras.")
    await to_consent(theatre)
    assert "no está en la hoja" in theatre.read(chat(BEN))
    assert await count(theatre, "red_line") == 0


@pytest.mark.parametrize(
    ("choices", "verdict", "last"),
    [
        ((1, 1, 1, 1), "Consent: nobody objects.", "agreed"),
        ((1, 2, 1, 1), "Consent: nobody objects.", "agreed"),
        (
            (3, 3, 1, 1),
            "Weak consent: nobody objects, but in a group more than a third stand aside.",
            "agreed",
        ),
        (
            (1, 1, 1, 4),
            "Held: for somebody it crosses a red line. That holds, whatever the majority.",
            "held",
        ),
        ((1, 1, 0, 0), "No quorum: too few have answered in Milwaukee Tenants.", "no-quorum"),
    ],
)
async def test_the_verdicts(theatre: Theatre, choices: tuple[int, ...], verdict: str, last: str) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    for person, number in zip(PEOPLE, choices, strict=True):
        if number:
            await choose(theatre, person, number)
    assert verdict not in theatre.read(MILWAUKEE)
    await to_verdict(theatre)
    assert verdict in theatre.read(MILWAUKEE)
    assert ("please do not ask" in theatre.read(MILWAUKEE)) == (last == "held")
    assert await state(theatre) == last
    assert "object." not in theatre.read(MILWAUKEE).replace("nobody objects.", "")
    assert await count(theatre, "ballot") == 0


async def test_a_consent_leaves_a_record_that_leads_to_nobody(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, BEN, "Sin cámaras.")
    await to_consent(theatre)
    await everybody(theatre, 1)
    await tells(theatre, BEN, "!vote 2")
    await line(theatre, BEN, "Es muy pronto.")
    await tells(theatre, DORA, "!vote 2")
    await line(theatre, DORA, "It is too early.", "4")
    await tells(theatre, DORA, "5")
    await to_verdict(theatre)
    await later(theatre, minutes=1)
    assert theatre.vault.known() == frozenset()
    for table in ("elector", "seat", "draft", "ballot"):
        assert await count(theatre, table) == 0
    async with theatre.database.tx() as tx:
        rows = [tuple(row) for row in await tx.all("SELECT token, mine, group_id FROM red_line")]
    assert rows == [("", 0, None)] * 3
    await hush(theatre)
    await theatre.say(MILWAUKEE, DORA, "!audit 1")
    await theatre.play()
    assert "What the twins will not do:\n– “No cameras.”" in theatre.read(MILWAUKEE)
    assert "A concern: “It is too early.”" in theatre.read(MILWAUKEE)
    assert "A concern: health" in theatre.read(MILWAUKEE)
    await later(theatre, days=31)
    assert await count(theatre, "audit") == 0
    assert "I have deleted the record of round 1" in theatre.read(MILWAUKEE)


async def test_however_late_words_of_a_round_arrive_nobody_is_told_a_time(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await tells(theatre, BEN, "!vote 4")
    await line(theatre, BEN, "Es muy pronto.")
    await later(theatre, days=11)
    theatre.clock.forward(hours=2)
    await theatre.play()
    assert "A reason for an objection\nIt is too early.\nmachine-translated" in theatre.read(MILWAUKEE)


async def test_a_held_round_is_revised_and_asked_again(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, BEN, "Sin cámaras.")
    await line(theatre, BEN, "Nada de deudas.")
    await to_consent(theatre)
    await everybody(theatre, 1)
    await choose(theatre, DORA, 4)
    await to_verdict(theatre)
    await hush(theatre)
    await theatre.say(MANILA, ANA, '!audit revise 1 "En mayo."')
    await theatre.play()
    assert await state(theatre) == "consent"
    assert "What has changed: “In May.”" in theatre.read(MILWAUKEE)
    assert "Tus líneas rojas: 2." in theatre.read(chat(BEN))
    assert "Retirada. Tienes 1 línea roja." in await tells(theatre, BEN, "!redline withdraw 2")
    await everybody(theatre, 1)
    await later(theatre, days=12)
    assert await state(theatre) == "agreed"
    await hush(theatre)
    await theatre.say(MANILA, BEN, "!audit")
    await theatre.play()
    assert "cámaras" in theatre.read(MANILA)
    assert "deudas" not in theatre.read(MANILA)


async def test_a_reason_that_its_author_has_not_released_stays_out_of_the_verdict(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await tells(theatre, BEN, "!vote 4")
    await tells(theatre, BEN, "Es muy pronto.")
    await to_verdict(theatre)
    assert "Lo último que escribiste no va con el resultado" in theatre.read(chat(BEN))
    assert "early" not in theatre.read(MILWAUKEE)


async def test_who_asks_how_things_stand_is_told_how_to_take_part_and_until_when_it_is_kept(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    way_in = "Whoever has not taken part yet opens https://matrix.to/#/@twinline:here.example"
    assert way_in in await typed(theatre, MILWAUKEE, DORA, "!audit")
    await to_consent(theatre)
    assert way_in in await typed(theatre, MILWAUKEE, DORA, "!audit")
    assert "The sheet of red lines stands in your group's room; there !audit 1 shows it." in theatre.read(
        chat(DORA)
    )
    await choose(theatre, DORA, 4)
    await to_verdict(theatre)
    assert "I keep the record until Saturday, February 20, 2027" in theatre.read(MILWAUKEE)
    assert way_in not in await typed(theatre, MILWAUKEE, DORA, "!audit")
    said = await typed(theatre, MILWAUKEE, CARL, '!audit revise 1 "We moved it." until="2027-03-14 02:30"')
    assert "Clocks go forward then, so until=2027-03-14 02:30 does not exist" in said
    assert "asked for consent again, in private, until Sunday, March 14, 2027, 3:00" in said


async def test_what_is_not_revised_has_ended_after_two_weeks(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await choose(theatre, ANA, 4)
    await to_verdict(theatre)
    assert theatre.vault.known() == {1}
    await later(theatre, days=15)
    assert await state(theatre) == "lapsed"
    await later(theatre, minutes=1)
    assert theatre.vault.known() == frozenset()
    await theatre.say(MANILA, ANA, '!audit revise 1 "En mayo."')
    await theatre.play()
    assert await state(theatre) == "lapsed"


async def test_a_cancelled_round_leaves_nothing_and_tells_who_cancelled(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, BEN, "Sin cámaras.")
    await theatre.say(MILWAUKEE, CARL, "!audit cancel 1")
    await theatre.play()
    assert "La canceló Milwaukee Tenants." in theatre.read(MANILA)
    assert "Milwaukee Tenants cancelled it." in theatre.read(MILWAUKEE)
    for table in ("audit", "audit_group", "elector", "seat", "draft", "ballot", "red_line"):
        assert await count(theatre, table) == 0
    await later(theatre, minutes=1)
    assert theatre.vault.known() == frozenset()


async def test_a_phase_ends_early_only_if_every_group_says_so(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await theatre.say(MANILA, ANA, "!audit close 1")
    await theatre.play()
    assert await state(theatre) == "collecting"
    await theatre.say(MILWAUKEE, DORA, "!audit close 1")
    await theatre.play()
    assert await state(theatre) == "collecting"
    await theatre.say(MILWAUKEE, CARL, "!audit close 1")
    await theatre.play()
    assert await state(theatre) == "consent"
    for person in (ANA, BEN, CARL):
        await choose(theatre, person, 1)
    for room_id, steward in ((MANILA, ANA), (MILWAUKEE, CARL)):
        await theatre.say(room_id, steward, "!audit close 1")
        await theatre.play()
    assert await state(theatre) == "consent"
    await choose(theatre, DORA, 1)
    for room_id, steward in ((MANILA, ANA), (MILWAUKEE, CARL)):
        await theatre.say(room_id, steward, "!audit close 1")
        await theatre.play()
    assert await state(theatre) == "agreed"


async def test_a_red_line_on_the_sheet_can_be_corrected(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, BEN, "Sin cámaras.")
    await line(theatre, BEN, "Nada de deudas.")
    await to_consent(theatre)
    room = theatre.transport.room(MILWAUKEE)
    [post] = [event for event, text in room.shown.items() if "No cameras." in text]
    await theatre.say(MILWAUKEE, DORA, "!fix No filming.", reply_to=post)
    await theatre.play()
    assert "No filming.\ntranslated from Spanish, corrected by dora" in theatre.read(MILWAUKEE)
    assert "dora has corrected this translation" in theatre.read(MILWAUKEE)
