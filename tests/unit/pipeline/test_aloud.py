"""Reading aloud: the card, and telling who wrote it."""

from __future__ import annotations

import pytest

from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, count
from tests.unit.pipeline.theatre import PHRASES, Theatre

TEXT = "Ganamos. El IMSS paga."


@pytest.fixture(autouse=True)
async def arrived(theatre: Theatre) -> None:
    """Manila's first dispatch has come to Milwaukee."""
    theatre.translator.phrases = {
        **PHRASES,
        ("es", "en"): {TEXT: "We won. The IMSS pays.", "Plaza": "square", **PHRASES["es", "en"]},
        ("en", "es"): {"rally": "mitin", **PHRASES["en", "es"]},
    }
    await theatre.say(MANILA, ANA, f"!dispatch {TEXT}")
    await theatre.play()


async def _asks(theatre: Theatre, room_id: str, who: str, text: str) -> str:
    before = len(theatre.transport.texts(room_id))
    await theatre.say(room_id, who, text)
    await theatre.play()
    await theatre.play()
    return "\n".join(theatre.transport.texts(room_id)[before:])


async def test_a_twin_s_dispatch_is_a_card_in_the_language_of_the_room(theatre: Theatre) -> None:
    shown = await _asks(theatre, MILWAUKEE, DORA, "!dispatch show manila-1 card=yes")
    assert shown.startswith("manila-1, to be read aloud in about 5 seconds:\n")
    assert "Translated by machine from Spanish." in shown
    assert shown.endswith("We won.\n\nThe IMSS pays.")


async def test_abbreviations_that_were_agreed_on_are_said_in_full(theatre: Theatre) -> None:
    await _asks(theatre, MILWAUKEE, CARL, "!term add Mexican Social Security Institute = IMSS")
    shown = await _asks(theatre, MILWAUKEE, DORA, "!dispatch show manila-1 card=yes")
    assert "The Mexican Social Security Institute pays." in shown


async def test_one_s_own_dispatch_is_a_card_in_one_s_own_words(theatre: Theatre) -> None:
    shown = await _asks(theatre, MANILA, BEN, "!dispatch show 1 card=yes")
    assert "Ganamos.\n\nEl IMSS paga." in shown
    assert "segundos" in shown


async def test_without_a_model_the_card_says_that_it_stands_as_it_was_written(theatre: Theatre) -> None:
    theatre.translator.phrases = {}
    shown = await _asks(theatre, MILWAUKEE, DORA, "!dispatch show manila-1 card=yes")
    assert "could not be translated" in shown
    assert "Ganamos." in shown


@pytest.mark.parametrize("typed", ["manila-2", "madrid-1", "7", "milwaukee-1"])
async def test_a_card_of_what_has_not_come_is_refused(theatre: Theatre, typed: str) -> None:
    shown = await _asks(theatre, MILWAUKEE, DORA, f"!dispatch show {typed} card=yes")
    assert "dispatch" in shown
    assert "read aloud" not in shown


async def test_a_stranger_sees_no_card(theatre: Theatre) -> None:
    assert "Ganamos" not in await _asks(theatre, MADRID, EVA, "!dispatch show manila-1 card=yes")


async def test_of_words_that_are_not_kept_there_is_no_card(theatre: Theatre) -> None:
    await _asks(theatre, MANILA, ANA, "!group set keep 0")
    await theatre.tick()
    assert "no longer have the words" in await _asks(theatre, MILWAUKEE, DORA, "!dispatch show 1 card=yes")


async def test_withdrawn_while_the_card_was_made_it_is_not_shown(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, DORA, "!dispatch show manila-1 card=yes")
    await theatre.say(MANILA, ANA, "!dispatch withdraw 1")
    await theatre.play()
    await theatre.play()
    assert "The IMSS pays." not in theatre.transport.texts(MILWAUKEE)[-1]


