"""Promise G10: under the server's limits nothing is dropped, its wish is obeyed, little time is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.limits import AT_ONCE, SLACK, limited_stage, measured, opened


@pytest.mark.timeout(300)
async def test_under_the_limits_of_synapse_all_arrives_in_little_more_than_the_least_time(
    tmp_path: Path,
) -> None:
    """Three twins read five messages of a thread; ten may be sent at once, then one in five seconds."""
    async with limited_stage(tmp_path, twins=3) as stage:
        found = await measured(stage, await opened(stage), messages=5)
    assert found.complete, found
    assert found.least == pytest.approx(5 / 0.2)
    assert found.least <= found.seconds + 1.0, "the server did not limit anything"
    assert found.seconds <= SLACK * found.least, found
    assert 1 <= found.refusals <= found.wanted - AT_ONCE + 8, "it asked again before it was to"
