"""`!action`: proposing, agreeing, moving, confirming, leaving, and what every room reads of it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.domain.action import State
from bot.domain.text import Words, words_in
from bot.storage import actions
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    EVA,
    MADRID,
    MANILA,
    MILWAUKEE,
    code_of,
    count,
    group,
    heard,
)
from tests.unit.stage import Stage

TITLE = "Día de cuidado"
PROPOSE = f'!action propose "{TITLE}" on=2027-05-01 at=10:00'


async def ask(stage: Stage, room_id: str, who: str, body: str) -> str:
    """Somebody types a command, a minute after the last one; all rooms are read before."""
    for room in (MANILA, MILWAUKEE, MADRID):
        await stage.deliver(room)
    stage.clock.forward(minutes=1)
    return await stage.ask(room_id, who, body)


async def read(stage: Stage, room_id: str) -> str:
    return "\n".join(await stage.deliver(room_id))


async def state(stage: Stage, number: int = 1) -> State:
    async with stage.database.tx() as tx:
        return State(str(await tx.value("SELECT state FROM action WHERE number = ?", number)))


async def all_three(stage: Stage) -> None:
    """Madrid is Milwaukee's twin, too; it does not know Manila."""
    await stage.ask(MADRID, EVA, f"!twin propose {await code_of(stage, MILWAUKEE, CARL)}")
    await stage.ask(MILWAUKEE, CARL, "!twin accept madrid")
    for room in (MANILA, MILWAUKEE, MADRID):
        await stage.deliver(room)


async def agreed(stage: Stage) -> None:
    await ask(stage, MANILA, ANA, PROPOSE)
    await ask(stage, MILWAUKEE, CARL, "!action agree 1")
    await ask(stage, MILWAUKEE, CARL, "!action agree 2")


async def confirmed(stage: Stage) -> None:
    await agreed(stage)
    await ask(stage, MANILA, ANA, "!action confirm 1")
    await ask(stage, MILWAUKEE, CARL, "!action confirm 1")


# propose


async def test_a_proposal_is_read_in_both_rooms_by_their_own_clocks(twins: Stage) -> None:
    answer = await ask(twins, MANILA, ANA, PROPOSE)
    assert f"“{TITLE}”" in answer
    assert "sábado, 1 de mayo de 2027" in answer
    (said,) = await heard(twins, MILWAUKEE)
    assert not said.notice
    words = twins.word(said)
    assert "Manila Tenants (manila) proposes to do something together, action 1" in words
    assert "Friday, April 30, 2027" in words
    assert "!action agree 1" in words
    title = next(one for line in said.lines for one in words_in(line))
    assert title == Words(TITLE, "es", "Manila Tenants")
    assert said.agreed is not None


async def test_a_day_without_an_hour_is_the_whole_day_everywhere(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, f'!action propose "{TITLE}" on=2027-05-01')
    words = await read(twins, MILWAUKEE)
    assert "Saturday, May 1, 2027" in words


async def test_only_stewards_propose_and_move(twins: Stage) -> None:
    assert "power level 50" not in await ask(twins, MANILA, ANA, PROPOSE)
    await ask(twins, MANILA, BEN, PROPOSE)
    await ask(twins, MILWAUKEE, DORA, "!action agree 1")
    assert await count(twins, "action") == 1
    assert await state(twins) is State.PROPOSED


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", "On which day?"),
        ("on=2027-02-30", "There is no such day: “2027-02-30”"),
        ("on=2027-05-01 at=25:00", "There is no hour “25:00”"),
        ('on="2027-05-01 25:00"', "There is no such hour"),
        ("on=2027-01-03", "That is past"),
        ("on=2027-01-04 at=05:59", "past already"),
        ("on=2032-01-06", "at most 5 years ahead"),
        ("on=1/5/2027", "“1/5/2027” may be:"),
        ("on=2027-05-01 every=blue-moon", "After every= I understand: month, quarter, year"),
        ("on=2027-05-01 with=lisbon", "no active twinning with “lisbon”"),
        ('on="2027-05-01 10:00" at=11:00', "at= stands there twice"),
    ],
)
async def test_what_cannot_be_proposed(twins: Stage, typed: str, expected: str) -> None:
    answer = await ask(twins, MILWAUKEE, CARL, f'!action propose "Day" {typed}')
    assert expected in answer
    assert await count(twins, "action") == 0
    assert await twins.waiting(MANILA) == []


@pytest.mark.parametrize("title", ["", "\u200b", "x" * 101])
async def test_titles_that_cannot_be(twins: Stage, title: str) -> None:
    await ask(twins, MILWAUKEE, CARL, f'!action propose "{title}" on=2027-05-01')
    assert await count(twins, "action") == 0


async def test_an_emoji_is_a_title(twins: Stage) -> None:
    assert "“🎉”" in await ask(twins, MILWAUKEE, CARL, '!action propose "🎉" on=2027-05-01')


