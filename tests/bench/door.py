"""The door under faults: `python -m tests.bench.door`.

Twinline and a bot of the usual pattern relay the same messages while the same requests fail: key queries,
claims and shares, the sync, the sending. Before each fault somebody in the target room takes a new device
into use, so that keys have to travel. Counted is reliability alone, from what the readers' clients decrypted:
lost, doubled, unreadable, and how often the bot stood still although the fault was over. Then attempts to
make the bot do something without the right to it, against Twinline alone.

Prints one table and exits 1 when Twinline misses a goal. `--full` is 1,000 attempts instead of 100, and
three rounds of the faults.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from bot.demo.bot_process import BotFailed
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.handlers.nouns import all_nouns
from tests.bench.attempts import Attempt, Door, Kind, attempts, fails, heard
from tests.bench.chaos_bare import bare_world_on
from tests.bench.chaos_world import TWINS, Home, Sent, Tally, World, world_on
from tests.integration.proxy import FaultProxy, Rule
from tests.unit.handlers.cast import open_groups, twin
from tests.unit.stage import Stage

LIMITED = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 300}
BROKEN = {"errcode": "M_UNKNOWN", "error": "Internal"}

KEYS = ("/keys/query$", "/keys/claim$", r"/sendToDevice/m\.room\.encrypted")
DURING, HANGING = 8.0, 25.0  # seconds that a message may take while the fault lasts; until a request runs out
AFTER = 8.0  # seconds that it may take once the fault is over
IN_THE_END = 40.0

Make = Callable[[FaultProxy, str, str], Rule]

FAULTS: dict[str, Make] = {
    "500": lambda proxy, method, path: proxy.answer(method, path, 500, BROKEN),
    "429": lambda proxy, method, path: proxy.answer(method, path, 429, LIMITED),
    "cut": lambda proxy, method, path: proxy.cut(method, path),
    "lost": lambda proxy, method, path: proxy.lose(method, path),
    "hang": lambda proxy, method, path: proxy.hang(method, path),
}
PLAN = [
    *((fault, "*", path) for path in KEYS for fault in FAULTS),
    *((fault, "GET", "/sync$") for fault in ("500", "429", "cut")),
    *((fault, "PUT", "/send/") for fault in ("500", "429", "lost")),
]


@dataclass(slots=True)
class Outcome:
    """One line of the table."""

    name: str
    written: int = 0
    faults: int = 0
    tally: Tally = field(default_factory=lambda: Tally(0))
    unreadable: int = 0
    stalled: int = 0
    ended: int = 0
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether all that was written arrived once and readable, and nothing stood still."""
        tally = self.tally
        return not (tally.lost or tally.doubled or self.unreadable or self.stalled or self.ended)


def note(text: str) -> None:
    """Progress, not part of the result."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


async def _come(world: World, sent: Sequence[Sent], within: float) -> bool:
    """Whether these messages are there in time."""
    until = time.monotonic() + within
    while missing := world.missing(sent):
        if time.monotonic() > until or not world.bot.running:
            break
        await asyncio.sleep(0.1)
    return not missing


@contextlib.asynccontextmanager
async def _new_device(world: World, home: Home) -> AsyncIterator[Person]:
    """A further device of a group's steward, signed as the first one."""
    account, identity = home.steward.account, home.steward.machine.identity
    async with Person(world.server.url, account, name="new", identity=identity) as device:
        await device.wait_joined(home.room)
        yield device


