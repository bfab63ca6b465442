"""Red lines that speak of a member: their author is asked whether all groups shall read that."""

from __future__ import annotations

import pytest

from bot.storage import people
from tests.unit.handlers.cast import ANA, DORA, MANILA
from tests.unit.pipeline.audit.rounds import PEOPLE, meet, opened, tells
from tests.unit.pipeline.theatre import Theatre

ROSA = "@rosa.mendez22:here.example"


async def test_a_red_line_that_names_a_member_is_asked_about(theatre: Theatre) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    said = await tells(theatre, DORA, "Do not ask Ben to speak.")
    assert "⚠ It seems to name somebody: ben. All groups would read that." in said
    await tells(theatre, DORA, "3")
    assert "⚠ It seems" not in await tells(theatre, DORA, "Bending the law.")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Do not ask Rosa to speak.", "rosa"),
        ("Do not ask rosa.mendez22 to speak.", "rosa.mendez22"),
        ("Not with @rosa.mendez22:here.example.", "rosa.mendez22"),
        ("Not with the widow paz in front.", "Widow Paz"),
        ("Not with Paz in front.", "Paz"),
        ("Nothing on the rosary.", None),
        ("No widow shall be named.", None),
    ],
)
async def test_members_are_known_by_parts_of_their_accounts_and_by_the_names_they_chose(
    theatre: Theatre, text: str, named: str | None
) -> None:
    await theatre.member(MANILA, ROSA, "join", ANA)
    async with theatre.database.tx() as tx:
        await people.set_name(tx, ROSA, "Widow Paz")
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    said = await tells(theatre, DORA, text)
    assert (f"⚠ It seems to name somebody: {named}." in said) == (named is not None)
    assert ("⚠ It seems" in said) == (named is not None)
