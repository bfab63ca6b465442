"""What the door costs: `python -m tests.bench.door_cost`.

Twinline with and without the checks of guard and trust, in turns, in the same rooms on the same homeserver,
whose limits are lifted; then rooms with many devices and many members. Prints one table and exits 1 when a
goal is missed. `--full` takes more turns.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.process import Child
from bot.demo.synapse import Synapse
from tests.bench import door_alone
from tests.bench.chaos_world import World, world_on
from tests.bench.common import Figure, at_least, at_most, cpu_seconds, exit_code, median, noted, table
from tests.bench.crowd import PASSWORD, Pulse, gather_in
from tests.bench.door_alone import Alone
from tests.bench.relay_measure import Ledger
from tests.integration.session_host import SessionHost, post

BURST = 100  # dispatches, each into two rooms
TURNS, FULL_TURNS = 5, 12
CALM = 2.0  # seconds in which the bot writes nothing until a burst counts as over


@dataclass(slots=True)
class Runs:
    """What came of the bursts of one kind of bot: copies a second, and processor time a copy."""

    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    lost: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """What a room with a crowd cost. Times in seconds."""

    what: str
    devices: int
    unreadable: int
    first: float
    next: float
    wall: float
    busy: float


def note(text: str) -> None:
    """Progress, not part of the result."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


async def _restart(bot: BotProcess, *, checks: bool) -> None:
    """The same bot again, with or without the checks."""
    await bot.stop()
    module = "bot" if checks else "tests.bench.open_door"
    command = [sys.executable, "-m", module, "run", "--config", str(bot.config_file)]
    bot._process = Child(command, bot.folder, bot.process.log)
    await bot.start()


async def _burst(world: World, runs: Runs) -> None:
    """Write a burst with the people's phones off, and see how fast its copies come, by the server's clock."""
    pid, ledger = world.bot.process.pid or 0, Ledger(world.server)
    await asyncio.gather(*(person.pause() for person in world.people))
    since, cpu, began = ledger.position(), cpu_seconds(pid), time.time()
    sent = [await world.dispatch(words=f"Burst {number}.") for number in range(BURST)]
    await _worked_off(ledger, world.bot.user_id, since)
    used = cpu_seconds(pid) - cpu
    for person in world.people:
        person.resume()
    try:
        await world.arrived(sent, within=60)
    except TimeoutError:
        runs.lost += len(world.missing(sent))
    marks = {one.token for one in sent}
    copies = [seen for twin in world.twins for mark, seen in world.relayed(twin) if mark in marks]
    ended = max((seen.sent_at for seen in copies), default=time.time())
    runs.rates.append(len(copies) / (ended - began))
    runs.cpu.append(used / max(1, len(copies)))


async def _worked_off(ledger: Ledger, bot: str, since: int) -> None:
    """Wait until the bot writes nothing more."""
    last, calm = -1, time.monotonic()
    while time.monotonic() - calm < CALM:
        await asyncio.sleep(0.1)
        written = ledger.written(bot, since)
        if written != last:
            last, calm = written, time.monotonic()


async def on_and_off(folder: Path, turns: int) -> tuple[Runs, Runs]:
    """Bursts with and without the checks, in turns."""
    checked, unchecked = Runs(), Runs()
    async with (
        Synapse(folder / "synapse", name="cost.localhost") as server,
        world_on(server, folder / "bot") as world,
    ):
        for turn in range(turns):
            both = [(checked, True), (unchecked, False)]
            for runs, checks in both if turn % 2 == 0 else both[::-1]:
                await _restart(world.bot, checks=checks)
                await _burst(world, runs)
                note(f"turn {turn + 1}, checks {'on' if checks else 'off'}: {runs.rates[-1]:.1f} copies/s")
    return checked, unchecked