async def under_faults(world: World, name: str, prefix: str, rounds: int) -> Outcome:
    """Each fault once a round, with a message under it; then one after the last."""
    outcome, began = Outcome(name), time.monotonic()
    unread: Counter[str] = Counter()
    for number, (fault, method, path) in enumerate(PLAN * rounds):
        home = world.twins[number % len(world.twins)]
        async with _new_device(world, home) as device:
            rule = FAULTS[fault](world.proxy, method, path)
            sent = await world.write(world.hub, f"Under fault {number}.", prefix=prefix)
            await _come(world, [sent], HANGING if fault == "hang" else DURING)
            outcome.faults += rule.hits
            world.proxy.clear()
            if not world.bot.running:
                outcome.ended += 1
                await _start(world)
            if not await _come(world, [sent], AFTER):
                outcome.stalled += 1
                note(f"{name}: still waiting after {fault} on {path}")
            unread.update(
                seen.event_id
                for one in (device, home.steward)
                for seen in one.rooms[home.room].unreadable()
                if seen.sender == world.bot.user_id and seen.sent_at >= sent.sent_at
            )
    await world.write(world.hub, "Fence.", prefix=prefix)
    await _come(world, world.sent, IN_THE_END)
    outcome.written, outcome.tally = len(world.sent), world.tally()
    outcome.unreadable = len(unread)
    outcome.seconds = time.monotonic() - began
    return outcome


async def _start(world: World) -> None:
    with contextlib.suppress(BotFailed):  # counted as what then is missing
        await world.bot.start()


async def side_by_side(folder: Path, rounds: int) -> list[Outcome]:
    """Both bots, one after the other, on one homeserver."""
    async with Synapse(folder / "synapse", name="door.localhost") as server:
        async with world_on(server, folder / "ours", twins=TWINS) as world:
            note("Twinline")
            ours = await under_faults(world, "Twinline", "!dispatch ", rounds)
        async with bare_world_on(server, folder / "bare", twins=len(TWINS)) as world:
            note("bare nio bot")
            bare = await under_faults(world, "bare nio bot", "", rounds)
    return [ours, bare]


def tried(folder: Path, count: int) -> tuple[Counter[Kind], list[str]]:
    """Generated attempts against Twinline: how many of each kind, and those that changed something."""
    made: Counter[Kind] = Counter()
    through: list[str] = []
    with asyncio.Runner() as runner:
        stage = runner.run(Stage.open(folder, all_nouns()))
        runner.run(open_groups(stage))
        runner.run(twin(stage))
        door = Door(stage, folder)

        @seed(1)
        @settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(attempt=attempts)
        def one(attempt: Attempt) -> None:
            made[attempt.kind] += 1
            changed = runner.run(fails(door, attempt))
            if changed:
                through.append(f"{attempt.kind}: {', '.join(changed)}")

        one()
        if not runner.run(heard(door)):
            through.append("in the end the bot did not hear its steward")
        door.close()
        runner.run(stage.close())
    return made, through


_COLUMNS = ("", "written", "copies", "faults", "lost", "doubled", "unreadable", "stalled", "ended", "minutes")


def table(outcomes: Sequence[Outcome]) -> str:
    """The result."""
    rows = [_COLUMNS] + [
        (
            one.name,
            str(one.written),
            str(one.tally.copies),
            str(one.faults),
            str(len(one.tally.lost)),
            str(len(one.tally.doubled)),
            str(one.unreadable),
            str(one.stalled),
            str(one.ended),
            f"{one.seconds / 60:.1f}",
        )
        for one in outcomes
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run; 0 when every goal was met, 1 when Twinline missed one."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.door", description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000 attempts and three rounds of the faults")
    args = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="twinline-door-") as name:
        folder = Path(name)
        (folder / "attempts").mkdir()
        made, through = tried(folder / "attempts", 1000 if args.full else 100)
        note(f"{made.total()} attempts")
        outcomes = asyncio.run(side_by_side(folder, 3 if args.full else 1))
    print(table(outcomes))
    print("A bot is started again only when it ends by itself; faults: those that met a request.")
    kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(made.items()))
    print(f"{made.total()} attempts against Twinline, {len(through)} got through ({kinds})")
    for line in through:
        print(f"  {line}")
    good = outcomes[0].good and not through
    print("Twinline kept its promise." if good else "Twinline missed its goal: see above.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
