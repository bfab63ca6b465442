"""Red lines under load, and what a disk tells of them: `python -m tests.bench.redlines`.

- 2 groups of 20 people with real encrypted clients choose within a minute: how fast is each answered?
- 2 groups of 500 on the fake Transport: how long does the verdict take, in how much memory?
- The attacker of promise G17 over ended rounds: how much better do they guess with the disk than with the
  sheets alone? With `--full` over 10,000 rounds.

Prints one table and exits 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import math
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.rounds import CONSENT, Voter
from bot.demo.synapse import Synapse
from bot.domain.incoming import Batch, Tick
from bot.storage.db import Database
from tests.bench import redlines_attack as attack
from tests.bench.common import Figure, at_most, exit_code, memory_mb, noted, percentile, table
from tests.bench.relay_stage import limited
from tests.fakes import FakeTransport
from tests.unit import ready
from tests.unit.handlers.cast import ANA, CARL, MANILA, MILWAUKEE, open_groups, twin
from tests.unit.pipeline.audit.rounds import PEOPLE, chat, later, meet, opened
from tests.unit.pipeline.theatre import Theatre

PASSWORD = "a long password"
SEED = 17
IN_A_GROUP, MINUTE = 20, 60.0
MANY = 500
ROUNDS, ALL_ROUNDS, IN_ONE_HOUSE = 24, 10_000, 24
SURE = 2.326  # standard deviations of a one-sided bound of 99 %


# -- 2 × 20 real clients


@contextlib.asynccontextmanager
async def _groups(folder: Path) -> AsyncIterator[tuple[BotProcess, list[tuple[Person, str]], list[Voter]]]:
    """The bot, a steward with the room of each of two twin groups, and everybody as a voter."""
    async with contextlib.AsyncExitStack() as ending:
        server = Synapse(folder / "synapse", name="redlines.localhost")
        ending.push_async_callback(server.stop)
        await server.start()
        bot = BotProcess(
            folder / "bot",
            server.url,
            await server.register("twinline", PASSWORD),
            settings={"translation": {"engines": ["none"]}},
        )
        ending.push_async_callback(bot.stop)
        await bot.start()
        stewards: list[tuple[Person, str]] = []
        voters: list[Voter] = []
        for handle in ("one", "two"):
            people = await limited([_person(server, f"{handle}{n}", ending) for n in range(IN_A_GROUP)])
            room = await talk.open_room(people[0], bot.user_id, handle, people[1:])
            await talk.found(
                people[0], bot.user_id, room, handle, f"Group {handle}", language="en", zone="UTC"
            )
            stewards.append((people[0], room))
            voters += [Voter(person, bot.user_id) for person in people]
        (first, here), (second, there) = stewards
        await talk.make_twins(bot.user_id, (first, here, "one"), (second, there))
        yield bot, stewards, voters


async def _person(server: Synapse, name: str, ending: contextlib.AsyncExitStack) -> Person:
    person = Person(server.url, await server.register(name, PASSWORD), name=name)
    ending.push_async_callback(person.stop)
    await person.start()
    return person


async def _real(folder: Path, random: Random) -> list[Figure]:
    async with _groups(folder) as (bot, stewards, voters):
        (first, here), (second, there) = stewards
        await first.say(here, '!audit open "Rent strike"')
        await talk.told(second, bot.user_id, there, "!audit accept")
        await second.say(there, "!audit accept 1")
        for steward, room in stewards:
            await talk.told(steward, bot.user_id, room, "!audit join")
        await limited([voter.enter() for voter in voters])
        for steward, room in stewards:
            await steward.say(room, "!audit close 1")
        await asyncio.gather(*(voter.poll() for voter in voters))
        await bot.quiet()
        times = await asyncio.gather(*(_answered(voter, random.uniform(0, MINUTE)) for voter in voters))
        for steward, room in stewards:
            await steward.say(room, "!audit close 1")
        await talk.told(second, bot.user_id, there, "Consent: nobody objects", within=90)
        return [
            at_most(
                f"2 × {IN_A_GROUP} real clients choose within a minute: from the tap to the answer, p95",
                percentile(times, 0.95),
                2.0,
                lambda value: f"{value:.2f} s",
            ),
            noted("the same, slowest", f"{max(times):.2f} s"),
        ]


async def _answered(voter: Voter, after: float) -> float:
    """Seconds from a tap to the answer on the screen."""
    await asyncio.sleep(after)
    before, began = len(voter.heard()), time.monotonic()
    await voter.choose(CONSENT)
    await voter.more(before)
    return time.monotonic() - began


# -- 2 × 500 on the fake Transport


async def _translated(theatre: Theatre, *, send: bool = True) -> None:
    """All that waits for its translation has it, and is sent if wanted."""
    while await theatre.translating.pending():
        await theatre.translate()
    if send:
        await theatre.send()


async def _many(folder: Path) -> list[Figure]:
    database = await Database.open(folder / "twinline.db")  # one that waits for the disk, as in life
    theatre = Theatre(database, await ready.catalogs(), FakeTransport(), folder)
    people = {
        MANILA: [ANA, *(f"@m{number}:here.example" for number in range(1, MANY))],
        MILWAUKEE: [CARL, *(f"@w{number}:here.example" for number in range(1, MANY))],
    }
    await open_groups(theatre)
    await twin(theatre)
    for room_id, members in people.items():
        await theatre.room(room_id, members[:1], members[1:])
    everybody = [person for members in people.values() for person in members]
    for person in everybody:
        await theatre.room(chat(person), [person])
    await theatre.play()
    await opened(theatre)
    await _translated(theatre)
    await later(theatre, days=6, hours=12)
    await _translated(theatre)
    for person in everybody:
        await theatre.say(chat(person), person, "!vote 1 1")
    await theatre.play()
    theatre.clock.forward(days=11)
    await theatre.receiver.batch(Batch("c", ()))
    began = time.monotonic()
    await theatre.receiver.single(Tick(theatre.clock.now()))
    theatre.clock.forward(seconds=31)
    await _translated(theatre, send=False)
    for room_id in people:
        await theatre.sender.drain(room_id)
    took = time.monotonic() - began
    verdicts = ("Consentimiento: nadie objeta", "Consent: nobody objects")
    told = all(words in theatre.read(room_id) for words, room_id in zip(verdicts, people, strict=True))
    _, most = memory_mb(os.getpid())
    await theatre.close()
    return [
        at_most(
            f"2 × {MANY} ballots: verdict in both rooms",
            took if told else math.inf,
            5.0,
            lambda v: f"{v:.2f} s",
        ),
        at_most("memory of the process, at most", most, 200.0, lambda value: f"{value:.0f} MB"),
    ]


# -- the attacker


@dataclass(slots=True)
class Attacked:
    """What the attacker found in some rounds."""

    traces: int = 0
    guesses: int = 0
    right: int = 0  # from the sheets alone
    differences: dict[str, list[float]] = field(
        default_factory=lambda: {name: [] for name in attack.STRATEGIES}
    )

    def add(self, other: Attacked) -> None:
        """Take in what was found in other rounds."""
        self.traces += other.traces
        self.guesses += other.guesses
        self.right += other.right
        for name, values in other.differences.items():
            self.differences[name] += values


def _house(house: int, rounds: int) -> Attacked:
    """Play and attack the rounds of one bot's life, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="twinline-house-") as folder:
        return asyncio.run(_lived(Path(folder), house, rounds))