async def _room(server: Synapse, folder: Path, what: str, sizes: Sequence[int], tag: str) -> Room:
    """A room of the host's with a crowd: the first message into it, and the next one."""
    host = SessionHost(server.url, await server.register(f"bot-{tag}", PASSWORD), folder / tag)
    async with Person(server.url, await server.register(f"host-{tag}", PASSWORD)) as ana:
        await host.start()
        try:
            room = await ana.create_room(what, invite=[host.user_id])
            await ana.wait_joined(room, host.user_id)
            await host.wait_in(room)
            crowd = await gather_in(server, ana, room, sizes, tag)
            await host.until(lambda: len(_readers(host, room)) >= len(crowd) + 2, within=60)
            note(f"{what}: everybody is there")
            async with Pulse() as pulse:
                began = time.perf_counter()
                sent = await host.transport.send(room, post("to everybody"), "t1", "m1")
                first = time.perf_counter() - began
            began = time.perf_counter()
            await host.transport.send(room, post("and again"), "t2", "m2")
            following = time.perf_counter() - began
            await ana.wait_for(room, "and again", within=60)
        finally:
            await host.stop()
    return Room(what, sum(sizes), len(sent.unreadable), first, following, pulse.wall, pulse.busy)


def _readers(host: SessionHost, room: str) -> list[str]:
    """Who is to read the room's messages, as the session knows."""
    found = host.session._rooms.get(room) if host.session is not None else None
    return found.readers() if found is not None else []


async def crowds(folder: Path) -> list[Room]:
    """The rooms, one after the other."""
    async with Synapse(folder / "synapse", name="crowd.localhost") as server:
        return [
            await _room(server, folder, "200 devices of 50 people", [4] * 50, "two"),
            await _room(server, folder, "one member with 40 devices", [40], "one"),
            await _room(server, folder, "500 members", [1] * 500, "five"),
        ]


def figures(checked: Runs, unchecked: Runs, alone: Alone, rooms: Sequence[Room]) -> list[Figure]:
    """The table's lines."""
    ratios = [on / off for on, off in zip(checked.rates, unchecked.rates, strict=True)]
    ratio = median(ratios)
    shown = f"  ({median(checked.rates):.1f}/s : {median(unchecked.rates):.1f}/s)"
    share = alone.per_message / 1e6 / median(unchecked.cpu) * 100
    cost = median(checked.cpu) / median(unchecked.cpu)
    found = [
        at_least("copies a second, checks on : off", ratio, 0.9, lambda value: f"{value:.2f} ×", shown),
        noted(
            "processor time a copy, checks on : off",
            f"{cost:.2f} ×  ({median(checked.cpu) * 1000:.1f} ms : {median(unchecked.cpu) * 1000:.1f} ms)",
        ),
        noted("  the least and the greatest ratio of a turn", f"{min(ratios):.2f} × to {max(ratios):.2f} ×"),
        at_most(
            "guard and trust alone, of a copy's processor time",
            share,
            10,
            lambda value: f"{value:.1f} %",
            f"  ({alone.per_message:.0f} µs a message)",
        ),
        at_most("copies lost", checked.lost + unchecked.lost, 0, lambda value: f"{value:.0f}"),
    ]
    for room in rooms:
        limited = room.devices == 200
        first = f"{room.what}: first message"
        stall = f"{room.what}: longest stall of the loop"
        used = f"  ({room.busy * 1000:.0f} ms of processor time)"
        taken = f"  ({room.wall * 1000:.0f} ms by the clock)"
        if limited:
            found += [
                at_most(first, room.first, 2.0, lambda value: f"{value:.2f} s"),
                at_most(stall, room.wall * 1000, 100, lambda value: f"{value:.0f} ms", used),
            ]
        else:
            found += [
                noted(first, f"{room.first:.2f} s"),
                at_most(stall, room.busy * 1000, 100, lambda value: f"{value:.0f} ms", taken),
            ]
        found.append(noted(f"{room.what}: next message", f"{room.next * 1000:.0f} ms"))
        found.append(at_most(f"{room.what}: devices without key", room.unreadable, 0, lambda v: f"{v:.0f}"))
    return found


async def measure(turns: int) -> list[Figure]:
    """All of it, in folders that go with it."""
    with tempfile.TemporaryDirectory(prefix="twinline-door-") as name:
        rooms = await crowds(Path(name) / "crowds")
        checked, unchecked = await on_and_off(Path(name) / "bursts", turns)
        alone = await asyncio.to_thread(door_alone.measure)
    return figures(checked, unchecked, alone, rooms)


def main() -> int:
    """Measure; 0 when every goal is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.door_cost", description=__doc__)
    parser.add_argument("--full", action="store_true", help=f"{FULL_TURNS} turns instead of {TURNS}")
    args = parser.parse_args()
    found = asyncio.run(measure(FULL_TURNS if args.full else TURNS))
    print(table("The cost of the door", found))
    return exit_code(found)


if __name__ == "__main__":
    sys.exit(main())
