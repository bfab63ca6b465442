"""A child process with its output in a file, ended by its process id.

Children stand in a session of their own, so that a Ctrl-C in the terminal reaches only the parent,
which then stops them in order. On Linux the kernel kills them should the parent vanish.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _die_with_parent() -> None:
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    """Whether somebody listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


class Child:
    """One process. Its output is appended to `log`; `start` may be called again after it has ended."""

    def __init__(self, command: Sequence[str], folder: Path, log: Path) -> None:
        self._command = tuple(command)
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.log = log

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return self._process.pid if self._process and self._process.returncode is None else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended (negative: by that signal), None while it runs or before the first start."""
        return self._process.returncode if self._process else None

    async def start(self, env: Mapping[str, str] | None = None) -> None:
        """Start it with the parent's environment and `env` on top. Raises RuntimeError if it runs."""
        if self.running:
            raise RuntimeError("the process is running already")
        with self.log.open("ab") as out:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=self._folder,
                env={**os.environ, **(env or {})},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=_die_with_parent if _prctl else None,
            )

    def signal(self, number: signal.Signals) -> None:
        """Send a signal if it still runs."""
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    async def wait(self, within: float | None = None) -> int:
        """Wait for its end and return the exit code. Raises TimeoutError."""
        if self._process is None:
            raise RuntimeError("the process was never started")
        async with asyncio.timeout(within):
            return await self._process.wait()

    async def stop(self, grace: float = 5.0) -> int | None:
        """SIGTERM, and SIGKILL if it does not end within `grace` seconds. Returns the exit code."""
        if self.running:
            self.signal(signal.SIGTERM)
            try:
                await self.wait(grace)
            except TimeoutError:
                await self.kill()
        return self.exit_code

    async def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        if self.running:
            self.signal(signal.SIGKILL)
            await self.wait()

    def output(self) -> str:
        """All that it has written so far, of all its runs."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def last_lines(self, count: int = 15) -> str:
        """The end of its output."""
        return "\n".join(self.output().splitlines()[-count:])
