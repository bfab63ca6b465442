"""What is done to a world: kills of the bot at points and at random, kills and absences of the homeserver.

Everything random comes from one seed, so that a run can be repeated (up to the timing of the machine).
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from bot.demo.bot_process import BotProcess
from bot.demo.synapse import Synapse
from tests.integration.proxy import FaultProxy

WRITTEN = ("We won the hearing.", "The court is on our side.", "The strike goes on.", "Thank you!")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is written and what is done meanwhile. `absences` are spells without a homeserver."""

    dispatches: int
    kills: int
    server_kills: int = 1
    absences: int = 1
    points: tuple[str, ...] = ()
    seed: int = 1


class Victim(Protocol):
    """A bot as a process."""

    @property
    def running(self) -> bool: ...

    async def launch(self) -> None: ...

    async def kill(self) -> None: ...


async def die_at(bot: BotProcess, point: str, provoke: Callable[[], Awaitable[object]]) -> None:
    """Let the bot, which is down, die at a named point; `provoke` gives it something to do.

    An attempt is counted in a transaction of its own only for what comes while the bot runs. Raises
    TimeoutError.
    """
    env = {"TWINLINE_DIE_AT": point}
    if "attempt" in point:
        await bot.start(env)
        await provoke()
    else:
        await provoke()
        await bot.launch(env)
    code = await bot.died(30)
    if code != -signal.SIGKILL:
        raise AssertionError(f"at {point} the bot ended with {code} and was not killed")


def _branch(dice: random.Random) -> random.Random:
    """Dice of its own for each task, so that their order does not matter."""
    return random.Random(dice.random())  # noqa: S311 - as above


@dataclass(slots=True)
class Torment:
    """Kills a bot at random moments while somebody writes, and sees to it that it runs in between."""

    victim: Victim
    server: Synapse
    proxy: FaultProxy
    plan: Plan

    async def run(self, write: Callable[[int], Awaitable[object]]) -> None:
        """`write(number)` sends one message. When this returns the bot may be down; the server is up."""
        dice = random.Random(self.plan.seed)  # noqa: S311 - a run that can be repeated, no secret
        done = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._kill(_branch(dice), done))
            tasks.create_task(self._disturb(_branch(dice), done))
            await self._write(_branch(dice), write)
            done.set()

    def _pace(self) -> float:
        """Seconds per dispatch, so that the kills have something to hit."""
        return max(0.15, self.plan.kills * 1.7 / max(1, self.plan.dispatches))

    async def _write(self, dice: random.Random, write: Callable[[int], Awaitable[object]]) -> None:
        for number in range(self.plan.dispatches):
            await write(number)
            await asyncio.sleep(dice.uniform(0.0, 2 * self._pace()))

    async def _kill(self, dice: random.Random, done: asyncio.Event) -> None:
        """Every kill is made, also when the last message has been written before."""
        for _ in range(self.plan.kills):
            if not self.victim.running:
                await self.victim.launch()
            await asyncio.sleep(dice.uniform(0.1, 3.0))
            await self.victim.kill()
        while not done.is_set():
            if not self.victim.running:
                await self.victim.launch()
            await asyncio.sleep(0.2)

    async def _disturb(self, dice: random.Random, done: asyncio.Event) -> None:
        """The server's crashes and absences, spread over the time of writing."""
        troubles = [self._crash] * self.plan.server_kills + [self._absence] * self.plan.absences
        dice.shuffle(troubles)
        between = self._pace() * self.plan.dispatches / (len(troubles) + 1)
        for trouble in troubles:
            await asyncio.sleep(between * dice.uniform(0.7, 1.0))
            await trouble(dice)
            if done.is_set():
                between = 0.0

    async def _crash(self, dice: random.Random) -> None:
        await self.server.kill()
        await asyncio.sleep(dice.uniform(0.0, 1.0))
        await self.server.start()

    async def _absence(self, dice: random.Random) -> None:
        await self.proxy.refuse()
        await asyncio.sleep(dice.uniform(1.0, 4.0))
        await self.proxy.accept()