@pytest.mark.parametrize("name", ["manila-1", "1", "MANILA-1"])
async def test_who_wrote_it_is_told_where_it_was_read_in_their_language(theatre: Theatre, name: str) -> None:
    assert "Thank you." in await _asks(theatre, MILWAUKEE, DORA, f'!read {name} "rally"')
    said = theatre.transport.texts(MANILA)[-1]
    assert "Milwaukee Tenants" in said
    assert "manila-1" in said
    assert "“mitin”" in said
    post = list(theatre.transport.room(MANILA).posts.values())[-1]
    assert post.thread is not None
    assert not post.notice


async def test_without_a_place_it_is_told_as_well(theatre: Theatre) -> None:
    await _asks(theatre, MILWAUKEE, DORA, "!read manila-1")
    assert "manila-1" in theatre.transport.texts(MANILA)[-1]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("!read", "missing"),
        ("!read manila-9", "No dispatch"),
        ("!read rally", "No dispatch"),
        ("!read milwaukee-1", "dispatch"),
        (f"!read manila-1 {'x' * 201}", "200 characters"),
        ("!read manila-1 call 414-286-2150", "telephone number"),
    ],
)
async def test_what_cannot_be_told(theatre: Theatre, typed: str, says: str) -> None:
    before = len(theatre.transport.texts(MANILA))
    assert says in await _asks(theatre, MILWAUKEE, DORA, typed)
    assert len(theatre.transport.texts(MANILA)) == before
    assert await count(theatre, "reading") == 0


async def test_in_a_pause_nothing_is_told(theatre: Theatre) -> None:
    await _asks(theatre, MANILA, ANA, "!twin pause")
    assert "paused" in await _asks(theatre, MILWAUKEE, DORA, "!read manila-1 rally")
    assert await count(theatre, "reading") == 0


async def test_taken_back_by_deleting_the_message(theatre: Theatre) -> None:
    event = await theatre.say(MILWAUKEE, DORA, "!read manila-1 rally")
    await theatre.play()
    shown = len(theatre.transport.texts(MANILA))
    await theatre.remove(MILWAUKEE, DORA, event)
    await theatre.play()
    assert len(theatre.transport.texts(MANILA)) == shown - 1
    assert await count(theatre, "reading") == 0


async def test_the_list_counts_what_was_sent_read_aloud_and_answered(theatre: Theatre) -> None:
    await _asks(theatre, MANILA, ANA, "!language en")
    await _asks(theatre, MILWAUKEE, CARL, "!group set threadconfirm off")
    await _asks(theatre, MANILA, ANA, "!dispatch Gracias.")
    for _ in range(2):
        await _asks(theatre, MILWAUKEE, DORA, "!read manila-1 rally")
    await _asks(theatre, MILWAUKEE, DORA, "!answer manila-1 Good morning")
    mine = await _asks(theatre, MANILA, BEN, "!dispatches")
    assert (
        "\nThis quarter, milwaukee: 2 sent, 1 read aloud there, 1 answered; 0 of theirs read aloud here.\n"
    ) in mine
    assert "milwaukee: delivered, read aloud 2 times, answered" in mine
    await _asks(theatre, MILWAUKEE, CARL, "!dispatch We won.")
    theirs = await _asks(theatre, MILWAUKEE, DORA, "!dispatches")
    assert "\nThis quarter, manila: 1 sent, 0 read aloud there, 0 answered; 1 of theirs read" in theirs


async def test_a_new_quarter_begins_with_nothing(theatre: Theatre) -> None:
    await _asks(theatre, MILWAUKEE, DORA, "!read manila-1 rally")
    await theatre.tick(days=95)
    assert "This quarter" not in await _asks(theatre, MILWAUKEE, DORA, "!dispatches")
    assert await count(theatre, "reading") == 1


async def test_what_was_read_aloud_goes_with_the_twinning(theatre: Theatre) -> None:
    await _asks(theatre, MILWAUKEE, DORA, "!read manila-1 rally")
    await _asks(theatre, MILWAUKEE, CARL, "!twin end")
    await theatre.tick(days=31)
    assert await count(theatre, "reading") == 0
