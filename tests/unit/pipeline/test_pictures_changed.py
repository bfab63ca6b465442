"""What their author changes under a picture: while it is looked at, while it waits, and once it has gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.files import Attached
from bot.domain.text import t
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.media import corpus
from tests.unit.pipeline.test_pictures import RECOGNISABLE, dispatched, files, in_thread, resting
from tests.unit.pipeline.theatre import Theatre

CHANGED = t("I have forgotten this dispatch, since you changed it. Please write it anew.")
NO_FILE = t("Your change was not relayed: I can change the words under a picture or voice message, no file.")


async def captioned(theatre: Theatre, source: str, caption: str, *, other: bool = False) -> None:
    """The author changes what stands under a file, or puts another one in its place."""
    message = theatre.messages[source]
    assert message.file is not None
    file = Attached(message.file.file, caption)
    if other:
        file = replace(file, file=replace(file.file, url="mxc://here.example/other"))
    body = caption or "IMG_1.JPG"
    await theatre.say(message.room_id, message.sender, body, edits=source, kind=message.kind, file=file)
    await theatre.play()


def shown(theatre: Theatre, room_id: str) -> list[str]:
    """The posts of a room as clients show them: with what the last edit of each says."""
    room = theatre.transport.room(room_id)
    found: dict[str, str] = {}
    for event_id, post in room.posts.items():
        if event_id in room.shown:
            found[post.replaces or event_id] = room.shown[event_id]
    return list(found.values())


async def plays(theatre: Theatre, who: str = "", word: str = "") -> None:
    if who:
        await theatre.say(MANILA, who, word)
    for _ in range(3):
        await theatre.play()


@pytest.mark.parametrize("when", ["looked at", "asked", "blurred"])
async def test_what_its_author_said_last_crosses(theatre: Theatre, when: str) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    if when != "looked at":
        await theatre.play()
    if when == "blurred":
        await theatre.say(MANILA, ANA, "blur")
    message = theatre.messages[source]
    assert message.file is not None
    file = replace(message.file, caption="!dispatch Gracias.")
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source, kind="m.image", file=file)
    await plays(theatre)
    if when != "blurred":
        assert theatre.reads(MANILA, RECOGNISABLE)
        await plays(theatre, ANA, "sí")
    assert len(files(theatre, MILWAUKEE)) == 1
    assert "Thank you." in theatre.read(MILWAUKEE)
    assert "We won." not in theatre.read(MILWAUKEE)


@pytest.mark.parametrize("caption", ["Gracias.", "!help", "!dispatch Gracias. to=nobody"])
async def test_what_is_no_dispatch_any_more_is_not_looked_at(theatre: Theatre, caption: str) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    await captioned(theatre, source, caption)
    assert theatre.reads(MANILA, CHANGED)
    await plays(theatre, ANA, "sí")
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()


@pytest.mark.parametrize("when", ["looked at", "asked"])
async def test_another_picture_in_its_place_is_not_the_one_that_was_asked_about(
    theatre: Theatre, when: str
) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    if when == "asked":
        await theatre.play()
    await captioned(theatre, source, "!dispatch Gracias.", other=True)
    assert theatre.reads(MANILA, CHANGED)
    await plays(theatre, ANA, "sí")
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()


async def test_nobody_else_changes_what_stands_under_it(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.jpeg(), "!dispatch Ganamos.")
    theatre.messages[source] = replace(theatre.messages[source], sender=BEN)
    await captioned(theatre, source, "!dispatch Gracias.")
    await plays(theatre, ANA, "sí")
    assert "We won." in theatre.read(MILWAUKEE)
    assert "Thank you." not in theatre.read(MILWAUKEE)


async def test_what_is_doubtful_in_the_new_words_is_asked_about(theatre: Theatre) -> None:
    source = await dispatched(theatre, corpus.jpeg())
    await captioned(theatre, source, "!dispatch Llame al 414-286-2150")
    await plays(theatre, ANA, "sí")
    assert files(theatre, MILWAUKEE) == []
    assert "414-286-2150" in theatre.read(MANILA)
    await captioned(theatre, source, "!dispatch Llame a ana@example.org")
    assert "ana@example.org" in theatre.read(MANILA)
    await plays(theatre, ANA, "sí")
    assert "ana@example.org" in theatre.read(MILWAUKEE)


async def test_changed_while_it_waits_for_approval_it_is_looked_at_again(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!group set approval one")
    await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    source = await dispatched(theatre, corpus.jpeg())
    await plays(theatre, ANA, "sí")
    await captioned(theatre, source, "!dispatch Gracias.")
    assert not theatre.reads(MANILA, CHANGED)
    await plays(theatre, BEN, "!approve 1")
    assert theatre.transport.texts(MILWAUKEE) == []
    theatre.clock.forward(minutes=1)
    await plays(theatre, BEN, "!approve 1")
    assert len(files(theatre, MILWAUKEE)) == 1
    assert "Thank you." in theatre.read(MILWAUKEE)


async def test_somebody_elses_picture_crosses_with_the_words_that_they_said_last(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, BEN, corpus.jpeg(), "Ganamos.")
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await plays(theatre)
    await captioned(theatre, source, "Buenos días")
    await theatre.say(MANILA, BEN, "sí", thread=source)
    await captioned(theatre, source, "Gracias.")
    await theatre.say(MANILA, BEN, "sí", thread=source)
    await plays(theatre)
    assert len(files(theatre, MILWAUKEE)) == 1
    assert "Thank you." in theatre.read(MILWAUKEE)
    assert "Good morning" not in theatre.read(MILWAUKEE)


@pytest.mark.parametrize("when", ["looked at", "asked", "warned"])
async def test_who_asked_for_it_takes_that_back(theatre: Theatre, when: str) -> None:
    source = await theatre.attach(MANILA, BEN, corpus.jpeg(), "Ganamos.")
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    request = await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await plays(theatre)
    await theatre.say(MANILA, BEN, "sí", thread=source)
    if when != "looked at":
        await plays(theatre)
    if when == "warned":
        await captioned(theatre, source, "Llame al 414-286-2150")
        await theatre.say(MANILA, BEN, "sí", thread=source)
        await plays(theatre)
    await theatre.remove(MANILA, ANA, request)
    for _ in range(2):
        await plays(theatre)
        await theatre.say(MANILA, BEN, "sí", thread=source)
    assert files(theatre, MILWAUKEE) == []
    assert await resting(theatre) == set()


async def _gone(theatre: Theatre, caption: str) -> str:
    source = await dispatched(theatre, corpus.jpeg(), caption)
    await plays(theatre, ANA, "sí")
    assert len(files(theatre, MILWAUKEE)) == 1
    return source


@pytest.mark.parametrize("before", ["!dispatch Ganamos.", "!dispatch"])
async def test_once_it_has_gone_the_words_of_the_copy_follow(theatre: Theatre, before: str) -> None:
    source = await _gone(theatre, before)
    await captioned(theatre, source, "!dispatch Gracias.")
    assert "Thank you." in shown(theatre, MILWAUKEE)[0]
    assert "We won." not in shown(theatre, MILWAUKEE)[0]
    await captioned(theatre, source, "!dispatch")
    assert shown(theatre, MILWAUKEE)[0] == "manila-1 · Manila Tenants"
    assert len(files(theatre, MILWAUKEE)) == 1
    await theatre.say(MANILA, ANA, "!dispatch show 1")
    await theatre.play()
    assert "Ganamos" not in theatre.transport.texts(MANILA)[-1]


async def test_what_stands_under_a_picture_that_was_sent_by_a_reply_follows(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, ANA, corpus.png(), "Ganamos.")
    theatre.transport.room(MANILA).people[source] = theatre.messages[source]
    await theatre.say(MANILA, ANA, "!dispatch", reply_to=source)
    await plays(theatre)
    await plays(theatre, ANA, "sí")
    await captioned(theatre, source, "Gracias.")
    assert "Thank you." in shown(theatre, MILWAUKEE)[0]


@pytest.mark.parametrize("how", ["another picture", "a text", "a name alone"])
async def test_once_it_has_gone_nothing_takes_the_place_of_the_picture(theatre: Theatre, how: str) -> None:
    source = await _gone(theatre, "!dispatch Ganamos.")
    if how == "another picture":
        await captioned(theatre, source, "!dispatch Gracias.", other=True)
    else:
        kind = "m.text" if how == "a text" else "m.image"
        await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source, kind=kind)
        await theatre.play()
    assert theatre.reads(MANILA, NO_FILE)
    assert "We won." in shown(theatre, MILWAUKEE)[0]
    assert len(files(theatre, MILWAUKEE)) == 1


async def test_no_picture_takes_the_place_of_words(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    picture = await theatre.attach(MANILA, BEN, corpus.png())
    file = theatre.messages[picture].file
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source, kind="m.image", file=file)
    await theatre.play()
    assert theatre.reads(MANILA, NO_FILE)
    assert "We won." in shown(theatre, MILWAUKEE)[0]


async def test_words_that_came_as_a_file_are_not_taken_for_what_stands_under_it(theatre: Theatre) -> None:
    source = await theatre.attach(MANILA, ANA, b"Ganamos.", "!dispatch Gracias.", kind="m.file")
    await plays(theatre)
    assert "We won." in theatre.read(MILWAUKEE)
    await captioned(theatre, source, "!dispatch Buenos días")
    assert theatre.reads(MANILA, NO_FILE)
    assert "Good morning" not in theatre.read(MILWAUKEE)


@pytest.mark.parametrize("rule", ["doubt", "approval"])
async def test_new_words_under_it_cross_by_the_rules_for_words(theatre: Theatre, rule: str) -> None:
    source = await _gone(theatre, "!dispatch Ganamos.")
    if rule == "approval":
        await theatre.say(MANILA, ANA, "!group set approval one")
    await captioned(theatre, source, "!dispatch Llame al 414-286-2150")
    assert "414-286-2150" not in theatre.read(MILWAUKEE)
    assert "we won" in shown(theatre, MILWAUKEE)[0].casefold()
    said = theatre.transport.texts(MANILA)[-1]
    assert ("otra persona aprueba" if rule == "approval" else "414-286-2150") in said


@pytest.mark.parametrize("when", ["looked at", "asked", "first", "gone"])
async def test_in_a_thread_what_was_said_last_crosses(theatre: Theatre, when: str) -> None:
    if when != "first":
        await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    source = await theatre.attach(MILWAUKEE, DORA, corpus.webp(), "Good morning", thread=root)
    answers = {"looked at": 0, "asked": 0, "first": 1, "gone": 1}[when]
    if when != "looked at":
        await theatre.play()
    for _ in range(answers):
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await theatre.play()
    message = theatre.messages[source]
    assert message.file is not None
    file = replace(message.file, caption="Thank you.")
    await theatre.say(MILWAUKEE, DORA, "Thank you.", edits=source, kind="m.image", file=file)
    await plays(theatre)
    if when != "gone":
        await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
        await plays(theatre)
    assert len(files(theatre, MANILA)) == 1
    [copy] = [text for text in shown(theatre, MANILA) if text.startswith("Milwaukee A")]
    assert "Gracias." in copy
    assert "Buenos días" not in copy


async def test_in_a_thread_words_that_came_as_a_file_are_forgotten_when_changed(theatre: Theatre) -> None:
    source = await in_thread(theatre, b"Thank you.", "Good morning")
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    await captioned(theatre, source, "We won.")
    await theatre.say(MILWAUKEE, DORA, "yes", thread=root)
    await plays(theatre)
    assert "nothing was relayed, and i have forgotten the file" in theatre.read(MILWAUKEE).casefold()
    assert "Gracias." not in theatre.read(MANILA)
    assert "Ganamos." not in theatre.transport.texts(MANILA)[-1]


async def test_a_picture_that_is_changed_while_it_waits_waits_as_long_as_its_words(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!group set approval one")
    await theatre.say(MANILA, ANA, f"!group set approvers {BEN}")
    source = await dispatched(theatre, corpus.jpeg())
    await theatre.tick(hours=23)
    await plays(theatre, ANA, "sí")
    for caption in ("!dispatch Gracias.", "!dispatch Buenos días"):
        await theatre.tick(hours=71)
        await captioned(theatre, source, caption)
    await theatre.tick(hours=1)
    assert len(await resting(theatre)) == 2
    await plays(theatre, BEN, "!approve 1")
    assert len(files(theatre, MILWAUKEE)) == 1


async def _answered(theatre: Theatre, caption: str) -> str:
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await plays(theatre)
    source = await theatre.attach(MILWAUKEE, DORA, corpus.png(), caption)
    await plays(theatre)
    return source


async def test_a_picture_answers_a_dispatch_for_clients_without_threads(theatre: Theatre) -> None:
    source = await _answered(theatre, "!answer Good morning")
    assert "Buenos días" not in theatre.read(MANILA)
    await theatre.say(MILWAUKEE, DORA, "yes")
    await plays(theatre)
    assert len(files(theatre, MANILA)) == 1
    assert "Buenos días" in theatre.read(MANILA)
    await captioned(theatre, source, "!answer manila-1 Thank you.")
    [copy] = [text for text in shown(theatre, MANILA) if text.startswith("Milwaukee A")]
    assert "Gracias." in copy


async def test_an_answer_with_a_picture_that_is_changed_before_it_went_is_forgotten(theatre: Theatre) -> None:
    source = await _answered(theatre, "!answer Good morning")
    await captioned(theatre, source, "!answer Thank you.")
    await theatre.say(MILWAUKEE, DORA, "yes")
    await plays(theatre)
    assert files(theatre, MANILA) == []
    assert await resting(theatre) == set()