async def _lived(home: Path, house: int, rounds: int) -> Attacked:
    found = Attacked()
    theatre = await Theatre.build(home)
    await open_groups(theatre)
    await twin(theatre)
    await meet(theatre, *PEOPLE)
    random = Random(f"{SEED} {house}")  # noqa: S311 (a fixed seed)
    for number in range(1, rounds + 1):
        truth = await attack.held_round(theatre, random, number)
        image = await attack.image_of(theatre, home)
        found.traces += len(attack.traces(image, truth))
        sheets = attack.from_the_sheets(truth, random)
        base, of = attack.score(sheets, truth)
        found.guesses += of
        found.right += base
        for name, strategy in attack.STRATEGIES.items():
            hits, _ = attack.score(strategy(image, truth, sheets), truth)
            found.differences[name].append((hits - base) / of)
    await theatre.close()
    return found


def _attacked(rounds: int) -> list[Figure]:
    """So many rounds, in houses of some rounds each, on all cores."""
    found = Attacked()
    houses = range(0, rounds, IN_ONE_HOUSE)
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        for one in pool.map(_house, houses, [min(IN_ONE_HOUSE, rounds - house) for house in houses]):
            found.add(one)
            print(f"\r{len(found.differences['order of rows'])} rounds", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    figures = [
        noted(
            f"{rounds} rounds attacked: right guesses from the sheets alone",
            f"{found.right / found.guesses:.1%}",
        ),
        at_most(
            "traces of secrets, people or ballots on the disk", found.traces, 0, lambda value: f"{value:.0f}"
        ),
    ]
    for name, values in found.differences.items():
        what, bound = f"better by “{name}”, upper bound of 99 %", _upper(values)
        figures.append(
            at_most(what, bound, 0.01, lambda value: f"{value:+.2%}")
            if rounds >= ALL_ROUNDS
            else noted(what, f"{bound:+.2%}")
        )
    return figures


def _upper(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1))
    return mean + SURE * spread / math.sqrt(len(values))


async def _alive(folder: Path) -> list[Figure]:
    random = Random(SEED)  # noqa: S311 (a fixed seed)
    return [*await _real(folder, random), *await _many(folder)]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="10,000 rounds for the attacker")
    parser.add_argument("--attack", action="store_true", help="the attacker alone")
    given = parser.parse_args()
    figures: list[Figure] = []
    if not given.attack:
        with tempfile.TemporaryDirectory(prefix="twinline-redlines-") as folder:
            figures += asyncio.run(_alive(Path(folder)))
    figures += _attacked(ALL_ROUNDS if given.full else ROUNDS)
    print(table("Red lines", figures))
    return exit_code(figures)


if __name__ == "__main__":
    sys.exit(main())
