"""A stage with all nouns, for the tests of what people type."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.handlers.nouns import all_nouns
from tests.unit.handlers.cast import open_groups, open_rooms
from tests.unit.handlers.cast import twin as become_twins
from tests.unit.stage import Stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Three rooms that are no homes yet."""
    found = await Stage.open(tmp_path, all_nouns())
    await open_rooms(found)
    yield found
    await found.close()


@pytest.fixture
async def groups(stage: Stage) -> Stage:
    """Three groups that do not know each other."""
    await open_groups(stage)
    return stage


@pytest.fixture
async def twins(groups: Stage) -> Stage:
    """Manila and Milwaukee are twins; Madrid is alone."""
    await become_twins(groups)
    return groups
