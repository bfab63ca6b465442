"""The guard: what a server makes up or spoils is no input, and stops nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo.person import Person
from bot.domain.incoming import StateEvent
from bot.matrix.opening import Drop
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


async def together(cast: Cast, host: SessionHost) -> tuple[Person, str]:
    ana = await cast.person("ana")
    room = await ana.create_room("Home", invite=[host.user_id])
    await ana.wait_joined(room, host.user_id)
    await host.wait_in(room)
    return ana, room


@pytest.mark.parametrize(
    "event",
    [
        {"type": "m.room.encrypted", "sender": "@x:y"},
        {"type": "m.room.encrypted", "sender": "@x:y", "content": {}},
        {"type": "m.room.encrypted", "sender": 5, "content": {"algorithm": "m.olm.v1.curve25519-aes-sha2"}},
        {
            "type": "m.room.encrypted",
            "sender": "@x:y",
            "content": {
                "algorithm": "m.olm.v1.curve25519-aes-sha2",
                "sender_key": "short",
                "ciphertext": {"OWN": {"type": 0, "body": "AAAA"}},
            },
        },
        {
            "type": "m.room.encrypted",
            "sender": "@x:y",
            "content": {
                "algorithm": "m.olm.v1.curve25519-aes-sha2",
                "sender_key": "A" * 43,
                "ciphertext": {"OWN": {"type": 1, "body": "not base64 ☃"}},
            },
        },
        {"type": "m.room_key", "sender": "@x:y", "content": {"room_id": "!a:b"}},
        {"type": "m.room_key_request", "sender": "@x:y", "content": {"action": "request", "body": 7}},
        {"type": "m.key.verification.start", "sender": "@x:y", "content": {"from_device": "D"}},
        {"type": None},
        "text",
        None,
    ],
)
async def test_a_malformed_key_message_stops_nothing(
    cast: Cast, proxy: FaultProxy, host: SessionHost, event: Any
) -> None:
    ana, room = await together(cast, host)
    await host.say(room, "hello")
    raw = json.dumps(event)
    if '"OWN"' in raw:
        keys = await ana.api.call("POST", "v3/keys/query", {"device_keys": {host.user_id: []}})
        device = keys["device_keys"][host.user_id][host.transport.device_id]
        raw = raw.replace("OWN", device["keys"][f"curve25519:{host.transport.device_id}"])

    def spoil(answer: Any) -> Any:
        spoilt = copy.deepcopy(answer)
        spoilt.setdefault("to_device", {}).setdefault("events", []).insert(0, json.loads(raw))
        return spoilt

    rule = proxy.rewrite("GET", "/sync$", spoil)
    await ana.say(room, "before")
    await host.hear(room, "before")
    await rule.fired()
    await ana.say(room, "after")
    await host.hear(room, "after")


@pytest.mark.parametrize(
    "damage",
    [
        {"sender": None},
        {"event_id": 7},
        {"origin_server_ts": "today"},
        {"origin_server_ts": 10**20},
        {"content": None},
        {"content": {"algorithm": "m.megolm.v1.aes-sha2"}},
        {"content": {"algorithm": "m.megolm.v1.aes-sha2", "session_id": [], "ciphertext": 1}},
        {"type": 3},
        {"type": "m.room.redaction", "content": {}},
        {"type": "m.room.member", "state_key": "@x:y", "content": {"membership": []}},
        {"type": "m.room.power_levels", "state_key": "", "content": {"users": 1}},
    ],
)
async def test_a_malformed_event_stops_nothing(
    cast: Cast, proxy: FaultProxy, host: SessionHost, damage: dict[str, Any]
) -> None:
    ana, room = await together(cast, host)

    def spoil(answer: Any) -> Any:
        spoilt = copy.deepcopy(answer)
        for joined in spoilt.get("rooms", {}).get("join", {}).values():
            events = joined["timeline"]["events"]
            events[:0] = [
                None,
                "text",
                *({**e, "event_id": f"{e['event_id']}x", **damage} for e in events[:1]),
            ]
        return spoilt

    rule = proxy.rewrite("GET", "/sync$", spoil)
    await ana.say(room, "whole")
    await host.hear(room, "whole")
    await rule.fired()
    await ana.say(room, "next")
    await host.hear(room, "next")


def each_timeline(answer: Any, change: Any) -> Any:
    changed = copy.deepcopy(answer)
    for joined in changed.get("rooms", {}).get("join", {}).values():
        joined["timeline"]["events"] = change(joined["timeline"]["events"])
    return changed


async def test_a_message_under_another_senders_name_is_no_input(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    ben = await cast.person("ben")
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    await ben.say(room, "I am ben")
    await host.hear(room, "I am ben")

    def relabel(events: list[Any]) -> list[Any]:
        return [{**e, "sender": ana.user_id} if e["type"] == "m.room.encrypted" else e for e in events]

    rule = proxy.rewrite("GET", "/sync$", lambda answer: each_timeline(answer, relabel))
    await ben.say(room, "!dispatch in ana's name")
    await host.until(lambda: host.dropped(Drop.NOT_THE_SENDERS))
    rule.stop()
    await ana.say(room, "the real ana")
    await host.hear(room, "the real ana")
    assert host.bodies(room) == ["I am ben", "the real ana"]


async def test_a_message_from_another_room_is_no_input(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    other = await ana.create_room("Other", invite=[host.user_id])
    await host.wait_in(other)

    def move(answer: Any) -> Any:
        changed = copy.deepcopy(answer)
        joined = changed.get("rooms", {}).get("join", {})
        if room in joined:
            joined[other] = joined.pop(room)
        return changed

    rule = proxy.rewrite("GET", "/sync$", move)
    await ana.say(room, "!dispatch moved")
    await host.until(lambda: host.dropped(Drop.ELSEWHERE))
    rule.stop()
    await ana.say(other, "here")
    await host.hear(other, "here")
    assert host.bodies(other) == ["here"]


async def test_a_message_that_comes_again_as_another_event_is_no_input(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    old: list[Any] = []

    def repeat(events: list[Any]) -> list[Any]:
        encrypted = [event for event in events if event["type"] == "m.room.encrypted"]
        copies = [{**one, "event_id": f"{one['event_id'][:-4]}copy"} for one in (*old, *encrypted)]
        old.extend(encrypted)
        return [*events, *copies]

    proxy.rewrite("GET", "/sync$", lambda answer: each_timeline(answer, repeat))
    await ana.say(room, "!dispatch once")
    await host.hear(room, "once")
    await host.stop()
    await host.start()
    await ana.say(room, "end")
    await host.hear(room, "end")
    await host.until(lambda: host.dropped(Drop.REPEATED) >= 2)
    assert host.bodies(room) == ["!dispatch once", "end"]


async def test_plaintext_in_an_encrypted_room_is_no_input(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.send(room, {"msgtype": "m.text", "body": "!dispatch in clear"}, plain=True)
    await ana.say(room, "end")
    await host.hear(room, "end")
    assert host.bodies(room) == ["end"]
    assert host.dropped(Drop.PLAINTEXT) == 1


async def test_state_in_an_encrypted_event_is_no_input(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    before = len([event for event in host.events if isinstance(event, StateEvent)])
    await ana.send(room, {"users": {"@eve:example.org": 100}}, "m.room.power_levels")
    await ana.say(room, "end")
    await host.hear(room, "end")
    assert len([event for event in host.events if isinstance(event, StateEvent)]) == before
    assert host.dropped(Drop.HIDDEN_STATE) == 1
