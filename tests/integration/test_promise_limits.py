"""Promises G10 and G11, on one stage: a steady load is held, and under the server's limits nothing is lost.

The stage is the slowest of all to set up, so both share it; the limits come last, since they stay.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.bench.life_measure import backlog, steady
from tests.bench.limits import AT_ONCE, SLACK, Limited, limited_stage, measured, opened

SECONDS = 20.0
MOST = 8.0  # messages in a second: what clients and the homeserver need of a small machine is not ours


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Limited]:
    """A hub and three twins, on a server that does not limit anything yet."""
    async with limited_stage(tmp_path_factory.mktemp("limited"), twins=3) as made:
        yield made


@pytest.mark.timeout(300)
async def test_a_steady_load_is_held(stage: Limited) -> None:
    """G11: 0.7 times the rate at which this machine works off a backlog, for twenty seconds; the bot's memory
    does not grow."""
    one = stage.part(1)
    root = await opened(one)
    worked_off = await backlog(one, 60, roots=[root])
    assert worked_off.done == worked_off.wanted
    rate = min(MOST, 0.7 * worked_off.rate)
    held = await steady(one, root, rate, int(rate * SECONDS))
    assert held.arrived == held.wanted, held
    assert held.p95 < 2.0, held
    assert held.flat, held


@pytest.mark.timeout(300)
async def test_under_the_limits_of_synapse_all_arrives_in_little_more_than_the_least_time(
    stage: Limited,
) -> None:
    """G10: three twins read five messages of a thread; ten may be sent at once, then one in five seconds. The
    wish of the server is obeyed."""
    found = await measured(stage, await opened(stage), messages=5)
    assert found.complete, found
    assert found.least == pytest.approx(5 / 0.2)
    assert found.least <= found.seconds + 1.0, "the server did not limit anything"
    assert found.seconds <= SLACK * found.least, found
    assert 1 <= found.refusals <= found.wanted - AT_ONCE + 8, "it asked again before it was to"
