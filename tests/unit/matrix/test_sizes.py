"""A server that says more than the bot takes: the connection ends, and the memory stays as it is."""

from __future__ import annotations

import contextlib
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.matrix.http import Denied, Http, Oversized
from bot.matrix.media import Media
from bot.matrix.sizes import ANSWER, ERROR, HISTORY, KEYS, MISSED, NEWS, STATE
from bot.pipeline.ports import TooLarge, Unavailable

MB = 1 << 20
UNDERWAY = 8 * MB  # what may lie between the two ends of a connection


class Flood:
    """A server whose answers have no end; `sent` is how much it could say."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.packed = b""
        self.sent = 0

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(status=self.status, headers=self.headers)
        await response.prepare(request)
        piece = self.packed or b'{"errcode": "M_FORBIDDEN"},'.ljust(MB // 4)
        with contextlib.suppress(ConnectionError):
            while self.sent < 512 * MB:
                self.sent += len(piece)
                await response.write(piece)
                if self.packed:
                    break
        return response


@pytest.fixture(scope="module")
def packed() -> bytes:
    """Less than a megabyte that unpacks to 128."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(MB)) for _ in range(128)) + packer.flush()


@contextlib.contextmanager
def memory(most: int) -> Iterator[None]:
    """What happens within never takes more than so much."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] <= most
    finally:
        tracemalloc.stop()


@pytest_asyncio.fixture
async def flood() -> AsyncIterator[tuple[Flood, Http]]:
    server = Flood()
    runner = web.ServerRunner(web.Server(server.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    http = Http(f"http://127.0.0.1:{runner.addresses[0][1]}/", "secret")
    yield server, http
    await http.close()
    await runner.cleanup()


async def upload(http: Http) -> object:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"words"

    return await http.upload(pieces(), 5)


KINDS: dict[str, tuple[Callable[[Http], Awaitable[Any]], int]] = {
    "any": (lambda http: http.call("POST", "/login", {}), ANSWER),
    "a list": (lambda http: http.call_list("GET", "/x", most=STATE), STATE),
    "keys": (lambda http: http.call("POST", "/keys/query", {}, most=KEYS), KEYS),
    "upload": (upload, ANSWER),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_without_an_end_is_not_read_to_it(flood: tuple[Flood, Http], kind: str) -> None:
    server, http = flood
    ask, most = KINDS[kind]
    with pytest.raises(Oversized, match=f"has more than {most >> 20} MB"):
        await ask(http)
    assert server.sent <= most + UNDERWAY


async def test_a_small_answer_that_unpacks_to_very_much_is_too_large(
    flood: tuple[Flood, Http], packed: bytes
) -> None:
    server, http = flood
    server.packed, server.headers = packed, {"Content-Encoding": "deflate"}
    with memory(ANSWER + UNDERWAY), pytest.raises(Oversized):
        await http.call("GET", "/x")
    assert len(packed) < MB


@pytest.mark.parametrize(("status", "expected"), [(403, Unavailable), (429, Unavailable), (500, Unavailable)])
async def test_an_error_without_an_end_is_judged_by_its_number(
    flood: tuple[Flood, Http], status: int, expected: type[Exception]
) -> None:
    server, http = flood
    server.status = status
    with pytest.raises(expected) as caught:
        await http.call("GET", "/x", most=NEWS)
    assert not isinstance(caught.value, Oversized | Denied)
    assert server.sent <= ERROR + UNDERWAY


async def taken(http: Http, most: int) -> int:
    """Fetch a file, and say how much of it was handed on."""
    came = 0
    with contextlib.suppress(TooLarge):
        async for piece in Media(http).download("mxc://example.org/file", most):
            came += len(piece)
        raise AssertionError("the file was not too large")
    return came


async def test_a_file_without_an_end_is_not_read_to_it(flood: tuple[Flood, Http]) -> None:
    server, http = flood
    assert await taken(http, 2 * MB) <= 2 * MB
    assert server.sent <= 2 * MB + UNDERWAY


async def test_a_small_file_that_unpacks_to_very_much_is_too_large(
    flood: tuple[Flood, Http], packed: bytes
) -> None:
    server, http = flood
    server.packed, server.headers = packed, {"Content-Encoding": "deflate"}
    with memory(2 * MB + UNDERWAY):
        assert await taken(http, 2 * MB) <= 2 * MB


async def test_a_media_error_without_an_end_is_not_read_to_it(flood: tuple[Flood, Http]) -> None:
    server, http = flood
    server.status = 404
    with pytest.raises(Unavailable):
        async for _ in Media(http).download("mxc://example.org/file", 2 * MB):
            pass
    assert server.sent <= ERROR + UNDERWAY


def test_what_gaps_hold_is_more_than_a_page() -> None:
    assert HISTORY < MISSED  # or nothing of a gap would ever be handed over
