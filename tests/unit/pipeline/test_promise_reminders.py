"""G8, the faults: every reminder comes exactly once, whatever dies, is away or jumps around its time."""

from __future__ import annotations

import pytest

from bot.i18n import Catalogs
from tests.bench.reminders import SCENARIOS, kills, play
from tests.bench.reminders_world import POINTS, Twinline

CATALOGS = Catalogs.load()
KILLS = 2 * len(POINTS)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_each_exactly_once(name: str) -> None:
    found = await play(SCENARIOS[name], lambda world: Twinline(world, CATALOGS), KILLS)
    assert found.due >= 6
    assert (found.once, found.lost, found.twice, found.wrong) == (found.due, 0, 0, 0)


async def test_the_process_dies_at_every_named_point_while_something_is_due() -> None:
    """Each point is passed, so that the kills of the other test are kills."""
    deaths: list[str] = []

    class Witness(Twinline):
        async def stop(self) -> None:
            deaths.append("stop")
            await super().stop()

    await play(kills, lambda world: Witness(world, CATALOGS), len(POINTS))
    assert len(deaths) == len(POINTS) + 1  # and once in the end
