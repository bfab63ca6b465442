"""The public list of packages, and the download of a package: only when a host asks for it, never by the bot.

The list is JSON: objects with `from_code`, `to_code`, `package_version` and `links`. Only http and https
links are followed; what comes is a file like any other, judged by `packages.import_file`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import aiohttp

from bot.domain.languages import find
from bot.mt.codes import PIVOT, served
from bot.mt.packages import PACKED_LIMIT, PackageError

LIST_LIMIT = 5_000_000
_CHUNK = 1 << 18
_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=60)
_QUICK = aiohttp.ClientTimeout(total=20)  # nobody waits long to learn a size
_AT_A_TIME = 8
_DIRECTION = re.compile(r"([a-z]{2,3})[-_>→]+([a-z]{2,3})", re.IGNORECASE)

Progress = Callable[[int], None]
"""Told how many bytes have come since the last time."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A package of the list. `source` and `target` are engine codes."""

    source: str
    target: str
    version: str
    links: tuple[str, ...]

    @property
    def order(self) -> tuple[int, ...]:
        """For comparing versions of the same direction."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))


@asynccontextmanager
async def _get(session: aiohttp.ClientSession, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
    try:
        async with session.get(url, max_redirects=5) as answer:
            if answer.status != 200:
                raise PackageError(f"{url} answers with status {answer.status}.")
            yield answer
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise PackageError(f"{url} cannot be reached or broke off ({type(error).__name__}).") from error


async def listed(url: str) -> list[Listed]:
    """The packages of the list for languages that we know, the newest of each direction. PackageError."""
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session, _get(session, url) as answer:
        content = bytearray()
        async for part in answer.content.iter_chunked(_CHUNK):
            content += part
            if len(content) > LIST_LIMIT:
                raise PackageError(f"{url} is too long for a list of packages.")
    try:
        rows = json.loads(content)
    except (ValueError, RecursionError):
        raise PackageError(f"{url} is no list of packages.") from None
    if not isinstance(rows, list):
        raise PackageError(f"{url} is no list of packages.")
    newest: dict[tuple[str, str], Listed] = {}
    for one in sorted(filter(None, map(_row, rows)), key=lambda one: one.order):
        newest[one.source, one.target] = one
    return sorted(newest.values(), key=lambda one: (one.source, one.target))


def _row(row: Any) -> Listed | None:
    if not isinstance(row, dict):
        return None
    source, target, links = row.get("from_code"), row.get("to_code"), row.get("links")
    if not (isinstance(source, str) and isinstance(target, str) and isinstance(links, list)):
        return None
    usable = tuple(one for one in links if isinstance(one, str) and urlsplit(one).scheme in ("http", "https"))
    if not (served(source) and served(target) and source != target and usable):
        return None
    return Listed(source, target, str(row.get("package_version", ""))[:40], usable)


def wanted(code: str, known: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The directions that a host means by "es" (to and from English), "pt-br" or "es-ca", of those known.

    PackageError if there are none.
    """
    direction = _DIRECTION.fullmatch(code)
    ends = [find(part) for part in direction.groups()] if direction else []
    tongue = find(code)
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
        found = [(a, b) for a in ends[0].engines for b in ends[1].engines if (a, b) in known][:1]
    elif tongue is not None:
        found = _both_ways(tongue.engines, known)
    else:
        found = []
    if found:
        return found
    raise PackageError(
        f"There is no package for {code!r}; name a language, such as es, or a direction, such as es-ca."
    )


def _both_ways(codes: Sequence[str], known: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """To and from English, for the first of these codes that has anything."""
    for code in codes:
        found = [one for one in known if one in ((code, PIVOT), (PIVOT, code))]
        if found:
            return found
    return []


async def sizes(packages: Sequence[Listed]) -> list[int | None]:
    """How many bytes each package has; None where its servers do not say."""
    async with aiohttp.ClientSession(timeout=_QUICK) as session:
        turns = asyncio.Semaphore(_AT_A_TIME)

        async def size(package: Listed) -> int | None:
            async with turns:
                return await _size(session, package)

        return await asyncio.gather(*map(size, packages))


async def _size(session: aiohttp.ClientSession, package: Listed) -> int | None:
    for link in package.links:
        try:
            async with session.head(link, allow_redirects=True, max_redirects=5) as answer:
                if answer.status == 200 and answer.content_length:
                    return answer.content_length
        except (TimeoutError, aiohttp.ClientError, OSError):
            continue
    return None


async def download(package: Listed, to: Path, progress: Progress) -> None:
    """Fetch a package from the first of its links that works. PackageError if none does."""
    trouble = PackageError("The package has no link.")
    async with aiohttp.ClientSession(timeout=_TIMEOUT) as session:
        for link in package.links:
            file = await asyncio.to_thread(to.open, "wb")
            try:
                await _fetch(session, link, file, progress)
            except PackageError as error:
                trouble = error
                continue
            else:
                return
            finally:
                await asyncio.to_thread(file.close)
    raise trouble


async def _fetch(session: aiohttp.ClientSession, link: str, file: IO[bytes], progress: Progress) -> None:
    came = 0
    async with _get(session, link) as answer:
        async for part in answer.content.iter_chunked(_CHUNK):
            came += len(part)
            if came > PACKED_LIMIT:
                raise PackageError(f"{link} is larger than {PACKED_LIMIT // 1_000_000} MB.")
            await asyncio.to_thread(file.write, part)
            progress(len(part))
        if answer.content_length is not None and came != answer.content_length:
            raise PackageError(f"{link} broke off.")