async def test_without_a_twin_nothing_is_proposed(twins: Stage) -> None:
    await ask(twins, MADRID, EVA, PROPOSE)
    assert await count(twins, "action") == 0


async def test_while_the_twinning_is_paused_nothing_is_proposed(twins: Stage) -> None:
    await ask(twins, MILWAUKEE, CARL, "!twin pause")
    assert "no active twinning" in await ask(twins, MILWAUKEE, CARL, PROPOSE)
    assert await count(twins, "action") == 0


async def test_a_day_after_the_end_of_the_twinning_says_so_on_both_sides(twins: Stage) -> None:
    answer = await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on=2028-05-01')
    assert "after the end of your twinning with Manila Tenants (manila)" in answer
    assert "!twin renew manila" in answer
    assert "!twin renew milwaukee" in await read(twins, MANILA)


async def test_two_hundred_actions_are_enough_and_are_listed_page_by_page(twins: Stage) -> None:
    home = await group(twins, MILWAUKEE)
    await ask(twins, MILWAUKEE, CARL, '!action propose "Day" on=2027-05-01')
    async with twins.database.tx() as tx:
        (first,) = await actions.of_group(tx, home.id)
        for number in range(2, 201):
            await actions.add(tx, replace(first, number=number), f"$other{number}")
    assert "200 open actions already" in await ask(twins, MILWAUKEE, CARL, PROPOSE)
    assert await count(twins, "action") == 200
    page = await ask(twins, MILWAUKEE, DORA, "!actions")
    assert "!actions 2" in page
    assert len(page.splitlines()) <= 12
    assert re.search(r"^200 · ", await ask(twins, MILWAUKEE, DORA, "!actions 99"), re.MULTILINE)


# agree, decline, move


