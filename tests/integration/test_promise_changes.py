"""Promise G12: edits and withdrawals reach every copy within 60 s, also after downtime."""

from __future__ import annotations

import random

import pytest

from tests.bench.chaos_run import Plan, Torment
from tests.bench.chaos_world import World
from tests.bench.revisions import Book


@pytest.mark.timeout(300)
async def test_every_copy_is_as_its_author_left_it_whatever_is_killed(world: World) -> None:
    """40 random edits and withdrawals of dispatches and in their threads, with kills; then some more in a
    downtime."""
    book = Book(world, random.Random(12))  # noqa: S311 - a run that can be repeated, no secret
    await book.open()
    plan = Plan(dispatches=40, kills=8, server_kills=0, absences=0, seed=12)
    await Torment(world.bot, world.server, world.proxy, plan).run(book.change)
    await world.calm()
    await book.agreed()
    await world.bot.stop()
    for _ in range(12):
        await book.change()
    await world.bot.start()
    await book.agreed()
    assert len([line for line in book.lines if line.gone]) > 5
    assert max(line.version for line in book.lines) > 2
    assert world.in_clear() == []
