"""Joint rooms, out of the ordinary: odd edits and relations, people of two groups, and who is asked what."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, Message
from bot.domain.outgoing import Redact
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
from tests.unit.stage import Stage

JOINT, CHAT = "!joint:here.example", "!chat:here.example"
GUEST = "@guest:here.example"


@pytest.fixture
async def joint(twins: Stage) -> Stage:
    """Manila and Milwaukee sit in a joint room."""
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA, GUEST])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    await twins.ask(JOINT, CARL, "!joint manila")
    for room_id in (MANILA, MILWAUKEE, JOINT):
        await twins.deliver(room_id)
    return twins


async def translated(stage: Stage, text: str = "Ganamos.") -> str:
    """A message of Ben's whose translation has arrived."""
    source = await stage.say(JOINT, BEN, text)
    await stage.deliver(JOINT)
    return source


async def test_who_opens_it_is_told_how_to_stay_untranslated(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [CARL])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    said = await twins.ask(JOINT, CARL, "!joint manila")
    assert said.count("!translate off") == 2  # in both languages


@pytest.mark.parametrize(("typed", "seen"), [("off", 0), ("no", 0), ("on", 1), ("yes", 1), ("sí", 1)])
async def test_the_wish_is_understood_as_people_say_it(joint: Stage, typed: str, seen: int) -> None:
    await joint.room(CHAT, [BEN])
    await joint.ask(CHAT, BEN, f"!translate {typed}")
    await joint.say(JOINT, BEN, "Ganamos.")
    assert len(await relays(joint, JOINT)) == seen


async def test_an_edit_of_an_edit_and_one_that_points_to_itself_change_nothing(joint: Stage) -> None:
    source = await translated(joint)
    edit = await joint.say(JOINT, BEN, "Perdimos.", edits=source)
    await joint.deliver(JOINT)
    await joint.say(JOINT, BEN, "Otra cosa.", edits=edit)
    own = Message("$own", JOINT, BEN, joint.clock.now(), "m.text", "Y otra.", edits="$own")
    await joint.receiver.batch(Batch("c", (own,)))
    assert await joint.waiting(JOINT) == []


async def test_an_edit_after_the_message_was_deleted_brings_nothing_back(joint: Stage) -> None:
    source = await translated(joint)
    await joint.remove(JOINT, BEN, source)
    await joint.deliver(JOINT)
    await joint.say(JOINT, BEN, "Perdimos.", edits=source)
    assert await joint.waiting(JOINT) == []


@pytest.mark.parametrize("command", ["!help", "!dispatch Perdimos.", "!twin end"])
async def test_an_edit_into_a_command_neither_runs_nor_is_translated(joint: Stage, command: str) -> None:
    source = await translated(joint)
    said = await joint.ask(JOINT, BEN, command, edits=source)
    assert "no se transmitió" in said or "was not relayed" in said
    assert await relays(joint, JOINT) == await relays(joint, MILWAUKEE) == []
    await joint.say(JOINT, BEN, "Seguimos.", edits=source)
    assert [one.words.text for one in await relays(joint, JOINT)] == ["Seguimos."]


async def test_an_edit_that_is_ten_times_longer_adds_parts(joint: Stage) -> None:
    source = await translated(joint, "uno " * 800)
    await joint.say(JOINT, BEN, "uno " * 8_000, edits=source)
    found = await relays(joint, JOINT)
    assert [(one.part, one.added) for one in found] == [(1, False), *[(n, True) for n in (2, 3, 4, 5)]]
    assert {one.thread for one in found} == {source}


async def test_what_a_moderator_deletes_goes_with_its_translation(joint: Stage) -> None:
    source = await translated(joint)
    await joint.remove(JOINT, ANA, source)
    [row] = await joint.waiting(JOINT)
    assert isinstance(row.payload, Redact)


async def test_the_deletion_of_a_message_of_another_room_removes_nothing(joint: Stage) -> None:
    source = await translated(joint)
    await joint.remove(MANILA, ANA, source)
    assert await joint.waiting(JOINT) == []


