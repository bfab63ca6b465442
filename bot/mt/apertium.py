"""Apertium: rules and dictionaries from the distribution's packages, as pipes that stay open.

Each direction is a chain of programs, named in a mode file. They run side by side with `-z`: a NUL byte makes
each hand on what it has. Every one of them is watched: when one dies, all of them go and the call fails,
since a chain with a dead link answers with nothing, and its exit code tells nothing.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shlex
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import regex

from bot.domain.languages import TONGUES
from bot.mt.engine import EngineFailed, Limits

TIMEOUT = 15.0
"""Seconds for one call, the start of the programs included."""
MOST_CHAINS = 3
"""Directions that are kept open; one takes some 50 MB of its own."""
_ANSWER_LIMIT = 4_000_000
_THREE = {
    "bg": "bul", "ca": "cat", "cs": "ces", "da": "dan", "de": "deu", "en": "eng", "eo": "epo", "es": "spa",
    "eu": "eus", "fr": "fra", "gl": "glg", "hi": "hin", "id": "ind", "it": "ita", "ms": "msa", "nb": "nob",
    "nl": "nld", "pl": "pol", "pt": "por", "pt_BR": "por", "ro": "ron", "ru": "rus", "sl": "slv", "sv": "swe",
    "tr": "tur", "uk": "ukr", "ur": "urd",
}  # fmt: skip
_VARIANTS = {"pt_BR": ("por_BR",)}
_RESERVED = regex.compile(r"[\[\]{}^$/\\@<>]")
_ESCAPED = regex.compile(r"\\(.)", regex.DOTALL)
_UNFIT = regex.compile(r"[\p{Cs}\x00]")
_KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
_END = " .[]"
"""Closes every text: a sentence without an end can lose its last word. A stop right behind a word could make
an abbreviation of it."""

log = logging.getLogger(__name__)


class Apertium:
    """The directions that the folder of mode files offers and whose programs are all there."""

    name = "apertium"
    limits = Limits(texts=100, characters=50_000, calls=1)

    def __init__(self, modes: Path, *, timeout: float = TIMEOUT) -> None:
        self._modes = modes
        self._timeout = timeout
        self._chains: dict[str, _Chain] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs for which there is a mode file with all its programs."""
        modes = await asyncio.to_thread(self._usable)
        return frozenset(
            (one.code, other.code)
            for one in TONGUES
            for other in TONGUES
            if one.code != other.code and _mode(one.code, other.code, modes)
        )

    async def translate(
        self, texts: Sequence[str], source: str, target: str, hypotheses: int = 1
    ) -> list[list[str]]:
        """One translation each. Raises EngineFailed."""
        fit = [text for text in texts if text.strip() and not _UNFIT.search(text)]
        if not fit:
            return [[] for _ in texts]
        mode = _mode(source, target, await asyncio.to_thread(self._usable))
        if mode is None:
            raise EngineFailed(f"apertium has no mode for {source} → {target}")
        async with self._turns.setdefault(mode, asyncio.Lock()):
            try:
                async with asyncio.timeout(self._timeout):
                    found = await self._ask(mode, fit)
            except (TimeoutError, OSError, ValueError, EngineFailed, asyncio.CancelledError) as error:
                await self._drop(mode)  # an answer may still be under way in the pipes
                if isinstance(error, asyncio.CancelledError | EngineFailed):
                    raise
                raise EngineFailed(f"apertium {mode}: {type(error).__name__}") from error
        answers = iter(found)
        return [[next(answers)] if text.strip() and not _UNFIT.search(text) else [] for text in texts]

    async def close(self) -> None:
        """End all programs."""
        for mode in list(self._chains):
            await self._drop(mode)

    async def _ask(self, mode: str, texts: Sequence[str]) -> list[str]:
        chain = self._chains.get(mode)
        if chain is None or not chain.whole:
            await self._drop(mode)
            while len(self._chains) >= MOST_CHAINS:
                oldest = next((one for one in self._chains if not self._turns[one].locked()), None)
                if oldest is None:
                    break
                await self._drop(oldest)
            chain = await _Chain.start(_programs(await asyncio.to_thread(self._read, mode)))
        self._chains.pop(mode, None)
        self._chains[mode] = chain  # the last one used stands last
        found = await chain.answer(texts)
        if any(not one.strip() for one in found):
            raise EngineFailed(f"apertium {mode}: nothing came out")
        return found

    async def _drop(self, mode: str) -> None:
        chain = self._chains.pop(mode, None)
        if chain is not None:
            await chain.end()

    def _read(self, mode: str) -> str:
        return (self._modes / f"{mode}.mode").read_text(encoding="utf-8")

    def _usable(self) -> frozenset[str]:
        found = set()
        with suppress(OSError):
            for path in self._modes.glob("*.mode"):
                try:
                    programs = _programs(path.read_text(encoding="utf-8"))
                except (OSError, ValueError):
                    continue
                if programs and all(shutil.which(program[0]) for program in programs):
                    found.add(path.stem)
        return frozenset(found)


