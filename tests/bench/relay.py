"""The figures of the relay, as ratios to a bare nio bot in the same rooms: `python -m tests.bench.relay`.

Prints one table and exits 1 when a goal is missed. Both bots are members of every room all the time and run
one at a time, in turns, on one private Synapse whose limits are lifted; each figure is the median of several
runs, each ratio is taken within one run. The bare bot repeats what is written in a room in its partner room;
Twinline relays what is written in a shared thread, one message into one room as well, and stores,
deduplicates and checks it. `--full` takes more runs.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.mt.client import WorkerTranslator
from bot.mt.packages import import_file
from tests.bench.common import (
    Figure,
    at_least,
    at_most,
    exit_code,
    median,
    memory_mb,
    noted,
    table,
)
from tests.bench.relay_measure import Burst, Ledger, Run, Watch, p95
from tests.bench.relay_stage import Stage, stage_in
from tests.phrasebook.fixtures import PHRASEBOOK

BURST = 200
PACED, PAUSE = 25, 1.0
STARTS = 3
TIME = 540.0  # seconds after which no further run is begun


@dataclass(slots=True)
class Results:
    """All runs of one bot."""

    one: list[Burst] = field(default_factory=list)
    ten: list[Burst] = field(default_factory=list)
    paced: list[list[float]] = field(default_factory=list)
    to_one_of_20: list[Burst] = field(default_factory=list)
    to_2: list[Burst] = field(default_factory=list)
    to_20: list[Burst] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)


def _run(stage: Stage, watch: Watch, *, shared: bool) -> Run:
    """Of Twinline (`shared`) or of the bare bot, whichever runs."""
    name, bot, process = (
        ("ours", stage.bot.user_id, stage.bot.process)
        if shared
        else ("bare", stage.bare.user_id, stage.bare.process)
    )
    people = [stage.reader, *stage.writers]
    return Run(name, bot, process.pid or 0, watch, Ledger(stage.server), people, shared)


async def _bare(stage: Stage, watch: Watch, results: Results, number: int) -> None:
    await stage.bare.start({})  # takes note of what it has missed without repeating it
    await stage.bare.stop()
    await stage.bare.start(stage.routes())
    run = _run(stage, watch, shared=False)
    await _both(stage, run, results, number)
    results.memory.append(memory_mb(run.pid)[1])
    await stage.bare.stop()


async def _ours(stage: Stage, watch: Watch, results: Results, number: int) -> None:
    await stage.bot.start()
    run = _run(stage, watch, shared=True)
    await _both(stage, run, results, number)
    if stage.hub_to_one is None or stage.hub_to_all is None or stage.to_two is None:
        raise RuntimeError("the stage is not set")
    results.to_one_of_20.append(await run.burst(f"few{number}", [stage.hub_to_one], stage.writers, BURST))
    results.to_20.append(await run.burst(f"all{number}", [stage.hub_to_all], stage.writers, BURST // 20))
    results.to_2.append(await run.burst(f"two{number}", [stage.to_two], stage.writers, BURST // 2))
    results.memory.append(memory_mb(run.pid)[1])
    await stage.bot.stop()


async def _both(stage: Stage, run: Run, results: Results, number: int) -> None:
    """What is measured of both bots."""
    first = stage.writers[:1]
    results.one.append(await run.burst(f"one{number}", stage.pairs[:1], stage.writers, BURST))
    results.ten.append(await run.burst(f"ten{number}", stage.pairs, first, BURST))
    results.paced.append(await run.paced(f"pace{number}", stage.pairs[0], first[0], PACED, PAUSE))
    _say(f"run {number + 1} of {run.name}: {_burst(results.one[-1])}; {_burst(results.ten[-1])}")


def _burst(burst: Burst) -> str:
    return f"{burst.arrived}/{burst.wanted}, {burst.rate:.0f}/s"


async def measure(folder: Path, runs: int, until: float) -> tuple[Results, Results]:
    """Set the stage and let the bots take turns."""
    ours, bare = Results(), Results()
    async with stage_in(folder) as stage:
        _say("the stage is set")
        watch = Watch([stage.reader, stage.writers[0]])
        for number in range(runs):
            if number and time.monotonic() > until:
                break
            turns: list[Callable[[], Awaitable[None]]] = [
                lambda number=number: _bare(stage, watch, bare, number),  # type: ignore[misc]  # mypy infers no default
                lambda number=number: _ours(stage, watch, ours, number),  # type: ignore[misc]  # as above
            ]
            for turn in turns if number % 2 == 0 else turns[::-1]:
                await turn()
        await stage.bot.start()  # reads what it has missed
        await stage.bot.stop()
        for _ in range(STARTS):
            ours.starts.append(await stage.bot.start())
            await stage.bot.stop()
    return ours, bare


async def worker_memory(folder: Path) -> float:
    """The most memory that the worker takes with one phrasebook model, in MB."""
    await asyncio.to_thread(import_file, folder, PHRASEBOOK[0])
    translator = WorkerTranslator(folder, memory_cap_mb=1024)
    try:
        for number in range(20):
            await translator.translate([f"We won the hearing. {number} families stay."], "en", "es")
        return memory_mb(translator.pid or 0)[1]
    finally:
        await translator.close()


def _ratios(ours: Sequence[float], bare: Sequence[float]) -> float:
    """The median of the ratios within each run."""
    return median([mine / other for mine, other in zip(ours, bare, strict=True)])


def figures(ours: Results, bare: Results, worker: float) -> list[Figure]:
    """The table's lines."""
    found = _bursts(ours, bare)
    mine, theirs = ([p95(one) for one in results.paced] for results in (ours, bare))
    note = f"  ({median(mine) * 1000:.0f} ms : {median(theirs) * 1000:.0f} ms)"
    found.append(at_most("1 message/s: p95 from send to readable", _ratios(mine, theirs), 1.5, _times, note))
    few, two = [b.cpu_per_delivery for b in ours.to_one_of_20], [b.cpu_per_delivery for b in ours.one]
    cost = _ratios(few, two)
    what = "processor time of a delivery to one of 20 twins : to one of 2"
    note = f"  ({median(few) * 1000:.1f} ms : {median(two) * 1000:.1f} ms)"
    found.append(Figure(what, _times(cost) + note, "0.80 to 1.20 ×", 0.8 <= cost <= 1.2))
    all_20, both = ([b.cpu_per_delivery for b in bursts] for bursts in (ours.to_20, ours.to_2))
    what = "the same of a message that 20 twins read : that 2 read, per delivery"
    found.append(at_most(what, _ratios(all_20, both), 1.2, _times))
    found += [
        at_most("memory of the bot without models, at its highest", max(ours.memory), 150, _mb),
        at_most("memory of the worker with one phrasebook model, at its highest", worker, 150, _mb),
        at_most("cold start to ready", median(ours.starts), 4.0, lambda s: f"{s:.1f} s"),
        noted("memory of the bare bot", _mb(max(bare.memory))),
    ]
    return found


