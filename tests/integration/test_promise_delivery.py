"""Promises G1, G2, G3 and G9: exactly once, in order, acknowledged only when stored, nothing missed."""

from __future__ import annotations

import asyncio
import signal

import pytest

from bot.pipeline.points import POINTS
from tests.bench.chaos_run import WRITTEN, Plan, Torment, die_at
from tests.bench.chaos_world import Sent, World


@pytest.mark.timeout(240)
async def test_every_dispatch_arrives_once_and_in_order_whatever_is_killed(world: World) -> None:
    plan = Plan(dispatches=20, kills=15, seed=7)
    await world.bot.kill()
    for point in POINTS:
        await die_at(world.bot, point, world.dispatch)

    async def write(number: int) -> None:
        await world.dispatch(words=WRITTEN[number % len(WRITTEN)])
        if number % 5 == 0:
            await world.dispatch(world.twins[number % 2], "De acuerdo.")

    await Torment(world.bot, world.server, world.proxy, plan).run(write)
    tally = await world.fenced(90)
    assert tally.clean, tally
    assert tally.copies >= 2 * (len(POINTS) + plan.dispatches)
    assert world.in_clear() == []


@pytest.mark.parametrize("point", ["receive:before-commit", "receive:after-commit"])
async def test_no_acknowledgement_without_a_stored_row_at_any_moment_of_dying(
    world: World, point: str
) -> None:
    """The bot dies at one pass of the point after the other, until it has got past the dispatch."""
    await world.bot.stop()
    sent = await world.dispatch()
    stored: list[bool] = []
    while not await _is_past(world, sent, f"{point}:{len(stored) + 2}"):  # the first one is the clock's
        stored.append(_stored(world, sent))
        assert stored[-1] == _seen(world, sent)
        assert stored[-1] or not _acknowledged(world, sent)
    assert stored[-1] if point == "receive:after-commit" else not stored[0]
    await world.bot.restart()
    await world.arrived([sent])
    assert world.tally([sent]).clean


async def _is_past(world: World, sent: Sent, point: str) -> bool:
    """Run the bot until it dies at the point, or the dispatch was acknowledged."""
    await world.bot.launch({"TWINLINE_DIE_AT": point})
    dying = asyncio.create_task(world.bot.died())
    acknowledged = asyncio.create_task(world.acknowledged(sent))
    done, pending = await asyncio.wait([dying, acknowledged], return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    if dying in done:
        assert dying.result() == -signal.SIGKILL
        return False
    return True


def _stored(world: World, sent: Sent) -> bool:
    rows = world.look("SELECT what FROM outbox WHERE source = ?", sent.origin)
    assert len({row[0] for row in rows} & {"ack", "copy"}) in (0, 2), "half of a dispatch is stored"
    return bool(rows)


def _seen(world: World, sent: Sent) -> bool:
    return bool(world.look("SELECT 1 FROM seen WHERE event_id = ?", sent.origin))


def _acknowledged(world: World, sent: Sent) -> bool:
    """Whether an answer of the bot is on the server, whether or not the author's client has it yet."""
    return any(
        event["sender"] == world.bot.user_id
        and event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") == sent.origin
        for event in world.server.stored_events(sent.source.room)
    )


@pytest.mark.timeout(240)
async def test_nothing_is_missed_after_downtime(world: World) -> None:
    """200 messages in the shared thread of each of three rooms while the bot is stopped."""
    opening = await world.dispatch(words="Let us talk about the march.")
    await world.arrived([opening])
    await world.settled()
    roots = {home.handle: await world.root(opening, home) for home in world.homes}
    await world.bot.stop()

    async def talk(number: int) -> None:
        home = world.homes[number]
        for count in range(200):
            await world.write(home, f"{WRITTEN[count % len(WRITTEN)]} ({count})", thread=roots[home.handle])

    await asyncio.gather(*(talk(number) for number in range(3)))
    tally = await world.fenced(150)
    assert tally.clean, tally


async def test_room_keys_that_come_in_several_syncs_change_no_order(world: World) -> None:
    """Written while the bot is down: each message has a key of its own, more than fit one sync."""
    davao = world.twins[1]
    opening = await world.dispatch(davao, "A long list follows.")
    await world.arrived([opening])
    root = await world.root(opening, davao)
    await world.bot.kill()
    for number in range(120):
        davao.steward.machine.room_changed(davao.room)
        await world.write(davao, f"Number {number}.", thread=root)
    tally = await world.fenced(90)
    assert tally.clean, tally
