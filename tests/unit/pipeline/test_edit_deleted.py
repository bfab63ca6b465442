"""An edit is deleted: what it brought goes in every copy, and what was there before it is shown again."""

from __future__ import annotations

import pytest

from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, known
from tests.unit.pipeline.test_edited import stands
from tests.unit.pipeline.test_long import play
from tests.unit.pipeline.theatre import Theatre

JOINT = "!joint:here.example"


async def _edited(theatre: Theatre) -> tuple[str, str]:
    """A dispatch that has arrived, and its edit, which has too."""
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    edit = await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]
    return source, edit


@pytest.mark.parametrize("remover", [ANA, BEN])
async def test_the_copies_show_what_was_there_before(theatre: Theatre, remover: str) -> None:
    _, edit = await _edited(theatre)
    await theatre.remove(MANILA, remover, edit)  # whoever may, which the server sees to
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["We won."]


async def test_the_words_of_the_edit_are_kept_no_longer(theatre: Theatre) -> None:
    _, edit = await _edited(theatre)
    await theatre.remove(MANILA, ANA, edit)
    await theatre.say(MANILA, BEN, "!dispatch show 1")
    await theatre.play()
    assert "Ya no tengo las palabras" in theatre.transport.texts(MANILA)[-1]
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT original FROM dispatch") is None


async def test_an_earlier_edit_that_is_deleted_leaves_the_last_one(theatre: Theatre) -> None:
    source, edit = await _edited(theatre)
    await theatre.say(MANILA, ANA, "!dispatch Buenos días", edits=source)
    await theatre.play()
    await theatre.remove(MANILA, ANA, edit)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Good morning"]
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT original FROM dispatch") == "Buenos días"


async def test_it_is_deleted_before_it_was_sent(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    edit = await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.translate()
    await theatre.remove(MANILA, ANA, edit)
    await theatre.play()
    assert "Thank you." not in theatre.read(MILWAUKEE)
    assert stands(theatre, MILWAUKEE) == ["We won."]


async def test_its_late_translation_does_not_come(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    theatre.translator.down = True
    edit = await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.play()
    await theatre.remove(MANILA, ANA, edit)
    theatre.translator.down = False
    theatre.clock.forward(minutes=2)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["We won."]


async def test_in_a_thread_and_in_a_joint_room_too(theatre: Theatre) -> None:
    await known(theatre, BEN, DORA)
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    await theatre.say(MILWAUKEE, CARL, "!dispatch Good morning")
    await theatre.play()
    root = (await theatre.row(MANILA, "copy")).event_id
    for room_id, thread, reader in ((MANILA, root, MILWAUKEE), (JOINT, None, JOINT)):
        source = await theatre.say(room_id, BEN, "Ganamos.", thread=thread)
        await theatre.play()
        edit = await theatre.say(room_id, BEN, "Gracias.", edits=source)
        await theatre.play()
        assert stands(theatre, reader)[-1] == "Thank you."
        await theatre.remove(room_id, BEN, edit)
        await theatre.play()
        assert stands(theatre, reader)[-1] == "We won."


async def test_the_parts_that_it_added_go(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    edit = await theatre.say(MANILA, ANA, "!dispatch " + "Gracias.\n" * 1_500, edits=source)
    await play(theatre)
    assert len(stands(theatre, MILWAUKEE)) > 1
    await theatre.remove(MANILA, ANA, edit)
    await play(theatre)
    assert stands(theatre, MILWAUKEE) == ["We won."]


async def test_afterwards_the_same_edit_can_be_made_again(theatre: Theatre) -> None:
    source, edit = await _edited(theatre)
    await theatre.remove(MANILA, ANA, edit)
    await theatre.play()
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]


async def test_a_deletion_in_another_room_takes_nothing_back(theatre: Theatre) -> None:
    _, edit = await _edited(theatre)
    await theatre.remove(MILWAUKEE, CARL, edit)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]


@pytest.mark.parametrize(
    ("removed", "left"),
    [((2,), "Thank you."), ((1,), "Good morning"), ((1, 2), "We won."), ((2, 1), "We won.")],
)
@pytest.mark.parametrize("there", [False, True])
async def test_while_its_words_wait_they_never_cross(
    theatre: Theatre, removed: tuple[int, ...], left: str, *, there: bool
) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    if there:
        await theatre.play()
    edits = {
        n: await theatre.say(MANILA, ANA, f"!dispatch {text}", edits=source)
        for n, text in ((1, "Gracias."), (2, "Buenos días"))
    }
    await theatre.translate()
    for n in removed:
        await theatre.remove(MANILA, ANA, edits[n])
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == [left]
    assert not [row for row in await theatre.rows(MILWAUKEE) if row.payload is not None]
    async with theatre.database.tx() as tx:  # nothing of them is kept, neither with what was sent
        assert await tx.value("SELECT COUNT(*) FROM outbox WHERE frame LIKE '%Gracias%'") == 0


async def test_words_of_it_that_crossed_as_the_first_ones_are_told(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    edit = await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]
    await theatre.remove(MANILA, ANA, edit)
    await theatre.play()
    told = t("What you deleted now had crossed already, as the first words of this message.")
    assert theatre.reads(MANILA, told)
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == []
