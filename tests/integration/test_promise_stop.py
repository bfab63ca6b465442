"""Promise G27: on SIGTERM it stops within 5 s, and nothing that was in flight is lost."""

from __future__ import annotations

import asyncio
import random
import time

import pytest

from tests.bench.chaos_run import WRITTEN
from tests.bench.chaos_world import World

TIMES = 20
LONGEST = 5.0  # seconds


@pytest.mark.timeout(240)
async def test_it_stops_within_five_seconds_under_load_and_loses_nothing(world: World) -> None:
    dice = random.Random(27)  # noqa: S311 - a run that can be repeated, no secret
    opening = await world.dispatch(words="Let us begin.")
    await world.arrived([opening])
    root = await world.root(opening, world.hub)
    writing = asyncio.create_task(_write(world, root))
    try:
        for _ in range(TIMES):
            await asyncio.sleep(dice.uniform(0.0, 1.0))
            began = time.monotonic()
            assert await world.bot.stop(grace=LONGEST + 5.0) == 0, world.bot.process.last_lines()
            assert time.monotonic() - began < LONGEST
            await world.bot.start()
    finally:
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)
    tally = await world.fenced(90)
    assert tally.clean, tally
    assert "Traceback" not in world.bot.log


async def _write(world: World, root: str) -> None:
    """Three messages a second into a shared thread, and now and then a dispatch, until cancelled."""
    number = 0
    while True:
        words = WRITTEN[number % len(WRITTEN)]
        if number % 6:
            writing = world.write(world.hub, words, thread=root)
        else:
            writing = world.dispatch(world.homes[number % 3], words)
        await asyncio.shield(writing)
        number += 1
        await asyncio.sleep(0.3)


async def test_a_server_that_hangs_does_not_hold_up_the_stop(world: World) -> None:
    """The request in flight is given up; after the start the same message is there once."""
    hung = world.proxy.hang("PUT", r"/send/m\.room\.encrypted/", count=None)
    sent = await world.dispatch(words="In flight.")
    await hung.fired()
    began = time.monotonic()
    assert await world.bot.stop(grace=LONGEST + 5.0) == 0
    assert time.monotonic() - began < LONGEST
    assert world.missing([sent])
    assert (await world.fenced()).clean
