"""A new device under the same identity: made when the key store is lost; if it fails, all is as it was."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from bot.matrix.enrol import ForeignIdentity
from bot.matrix.epoch import StaleStore
from bot.matrix.identity import CrossSigning
from bot.matrix.login import CannotStart, LoginFailed, StoreInUse, Unwritable
from bot.pipeline.ports import LoggedOut, Unavailable
from tests.unit.matrix.account_server import USER, AccountServer
from tests.unit.matrix.hosted_bot import Bot


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


@pytest.fixture
def bot(server: AccountServer, tmp_path: Path) -> Bot:
    return Bot(server, tmp_path / "storage")


async def test_a_lost_key_store_leads_to_a_new_device_under_the_same_identity(bot: Bot) -> None:
    await bot.run()
    public = dict(bot.server.cross_signing)
    shutil.rmtree(bot.folder / "olm")
    with pytest.raises(StaleStore, match="new-device"):
        await bot.run()
    assert await bot.custody.new_device()
    assert bot.server.cross_signing == public
    portrait = await bot.custody.show()
    assert (portrait.well, portrait.device_id) == (True, "DEVICE2")
    assert list(bot.server.device_keys) == list(bot.server.devices.values()) == ["DEVICE2"]
    assert not list(bot.folder.glob("*.old"))
    await bot.run()
    assert list(bot.server.device_keys) == ["DEVICE2"]


async def test_a_device_that_the_server_has_ended_is_replaced(bot: Bot) -> None:
    await bot.run()
    bot.server.devices.clear()
    bot.server.device_keys.clear()
    with pytest.raises(LoggedOut):
        await bot.run()
    assert await bot.custody.new_device()
    await bot.run()
    assert (await bot.custody.show()).well


async def test_a_damaged_session_file_is_no_obstacle(bot: Bot) -> None:
    await bot.run()
    (bot.folder / "session.json").write_text("{")
    assert await bot.custody.new_device()
    assert (await bot.custody.show()).device_id == "DEVICE2"


async def test_an_old_device_that_cannot_be_ended_is_told(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    await bot.run()
    bot.server.fails.add("/logout")
    assert not await bot.custody.new_device()
    assert (await bot.custody.show()).well


async def test_without_an_identity_there_is_no_new_device(bot: Bot) -> None:
    await bot.run()
    (bot.folder / "identity.json").unlink()
    before = bot.files()
    with pytest.raises(CannotStart, match="recover"):
        await bot.custody.new_device()
    assert bot.files() == before
    assert list(bot.server.devices.values()) == ["DEVICE1"]


@pytest.mark.parametrize("trouble", ["password", "identity", "server", "seeds"])
async def test_a_new_device_that_fails_leaves_the_old_one_as_it_was(bot: Bot, trouble: str) -> None:
    await bot.run()
    expected: type[Exception] = CannotStart
    if trouble == "password":
        bot.settings = replace(bot.settings, password=lambda: "wrong")
        expected = LoginFailed
    elif trouble == "identity":
        bot.server.cross_signing = CrossSigning.create().upload_body(USER)
        expected = ForeignIdentity
    elif trouble == "server":
        bot.server.fails.add("/keys/query")
        expected = Unavailable
    else:
        (bot.folder / "identity.json").write_text("{")
    before = bot.files()
    with pytest.raises(expected):
        await bot.custody.new_device()
    assert bot.files() == before
    assert list(bot.server.devices.values()) == ["DEVICE1"]


async def test_a_full_disk_leaves_the_old_device_as_it_was(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    await bot.run()
    before = bot.files()

    def full(*_: object) -> None:
        raise Unwritable("session.json cannot be written (No space left on device); nothing was changed")

    monkeypatch.setattr("bot.matrix.custody.keep_account", full)
    with pytest.raises(Unwritable):
        await bot.custody.new_device()
    monkeypatch.undo()
    assert bot.files() == before
    assert list(bot.server.devices.values()) == ["DEVICE1"]
    await bot.run()


@pytest.mark.parametrize("deed", ["recover", "new_device"])
async def test_a_running_bot_is_not_meddled_with(bot: Bot, deed: str) -> None:
    session = bot.session()
    await session.start()
    with pytest.raises(StoreInUse):
        await (bot.custody.new_device() if deed == "new_device" else bot.custody.recover(lambda _: ""))
    await session.close()


async def test_a_server_that_is_away_is_told(bot: Bot) -> None:
    await bot.run()
    bot.server.fails.add("/keys/query")
    for deed in (bot.custody.show(), bot.custody.backup()):
        with pytest.raises(Unavailable):
            await deed
