"""The fault proxy itself: each fault does what it says, and nothing else changes."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from bot.demo.api import ApiError
from bot.demo.person import Person
from bot.demo.timeline import bodies
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy

SEND = r"/send/m\.room\.encrypted/"


@pytest.fixture
async def ana(cast: Cast, proxy: FaultProxy) -> Person:
    """Somebody whose client talks to the server through the proxy."""
    return await cast.person("ana", homeserver=proxy.url)


async def test_without_rules_everything_passes_and_is_recorded(ana: Person, proxy: FaultProxy) -> None:
    room = await ana.create_room("Home")
    await ana.say(room, "unchanged")
    await ana.wait_for(room, "unchanged")
    (sent,) = proxy.matching("PUT", SEND)
    assert sent.status == 200
    assert sent.body["algorithm"] == "m.megolm.v1.aes-sha2"


async def test_an_answer_in_the_servers_place(ana: Person, proxy: FaultProxy) -> None:
    room = await ana.create_room("Home")
    rule = proxy.answer("PUT", SEND, 500, {"errcode": "M_UNKNOWN"}, count=2, skip=1)
    for number in range(3):
        await ana.say(room, str(number))
    await ana.wait_for(room, "2")
    assert rule.hits == 2
    assert [r.status for r in proxy.matching("PUT", SEND)] == [200, 500, 500, 200, 200]
    assert bodies(ana.screen(room)) == ["0", "1", "2"]


async def test_a_lost_answer_leaves_the_message_on_the_server_once(ana: Person, proxy: FaultProxy) -> None:
    room = await ana.create_room("Home")
    rule = proxy.lose("PUT", SEND)
    await ana.say(room, "only once")
    await ana.say(room, "end")
    await ana.wait_for(room, "end")
    assert rule.hits == 1
    assert proxy.matching("PUT", SEND)[0].status == 0
    assert bodies(ana.screen(room)) == ["only once", "end"]


async def test_a_cut_body_breaks_the_answer(ana: Person, proxy: FaultProxy) -> None:
    proxy.cut("GET", r"/account/whoami$")
    with pytest.raises(aiohttp.ClientPayloadError):
        await ana.api.once("GET", "v3/account/whoami")
    assert (await ana.api.once("GET", "v3/account/whoami"))["user_id"] == ana.user_id


async def test_a_hanging_request_never_answers(ana: Person, proxy: FaultProxy) -> None:
    rule = proxy.hang("GET", r"/account/whoami$")
    with pytest.raises(TimeoutError):
        await ana.api.once("GET", "v3/account/whoami", within=0.3)
    await rule.fired()
    proxy.clear()
    assert (await ana.api.once("GET", "v3/account/whoami"))["user_id"] == ana.user_id


async def test_a_delayed_request_is_late(ana: Person, proxy: FaultProxy) -> None:
    proxy.delay("GET", r"/account/whoami$", 0.4)
    began = time.monotonic()
    await ana.api.once("GET", "v3/account/whoami")
    assert time.monotonic() - began >= 0.4


async def test_headers_of_an_answer_arrive(ana: Person, proxy: FaultProxy) -> None:
    proxy.answer(
        "GET", r"/account/whoami$", 429, {"errcode": "M_LIMIT_EXCEEDED"}, headers={"Retry-After": "7"}
    )
    url = proxy.url + "/_matrix/client/v3/account/whoami"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


async def test_the_encryption_of_rooms_is_hidden(cast: Cast, proxy: FaultProxy) -> None:
    honest = await cast.person("honest")
    room = await honest.create_room("Home")
    fooled = await cast.person("fooled", homeserver=proxy.url)
    proxy.hide_encryption()
    await honest.invite(room, fooled.user_id)
    await fooled.wait_invited(room)
    await fooled.join(room)
    assert not fooled.rooms[room].encrypted
    assert honest.rooms[room].encrypted
    with pytest.raises(ApiError, match="M_NOT_FOUND"):
        await fooled.api.once("GET", f"v3/rooms/{room}/state/m.room.encryption/")


async def test_a_server_that_is_off_and_on_again(ana: Person, proxy: FaultProxy) -> None:
    room = await ana.create_room("Home")
    await proxy.refuse()
    with pytest.raises(aiohttp.ClientConnectionError):
        await ana.api.once("GET", "v3/account/whoami")
    saying = asyncio.create_task(ana.say(room, "later"))
    await asyncio.sleep(0.3)
    await proxy.accept()
    await saying
    assert (await ana.wait_for(room, "later")).readable
