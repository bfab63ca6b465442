"""What a sync brings: in which order, and of which moment it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web

from bot.domain.incoming import Batch, Undecryptable
from tests.unit.matrix.account_server import AccountServer
from tests.unit.matrix.hosted_bot import Bot

PAUSE = 0.3  # seconds for which the server holds its answer back


def _said(number: int, at: int) -> dict[str, Any]:
    """A message whose key the bot does not have."""
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "session_id": "unknown",
        "ciphertext": "unknown",
        "sender_key": "unknown",
        "device_id": "THEIRS",
    }
    return {
        "type": "m.room.encrypted",
        "event_id": f"${number}",
        "sender": "@ana:example.org",
        "origin_server_ts": at,
        "content": content,
    }


class NewsServer(AccountServer):
    """It has news once, and holds back every other answer."""

    def __init__(self) -> None:
        super().__init__()
        self.news: dict[str, Any] = {}
        self.asked: list[datetime] = []

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if not request.path.endswith("/sync"):
            return await super()._middleware(request, handler)
        self.asked.append(datetime.now(UTC))
        if len(self.asked) > 1:
            await asyncio.sleep(3600)
        await asyncio.sleep(PAUSE)
        return web.json_response({"next_batch": "s1", "rooms": {"join": self.news}})


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[NewsServer]:
    async with NewsServer() as running:
        yield running


async def _first_batch(server: NewsServer, folder: Path) -> Batch:
    session = Bot(server, folder).session()
    await session.start()
    came: asyncio.Future[Batch] = asyncio.get_running_loop().create_future()

    async def handle(batch: Batch) -> None:
        came.set_result(batch)

    loop = asyncio.create_task(session.inbound.run("s0", handle))
    try:
        return await asyncio.wait_for(came, 20)
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await session.close()


async def test_of_two_rooms_the_earlier_message_comes_first(server: NewsServer, tmp_path: Path) -> None:
    server.news = {
        "!one:example.org": {"timeline": {"events": [_said(2, 2000), _said(4, 4000), _said(5, 500)]}},
        "!two:example.org": {"timeline": {"events": [_said(1, 1000), _said(3, 3000)]}},
    }
    batch = await _first_batch(server, tmp_path)
    ids = [event.event_id for event in batch.events if isinstance(event, Undecryptable)]
    assert ids == ["$1", "$2", "$3", "$4", "$5"]


async def test_a_batch_tells_of_the_moment_when_it_was_asked_for(server: NewsServer, tmp_path: Path) -> None:
    batch = await _first_batch(server, tmp_path)
    assert batch.asked is not None
    assert batch.asked <= server.asked[0]
