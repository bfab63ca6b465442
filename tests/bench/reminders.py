"""Reminders in figures: `python -m tests.bench.reminders`.

Prints one table and exits 1 when a goal is missed. The same reminders and the same faults for Twinline and
for a minimal bot of the usual pattern on APScheduler: kills around due times, the process or the server away
across them, clocks that jump, hours that do not exist or come twice, months without a 31st. Then how fast it
is: ten thousand schedules, and two hundred rooms at once under the limits that Synapse ships. `--full`: 200
kills.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from bot.domain.moments import moment
from bot.domain.recurring import Every, Rule, on_day, once
from bot.i18n import Catalogs
from tests.bench.common import Figure, exit_code, table
from tests.bench.reminders_speed import flood, speed
from tests.bench.reminders_usual import Usual, simulated_time
from tests.bench.reminders_world import (
    BEGIN,
    POINTS,
    Bot,
    Tally,
    Twinline,
    Wish,
    World,
    deadly_points,
    live,
    one_tick,
    tally,
    through,
)

CHICAGO, MANILA, LISBON = "America/Chicago", "Asia/Manila", "Europe/Lisbon"
ROOMS = (("!a:here.example", CHICAGO), ("!b:here.example", MANILA), ("!c:here.example", LISBON))
IN_TIME = timedelta(seconds=60)
Scenario = Callable[[World, Bot, int], Awaitable[Tally]]
Expected = dict[tuple[str, str], list[datetime]]


def wishes_of(rule: Rule, at: time, names: str) -> list[Wish]:
    """The same reminder in every room."""
    return [Wish(room, zone, f"{names}{index}", rule, at) for index, (room, zone) in enumerate(ROOMS)]


def due_of(wishes: list[Wish], until: datetime) -> Expected:
    """When each of them is due."""
    return {
        (one.room_id, one.text): [
            at
            for day in one.rule.dates(BEGIN.date(), until.date())
            if BEGIN < (at := moment(day, one.at, one.zone)) <= until
        ]
        for one in wishes
    }


def _all(expected: Expected) -> list[datetime]:
    return sorted(at for moments in expected.values() for at in moments)


def _days(number: int) -> list[Wish]:
    """Single reminders, one in each room for so many days in a row."""
    days = [date(2027, 1, 10) + timedelta(days=more) for more in range(number)]
    return [
        one for index, day in enumerate(days) for one in wishes_of(once(day), time(9), f"day {index} room ")
    ]


async def kills(world: World, bot_: Bot, number: int) -> Tally:
    """The process dies at a named point while something is due, and begins anew after up to ten minutes."""
    chance = random.Random(8)  # noqa: S311 - the order of faults, not a secret
    wishes = _days(max(2, (number + 2) // 3))
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    deaths = itertools.islice(itertools.cycle(POINTS), number)
    for at, point in itertools.zip_longest(_all(expected), deaths):
        await live(world, bot_, at - timedelta(seconds=20), step=timedelta(days=400))
        world.deadly = point or ""
        await live(world, bot_, at + timedelta(seconds=10), step=timedelta(seconds=30))
        world.deadly = ""
        world.true += timedelta(minutes=chance.uniform(0, 10))
        await live(world, bot_, world.true + timedelta(minutes=2))
    return tally(world, expected)


async def stopped(world: World, bot_: Bot, number: int) -> Tally:
    """The process is not there for two hours, or two days, across the due time."""
    wishes = _days(4)
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    for hours, at in zip((2, 2, 2, 48, 2, 2), (_all(expected)[0], *_all(expected)[1::2]), strict=False):
        if at - timedelta(hours=1) > world.true:
            await live(world, bot_, at - timedelta(hours=1), step=timedelta(hours=1))
        await bot_.stop()
        world.true = max(world.true, at + timedelta(hours=hours - 1))
        await bot_.start()
        await live(world, bot_, world.true + timedelta(minutes=2))
    await through(world, bot_, [at for at in _all(expected) if at > world.true])
    return tally(world, expected)


async def server_away(world: World, bot_: Bot, number: int) -> Tally:
    """The homeserver does not answer from an hour before to an hour after the due time."""
    wishes = _days(2)
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    for at in _all(expected):
        await live(world, bot_, at - timedelta(hours=1), step=timedelta(hours=4))
        world.away = True
        await live(world, bot_, at + timedelta(hours=1), step=timedelta(minutes=5))
        world.away = False
        await live(world, bot_, world.true + timedelta(minutes=10))
    return tally(world, expected)


async def clock_back(world: World, bot_: Bot, number: int) -> Tally:
    """Ten minutes after a reminder the clock goes back by an hour, for ever; the process begins anew."""
    wishes = _days(2)
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    first = _all(expected)[0]
    await through(world, bot_, [first])
    await live(world, bot_, first + timedelta(minutes=10))
    world.offset = -timedelta(hours=1)
    await bot_.stop()
    await bot_.start()
    await live(world, bot_, first + timedelta(hours=2), step=timedelta(minutes=5))
    await live(world, bot_, _all(expected)[-1] + timedelta(hours=2), step=timedelta(minutes=30))
    return tally(world, expected)


async def clock_forward(world: World, bot_: Bot, number: int) -> Tally:
    """Half an hour before a reminder the clock shows an hour more, for twenty minutes."""
    wishes = _days(2)
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    early = {key: [at - timedelta(hours=1) for at in moments] for key, moments in expected.items()}
    await live(world, bot_, _all(expected)[0] - timedelta(minutes=30), step=timedelta(days=20))
    world.offset = timedelta(hours=1)
    await live(world, bot_, world.true + timedelta(minutes=20))
    world.offset = timedelta()
    await through(world, bot_, [at for at in _all(expected) if at > world.true])
    return tally(world, early)


async def clock_far_ahead(world: World, bot_: Bot, number: int) -> Tally:
    """For ten minutes the clock shows 400 days more."""
    wishes = _days(2)
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=400))
    await live(world, bot_, world.true + timedelta(minutes=5))
    world.offset = timedelta(days=400)
    await live(world, bot_, world.true + timedelta(minutes=10))
    world.offset = timedelta()
    await through(world, bot_, _all(expected))
    return tally(world, expected)


async def hours_that_change(world: World, bot_: Bot, number: int) -> Tally:
    """Daily at 2:30 and 1:30 across both changes of summer time: once a day, at the first such hour."""
    found = Tally()
    for window in ((2027, 3, 14), (2027, 3, 28), (2027, 10, 31), (2027, 11, 7)):
        day = date(*window)
        rule = replace(on_day(day - timedelta(days=1), Every.DAY), until=day + timedelta(days=1))
        wishes = [
            *wishes_of(rule, time(2, 30), f"gap {day} room "),
            *wishes_of(rule, time(1, 30), f"fold {day} room "),
        ]
        await live(world, bot_, datetime(*window, tzinfo=UTC) - timedelta(days=2), step=timedelta(days=100))
        await bot_.wish(wishes)
        expected = due_of(wishes, BEGIN + timedelta(days=330))
        await through(world, bot_, _all(expected))
        await live(world, bot_, world.true + timedelta(hours=6), step=timedelta(hours=1))
        found.add(tally(world, expected, slack=IN_TIME))
    return found


async def the_31st(world: World, bot_: Bot, number: int) -> Tally:
    """Monthly on the 31st, for a year: the last day of every month."""
    wishes = wishes_of(on_day(date(2027, 1, 31), Every.MONTH), time(9), "month room ")
    await bot_.wish(wishes)
    expected = due_of(wishes, BEGIN + timedelta(days=365))
    await through(world, bot_, _all(expected))
    return tally(world, expected, slack=IN_TIME)


SCENARIOS: dict[str, Scenario] = {
    "{number} kills around due times": kills,
    "process away across due times": stopped,
    "server away across due times": server_away,
    "clock goes back by 1 h": clock_back,
    "clock shows 1 h more for a while": clock_forward,
    "clock shows 400 days more for a while": clock_far_ahead,
    "daily, summer time begins and ends": hours_that_change,
    "monthly on the 31st, one year": the_31st,
}


async def play(scenario: Scenario, make: Callable[[World], Bot], number: int) -> Tally:
    """One bot through one scenario, in a world of its own."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        bot_ = make(world)
        with deadly_points(world), simulated_time(world):
            await bot_.start()
            await one_tick(bot_)
            found = await scenario(world, bot_, number)
            await bot_.stop()
    return found


