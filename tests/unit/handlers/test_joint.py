"""Joint rooms: who makes one, what is translated in it, and what is not."""

from __future__ import annotations

import pytest

from bot.domain.dispatch import LONGEST_TEXT
from bot.domain.outgoing import Redact, RowRef
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, EVA, MANILA, MILWAUKEE, relays
from tests.unit.stage import Stage

JOINT, GUEST = "!joint:here.example", "@guest:here.example"


@pytest.fixture
async def room(twins: Stage) -> Stage:
    """A room in which both twins sit, not confirmed yet."""
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA, GUEST])
    await twins.deliver(JOINT)
    return twins


@pytest.fixture
async def joint(room: Stage) -> Stage:
    await room.ask(JOINT, ANA, "!joint milwaukee")
    await room.ask(JOINT, CARL, "!joint manila")
    for room_id in (JOINT, MANILA, MILWAUKEE):
        await room.deliver(room_id)
    return room


async def translated(stage: Stage) -> list[str]:
    return [relay.words.text for relay in await relays(stage, JOINT)]


async def test_a_steward_of_each_side_has_to_confirm_it(room: Stage) -> None:
    await room.ask(JOINT, ANA, "!joint milwaukee")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == []
    await room.ask(JOINT, CARL, "!joint manila")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == ["Hola"]


async def test_one_side_confirming_twice_is_not_both(room: Stage) -> None:
    for _ in range(2):
        await room.ask(JOINT, ANA, "!joint milwaukee")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == []


@pytest.mark.parametrize("who", [BEN, DORA, GUEST])
async def test_who_is_no_steward_cannot(room: Stage, who: str) -> None:
    assert await room.ask(JOINT, who, "!joint") != ""
    await room.ask(JOINT, CARL, "!joint manila")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == []


async def test_the_twin_may_be_left_out_when_there_is_one(room: Stage) -> None:
    await room.ask(JOINT, ANA, "!joint")
    await room.ask(JOINT, CARL, "!joint")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == ["Hola"]


async def test_with_somebody_who_is_no_twin_it_says_so(room: Stage) -> None:
    answer = await room.ask(JOINT, ANA, "!joint madrid")
    assert "madrid" in answer
    await room.ask(JOINT, CARL, "!joint manila")
    await room.say(JOINT, BEN, "Hola")
    assert await translated(room) == []


async def test_with_nobody_of_the_twin_in_the_room_it_says_so(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [BEN, GUEST])
    await twins.deliver(JOINT)
    assert "Milwaukee Tenants" in await twins.ask(JOINT, ANA, "!joint milwaukee")


async def test_a_home_is_no_joint_room(twins: Stage) -> None:
    await twins.member(MANILA, CARL, "join")
    await twins.ask(MANILA, ANA, "!joint milwaukee")
    assert "!joint" in await twins.ask(MANILA, ANA, "!joint milwaukee")
    await twins.say(MANILA, BEN, "Hola")
    assert await relays(twins, MANILA) == []


