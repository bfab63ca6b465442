"""What a sync brings: in which order, and of which moment it tells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web

from bot.domain.incoming import Batch, RoomState, StateEvent, Undecryptable
from bot.matrix.rooms import Rooms
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


def _state(kind: str, key: str, content: dict[str, Any], at: int = 1) -> dict[str, Any]:
    """A state event; its id tells what it says."""
    return {
        "type": kind,
        "state_key": key,
        "event_id": f"${kind} {key} {content}",
        "sender": "@ana:example.org",
        "origin_server_ts": at,
        "content": content,
    }


def _member(user_id: str, membership: str) -> dict[str, Any]:
    return _state("m.room.member", user_id, {"membership": membership})


def _power(**users: int) -> dict[str, Any]:
    return _state(
        "m.room.power_levels", "", {"users": {f"@{name}:example.org": of for name, of in users.items()}}
    )


class NewsServer(AccountServer):
    """It has news once, or as often as there is `more`, and holds back every other answer.

    `states` are the rooms' states as they are now.
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: dict[str, Any] = {}
        self.more: list[dict[str, Any]] = []
        self.states: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[datetime] = []

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        if request.path.endswith("/state"):
            return web.json_response(self.states[request.path.split("/")[-2]])
        if not request.path.endswith("/sync"):
            return await super()._middleware(request, handler)
        self.asked.append(datetime.now(UTC))
        news = [self.news, *self.more]
        if len(self.asked) > len(news):
            await asyncio.sleep(3600)
        await asyncio.sleep(PAUSE)
        number = len(self.asked)
        return web.json_response({"next_batch": f"s{number}", "rooms": {"join": news[number - 1]}})


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[NewsServer]:
    async with NewsServer() as running:
        yield running


async def _batches(server: NewsServer, folder: Path) -> tuple[list[Batch], Rooms]:
    """All that it has to tell, and what the session knows of the rooms then."""
    session = Bot(server, folder).session()
    await session.start()
    came: list[Batch] = []
    done = asyncio.Event()

    async def handle(batch: Batch) -> None:
        came.append(batch)
        if len(came) == 1 + len(server.more):
            done.set()

    loop = asyncio.create_task(session.inbound.run("s0", handle))
    try:
        await asyncio.wait_for(done.wait(), 20)
        return came, session._rooms
    finally:
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        await session.close()


async def test_of_two_rooms_the_earlier_message_comes_first(server: NewsServer, tmp_path: Path) -> None:
    server.news = {
        "!one:example.org": {"timeline": {"events": [_said(2, 2000), _said(4, 4000), _said(5, 500)]}},
        "!two:example.org": {"timeline": {"events": [_said(1, 1000), _said(3, 3000)]}},
    }
    [batch], _ = await _batches(server, tmp_path)
    ids = [event.event_id for event in batch.events if isinstance(event, Undecryptable)]
    assert ids == ["$1", "$2", "$3", "$4", "$5"]


async def test_a_batch_tells_of_the_moment_when_it_was_asked_for(server: NewsServer, tmp_path: Path) -> None:
    [batch], _ = await _batches(server, tmp_path)
    assert batch.asked is not None
    assert batch.asked <= server.asked[0]


ROOM = "!one:example.org"
LONG_AGO = [_power(ana=100, mallory=50), _member("@mallory:example.org", "join")]
NOW = [_power(ana=100), _member("@mallory:example.org", "ban")]


async def test_state_that_was_replaced_does_not_come_back_with_what_was_sent_at_the_same_time(
    server: NewsServer, tmp_path: Path
) -> None:
    server.states[ROOM] = NOW
    server.news = {ROOM: {"state": {"events": LONG_AGO}}}
    server.more = [
        {ROOM: {"timeline": {"events": NOW}}},
        {ROOM: {"state": {"events": LONG_AGO}, "timeline": {"events": [_said(1, 1)]}}},
    ]
    (_, _, last), rooms = await _batches(server, tmp_path)
    said, state = last.events
    assert isinstance(said, Undecryptable)
    assert isinstance(state, RoomState)
    assert state.complete
    assert [event.content for event in state.events] == [event["content"] for event in NOW]
    known = rooms.get(ROOM)
    assert known is not None
    assert known.members == {"@mallory:example.org": "ban"}


async def test_of_two_changes_at_the_same_time_that_one_holds_which_the_server_says(
    server: NewsServer, tmp_path: Path
) -> None:
    server.states[ROOM] = [_power(ana=100)]
    server.news = {ROOM: {"state": {"events": LONG_AGO}}}
    server.more = [{ROOM: {"timeline": {"events": [_power(ana=100), _power(ana=100, mallory=100)]}}}]
    (_, last), _ = await _batches(server, tmp_path)
    *changes, state = last.events
    assert [type(event) for event in changes] == [StateEvent, StateEvent]
    assert isinstance(state, RoomState)
    assert [event.content for event in state.events] == [_power(ana=100)["content"]]


async def test_where_nothing_changed_nothing_is_asked(server: NewsServer, tmp_path: Path) -> None:
    server.news = {ROOM: {"state": {"events": LONG_AGO}}}
    server.more = [{ROOM: {"timeline": {"events": [_said(1, 1)]}}}]
    (first, last), _ = await _batches(server, tmp_path)
    assert isinstance(first.events[0], RoomState)
    assert [type(event) for event in last.events] == [Undecryptable]
