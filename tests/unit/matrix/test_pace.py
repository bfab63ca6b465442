"""The pace at which news are asked for."""

from __future__ import annotations

from datetime import timedelta

from bot.matrix.backoff import Pace
from tests.fakes import FakeClock


async def _news(clock: FakeClock, after: float) -> str:
    clock.at += timedelta(seconds=after)
    return "news"


async def test_news_gather_while_they_come_fast() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for _ in range(5):
        assert await pace.ask(_news(clock, after=0.05)) == "news"
        await pace.rest()
    assert [round(rest, 3) for rest in clock.slept] == [0.1, 0.2, 0.4, 0.4, 0.4]


async def test_what_comes_after_a_quiet_moment_is_not_held_up() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    for _ in range(5):
        await pace.ask(_news(clock, after=1.0))
        await pace.rest()
    assert clock.slept == []


async def test_the_time_that_the_work_took_counts_as_rest() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    await pace.ask(_news(clock, after=0.05))
    clock.at += timedelta(seconds=0.08)
    await pace.rest()
    assert [round(rest, 3) for rest in clock.slept] == [0.02]
    await pace.ask(_news(clock, after=0.05))
    clock.at += timedelta(seconds=3)
    await pace.rest()
    assert len(clock.slept) == 1


async def test_a_clock_that_is_set_back_does_not_stop_the_news() -> None:
    clock = FakeClock()
    pace = Pace(clock)
    await pace.ask(_news(clock, after=0.05))
    clock.at -= timedelta(hours=1)
    await pace.rest()
    assert clock.slept == []