async def test_a_message_is_followed_by_its_translation_in_its_thread(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos")
    (relay,) = await relays(joint, JOINT)
    assert (relay.words.language, relay.target, relay.in_place) == ("es", "en", True)
    assert (relay.thread, relay.reply_to, relay.header) == (source, source, None)


async def test_both_languages_are_translated_into_the_other(joint: Stage) -> None:
    await joint.say(JOINT, BEN, "Ganamos")
    await joint.say(JOINT, DORA, "We won")
    assert [(relay.words.text, relay.target) for relay in await relays(joint, JOINT)] == [
        ("Ganamos", "en"),
        ("We won", "es"),
    ]


async def test_in_a_thread_the_translation_stays_in_it(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos", thread="$root")
    (relay,) = await relays(joint, JOINT)
    assert (relay.thread, relay.reply_to) == ("$root", source)


@pytest.mark.parametrize("body", ["!help", "!zorgle", "!twin", "/help"])
async def test_commands_are_not_translated(joint: Stage, body: str) -> None:
    await joint.say(JOINT, BEN, body)
    assert await translated(joint) == []


@pytest.mark.parametrize("kind", ["m.notice", "m.image", "m.file"])
async def test_notices_and_pictures_are_not_translated(joint: Stage, kind: str) -> None:
    assert await joint.ask(JOINT, BEN, "Ganamos", kind=kind) == ""


@pytest.mark.parametrize("body", ["", "   ", "\n"])
async def test_blanks_are_not_translated(joint: Stage, body: str) -> None:
    assert await joint.ask(JOINT, BEN, body) == ""


async def test_who_belongs_to_neither_side_and_chose_no_language_is_not_translated(joint: Stage) -> None:
    await joint.say(JOINT, GUEST, "Ganamos")
    assert await translated(joint) == []


async def test_who_belongs_to_both_and_chose_none_is_not_translated(joint: Stage) -> None:
    await joint.member(MILWAUKEE, BEN, "join")
    await joint.say(JOINT, BEN, "Ganamos")
    assert await translated(joint) == []


@pytest.mark.parametrize("who", [GUEST, DORA])
async def test_the_language_that_a_person_chose_counts_first(joint: Stage, who: str) -> None:
    async with joint.database.tx() as tx:
        await tx.run("INSERT INTO person (user_id, language) VALUES (?, 'es')", who)
    await joint.say(JOINT, who, "Ganamos")
    (relay,) = await relays(joint, JOINT)
    assert (relay.words.language, relay.target) == ("es", "en")


async def test_twins_of_one_language_need_no_translation(joint: Stage) -> None:
    await joint.ask(MILWAUKEE, CARL, "!group set language es")
    await joint.say(JOINT, BEN, "Ganamos")
    assert await translated(joint) == []


async def test_nothing_leaves_the_room(joint: Stage) -> None:
    await joint.say(JOINT, BEN, "Ganamos")
    await joint.say(JOINT, DORA, "We won")
    assert await joint.waiting(MANILA) == await joint.waiting(MILWAUKEE) == []


@pytest.mark.parametrize("move", ["pause", "end"])
async def test_when_the_twinning_stops_nothing_is_translated(joint: Stage, move: str) -> None:
    await joint.ask(MANILA, ANA, f"!twin {move}")
    await joint.deliver(JOINT)
    await joint.say(JOINT, BEN, "Ganamos")
    assert await translated(joint) == []


async def test_what_waits_when_the_twinning_stops_is_not_sent(joint: Stage) -> None:
    await joint.say(JOINT, BEN, "Ganamos")
    await joint.ask(MANILA, ANA, "!twin pause")
    assert await translated(joint) == []


async def test_what_is_too_long_is_said_with_its_size(joint: Stage) -> None:
    answer = await joint.ask(JOINT, DORA, "x" * (LONGEST_TEXT + 1))
    assert f"{LONGEST_TEXT + 1:,}" in answer
    assert await translated(joint) == []


async def test_the_translation_goes_with_its_message(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos")
    await joint.deliver(JOINT)
    await joint.remove(JOINT, BEN, source)
    (removal,) = [row.payload for row in await joint.waiting(JOINT) if isinstance(row.payload, Redact)]
    assert removal.target == RowRef(source, JOINT, "joint")


async def test_deleted_before_it_was_translated_nothing_comes(joint: Stage) -> None:
    source = await joint.say(JOINT, BEN, "Ganamos")
    await joint.remove(JOINT, BEN, source)
    assert await translated(joint) == []


async def test_somebody_who_left_is_not_translated(joint: Stage) -> None:
    await joint.member(JOINT, BEN, "leave")
    await joint.say(JOINT, BEN, "Ganamos")
    assert await translated(joint) == []


async def test_a_third_group_s_steward_cannot_take_the_room_over(joint: Stage) -> None:
    await joint.member(JOINT, EVA, "join")
    await joint.ask(JOINT, EVA, "!joint")
    await joint.say(JOINT, BEN, "Ganamos")
    assert await translated(joint) == ["Ganamos"]
