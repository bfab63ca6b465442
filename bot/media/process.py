"""Starting the process that cleans one file, and ending it when it takes too long."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import bot
from bot.domain.files import Cipher, Enclosed, Form, Picture, Refusal, Sealed, Voice
from bot.log import Plain
from bot.storage.files import Files

TOO_LONG = 40.0  # seconds
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH")

log = logging.getLogger(__name__)


class ProcessCleaner:
    """The port `Cleaner`: a process for each file, `at_once` so many of them."""

    def __init__(self, files: Files, at_once: int = 1) -> None:
        self._files = files
        self._slots = asyncio.Semaphore(at_once)
        self.peak = 0
        """The most memory that one of the processes has needed so far, in kB."""

    async def clean(self, sealed: Sealed, *, blur: bool) -> Enclosed | str | Refusal:
        """The file cleaned, the text that it is, or why it is refused. What it leaves unsaid is swept."""
        async with self._slots:
            output, thumbnail = (
                await asyncio.to_thread(self._files.fresh),
                await asyncio.to_thread(self._files.fresh),
            )
            answer = await self._ask(sealed, output, thumbnail, blur=blur)
        self.peak = max(self.peak, int(answer.get("peak", 0)))
        log.info("a file of %d kB was looked at; memory %d kB", sealed.size // 1024, answer.get("peak", 0))
        if "refused" in answer:
            return Refusal(answer["refused"])
        if "text" in answer:
            return str(answer["text"])
        return _enclosed(answer, output, thumbnail)

    async def _ask(self, sealed: Sealed, output: str, thumbnail: str, *, blur: bool) -> dict[str, Any]:
        numbers = await asyncio.to_thread(self._open, sealed.name, output, thumbnail)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-P", "-m", "bot.media.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                pass_fds=numbers,
                env=_environment(),
            )
        finally:
            for number in numbers:
                os.close(number)
        request = {
            "input": numbers[0],
            "output": numbers[1],
            "thumbnail": numbers[2],
            "cipher": asdict(sealed.cipher),
            "blur": blur,
        }
        try:
            async with asyncio.timeout(TOO_LONG):
                said, _ = await process.communicate(json.dumps(request).encode())
        except TimeoutError:
            said = b""
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return _answer(said, process.returncode)

    def _open(self, *names: str) -> tuple[int, int, int]:
        entry = os.open(self._files.path(names[0]), os.O_RDONLY)
        made = [
            os.open(self._files.path(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600) for name in names[1:]
        ]
        return entry, made[0], made[1]


def _answer(said: bytes, code: int | None) -> dict[str, Any]:
    """What the process said; where it died, its limits have done what they are for."""
    if code != 0 or not said:
        log.warning("the cleaning of a file ended with %s", Plain(str(code)))
        return {"refused": Refusal.HEAVY}
    answer = json.loads(said)
    return answer if isinstance(answer, dict) else {"refused": Refusal.BROKEN}


_FORMS = {
    "picture.jpg": "image/jpeg",
    "picture.png": "image/png",
    "picture.webp": "image/webp",
    "picture.gif": "image/gif",
    "voice.ogg": "audio/ogg",
}


def _enclosed(answer: dict[str, Any], output: str, thumbnail: str) -> Enclosed | Refusal:
    if _FORMS.get(str(answer["name"])) != answer["mimetype"]:  # whoever answers so is not the bot any more
        return Refusal.BROKEN
    look = None
    if "picture" in answer:
        look = Picture(**answer["picture"], thumbnail=_sealed(thumbnail, answer["thumbnail"]))
    sound = Voice(int(answer["milliseconds"])) if "milliseconds" in answer else None
    form = Form(str(answer["name"]), str(answer["mimetype"]), look, sound)
    return Enclosed(_sealed(output, answer["file"]), form, bool(answer.get("still")))


def _sealed(name: str, said: dict[str, Any]) -> Sealed:
    return Sealed(name, Cipher(**said["cipher"]), int(said["size"]))


def _environment() -> dict[str, str]:
    """What the process needs of our environment, none of its secrets."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(bot.__file__).parent.parent)}
