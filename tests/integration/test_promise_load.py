"""Promise G11: a steady load is held: everything arrives soon, and the bot's memory does not grow."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.life_measure import backlog, steady, threads
from tests.bench.limits import limited_stage

SECONDS = 30.0
MOST = (
    8.0  # messages in a second: what people's clients and the homeserver need of a small machine is not ours
)


@pytest.mark.timeout(300)
async def test_a_steady_load_is_held(tmp_path: Path) -> None:
    """0.7 times the rate at which this machine works off a backlog, for half a minute."""
    async with limited_stage(tmp_path, twins=1) as stage:
        roots = await threads(stage, 1)
        worked_off = await backlog(stage, 60, roots=roots)
        assert worked_off.done == worked_off.wanted
        rate = min(MOST, 0.7 * worked_off.rate)
        held = await steady(stage, roots[0], rate, int(rate * SECONDS))
    assert held.arrived == held.wanted, held
    assert held.p95 < 2.0, held
    assert held.flat, held