def _row(what: str, ours: Tally, usual: Tally) -> Figure:
    def shown(one: Tally) -> str:
        faults = (("lost", one.lost), ("twice", one.twice), ("wrong", one.wrong))
        return f"{one.once}/{one.due}" + "".join(f", {count} {name}" for name, count in faults if count)

    exact = ours.once == ours.due and not (ours.twice or ours.wrong)
    return Figure(what, f"{shown(ours)} (usual bot: {shown(usual)})", "each exactly once", exact)


async def faults(number: int) -> list[Figure]:
    """The same faults for both."""
    catalogs = await asyncio.to_thread(Catalogs.load)
    found = []
    for name, scenario in SCENARIOS.items():
        ours = await play(scenario, lambda world: Twinline(world, catalogs), number)
        usual = await play(scenario, Usual, number)
        found.append(_row(name.format(number=number), ours, usual))
    return found


async def measure(*, full: bool) -> list[Figure]:
    """Everything."""
    figures = await faults(200 if full else 24)
    with tempfile.TemporaryDirectory() as folder:
        figures += await speed(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        figures += await flood(Path(folder))
    return figures


def main() -> int:
    """The table; 1 if a goal was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="200 kills")
    logging.getLogger("bot").setLevel(logging.ERROR)
    figures = asyncio.run(measure(full=parser.parse_args().full))
    print(table("Reminders", figures))
    return exit_code(figures)


if __name__ == "__main__":
    sys.exit(main())