async def test_once_all_agree_all_are_asked_to_confirm(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    answer = await ask(twins, MILWAUKEE, CARL, "!action agree 1")
    assert "You agree to “Día de cuidado”" in answer
    assert "!action confirm 1" in answer
    assert "!action confirm 1" in await read(twins, MANILA)
    assert await state(twins) is State.AGREED


async def test_agreeing_twice_changes_nothing(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    await ask(twins, MANILA, ANA, "!action agree 1")
    assert await state(twins) is State.PROPOSED
    assert await twins.waiting(MILWAUKEE) == []


@pytest.mark.parametrize("number", ["2", "0", "999999999999", "milwaukee-7"])
async def test_an_action_that_there_is_not(twins: Stage, number: str) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    assert "no action" in await ask(twins, MILWAUKEE, CARL, f"!action agree {number}")


async def test_another_group_s_action_is_nobody_s_business(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    before = await count(twins, "action_part")
    for command in ("agree 1", "move 1 2027-06-01", "cancel 1", "decline 1", "confirm 1", "done 1"):
        await ask(twins, MADRID, EVA, f"!action {command}")
    assert await count(twins, "action_part") == before
    assert await state(twins) is State.PROPOSED


async def test_declining_is_told_and_ends_what_two_had_planned(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    await ask(twins, MILWAUKEE, CARL, "!action decline 1")
    assert "Milwaukee Tenants" in await read(twins, MANILA)
    assert await state(twins) is State.CANCELLED
    assert await count(twins, "schedule") == 0


async def test_those_who_proposed_cancel_and_the_others_leave(twins: Stage) -> None:
    await agreed(twins)
    assert "!action decline 1" in await ask(twins, MILWAUKEE, CARL, "!action cancel 1")
    assert "!action cancel 1" in await ask(twins, MANILA, ANA, "!action decline 1")
    await ask(twins, MANILA, ANA, "!action cancel 1")
    assert "has cancelled “Día de cuidado”" in await read(twins, MILWAUKEE)
    assert await state(twins) is State.CANCELLED


async def test_moving_tells_both_dates_and_asks_anew(twins: Stage) -> None:
    await confirmed(twins)
    assert await state(twins) is State.CONFIRMED
    await ask(twins, MILWAUKEE, CARL, "!action move 1 2027-05-08")
    said = await read(twins, MANILA)
    assert "1 de mayo" in said
    assert "8 de mayo" in said
    assert await state(twins) is State.PROPOSED
    await ask(twins, MANILA, ANA, "!action agree 1")
    assert await state(twins) is State.AGREED


async def test_a_move_keeps_the_hour_unless_it_names_one_by_the_mover_s_clock(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MILWAUKEE, CARL, "!action move 1 2027-05-08")
    assert "10:00" in await read(twins, MANILA)
    answer = await ask(twins, MILWAUKEE, CARL, "!action move 1 2027-05-08 18:00")
    assert "6:00\u202fPM" in answer
    assert "9 de mayo" in await read(twins, MANILA)


@pytest.mark.parametrize("typed", ["2027-01-03", "soon", "2027-02-30", "2027-05-01 10:99", "2099-01-01"])
async def test_days_to_which_nothing_is_moved(twins: Stage, typed: str) -> None:
    await agreed(twins)
    await ask(twins, MILWAUKEE, CARL, f"!action move 1 {typed}")
    assert await state(twins) is State.AGREED
    assert await twins.waiting(MANILA) == []


async def test_of_two_stewards_who_move_at_once_the_second_is_told(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MANILA, ANA, "!action move 1 2027-05-08")
    answer = await twins.ask(MILWAUKEE, CARL, "!action move 1 2027-05-15")
    assert "somebody has just moved action 1 to" in answer
    home = await group(twins)
    async with twins.database.tx() as tx:
        (action,) = await actions.of_group(tx, home.id)
    assert action.when.day.isoformat() == "2027-05-08"
    twins.clock.forward(seconds=20)
    assert "somebody has just" not in await twins.ask(MILWAUKEE, CARL, "!action move 1 2027-05-15")


async def test_nobody_agrees_to_a_date_that_has_just_been_moved(twins: Stage) -> None:
    await ask(twins, MANILA, ANA, PROPOSE)
    twins.clock.forward(minutes=1)
    await twins.ask(MANILA, ANA, "!action move 1 2027-05-08")
    await twins.deliver(MILWAUKEE)
    assert "somebody has just moved" in await twins.ask(MILWAUKEE, CARL, "!action agree 1")
    assert await state(twins) is State.PROPOSED


async def test_whoever_moved_it_may_correct_a_slip_at_once(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MANILA, ANA, "!action move 1 2027-05-08")
    assert "somebody" not in await twins.ask(MANILA, ANA, "!action move 1 2027-05-09")


# confirm, done


async def test_confirmed_by_all(twins: Stage) -> None:
    await agreed(twins)
    await ask(twins, MANILA, ANA, "!action confirm 1")
    assert await state(twins) is State.AGREED
    answer = await ask(twins, MILWAUKEE, CARL, "!action confirm 1")
    assert "Action 1: confirmed" in answer
    assert await state(twins) is State.CONFIRMED


async def test_a_done_action_is_neither_moved_nor_cancelled(twins: Stage) -> None:
    await confirmed(twins)
    assert "Its day has still to come" in await ask(twins, MILWAUKEE, CARL, "!action done 1")
    twins.clock.forward(days=117)
    await ask(twins, MILWAUKEE, CARL, "!action done 1")
    assert await state(twins) is State.DONE
    for command in ("move 1 2027-06-01", "agree 1", "confirm 1"):
        assert "is not possible now" in await ask(twins, MILWAUKEE, CARL, f"!action {command}")
    await ask(twins, MANILA, ANA, "!action cancel 1")
    assert await state(twins) is State.DONE


# three groups


async def test_groups_that_are_no_twins_learn_no_names_of_each_other(twins: Stage) -> None:
    await all_three(twins)
    await ask(twins, MILWAUKEE, CARL, PROPOSE)
    for room in (MANILA, MADRID):
        said = await read(twins, room)
        assert "Milwaukee Tenants (milwaukee)" in said
    await ask(twins, MADRID, EVA, "!action agree 1")
    said = await read(twins, MANILA)
    assert "Madrid" not in said.replace("Europe/Madrid", "").replace("(Madrid)", "")
    shown = await ask(twins, MADRID, EVA, "!action 1")
    assert "Manila Tenants" not in shown


async def test_one_of_three_leaves_and_the_others_go_on(twins: Stage) -> None:
    await all_three(twins)
    await ask(twins, MILWAUKEE, CARL, PROPOSE)
    await ask(twins, MANILA, ANA, "!action agree 1")
    await ask(twins, MADRID, EVA, "!action decline 1")
    assert "!action confirm 1" in await read(twins, MANILA)
    assert "no action" not in await ask(twins, MANILA, ANA, "!action 1")
    await ask(twins, MADRID, EVA, "!action agree 1")
    assert await state(twins) is State.AGREED


async def test_with_names_who_is_asked(twins: Stage) -> None:
    await all_three(twins)
    await ask(twins, MILWAUKEE, CARL, PROPOSE + " with=madrid")
    assert await twins.waiting(MANILA) == []
    assert "!action agree 1" in await read(twins, MADRID)


async def test_the_list_shows_what_is_to_come_first_and_one_in_full(twins: Stage) -> None:
    assert "No action is planned." in await ask(twins, MILWAUKEE, DORA, "!action")
    await ask(twins, MILWAUKEE, CARL, '!action propose "Later" on=2027-06-01')
    await ask(twins, MILWAUKEE, CARL, '!action propose "Sooner" on=2027-05-01')
    listed = await ask(twins, MILWAUKEE, DORA, "!action")
    assert listed.index("Sooner") < listed.index("Later")
    assert "28, 14, 7, 1, and 0" in await ask(twins, MILWAUKEE, DORA, "!action 2")