class _Chain:
    """The programs of one direction, each reading what the one before writes."""

    def __init__(self, programs: list[asyncio.subprocess.Process]) -> None:
        self._programs = programs
        self._dead = asyncio.Event()
        self._watches = [asyncio.create_task(self._watch(program)) for program in programs]

    @classmethod
    async def start(cls, commands: list[list[str]]) -> _Chain:
        """Start all programs. Raises OSError."""
        programs: list[asyncio.subprocess.Process] = []
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment.setdefault("LC_ALL", "C.UTF-8")
        before: int | None = None
        try:
            for number, command in enumerate(commands):
                last = number == len(commands) - 1
                reader, writer = (None, asyncio.subprocess.PIPE) if last else os.pipe()
                try:
                    programs.append(
                        await asyncio.create_subprocess_exec(
                            *command,
                            stdin=asyncio.subprocess.PIPE if before is None else before,
                            stdout=writer,
                            stderr=asyncio.subprocess.DEVNULL,
                            env=environment,
                            limit=_ANSWER_LIMIT,
                        )
                    )
                finally:
                    for end in (before, None if last else writer):
                        if end is not None:
                            os.close(end)
                    before = reader
        except BaseException:
            if before is not None:
                os.close(before)
            for program in programs:
                program.kill()
                await program.wait()
            raise
        return cls(programs)

    @property
    def whole(self) -> bool:
        """Whether all programs are alive."""
        return not self._dead.is_set()

    async def answer(self, texts: Sequence[str]) -> list[str]:
        """What comes out for each text. EngineFailed as soon as one of the programs dies."""
        dead = asyncio.create_task(self._dead.wait())
        talk = asyncio.create_task(self._talk(texts))
        try:
            await asyncio.wait({dead, talk}, return_when=asyncio.FIRST_COMPLETED)
            if not talk.done():
                raise EngineFailed("a program of apertium died")
            return talk.result()
        finally:
            for task in (dead, talk):
                task.cancel()
            await asyncio.gather(dead, talk, return_exceptions=True)

    async def _talk(self, texts: Sequence[str]) -> list[str]:
        stdin, stdout = self._programs[0].stdin, self._programs[-1].stdout
        if stdin is None or stdout is None:
            raise EngineFailed("apertium has no pipes")
        asked = b"".join((_escaped(text) + _END).encode() + b"\0" for text in texts)

        async def write() -> None:
            stdin.write(asked)
            await stdin.drain()

        writing = asyncio.create_task(write())
        try:
            found = []
            for _ in texts:
                try:
                    raw = await stdout.readuntil(b"\0")
                except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
                    raise EngineFailed("a program of apertium closed its pipe") from error
                found.append(_plain(raw[:-1].decode("utf-8", "replace")))
            await writing
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await writing
        return found

    async def _watch(self, program: asyncio.subprocess.Process) -> None:
        await program.wait()
        self._dead.set()

    async def end(self) -> None:
        """End all programs and wait for them, the last first: none ends by itself before it is ended."""
        for program in reversed(self._programs):
            with suppress(ProcessLookupError):
                program.kill()
            if program.stdin is not None:
                program.stdin.close()
        await asyncio.gather(*self._watches)


def _programs(mode: str) -> list[list[str]]:
    """The command lines of a mode file, for an open pipe and without marks at unknown words."""
    lexer = shlex.shlex(mode.strip(), posix=True, punctuation_chars="|")
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if word == "|":
            commands.append([])
        elif word == "$1":
            commands[-1].append("-n")
        elif word != "$2":
            commands[-1].append(word)
    if not all(commands):
        raise ValueError("a mode file with an empty command")
    return [[command[0], "-z", *command[1:]] for command in commands]


def _mode(source: str, target: str, modes: frozenset[str]) -> str | None:
    starts = (*_VARIANTS.get(source, ()), _THREE.get(source))
    ends = (*_VARIANTS.get(target, ()), _THREE.get(target))
    names = (f"{start}-{end}" for start in starts for end in ends if start and end)
    return next((name for name in names if name in modes), None)


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found.group(), text)


def _plain(answer: str) -> str:
    """Without the end, of which a program may have taken the full stop for its own."""
    return _ESCAPED.sub(r"\1", answer.removesuffix("[]").rstrip().removesuffix(".")).strip()
