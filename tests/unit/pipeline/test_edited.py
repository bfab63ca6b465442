"""Edits on their way: what stands in the rooms in the end is what the author wrote last."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.domain.incoming import Batch, Message, Undecryptable
from bot.domain.post import Quote
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import PHRASES, Theatre

JOINT = "!joint:here.example"


def stands(theatre: Theatre, room_id: str) -> list[str]:
    """People's words as clients show them: the last edit of each post that was not removed."""
    room = theatre.transport.room(room_id)
    shown: dict[str, str] = {}
    for event_id, post in room.posts.items():
        words = next((block.text for block in post.blocks if isinstance(block, Quote)), None)
        if words is None or event_id not in room.shown:
            continue
        if post.replaces is None:
            shown[event_id] = words
        elif post.replaces in shown:
            shown[post.replaces] = words
    return list(shown.values())


async def test_a_translation_that_comes_late_is_that_of_the_last_words(theatre: Theatre) -> None:
    theatre.translator.down = True
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Gracias."]
    theatre.translator.down = False
    theatre.clock.forward(minutes=2)
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]


async def test_what_an_edit_leaves_nothing_to_translate_of_is_removed(theatre: Theatre) -> None:
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    source = await theatre.say(JOINT, BEN, "Ganamos.")
    await theatre.play()
    assert stands(theatre, JOINT) == ["We won."]
    await theatre.say(JOINT, BEN, "https://example.org/", edits=source)
    await theatre.play()
    assert stands(theatre, JOINT) == []


@pytest.mark.parametrize("seed", range(12))
async def test_random_edits_withdrawals_and_crashes_end_in_equal_states(theatre: Theatre, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a repeatable history)
    texts = [text for text in PHRASES["es", "en"] if text.endswith((".", "s"))]
    said: dict[str, str] = {}
    for _ in range(40):
        text = chance.choice(texts)
        if not said or chance.random() < 0.3:
            said[await theatre.say(MANILA, ANA, f"!dispatch {text}")] = text
        elif chance.random() < 0.7:
            source = chance.choice(list(said))
            await theatre.say(MANILA, ANA, f"!dispatch {text}", edits=source)
            said[source] = text
        else:
            source = chance.choice(list(said))
            await theatre.remove(MANILA, ANA, source)
            del said[source]
        match chance.randrange(6):
            case 0:
                await theatre.play()
            case 1:
                await theatre.translate()
            case 2:  # the server did it, its answer is lost, the process dies
                theatre.transport.lost[MILWAUKEE] = away(1)
                await theatre.play()
                theatre.start()
            case 3:
                theatre.transport.trouble[MILWAUKEE] = away(1)
                await theatre.play()
            case _:
                pass
        theatre.clock.forward(seconds=chance.choice((1, 20, 400)))
    for _ in range(6):
        theatre.clock.forward(minutes=10)
        await theatre.play()
    there = [PHRASES["es", "en"][text] for text in said.values()]
    assert sorted(stands(theatre, MILWAUKEE)) == sorted(there)


async def test_an_edit_that_came_before_the_key_of_its_message_is_not_lost(theatre: Theatre) -> None:
    """The message is read anew once its key is there; nothing of the edit is kept until then."""
    closed = Undecryptable("$late", MANILA, ANA, theatre.clock.now(), "session", "{}")
    await theatre.receiver.batch(Batch("c", (closed,)))
    await theatre.say(MANILA, ANA, "!dispatch Gracias.", edits="$late")
    first = Message("$late", MANILA, ANA, theatre.clock.now(), "m.text", "!dispatch Ganamos.")
    theatre.transport.room(MANILA).people["$late"] = replace(first, body="!dispatch Gracias.")
    async with theatre.database.tx() as tx:
        assert not await tx.all("SELECT 1 FROM outbox WHERE payload LIKE '%Gracias%'")
    await theatre.receiver.single(first)
    await theatre.play()
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["Thank you."]


