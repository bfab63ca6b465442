"""What `tests.bench.life` measures: backlogs that are worked off, a steady load, memory, growth on disk."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.demo import talk
from tests.bench.common import memory_mb, percentile
from tests.bench.limits import Limited, opened

WORDS = "The meeting is moved to the parish hall; bring water and the list of names."
PATIENCE = 60.0  # seconds without a message of the bot after which the rest counts as lost
FLAT = 1.05  # times the memory after a fifth of the messages
SPARE = 5.0  # MB


@dataclass(frozen=True, slots=True)
class Backlog:
    """What was written while the bot was stopped, and how it was worked off."""

    wanted: int
    done: int
    rate: float
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Steady:
    """A load over a while. `memory` in MB after a fifth of the messages and at the end."""

    wanted: int
    arrived: int
    rate: float
    p95: float
    memory: tuple[float, float]

    @property
    def flat(self) -> bool:
        return self.memory[1] <= FLAT * self.memory[0] + SPARE


async def threads(stage: Limited, count: int) -> list[str]:
    """The roots of so many shared threads in the hub's room."""
    return [await opened(stage) for _ in range(count)]


async def backlog(
    stage: Limited, count: int, *, roots: Sequence[str] = (), edits: Sequence[str] = ()
) -> Backlog:
    """Messages in these threads, in turns, or edits of these messages; one copy each in one room."""
    await stage.bot.quiet()
    await stage.bot.stop()
    events = []
    for number in range(count):
        if edits:
            events.append(await stage.steward.edit(stage.home, edits[number], f"{WORDS} Again: {number}."))
        else:
            root = roots[number % len(roots)]
            events.append(await stage.steward.say(stage.home, f"{WORDS} {number}.", thread=root))
    since = time.time()
    await stage.bot.start()
    sent = await _worked_off(stage, since, count)
    seconds = sent[-1] - sent[0] if len(sent) > 1 else float("inf")
    return Backlog(count, len(sent), (len(sent) - 1) / seconds if seconds else 0.0, tuple(events))


async def _worked_off(stage: Limited, since: float, wanted: int) -> list[float]:
    """When each of the bot's messages was taken by the server."""
    sent, until = stage.sent(since), time.monotonic() + PATIENCE
    while len(sent) < wanted and time.monotonic() < until:
        await asyncio.sleep(0.5)
        before, sent = len(sent), stage.sent(since)
        if len(sent) > before:
            until = time.monotonic() + PATIENCE
    return sent


async def steady(stage: Limited, root: str, per_second: float, count: int) -> Steady:
    """So many messages at this rate, whatever the bot does; their way until the reader's client has them."""
    stage.marks.clear()
    wrote: list[float] = []
    began, middle = time.monotonic(), 0.0
    for number in range(count):
        await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
        wrote.append(time.time())
        await stage.write(WORDS, thread=root)
        if number == count // 5:
            middle = _memory(stage)
    rate = count / (time.monotonic() - began)
    with contextlib.suppress(TimeoutError):  # what is missing is counted
        await stage.arrived(PATIENCE)
    found = {mark: copies[0].seen_at for (_, mark), copies in stage.arrivals().items()}
    took = [found[mark] - at for mark, at in zip(stage.marks, wrote, strict=True) if mark in found]
    return Steady(count, len(found), rate, percentile(took, 0.95), (middle, _memory(stage)))


def _memory(stage: Limited) -> float:
    return memory_mb(stage.bot.process.pid or 0)[0]


async def growth(stage: Limited, dispatches: int) -> float:
    """Bytes by which the database grows with each dispatch whose words are not kept."""
    await talk.ask(stage.steward, stage.bot.user_id, stage.home, "!group set keep 0")
    await opened(stage)
    await stage.bot.quiet()
    before = await asyncio.to_thread(_size, stage.bot.storage / "twinline.db")
    for _ in range(dispatches):
        await stage.write("!dispatch We won the hearing.")
    await stage.arrived(PATIENCE + dispatches)
    await stage.bot.quiet(PATIENCE + dispatches)
    after = await asyncio.to_thread(_size, stage.bot.storage / "twinline.db")
    return (after - before) / dispatches


def _size(database: Path) -> int:
    """Of a copy without empty pages."""
    with TemporaryDirectory() as folder, contextlib.closing(sqlite3.connect(database)) as db:
        copy = Path(folder) / "copy.db"
        db.execute("VACUUM INTO ?", (str(copy),))
        return copy.stat().st_size
