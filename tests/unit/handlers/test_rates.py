"""Nobody floods their twins: how much is carried for one person and one group."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.rates import WITHIN, Rates, free_at
from tests.unit.handlers.cast import ANA, BEN, MANILA, MILWAUKEE, count, relays
from tests.unit.stage import Stage


def _limit(stage: Stage, rates: Rates) -> None:
    stage.router.house = replace(stage.router.house, rates=rates)


async def test_who_writes_a_lot_is_told_kindly_until_when_it_stays(twins: Stage) -> None:
    _limit(twins, Rates(person=3))
    for number in range(3):
        await twins.say(MANILA, ANA, f"!dispatch Noticia {number}")
    await twins.deliver(MANILA)
    said = await twins.ask(MANILA, ANA, "!dispatch Otra más")
    assert "3 mensajes" in said
    assert len(await relays(twins, MILWAUKEE)) == 3
    twins.clock.forward(minutes=11)
    await twins.say(MANILA, ANA, "!dispatch Otra más")
    assert len(await relays(twins, MILWAUKEE)) == 4


async def test_a_group_has_its_own_measure(twins: Stage) -> None:
    _limit(twins, Rates(group=2))
    await twins.ask(MANILA, ANA, "!group set dispatch members")
    for person in (ANA, BEN):
        await twins.say(MANILA, person, "!dispatch Noticia")
    await twins.deliver(MANILA)
    assert "un grupo" in await twins.ask(MANILA, BEN, "!dispatch Otra más")
    assert len(await relays(twins, MILWAUKEE)) == 2


async def test_edits_count_too(twins: Stage) -> None:
    _limit(twins, Rates(person=2))
    source = await twins.say(MANILA, ANA, "!dispatch uno")
    await twins.say(MANILA, ANA, "!dispatch dos", edits=source)
    await twins.deliver(MANILA)
    await twins.say(MANILA, ANA, "!dispatch tres", edits=source)
    assert [one.words.text for one in await relays(twins, MILWAUKEE)] == ["dos"]
    assert "2 mensajes" in "\n".join(await twins.deliver(MANILA))


async def test_what_is_shown_before_it_goes_counts_too(twins: Stage) -> None:
    _limit(twins, Rates(person=2))
    for number in range(2):
        await twins.say(MANILA, ANA, f"!dispatch Noticia {number} preview=yes")
    assert await count(twins, "question") == 2
    await twins.deliver(MANILA)
    said = await twins.ask(MANILA, ANA, "!dispatch Otra más preview=yes")
    assert "2 mensajes" in said
    assert await count(twins, "question") == 2
    twins.clock.forward(minutes=11)
    await twins.say(MANILA, ANA, "!dispatch Otra más preview=yes")
    assert await count(twins, "question") == 3


async def test_what_counts_no_more_is_forgotten_and_without_limits_nothing_is_kept(twins: Stage) -> None:
    await twins.say(MANILA, ANA, "!dispatch uno")
    assert await count(twins, "relayed") == 0
    _limit(twins, Rates(person=2, group=2))
    await twins.say(MANILA, ANA, "!dispatch dos")
    assert await count(twins, "relayed") == 2
    twins.clock.forward(minutes=11)
    await twins.say(MANILA, ANA, "!dispatch tres")
    assert await count(twins, "relayed") == 2


@pytest.mark.parametrize(("most", "minutes"), [(0, None), (4, None), (3, 0), (1, 2)])
def test_the_next_is_carried_when_the_oldest_that_counts_is_ten_minutes_old(
    most: int, minutes: int | None
) -> None:
    start = datetime(2027, 1, 4, tzinfo=UTC)
    carried = [start + timedelta(minutes=number) for number in range(3)]
    expected = None if minutes is None else start + timedelta(minutes=minutes) + WITHIN
    assert free_at(carried, most) == expected