async def test_a_late_message_that_nobody_edited_is_not_read_twice(theatre: Theatre) -> None:
    closed = Undecryptable("$late", MANILA, ANA, theatre.clock.now(), "session", "{}")
    await theatre.receiver.batch(Batch("c", (closed,)))
    await theatre.receiver.single(
        Message("$late", MANILA, ANA, theatre.clock.now(), "m.text", "!dispatch Ganamos.")
    )
    await theatre.play()
    assert stands(theatre, MILWAUKEE) == ["We won."]
    assert theatre.transport.keys("fetch", MANILA) == []


async def test_what_had_nothing_to_translate_is_translated_once_it_is_edited_into_words(
    theatre: Theatre,
) -> None:
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    source = await theatre.say(JOINT, BEN, "https://example.org/")
    await theatre.play()
    assert stands(theatre, JOINT) == []
    await theatre.say(JOINT, CARL, "Gracias.", edits=source)  # of somebody else's message
    await theatre.play()
    assert stands(theatre, JOINT) == []
    await theatre.say(JOINT, BEN, "Ganamos.", edits=source)
    await theatre.play()
    assert stands(theatre, JOINT) == ["We won."]
    await theatre.say(JOINT, BEN, "Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, JOINT) == ["Thank you."]


async def test_words_that_became_a_link_and_words_again_are_translated_again(theatre: Theatre) -> None:
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    source = await theatre.say(JOINT, BEN, "Ganamos.")
    await theatre.play()
    for _ in range(2):
        await theatre.say(JOINT, BEN, "https://example.org/", edits=source)
        await theatre.play()
        assert stands(theatre, JOINT) == []
        await theatre.say(JOINT, BEN, "https://example.org/2", edits=source)
        await theatre.play()
        assert stands(theatre, JOINT) == []
        await theatre.say(JOINT, CARL, "Gracias.", edits=source)  # of somebody else's message
        await theatre.play()
        assert stands(theatre, JOINT) == []
        await theatre.say(JOINT, BEN, "Gracias.", edits=source)
        await theatre.play()
        assert stands(theatre, JOINT) == ["Thank you."]
        await theatre.say(JOINT, BEN, "Buenos días", edits=source)
        await theatre.play()
        assert stands(theatre, JOINT) == ["Good morning"]
    assert "Added later" not in theatre.read(JOINT)
    await theatre.say(JOINT, BEN, "https://example.org/", edits=source)
    await theatre.play()
    await theatre.remove(JOINT, BEN, source)
    await theatre.say(JOINT, BEN, "Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, JOINT) == []


async def test_words_that_come_back_while_their_translation_is_being_removed(theatre: Theatre) -> None:
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    source = await theatre.say(JOINT, BEN, "Ganamos.")
    await theatre.play()
    await theatre.say(JOINT, BEN, "https://example.org/", edits=source)
    await theatre.translate()  # the removal is promised, and not sent yet
    await theatre.say(JOINT, BEN, "Gracias.", edits=source)
    await theatre.play()
    assert stands(theatre, JOINT) == ["Thank you."]
    await theatre.remove(JOINT, BEN, source)
    await theatre.play()
    assert stands(theatre, JOINT) == []


async def test_a_message_of_a_thread_that_became_a_dispatch_changes_in_both(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    source = await theatre.say(MILWAUKEE, CARL, "Good morning", thread=root)
    await theatre.play()
    theatre.transport.room(MILWAUKEE).people[source] = theatre.messages[source]
    await theatre.say(MILWAUKEE, CARL, "!dispatch", reply_to=source)
    for _ in range(3):
        await theatre.play()
    assert stands(theatre, MANILA) == ["Buenos días", "Buenos días"]
    await theatre.say(MILWAUKEE, CARL, "Thank you.", edits=source)
    await theatre.play()
    assert stands(theatre, MANILA) == ["Gracias.", "Gracias."]
