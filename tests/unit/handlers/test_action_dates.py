"""Dates of actions in words, and the next action in the status."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.domain.action import State
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, count
from tests.unit.handlers.test_action import agreed, ask, read, state
from tests.unit.stage import Stage


async def test_a_date_in_words_is_read_back_and_waits_for_a_yes(twins: Stage) -> None:
    typed = '!action propose "Day" on="first Saturday of May" at=10:00 every=quarter'
    answer = await ask(twins, MILWAUKEE, CARL, typed)
    assert "I understand: Saturday, May 1, 2027" in answer
    assert "11:00\u202fPM (Manila)" in answer
    assert await count(twins, "action") == 0
    assert await twins.waiting(MANILA) == []
    answer = await ask(twins, MILWAUKEE, CARL, "yes")
    assert "next on Saturday, August 7, 2027" in answer
    assert "!action agree 1" in await read(twins, MANILA)


async def test_a_date_in_words_that_was_not_meant_is_nothing(twins: Stage) -> None:
    await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on="next Friday"')
    assert "Nothing was changed" in await ask(twins, MILWAUKEE, CARL, "no")
    assert await count(twins, "action") == 0


async def test_moving_to_a_day_in_words_is_read_back_too(twins: Stage) -> None:
    await agreed(twins)
    answer = await ask(twins, MILWAUKEE, CARL, "!action move 1 last Friday of May")
    assert "28" in answer
    assert await state(twins) is State.AGREED
    await ask(twins, MILWAUKEE, CARL, "yes")
    assert await state(twins) is State.PROPOSED
    assert "28 de mayo" in await read(twins, MANILA)


async def test_a_yes_that_comes_after_another_move_moves_nothing(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MILWAUKEE, CARL, "!action move 1 last Friday of May")
    await ask(twins, MANILA, ANA, "!action move 1 2027-05-08")
    assert "somebody has just moved" in await twins.ask(MILWAUKEE, CARL, "yes")


async def test_the_status_names_the_next_action(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, '!action propose "Later" on=2027-06-01')
    await agreed(twins)
    assert "Next action: 2 · “Día de cuidado” · Friday, April 30" in await ask(
        twins, MILWAUKEE, DORA, "!status"
    )


async def test_next_quarter_on_the_last_day_of_the_year_is_no_day(twins: Stage) -> None:
    twins.clock.at = datetime(2027, 12, 31, 22, tzinfo=UTC)
    answer = await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on="next quarter"')
    assert "I do not understand the date “next quarter”" in answer
    assert await count(twins, "action") == 0


async def test_tomorrow_is_that_of_the_room_and_the_twins_read_their_own_day(twins: Stage) -> None:
    twins.clock.at = datetime(2027, 3, 1, 5, 59, tzinfo=UTC)  # 23:59 in Milwaukee, the day before
    answer = await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on="tomorrow 20:00"')
    assert "Tuesday, March 2, 2027" in answer  # a minute later it is 1 March there
    assert "Wednesday, March 3, 2027" in answer  # in Manila


async def test_today_is_over_earlier_in_another_zone(twins: Stage) -> None:
    twins.clock.at = datetime(2027, 3, 1, 17, tzinfo=UTC)  # 2 March in Manila, 1 March in Milwaukee
    await ask(twins, MANILA, ANA, '!action propose "Hoy" on=2027-03-01')
    assert await count(twins, "action") == 0
    await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on=2027-03-01')
    assert await count(twins, "action") == 1
