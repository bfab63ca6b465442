"""What a homeserver may answer, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.matrix.http import LONGEST_WISH, Denied, Http, path
from bot.pipeline.ports import LoggedOut, Unavailable


class Homeserver:
    """Answers every request with what it was told to."""

    def __init__(self) -> None:
        self.status = 200
        self.body: bytes = b"{}"
        self.headers: dict[str, str] = {}
        self.seen: list[web.BaseRequest] = []
        self.act: Any = None

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.seen.append(request)
        if self.act is not None:
            return await self.act(request)  # type: ignore[no-any-return]  # JSON
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest_asyncio.fixture
async def server() -> AsyncIterator[tuple[Homeserver, Http]]:
    homeserver = Homeserver()
    runner = web.ServerRunner(web.Server(homeserver.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    http = Http(f"http://127.0.0.1:{port}/", "secret")
    yield homeserver, http
    await http.close()
    await runner.cleanup()


Server = tuple[Homeserver, Http]


async def test_a_good_answer(server: Server) -> None:
    homeserver, http = server
    homeserver.body = b'{"a": "\\ud800"}'
    assert await http.call("PUT", path("/x/{room}", room="!a/b:c"), {"ä": 1}, query={"q": "?&"}) == {"a": "?"}
    (request,) = homeserver.seen
    assert request.raw_path == "/_matrix/client/v3/x/!a%2Fb:c?q=?%26"
    assert request.headers["Authorization"] == "Bearer secret"
    homeserver.body = b"[1]"
    assert await http.call_list("GET", "/x") == [1]


IN_OCTOBER = "Wed, 21 Oct 2026 07:28:00 GMT"


@pytest.mark.parametrize(
    ("status", "body", "headers", "wish"),
    [
        (429, b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500}', {}, 1.5),
        (429, b'{"errcode": "M_LIMIT_EXCEEDED"}', {"Retry-After": "7"}, 7.0),
        (429, b'{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 9000}', {"Retry-After": "7"}, 9.0),
        (429, b'{"retry_after_ms": "soon"}', {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (429, b"{}", {"Date": IN_OCTOBER, "Retry-After": "Wed, 21 Oct 2026 07:28:20 GMT"}, 20.0),
        (429, b'{"retry_after_ms": Infinity}', {}, LONGEST_WISH),
        (429, b'{"retry_after_ms": %s}' % (b"9" * 400), {}, LONGEST_WISH),
        (429, b'{"retry_after_ms": %s}' % (b"9" * 5000), {"Retry-After": "3"}, 3.0),
        (429, b'{"retry_after_ms": NaN}', {"Retry-After": "-1"}, None),
        (429, b'{"retry_after_ms": -5}', {"Retry-After": "\u00b2"}, None),
        (429, b"{}", {"Retry-After": "9" * 400}, LONGEST_WISH),
        (429, b"", {}, None),
        (500, b'{"errcode": "M_UNKNOWN"}', {}, None),
        (502, b"<html>", {}, None),
        (503, b"", {"Retry-After": "30"}, 30.0),
        (408, b"{}", {}, None),
        (404, b"<html>not here</html>", {}, None),
        (403, b"[]", {}, None),
        (302, b"", {"Location": "http://127.0.0.1:1/"}, None),
        (200, b"<html>log in to this network</html>", {}, None),
        (200, b'{"cut": ', {}, None),
        (200, b"[]", {}, None),
        (200, b"[" * 100_000, {}, None),
        (200, b"\xff\xfe", {}, None),
    ],
)
async def test_what_may_work_later(
    server: Server, status: int, body: bytes, headers: dict[str, str], wish: float | None
) -> None:
    homeserver, http = server
    homeserver.status, homeserver.body, homeserver.headers = status, body, headers
    with pytest.raises(Unavailable) as caught:
        await http.call("GET", "/x")
    assert caught.value.retry_after == wish
    assert len(homeserver.seen) == 1


@pytest.mark.parametrize("errcode", ["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN"])
async def test_a_token_that_is_gone(server: Server, errcode: str) -> None:
    homeserver, http = server
    homeserver.status, homeserver.body = 401, b'{"errcode": "%s"}' % errcode.encode()
    with pytest.raises(LoggedOut):
        await http.call("GET", "/x")


@pytest.mark.parametrize(
    ("status", "body", "errcode"),
    [
        (403, b'{"errcode": "M_FORBIDDEN", "error": "no"}', "M_FORBIDDEN"),
        (400, b'{"errcode": "M_BAD\\n<b>JSON", "error": "no"}', "M_BADbJSON"),
        (413, b'{"errcode": "M_TOO_LARGE"}', "M_TOO_LARGE"),
        (401, b'{"flows": [], "session": "s"}', ""),
    ],
)
async def test_a_refusal(server: Server, status: int, body: bytes, errcode: str) -> None:
    homeserver, http = server
    homeserver.status, homeserver.body = status, body
    with pytest.raises(Denied) as caught:
        await http.call("GET", "/x")
    assert (caught.value.status, caught.value.errcode) == (status, errcode)


async def test_a_server_that_is_away() -> None:
    gone = TestServer(web.Application())
    await gone.start_server()
    address = str(gone.make_url(""))
    await gone.close()
    http = Http(address)
    with pytest.raises(Unavailable):
        await http.call("GET", "/x")
    await http.close()


async def test_a_server_that_hangs(server: Server) -> None:
    homeserver, http = server
    homeserver.act = lambda _: asyncio.sleep(60)
    with pytest.raises(Unavailable):
        await http.call("GET", "/x", timeout=0.2)


async def test_a_body_that_is_cut(server: Server) -> None:
    homeserver, http = server

    async def cut(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "100"})
        await response.prepare(request)
        await response.write(b'{"half": ')
        assert request.transport is not None
        request.transport.abort()
        return response

    homeserver.act = cut
    with pytest.raises(Unavailable):
        await http.call("GET", "/x")
