"""Keys: whatever goes wrong with them on the way, nothing is said in clear and what is said can be read."""

from __future__ import annotations

import asyncio
import copy
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.domain.incoming import Message, Undecryptable
from bot.matrix import devices, envelopes
from bot.matrix.login import CannotStart
from bot.pipeline.ports import Refused, Unavailable
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy
from tests.integration.session_host import SessionHost, post

LIMITED = {"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 200}


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


@pytest.mark.parametrize("pinned", [True, False])
async def test_a_server_that_hides_the_encryption_gets_nothing_in_clear(
    cast: Cast, proxy: FaultProxy, synapse: Synapse, host: SessionHost, *, pinned: bool
) -> None:
    ana, room = await together(cast, host)
    await host.stop()
    proxy.hide_encryption()
    host.pinned = (room,) if pinned else ()
    await host.start()
    if pinned:
        await host.say(room, "still closed")
        assert (await ana.wait_for(room, "still closed")).encrypted
    else:
        with pytest.raises(Refused):
            await host.say(room, "not in clear")
    assert synapse.plaintext_messages(room) == []


async def test_a_room_seen_encrypted_stays_so_while_running(
    cast: Cast, proxy: FaultProxy, synapse: Synapse, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    proxy.hide_encryption()
    await ana.say(room, "next")
    await host.hear(room, "next")
    await host.say(room, "closed")
    await ana.wait_for(room, "closed")
    assert synapse.plaintext_messages(room) == []


@pytest.mark.parametrize("fault", ["500", "429", "cut", "lose"])
@pytest.mark.parametrize("where", ["/keys/query$", "/keys/claim$", "/sendToDevice/"])
async def test_one_failure_on_the_way_of_a_key_costs_no_reader(
    cast: Cast, proxy: FaultProxy, host: SessionHost, where: str, fault: str
) -> None:
    ana, room = await together(cast, host)
    method = "PUT" if "sendTo" in where else "POST"
    if fault == "500":
        rule = proxy.answer(method, where, 500)
    elif fault == "429":
        rule = proxy.answer(method, where, 429, LIMITED)
    elif fault == "cut":
        rule = proxy.cut(method, where)
    else:
        rule = proxy.lose(method, where)
    ben = await cast.person("ben")
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    await host.wait_member(room, ben.user_id)
    sent = await host.transport.send(room, post("readable all the same"), "t", "m")
    assert rule.hits == 1
    assert sent.unreadable == ()
    await ana.wait_for(room, "readable all the same")
    await ben.wait_for(room, "readable all the same")


async def test_requests_about_keys_that_hang_cost_time_and_no_reader(
    cast: Cast, proxy: FaultProxy, host: SessionHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (devices, envelopes):
        monkeypatch.setattr(module, "KEYS_TIMEOUT", 1.5)  # each of the three requests runs out
    ana, room = await together(cast, host)
    rules = [proxy.hang("*", where) for where in ("/keys/query$", "/keys/claim$", "/sendToDevice/m.room.enc")]
    sent = await host.transport.send(room, post("readable in the end"), "t", "m")
    assert [rule.hits for rule in rules] == [1, 1, 1]
    assert sent.unreadable == ()
    await ana.wait_for(room, "readable in the end")


@pytest.mark.parametrize("where", ["/keys/query$", "/keys/claim$", "/sendToDevice/"])
async def test_while_a_key_cannot_travel_nothing_is_sent_and_later_it_can_be_read(
    cast: Cast, proxy: FaultProxy, synapse: Synapse, host: SessionHost, where: str
) -> None:
    ana, room = await together(cast, host)
    proxy.answer("*", where, 503, count=None)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await host.transport.send(room, post("in the end"), "t", "m")
    assert [e for e in synapse.stored_events(room) if e["type"] == "m.room.encrypted"] == []
    proxy.clear()
    await host.transport.send(room, post("in the end"), "t", "m")
    await ana.wait_for(room, "in the end")


async def test_a_wish_to_wait_longer_is_handed_on(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    _, room = await together(cast, host)
    proxy.answer("PUT", "/send/", 429, {"errcode": "M_LIMIT_EXCEEDED"}, headers={"Retry-After": "77"})
    with pytest.raises(Unavailable) as caught:
        await host.say(room, "later")
    assert caught.value.retry_after == 77


async def test_a_device_without_keys_is_named_and_the_others_read(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)

    def none_left(answer: Any) -> Any:
        return {**answer, "one_time_keys": {}}

    rule = proxy.rewrite("POST", "/keys/claim$", none_left)
    tablet = await cast.person("ana's tablet", device_of=ana)
    sent = await host.transport.send(room, post("for those who can"), "t1", "m")
    assert set(sent.unreadable) == {f"{ana.user_id}/{ana.device_id}", f"{ana.user_id}/{tablet.device_id}"}
    claims = len(proxy.matching("POST", "/keys/claim$"))
    await host.transport.send(room, post("again"), "t2", "m")
    assert len(proxy.matching("POST", "/keys/claim$")) == claims
    assert rule.hits == claims


async def test_a_burst_asks_for_keys_once(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await host.say(room, "first")
    before = len(proxy.requests)
    texts = [f"burst {number}" for number in range(50)]
    await asyncio.gather(*(host.say(room, text) for text in texts))
    await ana.wait_for(room, texts[-1])
    assert [line.body for line in ana.screen(room)] == ["first", *texts]
    assert not any("/keys/" in r.path or "sendToDevice" in r.path for r in proxy.requests[before:])


async def test_rooms_do_not_wait_for_each_other(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    ana, slow = await together(cast, host)
    quick = await ana.create_room("Other", invite=[host.user_id])
    await host.wait_in(quick)
    rule = proxy.delay("PUT", f"/rooms/{slow[:10].replace('!', '(%21|!)')}.*/send/", 3.0)
    waiting = asyncio.create_task(host.say(slow, "slow"))
    await rule.fired()
    async with asyncio.timeout(2):
        await host.say(quick, "quick")
    assert not waiting.done()
    await waiting


async def test_the_room_key_changes_with_the_rooms_settings(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    settings = {"algorithm": "m.megolm.v1.aes-sha2", "rotation_period_msgs": 3}
    await ana.set_state(room, "m.room.encryption", settings)
    await ana.say(room, "every three")
    await host.hear(room, "every three")
    for number in range(7):
        await host.say(room, f"n{number}")
    await ana.wait_for(room, "n6")
    used = [line.first.raw["content"]["session_id"] for line in ana.screen(room)[1:]]
    assert [used.index(session) for session in used] == [0, 0, 0, 3, 3, 3, 6]


async def test_one_time_keys_are_refilled_also_from_none(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")

    async def claim() -> dict[str, Any]:
        wanted = {"one_time_keys": {host.user_id: {host.transport.device_id: "signed_curve25519"}}}
        answer = await ana.api.call("POST", "v3/keys/claim", wanted)
        found: dict[str, Any] = answer["one_time_keys"][host.user_id][host.transport.device_id]
        return found

    room = await ana.create_room("Home", invite=[host.user_id])
    await host.wait_in(room)
    claimed = [await claim() for _ in range(50)]
    names = {name for keys in claimed for name in keys}
    assert len(names) == 50
    async with asyncio.timeout(20):
        while True:
            key = await claim()
            (name, value), *_ = key.items()
            if not value.get("fallback") and name not in names:
                break
            await ana.set_state(room, "m.room.topic", {"topic": name})


async def test_a_fallback_key_serves_when_all_others_are_taken(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    rule = proxy.answer("POST", "/keys/upload$", 503, count=None)
    wanted = {"one_time_keys": {host.user_id: {host.transport.device_id: "signed_curve25519"}}}
    for _ in range(50):
        await ana.api.call("POST", "v3/keys/claim", wanted)
    answer = await ana.api.call("POST", "v3/keys/claim", wanted)
    (key,) = answer["one_time_keys"][host.user_id][host.transport.device_id].values()
    assert key["fallback"] is True
    room = await ana.create_room("Home", invite=[host.user_id])
    await host.wait_in(room)
    await ana.say(room, "by the last key")
    await host.hear(room, "by the last key")
    rule.stop()


async def test_an_upload_whose_answer_was_lost_leaves_all_keys_usable(
    cast: Cast, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.lose("POST", "/keys/upload$")
    host = SessionHost(proxy.url, await cast.account("bot"), tmp_path / "bot")
    try:
        await host.start()
        ana, room = await together(cast, host)
        await ana.say(room, "heard")
        await host.hear(room, "heard")
    finally:
        await host.stop()


async def test_a_key_store_that_is_not_the_devices_is_noticed(host: SessionHost) -> None:
    await host.stop()
    for file in (host.folder / "olm").iterdir():
        file.unlink()
    with pytest.raises(CannotStart, match="new-device"):
        await host.connect()


async def test_a_key_that_comes_late_opens_what_waited(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    held: list[Any] = []
    holding = True

    def hold(answer: Any) -> Any:
        changed = copy.deepcopy(answer)
        events = changed.get("to_device", {}).get("events", [])
        if holding:
            held.extend(events)
            events.clear()
        elif held:
            changed.setdefault("to_device", {}).setdefault("events", []).extend(held)
            held.clear()
        return changed

    proxy.rewrite("GET", "/sync$", hold)
    sent = await ana.say(room, "patience")
    waiting = (await host.until(lambda: host.of(Undecryptable, room)))[0]
    assert (waiting.event_id, waiting.sender) == (sent, ana.user_id)
    assert host.session is not None
    assert await host.session.inbound.retry(waiting.raw) is None
    holding = False
    await ana.set_state(room, "m.room.topic", {"topic": "wake up"})
    await host.until(lambda: waiting.session_id in host.sessions)
    message = await host.session.inbound.retry(waiting.raw)
    assert isinstance(message, Message)
    assert (message.event_id, message.body) == (sent, "patience")


async def test_more_keys_than_fit_one_answer_come_before_what_they_open(
    cast: Cast, host: SessionHost
) -> None:
    ana, first = await together(cast, host)
    rooms = [first]
    for _ in range(3):
        rooms.append(await ana.create_room("More", invite=[host.user_id]))
        await host.wait_in(rooms[-1])
    await host.stop()
    for number in range(112):
        room = rooms[number % len(rooms)]
        ana.machine.room_changed(room)
        await ana.say(room, f"{number // len(rooms)}")
    await host.start()
    for room in rooms:
        await host.hear(room, "27")
        assert host.of(Undecryptable, room) == []
        assert host.bodies(room) == [str(number) for number in range(28)]


async def test_a_broken_conversation_between_devices_is_mended(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await ana.say(room, "well")
    await host.hear(room, "well")
    await host.stop()
    with sqlite3.connect(host.folder / "olm" / "keys.db") as database:
        database.execute("DELETE FROM olmsessions")
    database.close()
    await host.start()
    ana.machine.room_changed(room)
    await ana.say(room, "lost")
    await host.until(lambda: host.of(Undecryptable, room))
    bot_key = next(iter(ana.machine.olm.device_store.active_user_devices(host.user_id))).curve25519
    await ana.wait_until(lambda: len(ana.machine.olm.session_store[bot_key]) > 1)
    ana.machine.room_changed(room)
    await ana.say(room, "found")
    await host.hear(room, "found")


async def test_who_is_not_known_in_the_room_gets_no_key_until_they_are(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    ben = await cast.person("ben")
    host.known[room] = frozenset({ana.user_id})
    await ana.invite(room, ben.user_id)
    await ben.wait_invited(room)
    await ben.join(room)
    await host.wait_member(room, ben.user_id)
    before = await host.transport.send(room, post("New here: Ben"), "t1", "m1")
    assert before.unreadable == ()
    await ana.wait_for(room, "New here: Ben")
    host.known[room] = frozenset({ana.user_id, ben.user_id})
    after = await host.transport.send(room, post("for both"), "t2", "m2")
    assert after.unreadable == ()
    await ben.wait_for(room, "for both")
    await ana.wait_for(room, "for both")
    assert not ben.shows(room, before.event_id)
