"""Exactly once under kills: `python -m tests.bench.chaos`.

Twinline and a bot of the usual pattern get the same messages and the same faults: kill −9 at random
moments (Twinline also at every named point), kill −9 of the homeserver, spells without a homeserver.
What the readers' clients decrypted is counted. Ends with a table, and with 1 when Twinline missed a goal:
no copy lost without its author being told, none twice, none unreadable, order kept, nothing in clear.

`--full` is the full size, 1,000 dispatches into 3 rooms with 500 kills of the bot and 20 of the server, in
ten seeded pieces; `--pieces 3-5` runs some of them. `--seed` repeats a run up to the machine's timing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.demo.synapse import Synapse
from bot.pipeline.points import POINTS
from tests.bench.chaos_bare import bare_world_on
from tests.bench.chaos_run import WRITTEN, Plan, Torment, die_at
from tests.bench.chaos_world import TWINS, Tally, World, world_on

SHORT = Plan(dispatches=60, kills=20, server_kills=2, absences=2, points=POINTS)
PIECE = Plan(dispatches=100, kills=50, server_kills=2, absences=1, points=())
PIECES = 10
MORE_TWINS = (*TWINS, ("leon", "es"))
QUIET = 12.0  # seconds without a new copy, after which the bare bot is taken to be done


@dataclass(slots=True)
class Outcome:
    """One line of the table."""

    name: str
    written: int
    kills: int
    server_kills: int
    tally: Tally
    in_clear: int
    seconds: float

    @property
    def good(self) -> bool:
        """Whether the promise was kept."""
        tally = self.tally
        odd = tally.doubled or tally.unreadable or tally.disordered or self.in_clear
        return not odd and len(tally.lost) <= tally.told

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.name,
            self.written + other.written,
            self.kills + other.kills,
            self.server_kills + other.server_kills,
            self.tally + other.tally,
            self.in_clear + other.in_clear,
            self.seconds + other.seconds,
        )


def note(text: str) -> None:
    """Progress, not part of the result."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


async def ours(server: Synapse, folder: Path, plan: Plan, twins: Sequence[tuple[str, str]]) -> Outcome:
    """Twinline under the plan."""
    async with world_on(server, folder, twins=twins) as world:
        note(f"Twinline: {plan.dispatches} dispatches into {len(twins)} rooms, seed {plan.seed}")
        began = time.monotonic()
        await world.bot.kill()
        for point in plan.points:
            await die_at(world.bot, point, world.dispatch)

        async def write(number: int) -> None:
            await world.dispatch(words=WRITTEN[number % len(WRITTEN)])
            if number % 10 == 0:
                await world.dispatch(world.twins[number % len(world.twins)], "De acuerdo.")

        await Torment(world.bot, world.server, world.proxy, plan).run(write)
        try:
            await world.fenced(within=240)
        except TimeoutError as error:
            note(f"Twinline did not come to an end: {error}")
        kills = plan.kills + len(plan.points)
        return _outcome("Twinline", world, kills, plan, began)


async def theirs(server: Synapse, folder: Path, plan: Plan, twins: int) -> Outcome:
    """The bare bot under the plan; it has no named points, so it gets as many kills at random instead."""
    plan = replace(plan, kills=plan.kills + len(plan.points), points=())
    async with bare_world_on(server, folder, twins=twins) as world:
        note(f"bare nio bot: {plan.dispatches} messages into {twins} rooms, seed {plan.seed}")
        began = time.monotonic()
        torment = Torment(world.bot, world.server, world.proxy, plan)
        await torment.run(lambda number: world.write(world.hub, WRITTEN[number % len(WRITTEN)]))
        await world.calm()
        await world.write(world.hub, "Fence.")
        await _quiet(world)
        return _outcome("bare nio bot", world, plan.kills, plan, began)


async def _quiet(world: World) -> None:
    """Wait until nothing has come for a while, starting the bot again whenever it ends by itself."""
    last, since = -1, time.monotonic()
    while world.missing() and time.monotonic() - since < QUIET:
        arrived = sum(len(world.relayed(twin)) for twin in world.twins)
        if arrived != last:
            last, since = arrived, time.monotonic()
        if not world.bot.running:
            await world.bot.start()
        await asyncio.sleep(0.5)


def _outcome(name: str, world: World, kills: int, plan: Plan, began: float) -> Outcome:
    tally = world.tally()
    for what in ("lost", "doubled", "unreadable", "disordered"):
        if named := getattr(tally, what):
            note(f"{name}: {what}: {', '.join(named[:5])}{' …' if len(named) > 5 else ''}")
    spent = time.monotonic() - began
    return Outcome(name, len(world.sent), kills, plan.server_kills, tally, len(world.in_clear()), spent)


_COLUMNS = (
    "",
    "written",
    "copies",
    "kills",
    "server kills",
    "lost",
    "doubled",
    "unreadable",
    "out of order",
    "told",
    "in clear",
    "minutes",
)


def table(outcomes: Sequence[Outcome]) -> str:
    """The result."""
    rows = [_COLUMNS] + [
        (
            one.name,
            str(one.written),
            str(one.tally.copies),
            str(one.kills),
            str(one.server_kills),
            str(len(one.tally.lost)),
            str(len(one.tally.doubled)),
            str(len(one.tally.unreadable)),
            str(len(one.tally.disordered)),
            str(one.tally.told),
            str(one.in_clear),
            f"{one.seconds / 60:.1f}",
        )
        for one in outcomes
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells))
    return "\n".join(lines)


async def run(plans: Sequence[Plan], twins: Sequence[tuple[str, str]]) -> list[Outcome]:
    """Both bots under each plan, a homeserver of its own for each; the sums."""
    sums: list[Outcome] = []
    for plan in plans:
        with tempfile.TemporaryDirectory(prefix="twinline-chaos-") as name:
            folder = Path(name)
            async with Synapse(folder / "synapse", name="chaos.localhost") as server:
                found = [
                    await ours(server, folder / "ours", plan, twins),
                    await theirs(server, folder / "bare", plan, len(twins)),
                ]
        sums = [a + b for a, b in zip(sums, found, strict=True)] if sums else found
    return sums


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 0 when every goal was met, 1 when Twinline missed one."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.chaos", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the full size, in ten pieces")
    parser.add_argument("--pieces", default=f"1-{PIECES}", metavar="A-B", help="with --full: only these")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    plans = [replace(SHORT, seed=args.seed)]
    twins = TWINS
    if args.full:
        first, _, last = args.pieces.partition("-")
        numbers = range(int(first), int(last or first) + 1)
        plans = [replace(PIECE, seed=1000 * args.seed + number) for number in numbers]
        plans[0] = replace(plans[0], points=POINTS)
        twins = MORE_TWINS
    outcomes = asyncio.run(run(plans, twins))
    print(table(outcomes))
    good = outcomes[0].good
    print("Twinline kept its promise." if good else "Twinline missed its goal: see above.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
