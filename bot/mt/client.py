"""The translator as the bot sees it: starts, feeds, watches and restarts the worker process.

Requests that arrive while the worker is busy go to it together. A worker that dies, talks nonsense or takes
longer than the time-out is killed; the callers get TranslatorDown, and the next call starts a new one, after
a pause that grows with every failure in a row. After a failure requests go singly for a while, so that one
bad message does not take others with it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

import bot
from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.domain.rendering import Flag
from bot.log import Plain
from bot.mt import codes, packages
from bot.pipeline.ports import NoModel, Segment, Translation, TranslatorDown

TIMEOUT = 30.0
"""Seconds that one batch may take, the start of the worker included."""
PAUSES = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next start, by the number of failures in a row."""
BATCH_JOBS, BATCH_CHARACTERS = 64, 16_000
SINGLY = 8
"""Requests that go alone after a failure."""
RECYCLE_EVERY = 60.0
"""Seconds at least between two restarts because of memory."""
_LINE_LIMIT = 64 * 1024 * 1024
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")

_Pipe = TypeVar("_Pipe")

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    source: str
    target: str
    texts: list[str]
    done: asyncio.Future[Any]
    among: tuple[str, ...] = ()

    def request(self) -> dict[str, Any]:
        """The job as the worker reads it."""
        if self.among:
            return {"among": self.among, "texts": self.texts}
        return {"source": self.source, "target": self.target, "texts": self.texts}


class WorkerTranslator:
    """The Translator port, by a worker process with the packages of `models_dir`.

    Above `memory_cap_mb` the worker is started anew. `threads` translate at the same time. `timeout` and
    `pauses` are in seconds.
    """

    def __init__(
        self,
        models_dir: Path,
        memory_cap_mb: int,
        threads: int = 2,
        *,
        timeout: float = TIMEOUT,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._models_dir = models_dir
        self._cap = memory_cap_mb
        self._threads = threads
        self._timeout = timeout
        self._pauses = tuple(pauses)
        self._jobs: deque[_Job] = deque()
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()  # one conversation with the worker at a time
        self._errors: asyncio.Task[None] | None = None
        self._number = 0
        self._failures = 0
        self._singly = 0
        self._not_before = 0.0
        self._recycled = float("-inf")
        self._closed = False
        self.isolated: bool | None = None

    @property
    def pid(self) -> int | None:
        """The worker's process id, if there is a worker."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> None:
        """Start the worker and wait until it is ready. A worker that does not come up is only logged."""
        self._run()
        try:
            async with self._turn, asyncio.timeout(self._timeout):
                await self._worker()
        except (TimeoutError, OSError, ValueError, TranslatorDown) as error:
            await self._failed(error)

    async def close(self) -> None:
        """Stop the worker; who still waits gets TranslatorDown."""
        self._closed = True
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        while self._jobs:
            self._settle(self._jobs.popleft(), TranslatorDown("the translator is closed"))
        await self._stop()

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of catalog languages that can be translated, pivots included."""
        return codes.pairs(await self._directions())

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        """Translate whole messages between catalog languages. Raises NoModel, TranslatorDown."""
        if source == target or not texts:
            return [Translation(text, ()) for text in texts]
        if not codes.route(source, target, await self._directions()):
            raise NoModel(f"{source} → {target}")
        found: list[Translation] = await self._ask(source, target, texts)
        return [_corrected(text, one, glossary) for text, one in zip(texts, found, strict=True)]

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        """Which of these languages the text is written in; None if that is not clear, or nobody answers."""
        if len(set(among)) < 2:
            return None
        try:
            found: list[str | None] = await self._ask("", "", [text], tuple(among))
        except TranslatorDown:
            return None
        return found[0]

    async def _ask(self, source: str, target: str, texts: Sequence[str], among: tuple[str, ...] = ()) -> Any:
        if self._closed:
            raise TranslatorDown("the translator is closed")
        job = _Job(source, target, list(texts), asyncio.get_running_loop().create_future(), among)
        self._jobs.append(job)
        self._run()
        self._news.set()
        return await job.done

    async def _directions(self) -> frozenset[codes.Direction]:
        try:
            found = await asyncio.to_thread(packages.installed, self._models_dir)
        except packages.PackageError as error:
            log.warning("the list of translation packages cannot be read: %s", error)
            return frozenset()
        return frozenset((package.source, package.target) for package in found)

    def _run(self) -> None:
        if self._pump is None or self._pump.done():
            self._pump = asyncio.get_running_loop().create_task(self._work())

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            batch = self._take()
            if not batch:
                self._news.clear()
                continue
            results: list[Any] = []
            try:
                async with self._turn, asyncio.timeout(self._timeout):
                    results = await self._exchange(batch)
            except (TimeoutError, OSError, ValueError, KeyError, TypeError, TranslatorDown) as error:
                await self._failed(error)
            finally:  # whatever happens, nobody waits for ever
                for job, result in zip_longest(batch, results, fillvalue=None):
                    if job is not None:
                        self._settle(job, result or TranslatorDown("the translation worker failed"))

    def _take(self) -> list[_Job]:
        """The next jobs to send together; at least one if there is one."""
        batch: list[_Job] = []
        room = BATCH_CHARACTERS
        most = 1 if self._singly else BATCH_JOBS
        while self._jobs and len(batch) < most:
            size = sum(map(len, self._jobs[0].texts))
            if batch and size > room:
                break
            room -= size
            job = self._jobs.popleft()
            if not job.done.done():  # its caller may have gone away
                batch.append(job)
        self._singly = max(0, self._singly - 1)
        return batch

    @staticmethod
    def _settle(job: _Job, result: Any) -> None:
        if job.done.done():
            return
        if isinstance(result, Exception):
            job.done.set_exception(result)
        else:
            job.done.set_result(result)

    async def _exchange(self, batch: list[_Job]) -> list[Any]:
        """Send jobs to the worker and wait for what came of each."""
        process = await self._worker()
        self._number += 1
        jobs = [job.request() for job in batch]
        stdin = _there(process.stdin)
        stdin.write(json.dumps({"id": self._number, "jobs": jobs}).encode() + b"\n")
        await stdin.drain()
        reply = await self._line(process)
        if reply["id"] != self._number or len(reply["results"]) != len(batch):
            raise TranslatorDown("the worker answered something else")
        results = [_result(job, one) for job, one in zip(batch, reply["results"], strict=True)]
        self._failures = 0
        await self._recycle(int(reply["rss_mb"]))
        return results

    async def _worker(self) -> asyncio.subprocess.Process:
        """The worker, started if there is none. TranslatorDown while the pause after failures lasts."""
        if self._process is not None:
            return self._process
        if asyncio.get_running_loop().time() < self._not_before:
            raise TranslatorDown("the translation worker is started again in a while")
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "bot.mt.worker", str(self._models_dir), str(self._cap), str(self._threads)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            env=_environment(),
        )
        self._errors = asyncio.get_running_loop().create_task(_log_errors(process))
        self.isolated = bool((await self._line(process))["isolated"])
        log.info("translation worker ready, network namespace of its own: %s", self.isolated)
        return process

    @staticmethod
    async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
        line = await _there(process.stdout).readline()
        if not line.endswith(b"\n"):
            raise TranslatorDown("the worker died")
        value = json.loads(line)
        if not isinstance(value, dict):
            raise TranslatorDown("the worker answered something else")
        return value

    async def _failed(self, error: Exception) -> None:
        if self._process is not None:
            pause = self._pauses[min(self._failures, len(self._pauses) - 1)]
            self._failures += 1
            self._singly = SINGLY
            self._not_before = asyncio.get_running_loop().time() + pause
            log.warning("translation worker stopped (%s), next start in %.0f s or later", type(error), pause)
        await self._stop(at_once=True)

    async def _recycle(self, rss_mb: int) -> None:
        now = asyncio.get_running_loop().time()
        if rss_mb > self._cap and now >= self._recycled + RECYCLE_EVERY:
            self._recycled = now
            log.info("translation worker uses %d MB, started anew", rss_mb)
            await self._stop()

    async def _stop(self, at_once: bool = False) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        if not at_once:
            with suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await process.wait()
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if self._errors is not None:
            await self._errors


