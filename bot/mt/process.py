"""One life of the worker process: started, written to, read from, ended."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import bot
from bot.log import Plain
from bot.pipeline.ports import TranslatorDown

_LINE_LIMIT = 64 * 1024 * 1024
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")

_Pipe = TypeVar("_Pipe")

log = logging.getLogger(__name__)


class Process:
    """A worker process and its pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._errors = asyncio.create_task(_log_errors(process))
        self._turn = asyncio.Lock()
        self.isolated = False

    @classmethod
    async def start(cls, arguments: Sequence[str]) -> Process:
        """Start a worker and wait until it is ready. Raises TranslatorDown, OSError, ValueError."""
        started = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-P", "-m", "bot.mt.worker", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
            env=_environment(),
        )
        process = cls(started)
        try:
            process.isolated = bool((await process.read()).get("isolated"))
        except BaseException:
            await process.stop(at_once=True)
            raise
        return process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def write(self, message: dict[str, Any]) -> None:
        """Send one message. Raises OSError, TranslatorDown."""
        async with self._turn:
            stdin = _there(self._process.stdin)
            stdin.write(json.dumps(message).encode() + b"\n")
            await stdin.drain()

    async def read(self) -> dict[str, Any]:
        """The next message. Raises TranslatorDown when the worker died, ValueError when it talks nonsense."""
        line = await _there(self._process.stdout).readline()
        if not line.endswith(b"\n"):
            raise TranslatorDown("the worker died")
        value = json.loads(line)
        if not isinstance(value, dict):
            raise TranslatorDown("the worker answered something else")
        return value

    async def stop(self, *, at_once: bool = False) -> None:
        """End it; if it may take its time, 2 seconds."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not at_once:
            with suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._process.wait()
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._errors


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
