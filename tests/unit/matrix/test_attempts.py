"""Only an authenticated member with the right to it can make the bot do anything."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from bot.handlers.nouns import all_nouns
from tests.bench.attempts import Attempt, Door, Kind, attempts, fails, heard
from tests.unit.handlers.cast import BEN, open_groups, twin
from tests.unit.stage import Stage


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[asyncio.Runner, Door]]:
    """Two twin groups behind one door, shared by all attempts, as they come one after the other."""
    with asyncio.Runner() as runner, tempfile.TemporaryDirectory() as folder:
        stage = runner.run(Stage.open(Path(folder), all_nouns()))
        runner.run(open_groups(stage))
        runner.run(twin(stage))
        made = Door(stage, Path(folder))
        yield runner, made
        made.close()
        runner.run(stage.close())


@settings(max_examples=100)
@given(attempt=attempts)
def test_no_attempt_changes_anything(door: tuple[asyncio.Runner, Door], attempt: Attempt) -> None:
    runner, opened = door
    assert runner.run(fails(opened, attempt)) == []


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("kind", Kind)
def test_each_kind_of_attempt_changes_nothing(
    door: tuple[asyncio.Runner, Door], kind: Kind, *, restart: bool
) -> None:
    runner, opened = door
    for command in ("!dispatch forged", "!twin end", "!group forget"):
        attempt = Attempt(kind, command, "m.room.power_levels", BEN, restart, shift=1000, cut=9)
        assert runner.run(fails(opened, attempt)) == []
    assert runner.run(heard(opened))
