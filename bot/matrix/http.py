"""HTTP towards the homeserver: JSON in, JSON out, every failure mapped to one of the ports' exceptions.

Nothing of a request or an answer reaches the log but method, path template and error code.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp

from bot.matrix.sizes import ANSWER, ERROR
from bot.matrix.wire import loads
from bot.pipeline.ports import LoggedOut, Refused, TooLarge, Unavailable

Json: TypeAlias = "dict[str, Any]"

TIMEOUT = 30.0
"""Seconds a request may take altogether if it names nothing else."""

MEDIA_TIMEOUT = 120.0
"""Seconds a file may take on its way."""

_PIECE = 256 * 1024
NO_HEADERS: Mapping[str, str] = MappingProxyType({})

KEYS_TIMEOUT = 15.0
"""Seconds for a request about keys, before which nothing is sent; the server waits 10 for other servers."""

LONGEST_WISH = 86_400.0
"""Seconds for which the server may ask to be left alone."""

_AGAIN_LATER = frozenset({408, 425, 429})
_TOKEN_GONE = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED", "M_USER_LOCKED"})


class Oversized(Unavailable):
    """The answer is larger than the bot takes. The same question brings it again; a smaller one may help."""


class Denied(Refused):
    """A 4xx answer: `status`, the Matrix `errcode` and the whole answer."""

    def __init__(self, status: int, errcode: str, answer: Json) -> None:
        super().__init__(f"the homeserver answered {status} {errcode}")
        self.status = status
        self.errcode = errcode
        self.answer = answer


def path(template: str, /, **parts: str) -> str:
    """A path with every part quoted: `path("/rooms/{room}/leave", room="!a:b")`."""
    return template.format(**{name: quote(value, safe="") for name, value in parts.items()})


def _plain(text: object) -> str:
    return "".join(c for c in str(text)[:40] if c.isalnum() or c in "_.-")


def _retry_after(headers: Mapping[str, str], answer: Json) -> float | None:
    """The server's wish in seconds: the longer one of body and header, within reason."""
    wishes = [_seconds(headers.get("Retry-After", "").strip(), headers.get("Date"))]
    in_body = answer.get("retry_after_ms")
    if isinstance(in_body, int | float) and not isinstance(in_body, bool):
        wishes.append(min(in_body, 1000 * LONGEST_WISH) / 1000)
    known = [wish for wish in wishes if wish is not None and wish >= 0]  # neither none nor no number
    return min(max(known), LONGEST_WISH) if known else None


