"""Opening rounds of red lines: what cannot be opened, who accepts, who declines, who leads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.unit.handlers.cast import ANA, CARL, EVA, MADRID, MANILA, MILWAUKEE, code_in, count
from tests.unit.pipeline.audit.rounds import (
    OPEN,
    PHRASES,
    later,
    opened,
    state,
    typed,
)
from tests.unit.pipeline.theatre import Theatre

FAY = "@fay:here.example"


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ("until=2027-01-01", "That date has passed."),
        ("lines=2026-12-01 until=2027-02-01", "That date has passed."),
        ("until=2032-01-04", "A round can last a year at most."),
        (
            "lines=2027-02-01 until=2027-01-20",
            "lines= has to be before until=.",
        ),
        ("until=2027-02-30", "There is no such day: until=2027-02-30"),
        ('until="2027-02-20 25:00"', "There is no such hour: until=2027-02-20 25:00"),
        ("until=tomorrow", "I cannot read “until=tomorrow”"),
        ("with=madrid", "“madrid” is no active twin of yours."),
        ("lead=madrid", "“madrid” does not take part, so it cannot lead."),
        ("until=", "I did not understand"),
    ],
)
async def test_a_round_that_cannot_be_opened(theatre: Theatre, options: str, answer: str) -> None:
    said = await typed(theatre, MILWAUKEE, CARL, f'!audit open "Rent strike" {options}')
    assert answer in said
    assert await count(theatre, "audit") == 0


@pytest.mark.parametrize("title", ['""', '"   "', '"' + "a" * 121 + '"', ""])
async def test_a_round_has_a_title(theatre: Theatre, title: str) -> None:
    await typed(theatre, MILWAUKEE, CARL, f"!audit open {title}")
    assert await count(theatre, "audit") == 0


async def test_a_group_without_a_twin_cannot_open_a_round(theatre: Theatre) -> None:
    said = await typed(theatre, MADRID, EVA, OPEN)
    assert "necesita un grupo hermano" in said
    await theatre.say(MANILA, ANA, "!twin pause")
    await theatre.play()
    assert "needs a twin" in await typed(theatre, MILWAUKEE, CARL, '!audit open "Rent strike"')
    assert await count(theatre, "audit") == 0


async def test_an_hour_that_does_not_exist_is_said_and_the_next_taken(theatre: Theatre) -> None:
    said = await typed(
        theatre, MILWAUKEE, CARL, '!audit open "Rent strike" lines="2027-03-14 02:30" until=2027-03-20'
    )
    assert "Clocks go forward then, so lines=2027-03-14 02:30 does not exist" in said
    assert "3:00" in said
    assert await state(theatre) == "opened"


async def test_a_short_round_is_agreed_to_by_accepting(theatre: Theatre) -> None:
    said = await typed(
        theatre, MILWAUKEE, CARL, '!audit open "Rent strike" lines="2027-01-04 09:00" until=2027-01-05'
    )
    assert "⚠ That is less than a day" in said
    assert "⚠" in theatre.read(MANILA)
    await typed(theatre, MANILA, ANA, "!audit accept 1")
    assert await state(theatre) == "collecting"


async def test_the_lead_goes_to_the_group_that_accepts_it(theatre: Theatre) -> None:
    await opened(theatre, OPEN + " lead=milwaukee")
    assert "They ask your group to lead" in theatre.read(MILWAUKEE)
    assert "The risk lies with Milwaukee Tenants." in theatre.read(MILWAUKEE)
    assert "El riesgo lo corre Manila Tenants.\nLe pido a Milwaukee Tenants que dirija" in theatre.read(
        MANILA
    )


async def test_who_accepts_late_leaves_everybody_a_day_to_name_red_lines(theatre: Theatre) -> None:
    await opened(theatre, accept=False)
    theatre.clock.at = datetime(2027, 1, 10, 15, 30, tzinfo=UTC)  # half an hour before the end
    said = await typed(theatre, MILWAUKEE, CARL, "!audit accept 1")
    assert "until Monday, January 11, 2027, 9:30" in said
    assert "It was accepted late, so you have a day from now for that." in said
    assert "Se aceptó tarde" in theatre.read(MANILA)
    assert "January 20, 2027, 9:59" in said
    await later(theatre, hours=23)
    assert await state(theatre) == "collecting"
    await later(theatre, hours=1, minutes=2)
    assert await state(theatre) == "consent"


async def test_nobody_accepts_in_time(theatre: Theatre) -> None:
    await opened(theatre, accept=False)
    await later(theatre, days=7)
    assert "No other group accepted in time." in theatre.read(MILWAUKEE)
    assert await count(theatre, "audit") == 0
    assert "has no round 1" in await typed(theatre, MILWAUKEE, CARL, "!audit accept 1")


async def test_a_group_can_decline(theatre: Theatre) -> None:
    await opened(theatre, accept=False)
    assert "Declined" in await typed(theatre, MILWAUKEE, CARL, "!audit decline")
    assert "Milwaukee Tenants no participa en la ronda 1." in theatre.read(MANILA)
    assert "La ronda 1 se cancela: “Huelga”\nNingún otro grupo participa." in theatre.read(MANILA)
    assert await state(theatre) is None
    await typed(theatre, MILWAUKEE, CARL, "!audit accept 1")
    assert await count(theatre, "audit") == 0


async def test_a_round_waits_for_the_others_when_one_group_declines(theatre: Theatre) -> None:
    code = code_in(await typed(theatre, MADRID, EVA, "!group code"))
    await typed(theatre, MANILA, ANA, f"!twin propose {code}")
    await typed(theatre, MADRID, EVA, "!twin accept manila")
    await opened(theatre, accept=False)
    await typed(theatre, MILWAUKEE, CARL, "!audit decline")
    assert await state(theatre) == "opened"
    await typed(theatre, MADRID, EVA, "!audit accept 1")
    assert await state(theatre) == "collecting"


async def test_three_groups_take_part_and_the_third_is_named_only_once_it_accepts(theatre: Theatre) -> None:
    theatre.translator.phrases = PHRASES
    code = code_in(await typed(theatre, MADRID, EVA, "!group code"))
    await typed(theatre, MANILA, ANA, f"!twin propose {code}")
    await typed(theatre, MADRID, EVA, "!twin accept manila")
    await opened(theatre)
    assert "Madrid" not in theatre.read(MILWAUKEE)
    await typed(theatre, MADRID, EVA, "!audit accept 1")
    assert "Vecinas de Madrid takes part in round 1, too." in theatre.read(MILWAUKEE)
    assert "The risk lies" not in theatre.read(MILWAUKEE).partition("takes part in round 1, too.")[2]
    assert await count(theatre, "elector") == 6


async def test_all_are_told_when_the_risk_goes_to_a_group_that_accepts_later(theatre: Theatre) -> None:
    code = code_in(await typed(theatre, MADRID, EVA, "!group code"))
    await typed(theatre, MANILA, ANA, f"!twin propose {code}")
    await typed(theatre, MADRID, EVA, "!twin accept manila")
    await opened(theatre, OPEN + " lead=madrid")
    assert "The risk lies with Manila Tenants." in theatre.read(MILWAUKEE)
    await typed(theatre, MADRID, EVA, "!audit accept 1")
    assert "The risk lies with Vecinas de Madrid now." in theatre.read(MILWAUKEE)
    assert "Ahora el riesgo lo corre Vecinas de Madrid." in theatre.read(MANILA)


async def test_the_title_may_be_in_any_language_of_the_room(theatre: Theatre) -> None:
    await typed(theatre, MANILA, ANA, "!group set languages en,es")
    theatre.translator.phrases = {("es", "fr"): {"Huelga": "Grève"}, ("en", "fr"): {"Hi": "Salut"}}
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE grp SET language = 'fr' WHERE room_id = ?", MILWAUKEE)
    await theatre.say(MANILA, ANA, OPEN)
    await theatre.play()
    assert "“Grève”" in theatre.read(MILWAUKEE)
