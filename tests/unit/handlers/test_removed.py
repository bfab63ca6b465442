"""What happens when the bot is removed from a group's home room."""

from __future__ import annotations

from bot.domain.incoming import Batch, RoomLeft
from tests.unit.handlers.cast import ANA, BEN, CARL, MANILA, MILWAUKEE, open_groups, twin
from tests.unit.stage import Stage


async def _removed(stage: Stage) -> None:
    await stage.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))


async def test_the_twins_are_told_and_nothing_crosses_until_the_group_resumes(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await _removed(stage)
    assert "La sala de milwaukee me sacó" in "\n".join(await stage.deliver(MANILA))
    assert "en pausa" in await stage.ask(MANILA, ANA, "!dispatch Ganamos.")


async def test_what_waits_for_the_room_is_cancelled_and_its_author_told(stage: Stage) -> None:
    await open_groups(stage)
    await twin(stage)
    await stage.deliver(MILWAUKEE)
    await stage.say(MANILA, ANA, "!dispatch Ganamos la audiencia.")
    await _removed(stage)
    assert not [row for row in await stage.waiting(MILWAUKEE) if row.kind == "relay"]
    assert "milwaukee: no se envió" in "\n".join(await stage.deliver(MANILA))


async def test_a_room_that_is_no_home_is_left_in_silence(stage: Stage) -> None:
    await stage.room("!other:here.example", [ANA], [BEN])
    await stage.receiver.batch(Batch("c", (RoomLeft("$left", "!other:here.example", ANA, banned=True),)))
    assert await stage.waiting("!other:here.example") == [] or all(
        row.what == "welcome" for row in await stage.waiting("!other:here.example")
    )


async def test_who_spoke_in_a_room_that_the_bot_has_left_is_forgotten(stage: Stage) -> None:
    await stage.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))
    async with stage.database.tx() as tx:
        row = await tx.one("SELECT * FROM room WHERE room_id = ?", MILWAUKEE)
        members = await tx.value("SELECT COUNT(*) FROM member WHERE room_id = ?", MILWAUKEE)
    assert row is not None
    assert CARL not in "".join(str(value) for value in row)
    assert (members, row["encrypted"], row["joined"]) == (0, 1, 0)


async def test_a_question_asked_in_a_room_that_the_bot_has_left_is_forgotten(stage: Stage) -> None:
    await open_groups(stage)
    await stage.ask(MILWAUKEE, CARL, "!group forget")
    await stage.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))
    async with stage.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM question") == 0
