"""Whoever asks the bot to compare emoji hears at once that it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from bot.demo.person import Person
from bot.domain.incoming import VERIFY, Message
from bot.matrix.verification import CANCEL
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy
from tests.integration.session_host import SessionHost


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[SessionHost]:
    session = SessionHost(proxy.url, await cast.account("bot"), tmp_path / "bot")
    await session.start()
    yield session
    proxy.clear()
    await session.stop()


async def together(host: SessionHost, *people: Person) -> str:
    ana, *others = people
    room = await ana.create_room("Home", invite=[host.user_id, *(one.user_id for one in others)])
    for one in others:
        await one.join(room)
        await ana.wait_joined(room, one.user_id)
    await ana.wait_joined(room, host.user_id)
    await host.wait_in(room)
    return room


def cancels(person: Person, room: str) -> list[dict[str, Any]]:
    return [dict(seen.content) for seen in person.rooms[room].events if seen.type == CANCEL]


def request(person: Person, to: str) -> dict[str, Any]:
    return {
        "msgtype": VERIFY,
        "body": "wants to verify",
        "from_device": person.device_id,
        "methods": ["m.sas.v1"],
        "to": to,
    }


async def test_a_request_in_a_room_is_declined_once(cast: Cast, host: SessionHost) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await together(host, ana, ben)
    await ben.send(room, request(ben, ana.user_id))
    asked = await ana.send(room, request(ana, host.user_id))
    message = await host.hear(room, "wants to verify")
    assert (message.event_id, message.kind) == (asked, VERIFY)
    await ana.wait_until(lambda: cancels(ana, room))
    for _ in range(2):
        await host.stop()
        await host.start()
        await ana.say(room, "later")
        await host.hear(room, "later")
    (declined,) = (seen for seen in ana.rooms[room].events if seen.type == CANCEL)
    assert declined.encrypted
    assert declined.raw["content"]["m.relates_to"] == {"rel_type": "m.reference", "event_id": asked}
    assert declined.content["code"] == "m.user"


async def test_a_request_from_device_to_device_is_declined(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    await together(host, ana)
    failing = proxy.answer("PUT", f"/sendToDevice/{CANCEL}/", 500, count=3)
    content = {
        "from_device": ana.device_id,
        "methods": ["m.sas.v1"],
        "transaction_id": "one",
        "timestamp": 1,
    }
    messages = {host.user_id: {host.transport.device_id: content}}
    await ana.api.call("PUT", f"v3/sendToDevice/{VERIFY}/t1", {"messages": messages})
    await failing.fired(3)
    await together(host, ana)
    async with asyncio.timeout(30):
        while not any(one.status == 200 for one in proxy.matching("PUT", f"/sendToDevice/{CANCEL}/")):  # noqa: ASYNC110 - the proxy keeps a list
            await asyncio.sleep(0.05)
    sent = proxy.matching("PUT", f"/sendToDevice/{CANCEL}/")[-1].body["messages"]
    assert sent[ana.user_id][ana.device_id]["transaction_id"] == "one"
    assert sent[ana.user_id][ana.device_id]["code"] == "m.user"


async def test_a_request_in_clear_as_element_sends_it_is_declined_and_nothing_else_of_it_counts(
    cast: Cast, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana, await cast.person("ben"))
    asked = await ana.send(room, request(ana, host.user_id), plain=True)
    (declined,) = await ana.wait_until(lambda: cancels(ana, room))
    assert declined["code"] == "m.user"
    await ana.say(room, "later")
    await host.hear(room, "later")
    (message,) = [one for one in host.of(Message, room) if one.event_id == asked]
    assert (message.kind, message.body) == (VERIFY, "")
    (event,) = (seen for seen in ana.rooms[room].events if seen.type == CANCEL)
    assert event.encrypted
    assert event.raw["content"]["m.relates_to"]["event_id"] == asked