async def test_a_thread_under_a_translation_is_translated_in_it(joint: Stage) -> None:
    await translated(joint)
    async with joint.database.tx() as tx:
        translation = str(await tx.value("SELECT event_id FROM outbox WHERE what = 'joint'"))
    source = await joint.say(JOINT, DORA, "Under a translation.", thread=translation)
    [relay] = await relays(joint, JOINT)
    assert (relay.thread, relay.reply_to) == (translation, source)


@pytest.mark.parametrize("relation", ["thread", "reply_to"])
async def test_a_message_that_points_to_itself_is_translated_once(joint: Stage, relation: str) -> None:
    own = Message("$own", JOINT, BEN, joint.clock.now(), "m.text", "Hola.", **{relation: "$own"})  # type: ignore[arg-type]  # by name
    for _ in range(2):
        await joint.receiver.batch(Batch("c", (own,)))
    assert [one.words.text for one in await relays(joint, JOINT)] == ["Hola."]


async def test_a_reply_to_a_deleted_message_is_translated(joint: Stage) -> None:
    source = await translated(joint)
    await joint.remove(JOINT, BEN, source)
    await joint.deliver(JOINT)
    await joint.say(JOINT, DORA, "What was that?", reply_to=source)
    assert [one.target for one in await relays(joint, JOINT)] == ["es"]


async def test_a_dispatch_from_it_asks_from_which_group_and_goes_nowhere(joint: Stage) -> None:
    await joint.member(MILWAUKEE, ANA, "join")
    for room_id in (MILWAUKEE, MANILA, JOINT):
        await joint.deliver(room_id)
    said = await joint.ask(JOINT, ANA, "!dispatch Ganamos.")
    assert "nada de lo que se escribe aquí va a otra sala" in said
    assert "¿De qué grupo? Escríbelo en la sala de: Manila Tenants y Milwaukee Tenants" in said
    stranger = await joint.ask(JOINT, GUEST, "!dispatch Ganamos.")
    assert "goes to another room" in stranger or "va a otra sala" in stranger
    assert "Milwaukee Tenants" not in stranger
    assert await joint.waiting(MANILA) == await joint.waiting(MILWAUKEE) == []


async def test_a_group_of_several_languages_is_written_in_and_read_in_all_of_them(joint: Stage) -> None:
    await joint.ask(MILWAUKEE, CARL, "!group set languages en,fr")
    await joint.deliver(JOINT)
    await joint.say(JOINT, BEN, "Ganamos.")
    [relay] = await relays(joint, JOINT)
    assert (relay.target, relay.also) == ("en", ("fr",))
    await joint.deliver(JOINT)
    await joint.say(JOINT, DORA, "Nous avons gagné.")
    [relay] = await relays(joint, JOINT)
    assert relay.words.among == ("en", "fr")
    assert relay.target == "es"
    assert set(relay.also) == {"en", "fr"}


async def test_nothing_of_a_joint_room_reaches_the_twins_of_its_groups(joint: Stage) -> None:
    code = await code_of(joint, MADRID, EVA)
    await joint.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await joint.ask(MADRID, EVA, "!twin accept milwaukee")
    for room_id in (MANILA, MILWAUKEE, MADRID):
        await joint.deliver(room_id)
    await joint.say(JOINT, DORA, "We won.")
    await joint.say(JOINT, BEN, "Ganamos.")
    assert len(await relays(joint, JOINT)) == 2
    assert [await relays(joint, room_id) for room_id in (MANILA, MILWAUKEE, MADRID)] == [[], [], []]


async def test_what_a_twin_reads_goes_no_further_whoever_pastes_it(joint: Stage) -> None:
    """Twins of twins: Madrid, a twin of Milwaukee, reads nothing of Manila's dispatch."""
    code = await code_of(joint, MADRID, EVA)
    await joint.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await joint.ask(MADRID, EVA, "!twin accept milwaukee")
    await joint.say(MANILA, ANA, "!dispatch Ganamos.")
    [copy] = await relays(joint, MILWAUKEE)
    assert await relays(joint, MADRID) == []
    pasted = joint.word(copy)
    for room_id in (MANILA, MILWAUKEE, MADRID):
        await joint.deliver(room_id)
    await joint.say(MILWAUKEE, DORA, pasted)
    await joint.say(MADRID, FINN, pasted)
    assert [await relays(joint, room_id) for room_id in (MANILA, MILWAUKEE, MADRID)] == [[], [], []]
