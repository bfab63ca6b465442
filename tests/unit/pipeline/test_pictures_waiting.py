"""A picture whose dispatch waits for an answer or for approval: what ends the wait ends the picture."""

from __future__ import annotations

import pytest

from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.test_pictures import dispatched, files, in_thread, resting
from tests.unit.pipeline.theatre import Theatre

CHANGED = t("I have forgotten this dispatch, since you changed it. Please write it anew.")


async def _waiting(theatre: Theatre) -> str:
    """Ana's picture waits for Ben's approval."""
    await theatre.say(MANILA, ANA, "!group set approval one")
    await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    source = await dispatched(theatre, corpus.jpeg())
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert len(await resting(theatre)) == 2
    return source


@pytest.mark.parametrize("how", ["withdrawn", "expired", "changed", "deleted"])
async def test_what_will_not_be_approved_any_more_does_not_rest(theatre: Theatre, how: str) -> None:
    source = await _waiting(theatre)
    match how:
        case "withdrawn":
            await theatre.say(MANILA, ANA, "!dispatch withdraw 1")
        case "expired":
            await theatre.tick(hours=72)
        case "changed":
            await theatre.say(MANILA, ANA, "IMG_1.JPG", edits=source, kind="m.image")
        case _:
            await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    assert await resting(theatre) == set()
    await theatre.say(MANILA, BEN, "!approve 1")
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert files(theatre, MILWAUKEE) == []
    assert theatre.reads(MANILA, CHANGED) == (how == "changed")


@pytest.mark.parametrize("how", ["no", "silence", "changed"])
async def test_without_a_yes_to_its_caption_the_picture_is_forgotten(theatre: Theatre, how: str) -> None:
    source = await dispatched(theatre, corpus.jpeg(), "!dispatch Llame al 414-286-2150")
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert len(await resting(theatre)) == 2
    match how:
        case "no":
            await theatre.say(MANILA, ANA, "no")
        case "changed":
            await theatre.say(MANILA, ANA, "IMG_1.JPG", edits=source, kind="m.image")
        case _:
            await theatre.tick(hours=25)
    await theatre.play()
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert await resting(theatre) == set()
    assert files(theatre, MILWAUKEE) == []


@pytest.mark.parametrize("kind", ["m.image", "m.text"])
async def test_an_old_caption_does_not_go_after_it_was_changed(theatre: Theatre, kind: str) -> None:
    source = await dispatched(theatre, corpus.jpeg(), "!dispatch Ganamos.")
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source, kind=kind)
    await theatre.play()
    assert theatre.reads(MANILA, CHANGED)
    await theatre.say(MANILA, ANA, "sí")
    await theatre.play()
    assert files(theatre, MILWAUKEE) == []
    assert theatre.transport.texts(MILWAUKEE) == []
    assert await resting(theatre) == set()


@pytest.mark.parametrize("confirm", ["off", "on"])
async def test_in_a_thread_no_old_caption_and_no_name_of_a_file_goes(theatre: Theatre, confirm: str) -> None:
    await theatre.say(MILWAUKEE, CARL, f"!group set threadconfirm {confirm}")
    source = await in_thread(theatre, corpus.webp(), who=DORA)
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    if confirm == "on":
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await theatre.play()
    await theatre.say(MILWAUKEE, DORA, "IMG_7.JPG", edits=source, kind="m.image", thread=root)
    for _ in range(2):
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await theatre.play()
    assert "IMG_7" not in theatre.read(MANILA)
    assert files(theatre, MANILA) == []
    assert "nothing was relayed, and i have forgotten the file" in theatre.read(MILWAUKEE).casefold()
    assert await resting(theatre) == set()
