"""Two groups that are twins, Manila with Spanish and Milwaukee with English, and a homeserver to send to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.handlers.cast import open_groups, twin
from tests.unit.pipeline.theatre import Theatre


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    found = await Theatre.build(tmp_path)
    await open_groups(found)
    await twin(found)
    await found.play()
    for room in found.transport.rooms.values():
        room.shown.clear()
    found.transport.calls.clear()
    yield found
    await found.close()
