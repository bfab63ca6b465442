"""The Node process in which the people on Element's SDK live, and the requests to it."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any, Self

from tests.element.packages import FOLDER, NODE, installed

_LINE = 2**24  # bytes of the longest answer
_ANSWER = 90.0  # seconds


class ElementError(Exception):
    """The SDK or the server refused; the text is its sentence, with the Matrix error code if there is one."""


class Node:
    """The process in which the people live. Use as `async with Node(log) as node:`."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        packages = await installed()
        with self.log.open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                NODE,
                FOLDER / "people.mjs",
                packages,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=_LINE,
            )
        self._reading = asyncio.create_task(self._read(), name="answers of Node")
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process, by its id if it does not go by itself."""
        process, reading = self._process, self._reading
        if process is None or reading is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading

    async def _read(self) -> None:
        """Hand every answer to who asked, until the process ends."""
        if self._process is None or self._process.stdout is None:
            return
        while line := await self._process.stdout.readline():
            answer = json.loads(line)
            future = self._waiting.pop(answer["id"], None)
            if future is None or future.done():
                continue
            if "error" in answer:
                future.set_exception(ElementError(answer["error"]))
            else:
                future.set_result(answer["is"])
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._ended())

    def _ended(self) -> ElementError:
        return ElementError(f"Node has ended; its log is {self.log}")

    async def ask(self, who: str, what: str, **given: object) -> Any:
        """Let somebody do something and return what came of it. Raises ElementError, TimeoutError."""
        if self._process is None or self._process.stdin is None or self._process.returncode is not None:
            raise self._ended()
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        line = json.dumps({"id": number, "who": who, "do": what, "with": given})
        self._process.stdin.write(line.encode() + b"\n")
        try:
            async with asyncio.timeout(_ANSWER):
                await self._process.stdin.drain()
                return await future
        except ConnectionError:
            raise self._ended() from None
        except TimeoutError:
            raise TimeoutError(f"{who}: no answer to “{what}” within {_ANSWER:.0f} s") from None
        finally:
            self._waiting.pop(number, None)