class NoTranslator:
    """The Translator port for installations without an engine: everything crosses untranslated."""

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to stop."""

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """None at all."""
        return frozenset()

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        """Raises NoModel, unless there is nothing to translate."""
        if source == target or not texts:
            return [Translation(text, ()) for text in texts]
        raise NoModel(f"{source} → {target}")

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        """Nothing here can tell."""
        return None


def _corrected(text: str, machine: Translation, glossary: Glossary) -> Translation:
    """People's own words for the whole message, if they gave any."""
    words = glossary.corrections.get(normalised(text))
    return machine if words is None else Translation(words, (Segment(text, words, corrected=True),))


def _result(job: _Job, result: dict[str, Any]) -> Any:
    if job.among:
        return result["languages"]
    error = result.get("error")
    if error == "no-model":
        return NoModel(f"{job.source} → {job.target}")
    if error is not None:
        return TranslatorDown("the engine failed on this text")
    translations = [
        Translation(
            text=one["text"],
            segments=tuple(
                Segment(source, target, tuple(Flag(flag) for flag in flags))
                for source, target, flags in one["segments"]
            ),
            via=one["via"],
        )
        for one in result["translations"]
    ]
    if len(translations) != len(job.texts):
        return TranslatorDown("the worker lost a text")
    return translations


def _there(pipe: _Pipe | None) -> _Pipe:
    if pipe is None:
        raise TranslatorDown("the worker has no pipes")
    return pipe


def _environment() -> dict[str, str]:
    """What the worker needs of our environment, none of its secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    root = str(Path(bot.__file__).parent.parent)
    return kept | {"PYTHONPATH": root, "ORT_DISABLE_TELEMETRY": "1", "OMP_NUM_THREADS": "1"}


async def _log_errors(process: asyncio.subprocess.Process) -> None:
    """Hand on to the log what the worker's own log let pass; anything else it may print is dropped unread."""
    stderr = _there(process.stderr)
    while line := await stderr.readline():
        if line.startswith(b"mt: "):
            log.warning("worker: %s", Plain(line[4:].decode("utf-8", "replace").strip()))
