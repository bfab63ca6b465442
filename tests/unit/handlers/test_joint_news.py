"""What a joint room hears of its twinning, and the twins of their joint room."""

from __future__ import annotations

from bot.domain.incoming import Batch, RoomLeft
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.stage import Stage

JOINT = "!joint:here.example"


async def _open_joint(stage: Stage) -> None:
    await stage.room(JOINT, [ANA], [BEN, CARL, DORA])
    await stage.ask(JOINT, ANA, "!joint milwaukee")
    assert "joint room now" in await stage.ask(JOINT, CARL, "!joint manila")


async def test_a_joint_room_hears_of_a_pause_and_its_end_in_both_languages(twins: Stage) -> None:
    await _open_joint(twins)
    await twins.ask(MILWAUKEE, CARL, "!twin pause")
    [said] = await twins.deliver(JOINT)
    assert "is paused: I translate nothing here" in said
    assert "está en pausa" in said
    await twins.ask(MANILA, ANA, "!twin pause")
    assert await twins.deliver(JOINT) == []
    await twins.ask(MANILA, ANA, "!twin resume")
    assert await twins.deliver(JOINT) == []
    await twins.ask(MILWAUKEE, CARL, "!twin resume")
    assert any("goes on: I translate here again" in line for line in await twins.deliver(JOINT))


async def test_a_joint_room_hears_that_its_twinning_was_ended(twins: Stage) -> None:
    await _open_joint(twins)
    await twins.ask(MILWAUKEE, CARL, "!twin end")
    assert any("has ended: I translate nothing here" in line for line in await twins.deliver(JOINT))


async def test_a_joint_room_hears_that_its_twinning_has_reached_its_end_date(twins: Stage) -> None:
    await _open_joint(twins)
    await twins.tick(days=366)
    assert any("has ended: I translate nothing here" in line for line in await twins.deliver(JOINT))
    await twins.tick(seconds=30)
    assert await twins.deliver(JOINT) == []


async def test_a_joint_room_hears_that_a_home_has_removed_the_bot(twins: Stage) -> None:
    await _open_joint(twins)
    await twins.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=True),)))
    assert any("is paused: I translate nothing here" in line for line in await twins.deliver(JOINT))


async def test_a_room_that_is_only_half_confirmed_hears_nothing(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    await twins.ask(MILWAUKEE, CARL, "!twin pause")
    assert await twins.deliver(JOINT) == []


async def test_the_twins_hear_that_the_bot_was_removed_from_their_joint_room(twins: Stage) -> None:
    await _open_joint(twins)
    await twins.receiver.batch(Batch("c", (RoomLeft("$left", JOINT, ANA, banned=False),)))
    assert "removed from your joint room with manila" in "\n".join(await twins.deliver(MILWAUKEE))
    assert "sala conjunta" in "\n".join(await twins.deliver(MANILA))
    assert "paus" not in await twins.ask(MILWAUKEE, CARL, "!twin")


async def test_a_room_where_twins_sit_is_welcomed_in_their_languages_and_told_how_to_go_on(
    twins: Stage,
) -> None:
    await twins.room(JOINT, [ANA], [CARL])
    [said] = await twins.deliver(JOINT)
    assert said.count("!joint") == 2
    assert "a steward of each" in said
    assert "cada uno" in said
    assert "Tenants" not in said, "others may sit here"
    assert "!group create" not in said


async def test_a_room_of_one_group_is_welcomed_as_ever(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [BEN])
    [said] = await twins.deliver(JOINT)
    assert "!group create" in said
    assert "everything that is written" not in said, "in Ana's language alone"


async def test_what_makes_a_joint_room_is_said_in_both_languages(twins: Stage) -> None:
    await twins.room(JOINT, [ANA], [BEN, CARL, DORA])
    await twins.ask(JOINT, ANA, "!joint milwaukee")
    said = await twins.ask(JOINT, CARL, "!joint manila")
    assert "This is a joint room now" in said
    assert "sala conjunta" in said
