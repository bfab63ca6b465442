"""What does not count yet: who says that they are done, or is reminded, hears of it."""

from __future__ import annotations

from tests.unit.handlers.cast import BEN, DORA, MILWAUKEE, count
from tests.unit.pipeline.audit.rounds import (
    PEOPLE,
    chat,
    hush,
    later,
    line,
    meet,
    opened,
    tells,
    to_consent,
    to_verdict,
    typed,
)
from tests.unit.pipeline.theatre import Theatre


async def test_nobody_is_done_who_has_not_said_what_shall_become_of_a_red_line(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await tells(theatre, DORA, "No arrests.")
    said = await tells(theatre, DORA, "!redline done")
    assert said.startswith(
        "First answer what shall become of what you wrote before.\nWhat shall become of it?"
    )
    assert "I have not kept" not in said
    await tells(theatre, DORA, "1")
    assert "Thank you. You have 1 red line." in await tells(theatre, DORA, "!redline done")


async def test_who_has_a_draft_is_reminded_of_that_one(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await line(theatre, DORA, "No arrests.")
    await later(theatre, days=3)
    await tells(theatre, DORA, "No arrests.")
    await hush(theatre)
    await later(theatre, hours=10)
    assert "What you wrote last does not count yet" in theatre.read(chat(DORA))
    assert "¿Tienes una línea roja?" in theatre.read(chat(BEN))


async def test_a_reason_goes_with_its_choice(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await tells(theatre, BEN, "!vote 4")
    await line(theatre, BEN, "Es muy pronto.")
    await tells(theatre, BEN, "!vote 4")
    assert await count(theatre, "red_line") == 1
    await tells(theatre, BEN, "!vote 1")
    assert await count(theatre, "red_line") == 0
    await to_verdict(theatre)
    assert "early" not in theatre.read(MILWAUKEE)


async def test_an_edited_choice_changes_nothing_and_one_is_told_how_to(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    event = await theatre.say(chat(DORA), DORA, "!vote 1 1")
    await theatre.play()
    assert await tells(theatre, DORA, "!vote 4 1", edits=event) == (
        "An edit changes nothing here: write it anew.\nTo choose, use the poll or type !vote 1 to !vote 4."
    )


async def test_who_asks_after_a_held_round_is_told_how_it_can_be_revised(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await tells(theatre, BEN, "!vote 4")
    await to_verdict(theatre)
    how = "A steward can change the plan and ask again, until"
    assert how in await typed(theatre, MILWAUKEE, DORA, "!audit")
    await later(theatre, days=15)
    assert how not in await typed(theatre, MILWAUKEE, DORA, "!audit")
