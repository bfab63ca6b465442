"""After downtime and in bad weather nothing is missed, nothing comes twice, and the order holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.domain.incoming import Message, RoomState, StateEvent, Undecryptable
from bot.matrix import history, sync
from bot.matrix.enrol import ForeignIdentity
from bot.matrix.identity import CrossSigning
from bot.matrix.login import LoginFailed
from bot.pipeline.ports import LoggedOut, Refused, Unavailable
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy
from tests.integration.session_host import SessionHost, post


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


@pytest.mark.usefixtures("small_pages")
async def test_many_messages_while_stopped_arrive_once_and_in_order(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.say(room, "the last one seen")
    await host.hear(room, "last one")
    await host.stop()
    texts = [f"number {number}" for number in range(65)]
    for text in texts:
        await ana.say(room, text)
    ben = await cast.person("ben")
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    for number in range(10):
        await ben.say(room, f"ben {number}")
    await host.start()
    await host.hear(room, "ben 9")
    assert host.bodies(room) == ["the last one seen", *texts, *(f"ben {n}" for n in range(10))]
    assert host.membership(room, ben.user_id) == "join"


@pytest.mark.usefixtures("small_pages")
async def test_joining_while_stopped_brings_what_came_after_the_join_alone(
    cast: Cast, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await ana.create_room("Home")
    await ana.say(room, "too early")
    host._joins = False
    await ana.invite(room, host.user_id)
    await host.until(lambda: any(getattr(e, "inviter", "") == ana.user_id for e in host.events))
    transport = host.transport
    assert host.task is not None
    host.task.cancel()
    await transport.join(room)
    await host.stop()
    await ana.wait_joined(room, host.user_id)
    texts = [f"number {number}" for number in range(25)]
    for text in texts:
        await ana.say(room, text)
    await host.start()
    await host.hear(room, texts[-1])
    assert host.bodies(room) == texts


@pytest.mark.usefixtures("small_pages")
async def test_a_failed_page_is_asked_for_again(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await host.stop()
    texts = [f"number {number}" for number in range(35)]
    for text in texts:
        await ana.say(room, text)
    proxy.answer("GET", "/messages$", 502, count=5)
    proxy.cut("GET", "/messages$")
    await host.start()
    await host.hear(room, texts[-1], within=60)
    assert host.bodies(room) == texts


async def test_what_is_too_large_at_once_comes_in_parts_and_in_order(
    cast: Cast, host: SessionHost, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, room = await together(cast, host)
    other = await ana.create_room("Other", invite=[host.user_id])
    await ana.wait_joined(other, host.user_id)
    await host.wait_in(other)
    await host.stop()
    texts = [f"number {number} {'x' * 3000}" for number in range(14)]
    for text in texts:
        await asyncio.gather(ana.say(room, text), ana.say(other, text))
    monkeypatch.setattr(sync, "NEWS", 60_000)  # a message has some 5,000
    monkeypatch.setattr(sync, "MISSED", 36_000)
    monkeypatch.setattr(history, "HISTORY", 33_000)
    await host.start()
    await host.hear(room, "number 13", within=60)
    await host.hear(other, "number 13", within=60)
    assert host.bodies(room) == host.bodies(other) == texts
    limits = {
        json.loads(asked.query["filter"])["room"]["timeline"]["limit"]
        for asked in proxy.matching("GET", "/sync$")
        if "timeline" in json.loads(asked.query["filter"])["room"]
    }
    assert {100, 6} <= limits
    await ana.say(room, "and on")
    await host.hear(room, "and on")


@pytest.mark.parametrize("told", [True, False])
async def test_a_room_whose_members_are_too_large_does_not_keep_the_others_away(
    cast: Cast, host: SessionHost, monkeypatch: pytest.MonkeyPatch, told: bool
) -> None:
    ana, room = await together(cast, host)
    other = await ana.create_room("Other", invite=[host.user_id])
    ben = await cast.person("ben")
    await ana.invite(other, ben.user_id)
    await ben.wait_invited(other)
    await ben.join(other)
    await host.until(lambda: host.membership(other, ben.user_id) == "join")
    await host.stop()
    before = len(host.events)
    content = {"membership": "join", "displayname": "Ben", "org.example.pad": "x" * 50_000}
    await ben.set_state(other, "m.room.member", content, ben.user_id)
    await ana.say(room, "here")
    await ana.say(other, "there")
    monkeypatch.setattr(sync, "NEWS", 40_000)
    monkeypatch.setattr(sync, "STATE", 1 << 20 if told else 40_000)
    await host.start()
    await host.hear(room, "here", within=30)
    await host.hear(other, "there", within=30)
    states = [one for one in host.events[before:] if isinstance(one, RoomState) and one.room_id == other]
    assert {ben.user_id in _members(one) for one in states if one.complete} == ({True} if told else set())
    await host.transport.send(room, post("answer"), "t1", "m1")
    await ana.wait_for(room, "answer")


def _members(state: RoomState) -> set[str]:
    return {one.state_key for one in state.events if one.type == "m.room.member"}


@pytest.mark.parametrize("fault", ["502", "429", "cut", "html", "flood", "away"])
async def test_a_sync_that_fails_is_repeated(
    cast: Cast, proxy: FaultProxy, host: SessionHost, fault: str
) -> None:
    ana, room = await together(cast, host)
    if fault == "502":
        proxy.answer("GET", "/sync$", 502, b"<html>", count=3)
    elif fault == "429":
        proxy.answer("GET", "/sync$", 429, {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 300}, count=2)
    elif fault == "cut":
        proxy.cut("GET", "/sync$", count=2)
    elif fault == "html":
        proxy.answer("GET", "/sync$", 404, b"<html>not here</html>", count=2)
    elif fault == "flood":
        proxy.flood("GET", "/sync$", count=2)
    else:
        await proxy.refuse()
    first = await ana.say(room, "through the storm")
    if fault == "away":
        await asyncio.sleep(1)
        await proxy.accept()
    assert (await host.hear(room, "through the storm")).event_id == first
    calls = len(proxy.matching("GET", "/sync$"))
    await asyncio.sleep(1)
    assert len(proxy.matching("GET", "/sync$")) <= calls + 3


async def test_a_batch_whose_handling_failed_comes_again_readable(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    host.fails = 1
    await ana.say(room, "comes again")
    assert host.task is not None
    with pytest.raises(RuntimeError, match="handling"):
        await host.task
    await host.stop()
    await host.start()
    await host.hear(room, "comes again")
    assert host.of(Undecryptable, room) == []


async def test_the_whole_state_is_asked_for_until_it_came_once(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    await host.stop()
    await ana.set_level(room, host.user_id, 50)
    host.events = []
    before = len(proxy.requests)
    proxy.answer("GET", "/sync$", 500, count=1)
    await host.start()
    state = (await host.until(lambda: host.of(RoomState, room)))[0]
    assert state.complete
    assert {e.type for e in state.events} >= {"m.room.create", "m.room.member", "m.room.encryption"}
    await ana.say(room, "awake?")
    await host.hear(room, "awake?")
    asked = [r.query.get("full_state") for r in proxy.requests[before:] if r.path.endswith("/sync")]
    assert asked.count("true") == 2
    assert asked[-1] is None


async def test_power_levels_come_as_the_server_gives_them(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.set_level(room, host.user_id, 42)
    levels = await host.until(
        lambda: [
            e.content["users"]
            for e in host.of(StateEvent, room)
            if e.type == "m.room.power_levels" and host.user_id in dict(e.content["users"])  # type: ignore[call-overload]  # JSON
        ]
    )
    assert levels[-1] == {host.user_id: 42}


async def test_a_token_that_is_gone_ends_the_loop(cast: Cast, host: SessionHost, synapse: Synapse) -> None:
    http = await cast.person("intruder", homeserver=synapse.url)
    token = (host.folder / "session.json").read_text().split('"access_token": "')[1].split('"')[0]
    http.api.token = token
    await http.api.call("POST", "v3/logout", {})
    assert host.task is not None
    with pytest.raises(LoggedOut):
        await asyncio.wait_for(asyncio.shield(host.task), 45)
    with pytest.raises(LoggedOut):
        await host.transport.join("!nowhere:test.localhost")
    await host.stop()
    with pytest.raises(LoggedOut):
        await host.connect()


async def test_a_wrong_password_is_one_sentence(cast: Cast, synapse: Synapse, tmp_path: Path) -> None:
    account = await cast.account("bot")
    host = SessionHost(synapse.url, type(account)(account.user_id, "wrong"), tmp_path / "other")
    with pytest.raises(LoginFailed, match="password"):
        await host.connect()


async def test_a_foreign_identity_is_never_replaced(cast: Cast, synapse: Synapse, tmp_path: Path) -> None:
    owner = await cast.person("owner")
    host = SessionHost(synapse.url, owner.account, tmp_path / "bot")
    with pytest.raises(ForeignIdentity):
        await host.connect()
    answer = await owner.api.call("POST", "v3/keys/query", {"device_keys": {owner.user_id: []}})
    assert isinstance(owner.machine.identity, CrossSigning)
    assert owner.machine.identity.master_public in str(answer["master_keys"][owner.user_id])


async def test_the_password_is_given_when_the_server_asks_for_it(
    cast: Cast, proxy: FaultProxy, tmp_path: Path
) -> None:
    challenge = {"flows": [{"stages": ["m.login.password"]}], "params": {}, "session": "s1"}
    proxy.answer("POST", "/keys/device_signing/upload$", 401, challenge, count=1)
    host = SessionHost(proxy.url, await cast.account("bot"), tmp_path / "asked")
    try:
        await host.connect()
        auth = proxy.matching("POST", "/keys/device_signing/upload$")[-1].body["auth"]
        assert (auth["session"], auth["password"]) == ("s1", host.account.password)
    finally:
        await host.stop()


async def test_a_start_during_an_outage_waits(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await host.stop()
    await ana.say(room, "see you when the server is back")
    await proxy.refuse()
    starting = asyncio.create_task(host.start())
    await asyncio.sleep(1)
    assert not starting.done()
    await proxy.accept()
    await starting
    await host.hear(room, "see you")


async def test_before_the_first_login_an_outage_is_told(
    tmp_path: Path, cast: Cast, proxy: FaultProxy
) -> None:
    await proxy.refuse()
    host = SessionHost(proxy.url, await cast.account("bot"), tmp_path / "new")
    with pytest.raises(Unavailable):
        await host.connect()


async def test_stopping_is_quick_also_while_the_server_hangs(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    proxy.hang("PUT", "/send/", count=None)
    proxy.hang("GET", "/sync$", count=None)
    sending = asyncio.create_task(host.transport.send(room, post("never"), "t", "m"))
    await asyncio.sleep(0.3)
    loop = asyncio.get_running_loop()
    start = loop.time()
    sending.cancel()
    await host.stop()
    assert loop.time() - start < 5
    assert sending.done()
    assert ana.screen(room) == []


def hide(messages: Any) -> Any:
    return {**messages, "chunk": [], "end": "same"}


@pytest.mark.usefixtures("small_pages")
async def test_a_page_that_leads_nowhere_ends_the_search(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    await host.stop()
    for number in range(15):
        await ana.say(room, f"number {number}")
    proxy.rewrite("GET", "/messages$", hide)
    await host.start()
    await host.hear(room, "number 14")
    assert 10 <= len(host.of(Message, room)) < 15
    with pytest.raises(Refused):
        await host.transport.send("!nowhere:test.localhost", post("hello?"), "t", "m")
