"""Feeds, watches and restarts the worker process.

Requests go to the worker as they come, which puts together what belongs together; those that nobody waits for
go last. A worker that dies, talks nonsense or gives no sign of life for the time-out is replaced, after a
pause that grows with every failure in a row. What was with a worker that died is tried once more; otherwise,
and during the pause, the callers get TranslatorDown. After a failure requests go singly for a while, so that
one bad message does not take others with it. When the worker asks for an engine outside, that is asked here.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from bot.log import Plain
from bot.mt.engine import Engine, EngineFailed
from bot.mt.outside import ask
from bot.mt.process import Process
from bot.pipeline.ports import TranslatorDown

TIMEOUT = 30.0
"""Seconds without a sign of life while there is work, and for the start of the worker."""
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next start, by the number of failures in a row."""
FLYING, FLYING_CHARACTERS = 256, 200_000
"""What the worker may have before it at a time."""
SINGLY = 8
"""Requests that go alone after a failure."""
RECYCLE_EVERY = 60.0
"""Seconds at least between two restarts because of memory."""

_TROUBLE = (TimeoutError, OSError, ValueError, KeyError, TypeError, TranslatorDown)

log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Job:
    """A request as the worker reads it, and who waits for the answer."""

    request: dict[str, Any]
    done: asyncio.Future[dict[str, Any]]
    size: int = 0
    tried: bool = False

    def settle(self, result: dict[str, Any] | Exception) -> None:
        if self.done.done():
            return  # its caller may have gone away
        if isinstance(result, Exception):
            self.done.set_exception(result)
        else:
            self.done.set_result(result)


@dataclass(slots=True)
class _Waiting:
    """Requests that are not with the worker yet; what somebody waits for first."""

    live: deque[_Job] = field(default_factory=deque)
    backlog: deque[_Job] = field(default_factory=deque)

    def add(self, job: _Job) -> None:
        (self.backlog if job.request.get("backlog") else self.live).append(job)

    def again(self, job: _Job) -> None:
        """It was with a worker that died: before all others, and for the last time."""
        job.tried = True
        (self.backlog if job.request.get("backlog") else self.live).appendleft(job)

    def next(self) -> _Job | None:
        for queue in (self.live, self.backlog):
            while queue:
                job = queue.popleft()
                if not job.done.done():
                    return job
        return None


