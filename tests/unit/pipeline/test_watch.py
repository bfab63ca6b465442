"""A way in that stalls is begun anew, and told once when it is noticed and once when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.incoming import Batch, Outage
from bot.pipeline.ports import LoggedOut
from bot.pipeline.watch import LONGEST_HANDLING, LONGEST_SILENCE, NAP, Watch
from tests.unit.pipeline.theatre import until

START = datetime(2027, 1, 4, 12, 0, tzinfo=UTC)


class Naps:
    """A clock whose naps end when the test says so; `at` may jump."""

    def __init__(self) -> None:
        self.at = START
        self.waiting: list[asyncio.Future[None]] = []

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        assert seconds == NAP
        nap: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(nap)
        await nap

    async def pass_(self, seconds: float) -> None:
        """So much time goes by, nap after nap."""
        for _ in range(round(seconds / NAP)):
            await until(lambda: any(not nap.done() for nap in self.waiting))
            self.at += timedelta(seconds=NAP)
            next(nap for nap in self.waiting if not nap.done()).set_result(None)
            await asyncio.sleep(0.001)


class Way:
    """A way in that brings what the test puts into it, and hangs otherwise."""

    def __init__(self) -> None:
        self.cursors: list[str | None] = []
        self.cancelled = 0
        self.reading_back = False
        self.batches: asyncio.Queue[Batch | Exception] = asyncio.Queue()

    async def run(self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]]) -> None:
        self.cursors.append(cursor)
        try:
            while True:
                brought = await self.batches.get()
                if isinstance(brought, Exception):
                    raise brought
                await handle(brought)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


class Scene:
    def __init__(self) -> None:
        self.clock, self.way = Naps(), Way()
        self.told: list[Outage] = []
        self.handled: list[str] = []
        self.slow: asyncio.Event | None = None
        self.watch = Watch(self.way, self.clock, self.cursor, self.handle, self.tell)

    async def cursor(self) -> str | None:
        return self.handled[-1] if self.handled else None

    async def handle(self, batch: Batch) -> None:
        if self.slow is not None:
            await self.slow.wait()
        self.handled.append(batch.cursor)

    async def tell(self, outage: Outage) -> None:
        self.told.append(outage)

    async def news(self, cursor: str, *, synced: bool = True) -> None:
        """A batch comes and is handled."""
        await self.way.batches.put(Batch(cursor, (), synced=synced))
        await until(lambda: cursor in self.handled)


@pytest.fixture
async def scene() -> Scene:
    return Scene()


async def _run(scene: Scene) -> asyncio.Task[None]:
    task = asyncio.create_task(scene.watch.run())
    await until(lambda: scene.way.cursors)
    return task


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_news_that_come_in_time_are_no_reason_to_begin_anew(scene: Scene) -> None:
    task = await _run(scene)
    for number in range(5):
        await scene.clock.pass_(LONGEST_SILENCE - NAP)
        await scene.news(str(number))
    await _end(task)
    assert (scene.way.cursors, scene.told, scene.way.cancelled) == ([None], [], 1)


async def test_a_stall_begins_anew_from_the_stored_cursor_within_90_seconds(scene: Scene) -> None:
    task = await _run(scene)
    await scene.news("one")
    await scene.clock.pass_(LONGEST_SILENCE)
    await until(lambda: len(scene.way.cursors) == 2)
    assert scene.way.cursors == [None, "one"]
    assert scene.way.cancelled == 1
    assert scene.told == [Outage(START, over=False)]
    await _end(task)


async def test_who_reads_what_they_missed_has_more_time_but_not_for_ever(scene: Scene) -> None:
    task = await _run(scene)
    scene.way.reading_back = True
    await scene.clock.pass_(LONGEST_HANDLING - NAP)
    assert len(scene.way.cursors) == 1
    await scene.clock.pass_(NAP)
    await until(lambda: len(scene.way.cursors) == 2)
    await _end(task)


async def test_an_outage_is_told_once_and_once_more_when_it_is_over(scene: Scene) -> None:
    task = await _run(scene)
    await scene.clock.pass_(10 * LONGEST_SILENCE)
    await until(lambda: len(scene.way.cursors) == 11)
    assert scene.told == [Outage(START, over=False)]
    await scene.news("one")
    assert scene.told == [Outage(START, over=False), Outage(START, over=True)]
    await scene.news("two")
    assert len(scene.told) == 2
    heard = scene.clock.now()
    await scene.clock.pass_(LONGEST_SILENCE)
    await until(lambda: len(scene.told) == 3)
    assert scene.told[-1] == Outage(heard, over=False)
    await _end(task)


async def test_what_no_sync_has_brought_hides_no_stall_and_ends_no_outage(scene: Scene) -> None:
    task = await _run(scene)
    await scene.clock.pass_(LONGEST_SILENCE - NAP)
    await scene.news("found out meanwhile", synced=False)
    await scene.clock.pass_(NAP)
    await until(lambda: scene.told)
    await until(lambda: len(scene.way.cursors) == 2)
    await scene.news("and more", synced=False)
    await scene.news("one")
    assert scene.told == [Outage(START, over=False), Outage(START, over=True)]
    assert scene.handled == ["found out meanwhile", "and more", "one"]
    await _end(task)


async def test_a_batch_that_takes_long_is_no_stall(scene: Scene) -> None:
    task = await _run(scene)
    scene.slow = asyncio.Event()
    await scene.way.batches.put(Batch("one", ()))
    await until(scene.way.batches.empty)
    await scene.clock.pass_(5 * LONGEST_SILENCE)
    assert scene.way.cursors == [None]
    scene.slow.set()
    await until(lambda: scene.handled)
    assert scene.told == []
    await _end(task)


async def test_a_batch_that_never_ends_is_begun_anew(scene: Scene) -> None:
    task = await _run(scene)
    scene.slow = asyncio.Event()
    await scene.way.batches.put(Batch("one", ()))
    await until(scene.way.batches.empty)
    await scene.clock.pass_(20 * LONGEST_SILENCE)
    assert len(scene.way.cursors) > 1
    await _end(task)


async def test_a_clock_that_jumps_is_no_stall(scene: Scene) -> None:
    task = await _run(scene)
    for jump in (timedelta(days=400), timedelta(days=-800)):
        scene.clock.at += jump
        await scene.clock.pass_(NAP)
    assert (scene.way.cursors, scene.told) == ([None], [])
    await _end(task)


async def test_what_ends_the_way_in_ends_the_watch(scene: Scene) -> None:
    task = await _run(scene)
    await scene.way.batches.put(LoggedOut("gone"))
    with pytest.raises(LoggedOut):
        await task
    assert scene.way.cursors == [None]
