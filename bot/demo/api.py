"""The client-server API as a person's client uses it: JSON in, JSON out, and patience."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp

Json: TypeAlias = "dict[str, Any]"

_PATIENCE = 60.0  # seconds for which a request is tried again


class ApiError(Exception):
    """The server said no. `errcode` as in the specification ("M_FORBIDDEN"), empty if there was none.

    `retry_after` in seconds, if the server named a time.
    """

    def __init__(self, status: int, result: Mapping[str, Any]) -> None:
        self.status = status
        self.errcode = str(result.get("errcode", ""))
        wait = result.get("retry_after_ms")
        self.retry_after = wait / 1000 if isinstance(wait, int) else None
        super().__init__(f"{status} {self.errcode} {result.get('error', '')}".strip())


def part(text: str) -> str:
    """One part of a path, quoted."""
    return quote(text, safe="")


class Api:
    """Requests to one homeserver in the name of one account."""

    def __init__(self, homeserver: str) -> None:
        self._base = homeserver.rstrip("/") + "/_matrix/client/"
        self._http: aiohttp.ClientSession | None = None
        self.token: str | None = None

    async def open(self) -> None:
        """Open the connection pool. Has to run in the loop that makes the requests."""
        if self._http is None:
            self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=16))

    async def close(self) -> None:
        """Close the connection pool."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def once(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        within: float = 30.0,
    ) -> Json:
        """One request. Raises ApiError, aiohttp.ClientError, TimeoutError."""
        if self._http is None:
            raise RuntimeError("the client is not open")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self._http.request(
            method,
            self._base + path,
            json=body if method != "GET" else None,
            params=query,
            headers=headers,
            timeout=aiohttp.ClientTimeout(within),
        ) as answer:
            try:
                result = await answer.json(content_type=None)
            except ValueError:
                result = None
            if not isinstance(result, dict):
                raise ApiError(answer.status, {"error": "the answer is no JSON object"})
            if answer.status != 200:
                raise ApiError(answer.status, result)
            return result

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        patience: float = _PATIENCE,
    ) -> Json:
        """A request that is tried again on 429, 5xx and broken connections for `patience` seconds.

        Use it only where a repetition is harmless (transaction ids, reads, idempotent changes).
        """
        until = time.monotonic() + patience
        pause = 0.2
        while True:
            wish = None
            try:
                return await self.once(method, path, body, query=query)
            except ApiError as error:
                if (error.status < 500 and error.status != 429) or time.monotonic() > until:
                    raise
                wish = error.retry_after
            except (aiohttp.ClientError, TimeoutError):
                if time.monotonic() > until:
                    raise
            await asyncio.sleep(pause if wish is None else wish)
            pause = min(pause * 2, 5.0)

    async def upload(self, data: bytes) -> str:
        """Put a file on the media server; returns its address."""
        if self._http is None:
            raise RuntimeError("the client is not open")
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/octet-stream"}
        address = self._base.removesuffix("client/") + "media/v3/upload"
        async with self._http.post(address, data=data, headers=headers) as answer:
            result = await answer.json()
            if answer.status != 200:
                raise ApiError(answer.status, result)
            return str(result["content_uri"])

    async def download(self, address: str) -> bytes:
        """What lies at an address (mxc://server/id) of the media server."""
        if self._http is None:
            raise RuntimeError("the client is not open")
        headers = {"Authorization": f"Bearer {self.token}"}
        where = self._base + "v1/media/download/" + address.removeprefix("mxc://")
        async with self._http.get(where, headers=headers) as answer:
            if answer.status != 200:
                raise ApiError(answer.status, await answer.json(content_type=None))
            return await answer.read()
