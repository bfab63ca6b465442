"""Actions whose twinning or group ends: who is told, and what is deleted."""

from __future__ import annotations

from bot.domain.action import State
from bot.storage import actions
from tests.unit.handlers.cast import ANA, CARL, MANILA, MILWAUKEE, count, twin
from tests.unit.handlers.test_action import ask, confirmed, read, state
from tests.unit.stage import Stage


async def test_the_end_of_the_twinning_ends_what_two_had_planned(twins: Stage) -> None:
    await confirmed(twins)
    await ask(twins, MILWAUKEE, CARL, "!twin end")
    await twins.tick(seconds=30)
    assert "is off: the twinning has ended" in await read(twins, MILWAUKEE)
    await twins.deliver(MANILA)
    assert await state(twins) is State.CANCELLED
    await twins.tick(seconds=30)
    assert await twins.waiting(MILWAUKEE) == []
    await _erase(twins)
    assert await count(twins, "action") == 1
    await twins.tick(days=31)
    await _erase(twins)
    assert await count(twins, "action") == 0
    assert await count(twins, "action_part") == 0
    assert await count(twins, "schedule") == 0


async def _erase(stage: Stage) -> None:
    """What the bot does every hour."""
    async with stage.database.tx() as tx:
        await actions.forget_unlinked(tx)


async def _forget(stage: Stage, room_id: str, steward: str) -> None:
    await ask(stage, room_id, steward, "!group forget")
    await stage.say(room_id, steward, "yes")


async def test_a_group_that_is_forgotten_takes_along_what_it_has_proposed(twins: Stage) -> None:
    await confirmed(twins)
    await _forget(twins, MANILA, ANA)
    assert "1 action that it had proposed to you is off." in await read(twins, MILWAUKEE)
    await twins.tick(seconds=30)
    assert await twins.waiting(MILWAUKEE) == []
    assert await count(twins, "action") == 0
    assert await count(twins, "schedule") == 0


async def test_who_is_left_alone_by_a_forgotten_group_is_told_that_it_is_off(twins: Stage) -> None:
    await confirmed(twins)
    await _forget(twins, MILWAUKEE, CARL)
    assert "1 acci" not in await read(twins, MANILA)
    await twins.tick(seconds=30)
    assert "ya no se hace" in await read(twins, MANILA)
    assert await state(twins) is State.CANCELLED
    assert await count(twins, "schedule") == 0
    await _erase(twins)
    assert await count(twins, "action") == 0


async def test_a_twinning_that_was_renewed_leaves_what_is_planned_alone(twins: Stage) -> None:
    await confirmed(twins)
    await ask(twins, MILWAUKEE, CARL, "!twin end")
    await twin(twins)
    await twins.tick(seconds=30)
    assert await state(twins) is State.CONFIRMED
