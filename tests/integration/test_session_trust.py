"""Trust: keys go and words count by the owner's signature; no identity changes without being noticed."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from bot.demo.person import Person
from bot.domain.incoming import IdentityChanged
from bot.domain.trust import Policy, Standing
from bot.matrix.identity import CrossSigning
from bot.matrix.seeds import Seeds
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy
from tests.integration.session_host import SessionHost, post

WITHHELD = r"/sendToDevice/m\.room_key\.withheld/"


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, proxy: FaultProxy, tmp_path: Path) -> AsyncIterator[SessionHost]:
    session = SessionHost(proxy.url, await cast.account("bot"), tmp_path / "bot")
    await session.start()
    yield session
    proxy.clear()
    await session.stop()


async def together(host: SessionHost, ana: Person, *others: Person) -> str:
    room = await ana.create_room("Home", invite=[host.user_id, *(one.user_id for one in others)])
    for one in others:
        await one.wait_invited(room)
        await one.join(room)
        await host.wait_in(room)
        await host.wait_member(room, one.user_id)
    await ana.wait_joined(room, host.user_id)
    await host.wait_in(room)
    return room


def told(host: SessionHost) -> list[IdentityChanged]:
    return [event for event in host.events if isinstance(event, IdentityChanged)]


async def new_identity(person: Person) -> CrossSigning:
    """What a client does on "reset": another identity for the account, and its device signed by that."""
    identity = CrossSigning.create()
    body = identity.upload_body(person.user_id)
    user = {"type": "m.id.user", "user": person.user_id}
    auth = {"type": "m.login.password", "identifier": user, "password": person.account.password}
    await person.api.call("POST", "v3/keys/device_signing/upload", {**body, "auth": auth})
    await sign(person, identity)
    return identity


async def sign(person: Person, identity: CrossSigning) -> None:
    answer = await person.api.call("POST", "v3/keys/query", {"device_keys": {person.user_id: []}})
    device = answer["device_keys"][person.user_id][person.device_id]
    answer = await person.api.call("POST", "v3/keys/signatures/upload", identity.signature_body(device))
    assert not answer.get("failures")


def devices(*people: Person) -> list[str]:
    return sorted(f"{one.user_id}/{one.device_id}" for one in people)


async def test_an_unsigned_device_gets_no_key_and_is_told(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben", cross_sign=False)
    room = await together(host, ana, ben)
    sent = await host.transport.send(room, post("for signed devices"), "t1", "m1")
    assert sorted(sent.unreadable) == devices(ben)
    await ana.wait_for(room, "for signed devices")
    await ben.wait_until(lambda: sent.event_id in ben.rooms[room])
    async with asyncio.timeout(30):
        while not proxy.matching("PUT", WITHHELD):  # noqa: ASYNC110 - the proxy keeps a list
            await asyncio.sleep(0.05)
    (notice,) = proxy.matching("PUT", WITHHELD)
    content = notice.body["messages"][ben.user_id][ben.device_id]
    assert (content["code"], content["room_id"]) == ("m.unverified", room)
    assert content["session_id"] == ana.screen(room)[-1].first.raw["content"]["session_id"]
    assert not ben.shows(room, sent.event_id)
    again = await host.transport.send(room, post("again"), "t2", "m2")
    assert sorted(again.unreadable) == devices(ben)
    await ana.say(room, "heard")
    await host.hear(room, "heard")
    assert len(proxy.matching("PUT", WITHHELD)) == 1


async def test_a_rooms_choice_holds_from_the_next_message_on(cast: Cast, host: SessionHost) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben", cross_sign=False)
    room = await together(host, ana, ben)
    host.policies[room] = Policy.ALL
    assert (await host.transport.send(room, post("for all"), "t1", "m1")).unreadable == ()
    await ben.wait_for(room, "for all")
    host.policies[room] = Policy.SIGNED
    closed = await host.transport.send(room, post("for some"), "t2", "m2")
    assert sorted(closed.unreadable) == devices(ben)
    await ana.wait_for(room, "for some")
    host.policies[room] = Policy.ALL
    await host.say(room, "for all again")
    await ben.wait_for(room, "for all again")
    assert not ben.shows(room, closed.event_id)


async def test_a_device_that_is_signed_later_reads_from_then_on(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    tablet = await cast.person("ana's tablet", device_of=ana, cross_sign=False)
    room = await together(host, ana)
    await tablet.wait_joined(room)
    sent = await host.transport.send(room, post("on the phone"), "t1", "m1")
    assert sorted(sent.unreadable) == devices(tablet)
    assert ana.machine.identity is not None
    await sign(tablet, ana.machine.identity)
    await ana.say(room, "signed it")
    await host.hear(room, "signed it")
    assert (await host.transport.send(room, post("everywhere"), "t2", "m2")).unreadable == ()
    await tablet.wait_for(room, "everywhere")


async def test_each_message_shows_what_its_device_is(cast: Cast, host: SessionHost) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben", cross_sign=False)
    room = await together(host, ana, ben)
    await ana.say(room, "from a signed device")
    await ben.say(room, "from an unsigned one")
    assert (await host.hear(room, "a signed")).standing is Standing.SIGNED
    assert (await host.hear(room, "an unsigned")).standing is Standing.UNSIGNED
    await host.stop()
    await ana.say(room, "signed, while the bot was away")
    await ana.api.call("POST", "v3/logout", {})
    await ana.pause()
    await host.start()
    assert (await host.hear(room, "while the bot was away")).standing is Standing.SIGNED


async def test_a_changed_identity_is_told_once_and_costs_nobody_else_anything(
    cast: Cast, host: SessionHost
) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await together(host, ana, ben)
    await host.say(room, "before")
    await ben.wait_for(room, "before")
    await new_identity(ben)
    await ben.say(room, "it is me")
    assert (await host.hear(room, "it is me")).standing is Standing.CHANGED
    (change,) = told(host)
    assert change.user_id == ben.user_id
    assert host.events.index(change) < host.events.index(await host.hear(room, "it is me"))
    host.policies[room] = Policy.ALL
    sent = await host.transport.send(room, post("not for ben"), "t1", "m1")
    assert sorted(sent.unreadable) == devices(ben)
    await ana.wait_for(room, "not for ben")
    await host.stop()
    await host.start()
    await ben.say(room, "still me")
    assert (await host.hear(room, "still me")).standing is Standing.CHANGED
    assert told(host) == [change]
    await host.transport.acknowledge(ben.user_id, change.event_id)
    assert (await host.transport.send(room, post("for ben again"), "t2", "m2")).unreadable == ()
    await ben.wait_for(room, "for ben again")
    assert not ben.shows(room, sent.event_id)
    await ben.say(room, "thank you")
    assert (await host.hear(room, "thank you")).standing is Standing.SIGNED
    await new_identity(ben)
    await ben.say(room, "once more")
    await host.hear(room, "once more")
    assert len(told(host)) == 2


async def test_an_identity_that_nobody_was_told_of_is_not_confirmed_with_another(
    cast: Cast, host: SessionHost
) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await together(host, ana, ben)
    await host.say(room, "before")
    await new_identity(ben)
    change = (await host.until(lambda: told(host), within=10))[0]
    await new_identity(ben)
    newer = (await host.until(lambda: told(host)[1:], within=10))[0]
    await host.transport.acknowledge(ben.user_id, change.event_id)  # a steward has confirmed the other one
    assert (await host.transport.send(room, post("not yet"), "t1", "m1")).unreadable == tuple(devices(ben))
    await host.transport.acknowledge(ben.user_id, newer.event_id)
    assert (await host.transport.send(room, post("now"), "t2", "m2")).unreadable == ()
    await ben.wait_for(room, "now")


async def test_a_change_is_told_at_once_also_if_nobody_writes(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await together(host, ana, ben)
    await host.say(room, "before")
    slow = proxy.delay("POST", "/keys/query$", 1.0, count=1)  # the other one changes while it is asked for
    await new_identity(ana)
    await slow.fired()
    await new_identity(ben)
    await host.until(lambda: len({one.user_id for one in told(host)}) == 2, within=10)  # no sync is so short
    await asyncio.sleep(1)
    assert sorted(one.user_id for one in told(host)) == sorted([ana.user_id, ben.user_id])


async def test_a_change_from_while_the_bot_was_away_is_told_also_if_nobody_writes(
    cast: Cast, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana)
    await host.say(room, "before")
    await host.stop()
    await new_identity(ana)
    await host.start()
    await host.until(lambda: told(host), within=10)


async def test_a_change_is_told_again_if_it_could_not_be_handled(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana)
    await host.say(room, "before")
    await new_identity(ana)
    host.fails = 1
    await ana.say(room, "me")
    assert host.task is not None
    await asyncio.wait([host.task], timeout=30)
    await host.stop()
    await host.start()
    await host.until(lambda: told(host))


async def test_a_server_cannot_slip_in_an_identity_or_take_one_away(
    cast: Cast, proxy: FaultProxy, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana)
    await host.say(room, "before")
    slipped = CrossSigning.create()

    def slip_in(answer: Any) -> Any:
        changed = copy.deepcopy(answer)
        if ana.user_id in changed["device_keys"]:
            keys = slipped.upload_body(ana.user_id)
            changed["master_keys"][ana.user_id] = keys["master_key"]
            changed["self_signing_keys"][ana.user_id] = keys["self_signing_key"]
            per_user = changed["device_keys"][ana.user_id]
            per_user[ana.device_id] = slipped.sign_device(per_user[ana.device_id])
        return changed

    async def next_words(text: str) -> Standing:
        await host.stop()
        await host.start()
        await ana.say(room, text)
        return (await host.hear(room, text)).standing

    rule = proxy.rewrite("POST", "/keys/query$", slip_in)
    assert await next_words("slipped in") is Standing.CHANGED
    rule.stop()
    hide = proxy.rewrite("POST", "/keys/query$", lambda answer: hidden(answer, ana.user_id))
    assert await next_words("hidden after a change") is Standing.CHANGED
    hide.stop()
    assert await next_words("the true one again") is Standing.SIGNED
    proxy.rewrite("POST", "/keys/query$", lambda answer: hidden(answer, ana.user_id))
    assert await next_words("taken away") is Standing.UNSIGNED
    assert len(told(host)) == 1


def hidden(answer: Any, user_id: str) -> Any:
    changed = copy.deepcopy(answer)
    for part in ("master_keys", "self_signing_keys"):
        changed.get(part, {}).pop(user_id, None)
    return changed


async def test_pins_outlive_the_key_store(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana)
    await host.say(room, "before")
    await new_identity(ana)
    await host.stop()
    for file in (*(host.folder / "olm").iterdir(), host.folder / "session.json", host.folder / "device.json"):
        file.unlink()
    await host.start()
    await ana.say(room, "hello, new device")
    assert (await host.hear(room, "hello, new device")).standing is Standing.CHANGED
    assert [change.user_id for change in told(host)] == [ana.user_id]


async def test_the_bots_own_signed_devices_read_too(cast: Cast, host: SessionHost) -> None:
    ana = await cast.person("ana")
    room = await together(host, ana)
    secret = (host.folder / "pickle.key").read_bytes().hex()
    identity = await asyncio.to_thread(Seeds(host.folder, secret).load, host.user_id)
    assert identity is not None
    async with (
        Person(cast.server.url, host.account, cross_sign=False) as unsigned,
        Person(cast.server.url, host.account, identity=identity) as signed,
    ):
        await ana.say(room, "wake")
        await host.hear(room, "wake")
        sent = await host.transport.send(room, post("to myself too"), "t", "m")
        assert sorted(sent.unreadable) == devices(unsigned)
        await signed.wait_for(room, "to myself too")


async def test_a_refused_notice_harms_nothing(cast: Cast, proxy: FaultProxy, host: SessionHost) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben", cross_sign=False)
    room = await together(host, ana, ben)
    proxy.answer("PUT", WITHHELD, 400, {"errcode": "M_UNKNOWN"})
    for text in ("one", "two"):
        await host.say(room, text)
        await ana.wait_for(room, text)
        await ana.say(room, f"{text}, heard")
        await host.hear(room, f"{text}, heard")
