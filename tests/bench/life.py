"""The whole life of a dispatch, in figures: `python -m tests.bench.life`.

Prints one table and exits 1 when a goal is missed: edits and threads beside plain messages, a steady load,
memory, growth on disk, random changes with kills, and the limits that Synapse ships. The load is 3,000
messages, or as many as two and a half minutes allow; with `--full` it is 20,000, and there are 200 changes.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bot.demo.synapse import Synapse
from tests.bench.chaos_run import Plan, Torment
from tests.bench.chaos_world import world_on
from tests.bench.common import Figure, at_least, at_most, exit_code, table
from tests.bench.life_measure import Backlog, Steady, backlog, growth, steady, threads
from tests.bench.limits import SLACK, Outcome, limited_stage, measured, opened
from tests.bench.revisions import Book

THREADS = 10
ROUNDS = 2
LOAD = 0.7  # of the rate at which a backlog is worked off


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything. `seconds` is the longest time of the steady load."""

    backlog: int = 300
    seconds: float = 150.0
    messages: int = 3_000
    dispatches: int = 50
    changes: int = 40
    kills: int = 8
    twins: int = 19
    limited: int = 1


FULL = Size(seconds=float("inf"), messages=20_000, changes=200, kills=40, dispatches=200, limited=3)


async def backlogs(folder: Path, size: Size) -> list[Figure]:
    """What waits is worked off, by one hub and one twin on a server without limits; and what it leaves."""
    async with limited_stage(folder, twins=1) as stage:
        roots = await threads(stage, THREADS)
        _say("the stage is set")
        rounds = []
        for _ in range(ROUNDS):
            plain = await backlog(stage, size.backlog, roots=roots[:1])
            spread = await backlog(stage, size.backlog, roots=roots)
            changed = await backlog(stage, size.backlog, edits=plain.events)
            _say(f"backlogs: {plain.rate:.0f}/s, {spread.rate:.0f}/s, {changed.rate:.0f}/s")
            rounds.append((plain, spread, changed))
        grown = await growth(stage, size.dispatches)
        _say(f"growth: {grown:.0f} bytes")
    return [*_rates(rounds), _grown(grown)]


async def load(folder: Path, size: Size) -> list[Figure]:
    """The same stage under a steady load, as high as a backlog tells that it can be."""
    async with limited_stage(folder, twins=1) as stage:
        roots = await threads(stage, 1)
        rate = LOAD * (await backlog(stage, size.backlog // 2, roots=roots)).rate
        _say(f"the load is {rate:.1f}/s")
        held = await steady(stage, roots[0], rate, int(min(size.messages, rate * size.seconds)))
        _say(f"load: {held}")
    return _held(held)


def _rates(rounds: list[tuple[Backlog, Backlog, Backlog]]) -> list[Figure]:
    """Of each kind the better round counts: the other one shared the machine with something else."""
    every = [one for kinds in rounds for one in kinds]
    done, wanted = sum(one.done for one in every), sum(one.wanted for one in every)
    plain, spread, changed = (max(one.rate for one in kind) for kind in zip(*rounds, strict=True))
    return [
        Figure("backlogs of messages and edits: worked off", f"{done} of {wanted}", "all", done == wanted),
        at_least(
            "messages of ten threads : of one thread", spread / plain, 0.8, _times, f"  ({plain:.0f}/s)"
        ),
        at_least("edits : messages of one thread", changed / plain, 0.8, _times),
    ]


def _held(held: Steady) -> list[Figure]:
    before, now = held.memory
    what = f"load of {held.rate:.1f}/s for {held.wanted / held.rate:.0f} s"
    arrived = f"{held.arrived} of {held.wanted}"
    return [
        Figure(f"{what}: arrived", arrived, "all", held.arrived == held.wanted),
        at_most("  p95 from sending to readable", held.p95, 2.0, lambda seconds: f"{seconds:.2f} s"),
        Figure("  memory after a fifth, and at the end", f"{before:.0f}, {now:.0f} MB", "flat", held.flat),
    ]


def _grown(grown: float) -> Figure:
    what = "growth of the database per dispatch, its words erased"
    return at_most(what, grown, 2048, lambda size: f"{size / 1024:.2f} KB")


async def changes(folder: Path, size: Size) -> list[Figure]:
    """Random edits and withdrawals with kills."""
    async with (
        Synapse(folder / "synapse", name="changes.localhost") as server,
        world_on(server, folder / "bot") as world,
    ):
        book = Book(world, random.Random(12))  # noqa: S311 - a run that can be repeated, no secret
        await book.open()
        plan = Plan(dispatches=size.changes, kills=size.kills, server_kills=0, absences=0, seed=12)
        await Torment(world.bot, world.server, world.proxy, plan).run(book.change)
        await world.calm()
        began = time.monotonic()
        try:
            await book.agreed()
        except (TimeoutError, AssertionError) as error:
            _say(str(error))
            seconds = float("inf")
        else:
            seconds = time.monotonic() - began
    what = f"{size.changes} random edits and withdrawals, {size.kills} kills: equal states everywhere"
    return [at_most(what, seconds, 60.0, lambda one: f"after {one:.0f} s")]


async def limits(folder: Path, size: Size) -> list[Figure]:
    """Twenty rooms under the limits that Synapse ships."""
    async with limited_stage(folder, size.twins) as stage:
        root = await opened(stage)
        found = await measured(stage, root, size.limited)
    return _limits(found, size)


def _limits(found: Outcome, size: Size) -> list[Figure]:
    what = f"under Synapse's limits, {size.twins + 1} rooms: arrived once, in order"
    ratio = found.seconds / found.least if found.least else 1.0
    note = f"  ({found.seconds:.0f} s : {found.least:.0f} s)"
    return [
        Figure(what, f"{found.copies} of {found.wanted}", "all", found.complete),
        at_most("  time, as a multiple of the least possible", ratio, SLACK, _times, note),
    ]


def _times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def _say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:4.0f} s] {text}", file=sys.stderr, flush=True)


_BEGAN = time.monotonic()
_PARTS = {"backlogs": backlogs, "load": load, "changes": changes, "limits": limits}


async def _all(folder: Path, size: Size, parts: list[str]) -> list[Figure]:
    return [figure for part in parts for figure in await _PARTS[part](folder / part, size)]


def main() -> int:
    """Measure, print the table, and say by the exit code whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="the full sizes, about an hour")
    parser.add_argument("--part", choices=_PARTS, action="append", help="only this part; may be repeated")
    args = parser.parse_args()
    size = FULL if args.full else Size()
    with tempfile.TemporaryDirectory(prefix="twinline-bench-") as name:
        found = asyncio.run(_all(Path(name), size, args.part or list(_PARTS)))
    print(table("The life of a dispatch", found))
    return exit_code(found)


if __name__ == "__main__":
    sys.exit(main())