def _bursts(ours: Results, bare: Results) -> list[Figure]:
    found = []
    every = [*ours.one, *ours.ten, *ours.to_one_of_20, *ours.to_20, *ours.to_2]
    worst = min(every, key=lambda burst: (burst.arrived / burst.wanted, -burst.doubled))
    right = all(b.arrived == b.wanted and b.in_order and not b.doubled for b in every)
    order = "in order" if all(b.in_order for b in every) else "NOT IN ORDER"
    what = f"burst of {BURST}, the worst of {len(every)}: arrived, once, in order"
    said = f"{worst.arrived} of {worst.wanted}, {worst.doubled} double, {order}"
    found.append(Figure(what, said, f"{BURST} of {BURST}, in order", right))
    for name, mine, theirs, goal in (
        ("one room", ours.one, bare.one, 1.0),
        ("ten rooms", ours.ten, bare.ten, 1.4),
    ):
        rates, others = ([burst.rate for burst in bursts] for bursts in (mine, theirs))
        note = f"  ({median(rates):.0f}/s : {median(others):.0f}/s)"
        found.append(at_least(f"deliveries into {name}", _ratios(rates, others), goal, _times, note))
        lost = median([burst.arrived for burst in theirs])
        found.append(noted(f"  of which the bare bot delivered (median, {name})", f"{lost:.0f} of {BURST}"))
    return found


def _times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def _mb(megabytes: float) -> str:
    return f"{megabytes:.0f} MB"


def _say(text: str) -> None:
    print(f"[{time.monotonic() - _BEGAN:4.0f} s] {text}", file=sys.stderr, flush=True)


_BEGAN = time.monotonic()
_NOTES = (
    "× = Twinline : bare nio bot, same run, same rooms and members, the median of the runs. A delivery is",
    "one message of the bot, decrypted by a client in the target room; rates count from the first message",
    "sent to the last one taken by the server, the sending included, while the people's phones are off. One",
    "message in makes one out, in both bots. Messages sent at the same time have no order.",
)


def main() -> int:
    """Measure, print the table, and say by the exit code whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each bot; default 3")
    parser.add_argument("--full", action="store_true", help="nine runs, however long they take")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twinline-bench-") as name:
        folder = Path(name)
        worker = asyncio.run(worker_memory(folder / "models"))
        runs, until = (9, float("inf")) if args.full else (args.runs, _BEGAN + TIME)
        ours, bare = asyncio.run(measure(folder, runs, until))
    found = figures(ours, bare, worker)
    print(table(f"Relay, {len(ours.one)} runs of each bot", found, _NOTES))
    return exit_code(found)


if __name__ == "__main__":
    sys.exit(main())