def _seconds(wish: str, date: str | None) -> float | None:
    """What the header says: a number of seconds, or a date, by the clock that the answer shows."""
    if wish.isascii() and wish.isdigit():
        return float(wish)
    try:
        return (parsedate_to_datetime(wish) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None


def _judge(status: int, headers: Mapping[str, str], body: bytes) -> Json | list[Any]:
    """The answer as JSON, or the exception that says what to do about it."""
    try:
        answer = loads(body)
    except ValueError:
        answer = None
    if 200 <= status < 300 and isinstance(answer, dict | list):
        return answer
    known = answer if isinstance(answer, dict) else {}
    if status in _AGAIN_LATER or status >= 500:
        raise Unavailable(f"the homeserver answered {status}", _retry_after(headers, known))
    errcode = _plain(known.get("errcode", ""))
    if errcode in _TOKEN_GONE:
        raise LoggedOut(f"the homeserver does not accept the access token any more ({errcode})")
    if not 400 <= status < 500 or not (errcode or "flows" in known):
        raise Unavailable(f"something other than a homeserver answered ({status})")
    raise Denied(status, errcode, known)


async def _read(response: aiohttp.ClientResponse, most: int) -> Json | list[Any]:
    """The answer as JSON, or the exception that says what to do about it.

    What comes is counted while it comes, unpacked; an error that says too much says nothing.
    """
    good = 200 <= response.status < 300
    most = most if good else min(most, ERROR)
    body = bytearray()
    async for piece in response.content.iter_chunked(_PIECE):
        body += piece
        if len(body) > most and good:
            raise Oversized(f"the homeserver's answer has more than {most >> 20} MB")
        if len(body) > most:
            body.clear()
            break
    return _judge(response.status, response.headers, bytes(body))


class Http:
    """One connection pool towards one homeserver. `token` is set after the login."""

    def __init__(self, homeserver: str, token: str | None = None) -> None:
        self._base = homeserver.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self.token = token
        self.date: str | None = None
        """The `Date` header of the last answer: the clock of the server, or of what stands before it."""

    def address(self, where: str) -> str:
        """The whole address of `where` (parts quoted, see `path`)."""
        return f"{self._base}/_matrix/client/v3{where}"

    async def call(
        self,
        method: str,
        where: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str] | None = None,
        timeout: float = TIMEOUT,  # noqa: ASYNC109 - the limit belongs to the request and becomes Unavailable
        most: int = ANSWER,
    ) -> Json:
        """Make one request to `/_matrix/client/v3` + `where` (parts quoted, see `path`); the answer has at
        `most` so many bytes.

        Raises Unavailable (of an answer that is larger: Oversized), Denied (a Refused), LoggedOut.
        """
        answer = await self._request(method, where, body, query, timeout, most)
        if not isinstance(answer, dict):
            raise Unavailable("the homeserver answered a list where an object belongs")
        return answer

    async def call_list(self, method: str, where: str, *, most: int = ANSWER) -> list[Any]:
        """The same for an answer that is a list."""
        answer = await self._request(method, where, None, None, TIMEOUT, most)
        if not isinstance(answer, list):
            raise Unavailable("the homeserver answered an object where a list belongs")
        return answer

    async def upload(self, pieces: AsyncIterator[bytes], size: int) -> Json:
        """Give the media server a file of `size` bytes that has no name. Raises as `call` does."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        address = f"{self._base}/_matrix/media/v3/upload"
        async with self._asking("POST", address, MEDIA_TIMEOUT, headers=headers, data=pieces) as response:
            answer = await _read(response, ANSWER)
        if not isinstance(answer, dict):
            raise Unavailable("the homeserver answered a list where an object belongs")
        return answer

    async def download(self, server: str, name: str, limit: int) -> AsyncIterator[bytes]:
        """A file of a media server, in pieces. Raises Unavailable, TooLarge, Denied, LoggedOut."""
        where = path("/_matrix/client/v1/media/download/{server}/{name}", server=server, name=name)
        async with self._asking("GET", self._base + where, MEDIA_TIMEOUT) as response:
            if response.status != 200:
                await _read(response, ERROR)
                raise Unavailable(f"the media server answered {response.status}")
            if (response.content_length or 0) > limit:
                raise TooLarge("a file is too large")
            async for piece in response.content.iter_chunked(_PIECE):
                yield piece

    async def _request(
        self,
        method: str,
        where: str,
        body: Json | None,
        query: Mapping[str, str] | None,
        timeout: float,  # noqa: ASYNC109 - the limit belongs to the request and becomes Unavailable
        most: int,
    ) -> Json | list[Any]:
        address = self.address(where)
        async with self._asking(method, address, timeout, json=body, params=query) as response:
            self.date = response.headers.get("Date")
            return await _read(response, most)

    @contextlib.asynccontextmanager
    async def _asking(
        self,
        method: str,
        address: str,
        seconds: float,
        *,
        headers: Mapping[str, str] = NO_HEADERS,
        **what: Any,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer to a request; what fails on the way, or while it is read, is Unavailable."""
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=32)
            self._session = aiohttp.ClientSession(connector=connector)
        own = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            async with self._session.request(
                method,
                address,
                headers={**headers, **own},
                timeout=aiohttp.ClientTimeout(total=seconds),
                allow_redirects=False,
                **what,
            ) as response:
                yield response
        except asyncio.TimeoutError:  # noqa: UP041 - aiohttp raises its own subclass of it
            raise Unavailable(f"the homeserver did not answer within {seconds:.0f} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise Unavailable(f"the homeserver cannot be reached ({type(error).__name__})") from None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
