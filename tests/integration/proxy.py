"""A homeserver address at which things go wrong on demand. For tests only; it stands before a real Synapse.

Rules are looked at in the order in which they were made; the first one that matches method and path and
is not used up decides. Everything else passes unchanged. Paths are without the query.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

import aiohttp
from aiohttp import web

from bot.demo.process import free_port

Rewrite: TypeAlias = "Callable[[Any], Any]"

_PASSED_ON = ("Authorization", "Content-Type", "Accept")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request that came in. `at` in seconds since 1970; `status` 0: the client got no answer."""

    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    at: float
    status: int


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, eq=False)
class Rule:
    """A fault. It fires `count` times (None: always) after letting `skip` matching requests pass."""

    method: str
    path: re.Pattern[str]
    act: Callable[[Rule, web.Request, bytes], Awaitable[web.StreamResponse]]
    count: int | None
    skip: int
    hits: int = 0
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def takes(self, method: str, path: str) -> bool:
        """Whether it fires for this request; counts."""
        if method not in (self.method, "HEAD") and self.method != "*":
            return False
        if not self.path.search(path) or (self.count is not None and self.hits >= self.count):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.hits += 1
        self._changed.set()
        return True

    async def fired(self, times: int = 1, within: float = 30.0) -> None:
        """Wait until it has fired that often. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while self.hits < times:
                self._changed.clear()
                await self._changed.wait()

    def stop(self) -> None:
        """Do not fire any more."""
        self.count = self.hits


class FaultProxy:
    """The address is `url`. Use as `async with FaultProxy(server.url) as proxy:`."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.port = free_port()
        self.requests: list[Recorded] = []
        self._rules: list[Rule] = []
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._http: aiohttp.ClientSession | None = None
        self._released = asyncio.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(None), connector=aiohttp.TCPConnector(limit=0)
        )
        app = web.Application(client_max_size=100 * 1024 * 1024)
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5, access_log=None)
        await self._runner.setup()
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.clear()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._http is not None:
            await self._http.close()

    # Faults

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        count: int | None = 1,
        skip: int = 0,
    ) -> Rule:
        """Answer in the server's place; the request does not reach it. `body`: JSON, or bytes as they are."""
        raw = body if isinstance(body, bytes) else json.dumps(body if body is not None else {}).encode()
        fixed = {"Content-Type": "application/json", **(headers or {})}

        async def act(_: Rule, __: web.Request, ___: bytes) -> web.StreamResponse:
            return web.Response(status=status, body=raw, headers=fixed)

        return self._add(method, path, act, count, skip)

    def flood(self, method: str, path: str, *, count: int | None = 1, skip: int = 0) -> Rule:
        """Answer in the server's place with what looks good and has no end. It does not reach the server."""

        async def act(_: Rule, request: web.Request, __: bytes) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            await response.write(b'{"next_batch": "')
            with contextlib.suppress(ConnectionError):
                while True:
                    await response.write(b"x" * 1_000_000)
            return response

        return self._add(method, path, act, count, skip)

    def hang(self, method: str, path: str, *, count: int | None = 1, skip: int = 0) -> Rule:
        """Take the request and never answer, until `clear`. It does not reach the server."""

        async def act(_: Rule, request: web.Request, __: bytes) -> web.StreamResponse:
            await self._released.wait()
            return _drop(request)

        return self._add(method, path, act, count, skip)

    def cut(self, method: str, path: str, *, count: int | None = 1, skip: int = 0) -> Rule:
        """Pass the request on, and break the connection in the middle of the answer's body."""

        async def act(_: Rule, request: web.Request, body: bytes) -> web.StreamResponse:
            answer = await self._forward(request, body)
            response = web.StreamResponse(
                status=answer.status, headers={**answer.headers, "Content-Length": str(len(answer.body))}
            )
            await response.prepare(request)
            await response.write(answer.body[: len(answer.body) // 2])
            return _drop(request, response)

        return self._add(method, path, act, count, skip)

    def lose(self, method: str, path: str, *, count: int | None = 1, skip: int = 0) -> Rule:
        """Pass the request on, and drop the answer: the server has done it, the client does not know."""

        async def act(_: Rule, request: web.Request, body: bytes) -> web.StreamResponse:
            await self._forward(request, body)
            return _drop(request)

        return self._add(method, path, act, count, skip)

    def delay(
        self, method: str, path: str, seconds: float, *, count: int | None = None, skip: int = 0
    ) -> Rule:
        """Pass the request on after a while."""

        async def act(_: Rule, request: web.Request, body: bytes) -> web.StreamResponse:
            await asyncio.sleep(seconds)
            return _respond(await self._forward(request, body))

        return self._add(method, path, act, count, skip)

    def rewrite(
        self, method: str, path: str, change: Rewrite, *, count: int | None = None, skip: int = 0
    ) -> Rule:
        """Pass the request on and change the JSON of a good answer."""

        async def act(_: Rule, request: web.Request, body: bytes) -> web.StreamResponse:
            answer = await self._forward(request, body)
            if answer.status != 200:
                return _respond(answer)
            changed = json.dumps(change(json.loads(answer.body))).encode()
            return _respond(_Answer(answer.status, answer.headers, changed))

        return self._add(method, path, act, count, skip)

    def hide_encryption(self) -> list[Rule]:
        """Answer as a server would that denies that any room was ever encrypted."""
        missing = {"errcode": "M_NOT_FOUND", "error": "Event not found."}
        return [
            self.answer("GET", r"/state/m\.room\.encryption/?$", 404, missing, count=None),
            self.rewrite("GET", r"/(sync|state|messages|members|initialSync)$", without_encryption),
        ]

    def clear(self) -> None:
        """Forget all rules and let go of what hangs."""
        self._rules.clear()
        self._released.set()
        self._released = asyncio.Event()

    async def refuse(self) -> None:
        """Refuse new connections and break the open ones, as if the machine were off."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        if self._runner is not None and self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    async def accept(self) -> None:
        """Be there again, on the same port."""
        if self._site is None and self._runner is not None:
            self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
            await self._site.start()

    # Looking

    def matching(self, method: str, path: str) -> list[Recorded]:
        """The requests so far whose path matches the pattern, oldest first."""
        return [r for r in self.requests if r.method == method and re.search(path, r.path)]

    # Passing on

    def _add(
        self,
        method: str,
        path: str,
        act: Callable[[Rule, web.Request, bytes], Awaitable[web.StreamResponse]],
        count: int | None,
        skip: int,
    ) -> Rule:
        rule = Rule(method, re.compile(path), act, count, skip)
        self._rules.append(rule)
        return rule

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        at, body = time.time(), await request.read()
        response: web.StreamResponse | None = None
        rule = next((rule for rule in self._rules if rule.takes(request.method, request.path)), None)
        try:
            if rule is None:
                response = _respond(await self._forward(request, body))
            else:
                response = await rule.act(rule, request, body)
            return response
        finally:
            gone = request.transport is None or request.transport.is_closing()
            status = 0 if response is None or gone else response.status
            self.requests.append(
                Recorded(request.method, request.path, dict(request.query), _json(body), at, status)
            )

    async def _forward(self, request: web.Request, body: bytes) -> _Answer:
        if self._http is None:
            raise RuntimeError("the proxy is not running")
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        try:
            async with self._http.request(
                request.method, self.target + request.raw_path, data=body or None, headers=headers
            ) as answer:
                kind = answer.headers.get("Content-Type", "application/json")
                return _Answer(answer.status, {"Content-Type": kind}, await answer.read())
        except aiohttp.ClientError:
            error = {"errcode": "M_UNKNOWN", "error": "The homeserver is away."}
            return _Answer(502, {"Content-Type": "application/json"}, json.dumps(error).encode())


def _respond(answer: _Answer) -> web.Response:
    return web.Response(status=answer.status, body=answer.body, headers=answer.headers)


def _drop(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response or web.Response()


def _json(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body


def without_encryption(value: Any) -> Any:
    """The same JSON without any `m.room.encryption` event in its lists."""
    if isinstance(value, list):
        return [
            without_encryption(item)
            for item in value
            if not (isinstance(item, dict) and item.get("type") == "m.room.encryption")
        ]
    if isinstance(value, dict):
        return {key: without_encryption(item) for key, item in value.items()}
    return value
