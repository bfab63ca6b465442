"""People change and take back what they wrote, at random; a model knows what every room must show in the end.

Each message carries a mark of its own with the number of its version, by which its copies are told apart on
the screens of the people who read them. Used by `tests.bench.life` and by the tests of the promises.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from dataclasses import dataclass, field

from tests.bench.chaos_run import WRITTEN
from tests.bench.chaos_world import Home, World, token

DISPATCHES, VOICES = 4, 5  # that are there at any time, beside the two whose threads are written in
EDITED = 0.7  # of the changes; the others are withdrawals

_MARK = re.compile(r"\b(zq[0-9a-f]{10})x(\d+)\b")


@dataclass(slots=True)
class Line:
    """A message of a person as its author left it. `prefix` is the command it was written with."""

    token: str
    event: str
    source: Home
    prefix: str
    version: int = 0
    gone: bool = False

    @property
    def mark(self) -> str:
        return f"{self.token}x{self.version}"


@dataclass(slots=True)
class Book:
    """Everything that was written here, and how it is changed."""

    world: World
    dice: random.Random
    lines: list[Line] = field(default_factory=list)
    _roots: list[dict[str, str]] = field(default_factory=list)

    async def open(self) -> None:
        """Two dispatches whose threads stay, with their posts in every room, and the first messages."""
        world = self.world
        openings = [await world.dispatch(words=words) for words in WRITTEN[:2]]
        await world.arrived(openings)
        for opening in openings:
            self._roots.append({home.handle: await world.root(opening, home) for home in world.homes})
        for _ in range(DISPATCHES):
            await self._dispatch()
        for _ in range(VOICES):
            await self._voice()
        await self.agreed()

    async def change(self, _: int = 0) -> None:
        """One edit, or one withdrawal in whose place something new is written."""
        line = self.dice.choice([one for one in self.lines if not one.gone])
        room, steward = line.source.room, line.source.steward
        if self.dice.random() < EDITED:
            line.version += 1
            await steward.edit(room, line.event, self._text(line.prefix, line.mark))
            return
        line.gone = True
        await steward.redact(room, line.event)
        await (self._dispatch() if line.prefix else self._voice())

    async def _dispatch(self) -> None:
        await self._write(self.world.hub, "!dispatch ", None)

    async def _voice(self) -> None:
        home = self.dice.choice(self.world.homes)
        await self._write(home, "", self.dice.choice(self._roots)[home.handle])

    async def _write(self, home: Home, prefix: str, thread: str | None) -> None:
        line = Line(token(), "", home, prefix)
        line.event = await home.steward.say(home.room, self._text(prefix, line.mark), thread=thread)
        self.lines.append(line)

    def _text(self, prefix: str, mark: str) -> str:
        return f"{prefix}{self.dice.choice(WRITTEN)} {mark}"

    def expected(self, home: Home) -> list[list[str]]:
        """The posts of the bot that the room must show, each with the marks in it."""
        targets = self.world.targets_of
        return sorted([one.mark] for one in self.lines if not one.gone and home in targets(one.source))

    def shown(self, home: Home) -> list[list[str]]:
        """Those that it shows."""
        known, found = {one.token for one in self.lines}, []
        for post in home.steward.screen(home.room):
            if post.sender == self.world.bot.user_id:
                marks = {f"{one}x{version}" for one, version in _MARK.findall(post.body) if one in known}
                found += [sorted(marks)] if marks else []
        return sorted(found)

    async def agreed(self, within: float = 60.0) -> None:
        """Wait until every room shows what it must, and that it stays so. Raises TimeoutError."""
        until = time.monotonic() + within
        while wrong := self._wrong():
            if time.monotonic() > until:
                raise TimeoutError(f"after {within:.0f} s: {wrong}\n{self.world.bot.process.last_lines()}")
            await asyncio.sleep(0.2)
        await self.world.settled()
        if wrong := self._wrong():
            raise AssertionError(f"it did not stay so: {wrong}")

    def _wrong(self) -> dict[str, tuple[list[list[str]], list[list[str]]]]:
        """By room: what it lacks, and what it shows too much."""
        found = {}
        for home in self.world.homes:
            wanted, shown = self.expected(home), self.shown(home)
            if wanted != shown:
                lacking = [marks for marks in wanted if marks not in shown]
                found[home.handle] = (lacking, [marks for marks in shown if marks not in wanted])
        return found