class Supervisor:
    """A worker process that is there when it is needed.

    `arguments` are those of the process; above `memory_cap_mb` it is started anew. `outside` are the engines
    that it may ask for. `timeout` and `pauses` are in seconds.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        memory_cap_mb: int,
        outside: Mapping[str, Engine],
        timeout: float,
        pauses: Sequence[float],
    ) -> None:
        self._arguments = tuple(arguments)
        self._cap = memory_cap_mb
        self._outside = outside
        self._timeout = timeout
        self._pauses = tuple(pauses)
        self._waiting = _Waiting()
        self._flying: dict[int, _Job] = {}
        self._news = asyncio.Event()
        self._starting = asyncio.Lock()
        self._ending = asyncio.Lock()
        self._pump: asyncio.Task[None] | None = None
        self._listener: asyncio.Task[None] | None = None
        self._asking: set[asyncio.Task[None]] = set()
        self._process: Process | None = None
        self._heard = 0.0
        self._number = 0
        self._failures = 0
        self._singly = 0
        self._not_before = 0.0
        self._recycled = float("-inf")
        self._full = False
        self._closed = False

    @property
    def process(self) -> Process | None:
        """The worker, if there is one."""
        return self._process

    async def start(self) -> None:
        """Start the worker and wait until it is ready. A worker that does not come up is only logged."""
        self._run()
        with suppress(TranslatorDown):
            await self._worker()

    async def close(self) -> None:
        """Stop the worker; who still waits gets TranslatorDown."""
        self._closed = True
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await self._stop()
        while (job := self._waiting.next()) is not None:
            job.settle(TranslatorDown("the translator is closed"))

    async def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """What the worker answers to a request. Raises TranslatorDown."""
        if self._closed:
            raise TranslatorDown("the translator is closed")
        job = _Job(request, asyncio.get_running_loop().create_future(), sum(map(len, request["texts"])))
        self._waiting.add(job)
        self._run()
        self._news.set()
        return await job.done

    def _run(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        """Hand requests over to the worker as long as it has room for them."""
        while True:
            await self._news.wait()
            self._news.clear()
            while self._room() and (job := self._waiting.next()) is not None:
                try:
                    process = await self._worker()
                    self._number += 1
                    self._flying[self._number] = job
                    if len(self._flying) == 1:
                        self._heard = asyncio.get_running_loop().time()
                    await process.write({"id": self._number, **job.request})
                except _TROUBLE as error:
                    job.settle(TranslatorDown("the translation worker is started again in a while"))
                    if not isinstance(error, TranslatorDown):
                        await self._failed(error)
                except BaseException:
                    job.settle(TranslatorDown("the translator is closed"))
                    raise

    def _room(self) -> bool:
        if self._full:
            return not self._flying
        if self._singly:
            return not self._flying
        return (
            len(self._flying) < FLYING and sum(one.size for one in self._flying.values()) < FLYING_CHARACTERS
        )

    async def _worker(self) -> Process:
        """The worker, started if there is none. TranslatorDown while the pause after failures lasts."""
        async with self._starting:
            return self._process or await self._started()

    async def _started(self) -> Process:
        if asyncio.get_running_loop().time() < self._not_before:
            raise TranslatorDown("the translation worker is started again in a while")
        try:
            async with asyncio.timeout(self._timeout):
                process = await Process.start(self._arguments)
        except _TROUBLE as error:
            self._pause(error)
            raise TranslatorDown("the translation worker does not start") from error
        self._process = process
        log.info("translation worker ready, network namespace of its own: %s", process.isolated)
        self._listener = asyncio.get_running_loop().create_task(self._listen(process))
        return process

    async def _listen(self, process: Process) -> None:
        """Take what the worker says until it ends, or must be ended."""
        watch = asyncio.create_task(self._watch())
        read: asyncio.Task[dict[str, Any]] | None = None
        try:
            while True:
                read = asyncio.create_task(process.read())
                await asyncio.wait({read, watch}, return_when=asyncio.FIRST_COMPLETED)
                if not read.done():
                    raise TimeoutError
                self._heard = asyncio.get_running_loop().time()
                if await self._take(process, read.result()):
                    return
        except _TROUBLE as error:
            if self._process is process:
                await self._failed(error, listening=True)
        finally:
            for task in (watch, read):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*(one for one in (watch, read) if one is not None), return_exceptions=True)

    async def _take(self, process: Process, said: dict[str, Any]) -> bool:
        """One message of the worker; true if it was the last one before it is started anew."""
        if "ask" in said:
            task = asyncio.create_task(self._ask_outside(process, said))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        elif "id" in said:
            job = self._flying.pop(said["id"])
            self._failures = 0
            self._singly = max(0, self._singly - 1)
            job.settle(said)
            self._news.set()
        now = asyncio.get_running_loop().time()
        if int(said["rss_mb"]) > self._cap and now >= self._recycled + RECYCLE_EVERY:
            self._full = True
        if not self._full or self._flying:
            return False
        log.info("translation worker uses %d MB, started anew", int(said["rss_mb"]))
        self._recycled, self._full, self._process, self._listener = now, False, None, None
        await process.stop()
        self._news.set()
        return True

    async def _watch(self) -> None:
        """Ends when there is work and nothing was heard for too long, engines outside left aside."""
        while True:
            await asyncio.sleep(min(1.0, self._timeout / 4))
            now = asyncio.get_running_loop().time()
            if not self._flying or self._asking:
                self._heard = now
            elif now - self._heard > self._timeout:
                return

    async def _ask_outside(self, process: Process, asked: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"answer": asked["ask"]}
        engine = self._outside.get(asked["engine"])
        try:
            if engine is None:
                raise EngineFailed("no such engine")
            answer["found"] = await ask(
                engine, asked["texts"], asked["source"], asked["target"], asked["hypotheses"]
            )
        except EngineFailed as error:
            log.warning("%s failed: %s", Plain(asked["engine"]), Plain(error))
        except Exception:
            log.exception("an engine failed in a way of its own")
        with suppress(
            OSError, TranslatorDown
        ):  # a worker that has died meanwhile is noticed where it is read
            await process.write(answer)

    def _pause(self, error: Exception) -> None:
        pause = self._pauses[min(self._failures, len(self._pauses) - 1)]
        self._failures += 1
        self._singly = SINGLY
        self._not_before = asyncio.get_running_loop().time() + pause
        log.warning("translation worker stopped (%s), next start in %.0f s or later", type(error), pause)

    async def _failed(self, error: Exception, *, listening: bool = False) -> None:
        if self._process is not None:
            self._pause(error)
        again = not isinstance(error, TimeoutError)  # whoever waits has waited long enough
        await self._stop(at_once=True, listening=listening, again=again)

    async def _stop(self, *, at_once: bool = False, listening: bool = False, again: bool = False) -> None:
        """End the worker; who waits for it gets TranslatorDown, or is tried once more with `again`.

        `listening`: the listener itself calls.
        """
        process, self._process = self._process, None
        listener, self._listener = self._listener, None
        self._full = False
        for task in self._asking:
            task.cancel()
        flying, self._flying = self._flying, {}
        async with self._ending:
            if listener is not None and not listening:
                listener.cancel()
                await asyncio.gather(listener, return_exceptions=True)
            if process is not None:
                await process.stop(at_once=at_once)
        for job in reversed(flying.values()):
            if again and not job.tried:
                self._waiting.again(job)
            else:
                job.settle(TranslatorDown("the translation worker failed"))
        self._news.set()
