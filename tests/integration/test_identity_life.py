"""An identity for life, with a real homeserver and people: whatever befalls the disk, nobody is warned."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.matrix import recovery
from bot.matrix.custody import Custody
from bot.matrix.enrol import ForeignIdentity
from bot.matrix.epoch import StaleStore
from bot.matrix.identity import verify_device
from bot.matrix.session import MatrixSession, SessionSettings
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy
from tests.integration.session_host import SessionHost
from tests.unit.matrix import independent

PARTS = ("master", "self_signing", "user_signing")


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, synapse: Synapse, tmp_path: Path) -> AsyncIterator[SessionHost]:
    running = SessionHost(synapse.url, await cast.account("bot"), tmp_path / "bot")
    await running.start()
    yield running
    await running.stop()


def settings(host: SessionHost, folder: Path | None = None) -> SessionSettings:
    return SessionSettings(
        host.homeserver, host.user_id, lambda: host.account.password, folder or host.folder
    )


def custody(host: SessionHost, folder: Path | None = None) -> Custody:
    return Custody(settings(host, folder), SystemClock())


async def together(cast: Cast, host: SessionHost) -> tuple[Person, str]:
    ana = await cast.person("ana")
    room = await ana.create_room("Home", invite=[host.user_id])
    await host.wait_in(room)
    await host.wait_member(room, ana.user_id)
    return ana, room


async def talk(ana: Person, room: str, host: SessionHost, words: str) -> None:
    """Each reads the other."""
    await host.say(room, f"the bot: {words}")
    await ana.wait_for(room, f"the bot: {words}")
    await ana.say(room, f"ana: {words}")
    await host.hear(room, f"ana: {words}")


async def keys(ana: Person, host: SessionHost) -> dict[str, Any]:
    """What the homeserver tells ana of the bot."""
    return dict(await ana.api.call("POST", "v3/keys/query", {"device_keys": {host.user_id: []}}))


async def account_data(ana: Person, kind: str) -> dict[str, Any]:
    return dict(await ana.api.call("GET", f"v3/user/{quote(ana.user_id)}/account_data/{kind}"))


async def test_an_old_key_store_is_refused_and_a_new_device_is_read_without_a_warning(
    cast: Cast, host: SessionHost
) -> None:
    ana, room = await together(cast, host)
    await talk(ana, room, host, "before")
    copy = host.folder.parent / "copy"
    shutil.copytree(host.folder / "olm", copy)
    ana.machine.room_changed(
        room
    )  # so that a new key comes, and the conversation between the devices goes on
    await talk(ana, room, host, "after the copy was taken")
    before, old = await keys(ana, host), host.transport.device_id
    await host.stop()
    shutil.rmtree(host.folder / "olm")
    shutil.copytree(copy, host.folder / "olm")
    with pytest.raises(StaleStore, match="new-device"):
        await host.connect()
    assert await custody(host).new_device()
    await host.start()
    new = host.transport.device_id
    assert new != old
    after = await keys(ana, host)
    assert list(after["device_keys"][host.user_id]) == [new]
    assert after["master_keys"] == before["master_keys"]
    assert after["self_signing_keys"] == before["self_signing_keys"]
    assert verify_device(after, host.user_id, new)
    await talk(ana, room, host, "on the new device")
    await host.stop()
    await host.start()
    await talk(ana, room, host, "after a restart")


async def test_a_lost_machine_comes_back_by_its_recovery_key(cast: Cast, host: SessionHost) -> None:
    ana, room = await together(cast, host)
    await talk(ana, room, host, "before")
    written = await custody(host).backup()
    before = await keys(ana, host)
    await host.stop()
    shutil.rmtree(host.folder)
    with pytest.raises(ForeignIdentity, match="recover"):
        await host.connect()
    assert await custody(host).recover(lambda _: written) is None
    await host.start()
    after = await keys(ana, host)
    assert after["master_keys"] == before["master_keys"]
    assert verify_device(after, host.user_id, host.transport.device_id)
    await talk(ana, room, host, "from the new machine")
    assert (await custody(host).show()).well


async def test_what_the_bot_stores_on_the_homeserver_another_implementation_opens(
    cast: Cast, host: SessionHost
) -> None:
    written = await custody(host).backup()
    raw = independent.key_of(written)
    owner = Person(host.homeserver, host.account, name="owner", cross_sign=False)
    await owner.start()
    try:
        key_id = (await account_data(owner, "m.secret_storage.default_key"))["key"]
        description = await account_data(owner, f"m.secret_storage.key.{key_id}")
        expected = independent.mac_of_zeros(raw, description["iv"])
        assert expected == independent.unpadded(description["mac"])
        answer = await keys(owner, host)
        for part in PARTS:
            name = f"m.cross_signing.{part}"
            stored = (await account_data(owner, name))["encrypted"][key_id]
            seed = independent.unpadded(independent.opened(raw, name, stored))
            public = next(iter(answer[f"{part}_keys"][host.user_id]["keys"].values()))
            assert independent.public_of(seed) == independent.unpadded(public)
    finally:
        await owner.stop()


async def test_an_account_that_another_client_set_up_is_adopted(
    cast: Cast, synapse: Synapse, tmp_path: Path
) -> None:
    owner = await cast.person("owner")
    assert owner.machine.identity is not None
    raw = bytes(range(32))
    for kind, content in independent.account_data_of(owner.machine.identity.to_json(), raw).items():
        await owner.api.call("PUT", f"v3/user/{quote(owner.user_id)}/account_data/{kind}", content)
    host = SessionHost(synapse.url, owner.account, tmp_path / "bot")
    with pytest.raises(ForeignIdentity, match="recover"):
        await host.connect()
    await custody(host).recover(lambda _: recovery.encode(raw))
    await host.start()
    try:
        ana, room = await together(cast, host)
        answer = await keys(ana, host)
        master = owner.machine.identity.master_public
        assert verify_device(answer, host.user_id, host.transport.device_id, master)
        await talk(ana, room, host, "adopted")
    finally:
        await host.stop()


async def test_the_page_to_open_is_shown_and_the_start_goes_on_once_it_was_allowed(
    cast: Cast, proxy: FaultProxy, tmp_path: Path
) -> None:
    page = "https://account.example.org/?action=org.matrix.cross_signing_reset"
    stages = ("m.oauth", "org.matrix.cross_signing_reset")
    challenge = {
        "session": "dummy",
        "flows": [{"stages": [stage]} for stage in stages],
        "params": {stage: {"url": page} for stage in stages},
    }
    proxy.answer("POST", "/keys/device_signing/upload$", 401, challenge, count=1)
    account, pages = await cast.account("bot"), list[str]()

    async def nothing_seen(_: object) -> set[str]:
        return set()

    asked = SessionSettings(
        proxy.url, account.user_id, lambda: account.password, tmp_path / "bot", show=pages.append
    )
    session = MatrixSession(asked, SystemClock(), nothing_seen)
    async with asyncio.timeout(60):
        await session.start()
    await session.close()
    assert pages == [page]
    tries = proxy.matching("POST", "/keys/device_signing/upload$")
    assert [request.body.get("auth") for request in tries] == [None, {"session": "dummy"}]
    assert (await Custody(asked, SystemClock()).show()).well
