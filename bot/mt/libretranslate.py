"""LibreTranslate: servers of the host's own, asked over HTTP.

Only the addresses of the configuration are ever asked: no redirect is followed, no proxy of the environment
used. Always plain text, never its HTML mode. Several addresses share the work; one that fails rests for a
while, and a call goes through all that are left before it fails.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.domain.languages import TONGUES
from bot.log import Plain
from bot.mt.engine import EngineFailed, Limits

TIMEOUT = 12.0
"""Seconds for one call of one server."""
REST = 30.0
"""Seconds for which a server that failed is not asked."""
LANGUAGES_KEPT = 600.0
"""Seconds for which a server's list of languages is believed."""
ANSWER_LIMIT = 2_000_000
_CODES = {"zh": ("zh", "zh-Hans"), "zh_Hant": ("zt", "zh-Hant"), "pt_BR": ("pb", "pt-BR"), "fil": ("tl",)}

log = logging.getLogger(__name__)


class LibreTranslate:
    """One engine of one server or several. `key` is sent along, if the servers want one."""

    name = "libretranslate"
    limits = Limits(texts=40, characters=4_000, calls=4, hypotheses=3)

    def __init__(self, urls: Sequence[str], key: str | None = None, *, timeout: float = TIMEOUT) -> None:
        self._servers = [_Server(url.rstrip("/")) for url in urls]
        self._key = key
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None
        self._next = 0

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """What the servers together offer. EngineFailed while none of them has ever told."""
        await asyncio.gather(*(self._look(server) for server in self._servers))
        if not any(server.known_until for server in self._servers):
            raise EngineFailed("no server answers")
        return frozenset().union(*(server.codes for server in self._servers))

    async def translate(
        self, texts: Sequence[str], source: str, target: str, hypotheses: int = 1
    ) -> list[list[str]]:
        """Translate by the first server that can. Raises EngineFailed."""
        self._next += 1
        order = self._servers[self._next % len(self._servers) :] + self._servers
        trouble = "no server has these languages"
        for server in dict.fromkeys(order):
            await self._look(server)
            codes = server.codes.get((source, target))
            if codes is None or server.resting:
                continue
            try:
                return await self._ask(server, texts, codes, hypotheses)
            except EngineFailed as error:
                trouble = str(error)
                server.rest()
                log.warning("%s failed: %s", Plain(server.host), Plain(error))
        raise EngineFailed(f"libretranslate: {trouble}")

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _look(self, server: _Server) -> None:
        """Read the list of languages, if it is not known or old."""
        async with server.looking:
            if server.known_until > asyncio.get_running_loop().time() or server.resting:
                return
            try:
                listed = await self._call("GET", f"{server.url}/languages", None)
                server.learn(_offered(listed))
            except EngineFailed as error:
                server.rest()
                log.warning("%s does not say which languages it has: %s", Plain(server.host), Plain(error))

    async def _ask(
        self, server: _Server, texts: Sequence[str], codes: tuple[str, str], hypotheses: int
    ) -> list[list[str]]:
        wanted: dict[str, Any] = {"q": list(texts), "source": codes[0], "target": codes[1], "format": "text"}
        if hypotheses > 1:
            wanted["alternatives"] = hypotheses - 1
        if self._key is not None:
            wanted["api_key"] = self._key
        answer = await self._call("POST", f"{server.url}/translate", wanted)
        return _hypotheses(answer, len(texts), hypotheses)

    async def _call(self, method: str, url: str, body: dict[str, Any] | None) -> Any:
        """One request. EngineFailed, without anything of the answer in it, unless that is JSON."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, trust_env=False)
        try:
            data = None if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"}
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != 200:
                    raise EngineFailed(f"status {answer.status}")
                content = await answer.content.read(ANSWER_LIMIT + 1)
                while len(content) <= ANSWER_LIMIT and (more := await answer.content.read(ANSWER_LIMIT)):
                    content += more
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise EngineFailed(type(error).__name__) from None
        if len(content) > ANSWER_LIMIT:
            raise EngineFailed("the answer is too long")
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise EngineFailed("the answer is no JSON") from None


class _Server:
    """One address: when it may be asked, and which of our languages it calls what."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.host = urlsplit(url).netloc
        self.codes: dict[tuple[str, str], tuple[str, str]] = {}
        self.known_until = 0.0
        self.looking = asyncio.Lock()
        self._rests_until = 0.0

    @property
    def resting(self) -> bool:
        return asyncio.get_running_loop().time() < self._rests_until

    def rest(self) -> None:
        self._rests_until = asyncio.get_running_loop().time() + REST

    def learn(self, offered: dict[str, frozenset[str]]) -> None:
        self.codes = {
            (one.code, other.code): (start, end)
            for one in TONGUES
            if (start := _called(one.code, offered)) is not None
            for other in TONGUES
            if other != one and (end := _called(other.code, offered[start])) not in (None, start)
        }
        self.known_until = asyncio.get_running_loop().time() + LANGUAGES_KEPT


def _called(code: str, offered: dict[str, frozenset[str]] | frozenset[str]) -> str | None:
    """The server's code for a catalog language."""
    return next((name for name in _CODES.get(code, (code.replace("_", "-"),)) if name in offered), None)


def _offered(listed: Any) -> dict[str, frozenset[str]]:
    """Source code → target codes, of `GET /languages`. Raises EngineFailed."""
    if not isinstance(listed, list):
        raise EngineFailed("the list of languages is no list")
    every = frozenset(
        row["code"] for row in listed if isinstance(row, dict) and isinstance(row.get("code"), str)
    )
    found = {}
    for row in listed:
        if isinstance(row, dict) and isinstance(row.get("code"), str):
            targets = row.get("targets")
            found[row["code"]] = (
                frozenset(one for one in targets if isinstance(one, str))
                if isinstance(targets, list)
                else every
            )
    return found


def _hypotheses(answer: Any, count: int, most: int) -> list[list[str]]:
    """The translations of `POST /translate`, the best first. EngineFailed if it is anything else."""
    first = answer.get("translatedText") if isinstance(answer, dict) else None
    if not isinstance(first, list) or len(first) != count or not all(isinstance(one, str) for one in first):
        raise EngineFailed("the answer is not a translation of each text")
    others = answer.get("alternatives")
    out = []
    for number, best in enumerate(first):
        more = others[number] if isinstance(others, list) and len(others) == count else []
        more = [one for one in more if isinstance(one, str)] if isinstance(more, list) else []
        out.append(list(dict.fromkeys([best, *more]))[:most])
    return out
