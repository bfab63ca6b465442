"""A joint room's messages through their life: translated once a language, changed, removed, or left alone."""

from __future__ import annotations

import pytest

from bot.domain.outgoing import Redact, RowRef
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    EVA,
    FINN,
    MADRID,
    MANILA,
    MILWAUKEE,
    code_of,
    relays,
)
from tests.unit.stage import ME, Stage

JOINT, CHAT = "!joint:here.example", "!chat:here.example"


@pytest.fixture
async def joint(twins: Stage) -> Stage:
    """Manila and Milwaukee sit in a joint room."""
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    assert "joint room now" in await twins.ask(JOINT, CARL, "!joint manila")
    return twins


async def _chat(stage: Stage, person: str) -> None:
    """A direct chat with the bot."""
    await stage.room(CHAT, [person])
    await stage.deliver(CHAT)


async def test_the_translation_follows_the_authors_edit_and_nobody_elses(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos.")
    await joint.deliver(JOINT)
    await joint.say(JOINT, CARL, "Mentira.", edits=source)
    assert await joint.waiting(JOINT) == []
    await joint.say(JOINT, BEN, "Perdimos.", edits=source)
    [edit] = await relays(joint, JOINT)
    assert (edit.words.text, edit.replaces) == ("Perdimos.", RowRef(source, JOINT, "joint"))
    await joint.deliver(JOINT)
    await joint.remove(JOINT, BEN, source)
    assert len([row for row in await joint.waiting(JOINT) if isinstance(row.payload, Redact)]) == 2


async def test_who_does_not_want_to_be_translated_is_not(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos.")
    await joint.deliver(JOINT)
    await _chat(joint, BEN)
    assert "no se traduce" in await joint.ask(CHAT, BEN, "!translate off")
    await joint.say(JOINT, BEN, "Secreto.")
    assert await relays(joint, JOINT) == []
    await joint.say(JOINT, BEN, "Otro secreto.", edits=source)
    assert [type(row.payload) for row in await joint.waiting(JOINT)] == [Redact]
    await joint.say(JOINT, ANA, "Hola.")
    assert len(await relays(joint, JOINT)) == 1
    await joint.ask(CHAT, BEN, "!translate on")
    await joint.deliver(JOINT)
    await joint.say(JOINT, BEN, "Hola.")
    assert len(await relays(joint, JOINT)) == 1


async def test_the_choice_is_made_in_the_direct_chat(joint: Stage) -> None:
    assert "direct chat" in await joint.ask(MILWAUKEE, DORA, "!translate off")
    await _chat(joint, DORA)
    assert "!translate on|off" in await joint.ask(CHAT, DORA, "!translate maybe")


async def test_the_room_chooses_where_translations_stand(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos.")
    [relay] = await relays(joint, JOINT)
    assert (relay.thread, relay.reply_to) == (source, source)
    await joint.deliver(JOINT)
    assert "steward" in await joint.ask(JOINT, DORA, "!joint place reply")
    assert "as a reply under each message" in await joint.ask(JOINT, CARL, "!joint place reply")
    source = await joint.say(JOINT, BEN, "Ganamos.")
    [relay] = await relays(joint, JOINT)
    assert (relay.thread, relay.reply_to) == (None, source)
    await joint.deliver(JOINT)
    in_thread = await joint.say(JOINT, BEN, "Ganamos.", thread=source)
    [relay] = await relays(joint, JOINT)
    assert (relay.thread, relay.reply_to) == (source, in_thread)
    await joint.deliver(JOINT)
    assert "thread|reply" in await joint.ask(JOINT, CARL, "!joint place elsewhere")


async def test_with_three_groups_each_language_is_translated_into_once(joint: Stage) -> None:
    code = await code_of(joint, MADRID, EVA)
    await joint.ask(MANILA, ANA, f"!twin propose {code}")
    await joint.ask(MADRID, EVA, "!twin accept manila")
    for person in (EVA, FINN):
        await joint.member(JOINT, person, "join")
    await joint.ask(JOINT, ANA, "!joint madrid")
    assert "sala conjunta" in await joint.ask(JOINT, EVA, "!joint manila")
    await joint.say(JOINT, FINN, "Buenos días.")  # Spanish, as in Manila
    assert [one.target for one in await relays(joint, JOINT)] == ["en"]
    await joint.deliver(JOINT)
    await joint.say(JOINT, DORA, "Good morning.")
    assert [one.target for one in await relays(joint, JOINT)] == ["es"]
    await joint.deliver(JOINT)
    async with joint.database.tx() as tx:
        await tx.run("UPDATE grp SET language = 'fr' WHERE room_id = ?", MADRID)
    source = await joint.say(JOINT, DORA, "Good evening.")
    assert {one.target for one in await relays(joint, JOINT)} == {"es", "fr"}
    await joint.deliver(JOINT)
    await joint.say(JOINT, DORA, "Good night.", edits=source)
    assert {(one.target, one.words.text) for one in await relays(joint, JOINT)} == {
        ("es", "Good night."),
        ("fr", "Good night."),
    }
    await joint.remove(JOINT, DORA, source)
    assert len([row for row in await joint.waiting(JOINT) if isinstance(row.payload, Redact)]) == 2


async def test_a_joint_room_of_one_twinning_more_stays_when_one_of_its_groups_is_forgotten(
    joint: Stage,
) -> None:
    code = await code_of(joint, MADRID, EVA)
    await joint.ask(MANILA, ANA, f"!twin propose {code}")
    await joint.ask(MADRID, EVA, "!twin accept manila")
    await joint.member(JOINT, EVA, "join")
    await joint.ask(JOINT, ANA, "!joint madrid")
    await joint.ask(JOINT, EVA, "!joint manila")
    await joint.ask(MADRID, EVA, "!group forget")
    await joint.ask(MADRID, EVA, "sí")
    await joint.say(JOINT, BEN, "Ganamos.")
    assert [one.target for one in await relays(joint, JOINT)] == ["en"]


async def test_nothing_leaves_a_joint_room(joint: Stage) -> None:
    await joint.deliver(MILWAUKEE)
    said = await joint.ask(JOINT, ANA, "!dispatch Ganamos.")
    assert "Manila Tenants" in said
    assert await relays(joint, MILWAUKEE) == await relays(joint, JOINT) == []
    await joint.say(JOINT, ANA, "Ganamos.")
    assert await relays(joint, MILWAUKEE) == []
    assert ME not in said
