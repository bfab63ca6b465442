"""The stage of `tests.bench.relay`: one homeserver, both bots in every room, groups that are twins.

    s0 ── t0    s1 ── t1   …   s9 ── t9        ten pairs; people write in the s rooms, the t rooms read
      \\   \\    |     |        /     /
       every one of these twenty is also a twin of the hub

Each pair has a thread of its own (a dispatch that only the two have), the hub one that only t0 has and one
that all twenty have, and s0 one that its two twins have. The bots run one at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.process import Child
from bot.demo.synapse import Account, Synapse

T = TypeVar("T")

PAIRS = 10
WRITERS = 4
PASSWORD = "a long password"
AT_ONCE = 5  # people typing commands while the stage is set

_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Group:
    """A group with its home room and whoever speaks for it."""

    handle: str
    room: str
    steward: Person


@dataclass(frozen=True, slots=True)
class Thread:
    """Where to write (room, and the thread's root there), and the rooms that read it.

    `aside` is the root of a thread in the same room that is not shared.
    """

    room: str
    root: str
    aside: str
    rooms: tuple[str, ...]


class BareProcess:
    """The bot to compare with, as a process. One login for all its runs."""

    def __init__(self, folder: Path, homeserver: str, account: Account) -> None:
        self.user_id = account.user_id
        self._folder = folder
        self._settings = folder / "settings.json"
        self._notify = folder / "synced"
        self._common = {
            "homeserver": homeserver,
            "user": account.user_id,
            "password": account.password,
            "store": str(folder / "store"),
            "timeline_limit": 100,
            "notify": str(self._notify),
        }
        command = [sys.executable, "-m", "tests.bench.bare", str(self._settings)]
        self.process = Child(command, folder, folder / "bare.log")

    async def start(self, routes: dict[str, list[str]], within: float = 60.0) -> None:
        """Start it and wait until it has synced. It repeats what it has missed, as its pattern does."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._settings.write_text(json.dumps({**self._common, "routes": routes}))
        self._notify.unlink(missing_ok=True)
        await self.process.start(
            {"PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")])}
        )
        until = time.monotonic() + within
        while not self._notify.exists():
            if not self.process.running or time.monotonic() > until:
                await self.process.kill()
                raise TimeoutError(f"the bare bot did not start:\n{self.process.last_lines()}")
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        await self.process.stop(2.0)


@dataclass(slots=True)
class Stage:
    """All that runs. `writers` are members of s0 and the hub; the first is their steward."""

    server: Synapse
    bot: BotProcess
    bare: BareProcess
    writers: list[Person]
    reader: Person
    sources: list[Group] = field(default_factory=list)
    targets: list[Group] = field(default_factory=list)
    pairs: list[Thread] = field(default_factory=list)
    hub_to_one: Thread | None = None
    hub_to_all: Thread | None = None
    to_two: Thread | None = None

    def routes(self) -> dict[str, list[str]]:
        """What the bare bot does in the ten pairs."""
        return {pair.room: list(pair.rooms) for pair in self.pairs}


async def limited(tasks: Sequence[Awaitable[T]], at_once: int = AT_ONCE) -> list[T]:
    """Like `gather`, a few at a time."""
    slots = asyncio.Semaphore(at_once)

    async def one(task: Awaitable[T]) -> T:
        async with slots:
            return await task

    return await asyncio.gather(*(one(task) for task in tasks))


@contextlib.asynccontextmanager
async def stage_in(folder: Path) -> AsyncIterator[Stage]:
    """The stage with everything set and both bots stopped; all of it ends with the context."""
    async with contextlib.AsyncExitStack() as ending:
        server = Synapse(folder / "synapse", name="bench.localhost")
        ending.push_async_callback(server.stop)
        await server.start()
        settings = {"translation": {"engines": ["none"]}}
        bot = BotProcess(
            folder / "bot", server.url, await server.register("twinline", PASSWORD), settings=settings
        )
        ending.push_async_callback(bot.stop)
        bare = BareProcess(folder / "bare", server.url, await server.register("bare", PASSWORD))
        ending.push_async_callback(bare.stop)
        people = []
        for number in range(WRITERS + 1):
            person = Person(server.url, await server.register(f"person{number}", PASSWORD))
            ending.push_async_callback(person.stop)
            await person.start()
            people.append(person)
        stage = Stage(server, bot, bare, people[:WRITERS], people[WRITERS])
        await asyncio.gather(bot.start(), bare.start({}))
        await _set(stage)
        await asyncio.gather(bot.stop(), bare.stop())
        yield stage


async def _set(stage: Stage) -> None:
    first, reader = stage.writers[0], stage.reader
    sources = [_group(stage, f"s{n}", first, stage.writers[1:] if n == 0 else []) for n in range(PAIRS)]
    targets = [_group(stage, f"t{n}", reader, []) for n in range(PAIRS)]
    groups = await limited([*sources, *targets, _group(stage, "hub", first, stage.writers[1:])])
    stage.sources, stage.targets, hub = groups[:PAIRS], groups[PAIRS : 2 * PAIRS], groups[-1]
    pairs = list(zip(stage.sources, stage.targets, strict=True))
    await limited([_twin(stage, source, target) for source, target in pairs])
    stage.pairs = await limited([_thread(stage, source, [target]) for source, target in pairs])
    await _twin(stage, hub, stage.targets[0])
    stage.hub_to_one = await _thread(stage, hub, [stage.targets[0]])
    others = [*stage.targets[1:], *stage.sources]
    await limited([_twin(stage, hub, other) for other in others])
    stage.hub_to_all = await _thread(stage, hub, [*stage.targets, *stage.sources])
    stage.to_two = await _thread(stage, stage.sources[0], [stage.targets[0], hub])


async def _group(stage: Stage, handle: str, steward: Person, members: Sequence[Person]) -> Group:
    bot, bare = stage.bot.user_id, stage.bare.user_id
    room = await steward.create_room(handle, invite=[bot, bare, *(member.user_id for member in members)])
    for member in members:
        await member.join(room)
    for user in (bot, bare):
        await steward.wait_joined(room, user)
    await talk.told(steward, bot, room, lambda _: True)
    await talk.found(steward, bot, room, handle, f"Group {handle}", language="en", zone="UTC")
    await talk.ask(steward, bot, room, "!group set threadconfirm off")
    return Group(handle, room, steward)


async def _twin(stage: Stage, proposing: Group, accepting: Group) -> None:
    await talk.make_twins(
        stage.bot.user_id,
        (proposing.steward, proposing.room, proposing.handle),
        (accepting.steward, accepting.room),
    )


async def _thread(stage: Stage, group: Group, readers: Sequence[Group]) -> Thread:
    """Send a dispatch; its thread as the writing group has it."""
    text = f"thread {time.monotonic_ns()}"
    answer = await talk.ask(group.steward, stage.bot.user_id, group.room, f"!dispatch {text}")
    for reader in readers:
        await reader.steward.wait_for(reader.room, text)
    aside = await group.steward.say(group.room, "under this nothing is shared")
    return Thread(group.room, answer.event_id, aside, tuple(reader.room for reader in readers))
