"""How files stand in events: those of others, and the bot's own; and a server that misbehaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from bot.demo.process import free_port
from bot.domain.files import Attached, Cipher, Form, Picture, Remote, Voice
from bot.domain.post import Attachment
from bot.matrix.http import Http
from bot.matrix.media import Media, attached, described
from bot.pipeline.ports import Refused, TooLarge, Unavailable

FILE: dict[str, Any] = {
    "url": "mxc://here.example/abc",
    "key": {"k": "key"},
    "iv": "iv",
    "hashes": {"sha256": "hash"},
}
REMOTE = Remote("mxc://here.example/abc", Cipher("key", "iv", "hash"), 7)


@pytest.mark.parametrize(
    ("more", "caption"),
    [
        ({"body": "a.jpg"}, ""),
        ({"body": "a.jpg", "filename": "a.jpg"}, ""),
        ({"body": "Look", "filename": "a.jpg"}, "Look"),
    ],
)
def test_a_file_is_known_by_where_it_lies_and_what_was_written_with_it(
    more: dict[str, str], caption: str
) -> None:
    assert described({**more, "file": FILE}) == Attached(Remote(FILE["url"], REMOTE.cipher, 0), caption)


@pytest.mark.parametrize(
    "file",
    [
        None,
        "mxc://here.example/abc",
        {},
        {**FILE, "url": "https://here.example/abc"},
        {**FILE, "url": "mxc://here.example/../../x"},
        {**FILE, "url": "mxc://here.example"},
        {**FILE, "key": "key"},
        {**FILE, "hashes": {}},
        {**FILE, "iv": 7},
    ],
)
def test_a_malformed_file_is_none(file: object) -> None:
    assert described({"body": "a.jpg", "file": file}) is None


def test_a_picture_says_how_it_looks_and_names_nobody() -> None:
    look = Picture(
        4, 3, "L0", animated=True, thumbnail_width=2, thumbnail_height=1, thumbnail_mimetype="image/png"
    )
    content = attached(Attachment(REMOTE, Form("picture.gif", "image/gif", look), REMOTE))
    assert (content["msgtype"], content["body"], content["m.mentions"]) == ("m.image", "picture.gif", {})
    assert content["info"]["thumbnail_info"] == {"mimetype": "image/png", "size": 7, "w": 2, "h": 1}
    assert content["info"]["xyz.amorgan.blurhash"] == "L0"
    assert "url" not in content
    assert described(content) == Attached(Remote(REMOTE.url, REMOTE.cipher, 0))


def test_a_voice_message_is_one_for_element() -> None:
    content = attached(Attachment(REMOTE, Form("voice.ogg", "audio/ogg", voice=Voice(2000))))
    assert (content["msgtype"], content["info"]["duration"]) == ("m.audio", 2000)
    assert content["org.matrix.msc3245.voice"] == {}


Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[tuple[Media, dict[str, Answer]]]:
    """A media server that answers as a test wants."""
    answers: dict[str, Answer] = {}
    app = web.Application()

    async def answer(request: web.Request) -> web.StreamResponse:
        return await answers["it"](request)

    app.router.add_get("/_matrix/client/v1/media/download/{server}/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = await asyncio.to_thread(free_port)
    await web.TCPSite(runner, "127.0.0.1", port).start()
    http = Http(f"http://127.0.0.1:{port}", "token")
    yield Media(http), answers
    await http.close()
    await runner.cleanup()


async def _get(media: Media, limit: int = 1_000_000) -> bytes:
    return b"".join([piece async for piece in media.download("mxc://here.example/abc", limit)])


def _says(status: int, text: str = "") -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=text, content_type="application/json")

    return answer


@pytest.mark.parametrize(
    ("status", "text", "error"),
    [
        (404, '{"errcode": "M_NOT_FOUND"}', Refused),
        (403, '{"errcode": "M_FORBIDDEN"}', Refused),
        (502, "<html>", Unavailable),
        (429, '{"errcode": "M_LIMIT_EXCEEDED"}', Unavailable),
        (204, "", Unavailable),
    ],
)
async def test_what_is_no_file_is_refused_or_asked_for_again(
    server: tuple[Media, dict[str, Answer]], status: int, text: str, error: type[Exception]
) -> None:
    media, answers = server
    answers["it"] = _says(status, text)
    with pytest.raises(error):
        await _get(media)


async def _streams(request: web.Request, said: int | None, pieces: int) -> web.StreamResponse:
    response = web.StreamResponse(headers={} if said is None else {"Content-Length": str(said)})
    await response.prepare(request)
    for _ in range(pieces):
        try:
            await response.write(bytes(65_536))
        except ConnectionError:
            return response
    if request.transport is not None and said is not None:
        request.transport.close()
    return response


@pytest.mark.parametrize("said", [3_000_000_000, None])
async def test_a_file_that_does_not_end_is_not_read_to_its_end(
    server: tuple[Media, dict[str, Answer]], said: int | None
) -> None:
    media, answers = server
    answers["it"] = lambda request: _streams(request, said, 400)
    with pytest.raises(TooLarge):
        await _get(media)


async def test_half_a_file_is_asked_for_again(server: tuple[Media, dict[str, Answer]]) -> None:
    media, answers = server
    answers["it"] = lambda request: _streams(request, 500_000, 3)
    with pytest.raises(Unavailable):
        await _get(media)
