"""The identity in the host's hands: shown, stored under a recovery key, adopted with one, on a new device."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.matrix import recovery
from bot.matrix.custody import HasKey
from bot.matrix.enrol import ForeignIdentity
from bot.matrix.epoch import Witness
from bot.matrix.identity import CrossSigning
from bot.matrix.login import CannotStart, Unwritable
from bot.matrix.seeds import Seeds
from bot.pipeline.ports import Unavailable
from tests.unit.matrix import independent
from tests.unit.matrix.account_server import USER, AccountServer
from tests.unit.matrix.hosted_bot import Bot

PARTS = ("master", "self_signing", "user_signing")
KEY = bytes(range(32))


def typed(text: str) -> Callable[[bool], str]:
    return lambda _: text


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


@pytest.fixture
def bot(server: AccountServer, tmp_path: Path) -> Bot:
    return Bot(server, tmp_path / "storage")


def element_sets_up(server: AccountServer, **description: Any) -> CrossSigning:
    """Another client makes the account's identity and stores it; returns it."""
    identity = CrossSigning.create()
    server.cross_signing = identity.upload_body(USER)
    server.account_data |= independent.account_data_of(identity.to_json(), KEY, **description)
    return identity


# show


async def test_a_bot_that_never_ran_has_nothing_to_show(bot: Bot) -> None:
    with pytest.raises(CannotStart, match="start it once"):
        await bot.custody.show()


async def test_a_bot_that_is_well_is_shown_so(bot: Bot) -> None:
    await bot.run()
    portrait = await bot.custody.show()
    identity = await bot.identity()
    assert identity is not None
    assert portrait.well
    assert portrait.signed
    assert (portrait.user_id, portrait.device_id) == (USER, "DEVICE1")
    assert portrait.master == portrait.server_master == identity.master_public
    keys = bot.server.device_keys["DEVICE1"]["keys"]
    assert portrait.device_key == keys["ed25519:DEVICE1"]
    assert portrait.recovery_key is None
    assert not any(seed in repr(portrait) for seed in identity.to_json().values())


async def test_what_is_wrong_is_shown(bot: Bot) -> None:
    await bot.run()
    bot.server.device_keys["DEVICE1"]["signatures"][USER] = {}
    assert not (await bot.custody.show()).well
    bot.server.cross_signing = CrossSigning.create().upload_body(USER)
    portrait = await bot.custody.show()
    assert not portrait.well
    assert portrait.master != portrait.server_master
    bot.server.cross_signing = {}
    portrait = await bot.custody.show()
    assert (portrait.well, portrait.server_master) == (False, None)


async def test_it_is_shown_beside_the_running_bot(bot: Bot) -> None:
    session = bot.session()
    await session.start()
    assert (await bot.custody.show()).well
    await session.close()


async def test_a_key_store_with_which_the_bot_does_not_start_is_shown(bot: Bot) -> None:
    await bot.run()
    store = bot.folder / "olm"
    old = {file.name: file.read_bytes() for file in store.iterdir()}
    await bot.run()
    assert (await bot.custody.show()).store is None
    for name, content in old.items():
        (store / name).write_bytes(content)
    portrait = await bot.custody.show()
    assert not portrait.well
    assert "is an old copy" in str(portrait.store)
    (bot.folder / Witness.NAME).unlink()
    assert (await bot.custody.show()).store is None
    bot.server.account_data["org.twinline.key_store"] = {"device_id": "DEVICE1", "count": 1000}
    assert "is an old copy" in str((await bot.custody.show()).store)
    (store / "keys.db").write_bytes(b"rubbish")
    assert "cannot be read" in str((await bot.custody.show()).store)
    shutil.rmtree(store)
    portrait = await bot.custody.show()
    assert not portrait.well
    assert "new-device" in str(portrait.store)


# backup


async def test_another_implementation_opens_the_backup_with_the_recovery_key(bot: Bot) -> None:
    await bot.run()
    written = await bot.custody.backup()
    identity = await bot.identity()
    assert identity is not None
    raw = independent.key_of(written)
    data = bot.server.account_data
    key_id = data["m.secret_storage.default_key"]["key"]
    description = data[f"m.secret_storage.key.{key_id}"]
    assert independent.mac_of_zeros(raw, description["iv"]) == independent.unpadded(description["mac"])
    found = {
        part: independent.opened(
            raw, f"m.cross_signing.{part}", data[f"m.cross_signing.{part}"]["encrypted"][key_id]
        )
        for part in PARTS
    }
    assert found == identity.to_json()
    assert (await bot.custody.show()).recovery_key == key_id
    assert written.replace(" ", "") not in str(bot.files())


async def test_a_recovery_key_is_replaced_on_demand_only(bot: Bot) -> None:
    await bot.run()
    old = independent.key_of(await bot.custody.backup())
    before = dict(bot.server.account_data)
    with pytest.raises(HasKey, match="--replace"):
        await bot.custody.backup()
    assert bot.server.account_data == before
    new = independent.key_of(await bot.custody.backup(replace=True))
    assert old != new
    data = bot.server.account_data["m.cross_signing.master"]["encrypted"]
    assert list(data) == [bot.server.account_data["m.secret_storage.default_key"]["key"]]


async def test_there_is_no_backup_of_an_identity_that_the_account_does_not_have(bot: Bot) -> None:
    await bot.run()
    bot.server.cross_signing = CrossSigning.create().upload_body(USER)
    with pytest.raises(ForeignIdentity):
        await bot.custody.backup()
    assert "m.secret_storage.default_key" not in bot.server.account_data


async def test_a_backup_that_breaks_off_is_not_the_accounts_key(bot: Bot) -> None:
    await bot.run()
    bot.server.fails.add("m.cross_signing.self_signing")
    with pytest.raises(Unavailable):
        await bot.custody.backup()
    assert (await bot.custody.show()).recovery_key is None
    bot.server.fails.clear()
    raw = independent.key_of(await bot.custody.backup())
    assert raw


# recover


async def test_an_account_that_another_client_set_up_is_adopted(bot: Bot) -> None:
    identity = element_sets_up(bot.server)
    public = dict(bot.server.cross_signing)
    with pytest.raises(ForeignIdentity):
        await bot.run()
    assert await bot.custody.recover(typed(recovery.encode(KEY))) is None
    assert await bot.identity() == identity
    assert bot.server.cross_signing == public
    assert bot.signed("DEVICE1", identity.master_public)
    await bot.run()
    assert (await bot.custody.show()).well


async def test_an_account_is_adopted_without_having_run_before(bot: Bot) -> None:
    identity = element_sets_up(bot.server)
    await bot.custody.recover(typed(recovery.encode(KEY)))
    assert bot.signed("DEVICE1", identity.master_public)


async def test_a_passphrase_does_as_well_where_the_account_has_one(bot: Bot) -> None:
    how = {"algorithm": "m.pbkdf2", "salt": "MmMsAlty", "iterations": 1000}
    key = independent.key_of_passphrase("correct horse battery staple", "MmMsAlty", 1000)
    identity = CrossSigning.create()
    bot.server.cross_signing = identity.upload_body(USER)
    bot.server.account_data |= independent.account_data_of(identity.to_json(), key, passphrase=how)
    asked = []

    def ask(passphrase: bool) -> str:
        asked.append(passphrase)
        return "correct horse battery staple"

    with pytest.raises(CannotStart, match="neither the recovery key nor the passphrase"):
        await bot.custody.recover(typed("incorrect horse"))
    await bot.custody.recover(ask)
    assert asked == [True]
    assert await bot.identity() == identity
    (bot.folder / "identity.json").unlink()
    await bot.custody.recover(typed(recovery.encode(key)))
    assert await bot.identity() == identity


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no recovery key was typed"),
        (recovery.encode(KEY)[:-1] + "x", "mistyped"),
        (recovery.encode(bytes(32)), "not the one of this account"),
    ],
)
async def test_a_wrong_recovery_key_changes_nothing(bot: Bot, text: str, why: str) -> None:
    await bot.run()
    bot.server.account_data |= independent.account_data_of(CrossSigning.create().to_json(), KEY)
    before = bot.files()
    with pytest.raises(CannotStart, match=why) as caught:
        await bot.custody.recover(typed(text))
    assert "nothing was changed" in str(caught.value)
    assert bot.files() == before


async def test_without_a_recovery_key_there_is_nothing_to_recover(bot: Bot) -> None:
    await bot.run()
    with pytest.raises(CannotStart, match="has no recovery key"):
        await bot.custody.recover(typed(recovery.encode(KEY)))


async def test_lost_seeds_come_back_with_the_key_that_the_bot_made(bot: Bot) -> None:
    await bot.run()
    identity = await bot.identity()
    written = await bot.custody.backup()
    (bot.folder / "identity.json").unlink()
    assert await bot.custody.recover(typed(written)) is None
    assert await bot.identity() == identity
    await bot.run()


async def test_damaged_seeds_are_kept_aside(bot: Bot) -> None:
    await bot.run()
    identity = await bot.identity()
    written = await bot.custody.backup()
    whole = (bot.folder / "identity.json").read_bytes()
    (bot.folder / "identity.json").write_bytes(whole[:100])
    aside = await bot.custody.recover(typed(written))
    assert aside is not None
    assert aside.read_bytes() == whole[:100]
    assert await bot.identity() == identity


async def test_seeds_that_are_here_already_are_left_alone(bot: Bot) -> None:
    await bot.run()
    before = (bot.folder / "identity.json").read_bytes()
    written = await bot.custody.backup()
    assert await bot.custody.recover(typed(written)) is None
    assert (bot.folder / "identity.json").read_bytes() == before


async def test_a_stored_identity_that_is_not_the_accounts_is_refused(bot: Bot) -> None:
    await bot.run()
    before = await bot.identity()
    bot.server.account_data |= independent.account_data_of(CrossSigning.create().to_json(), KEY)
    with pytest.raises(CannotStart, match="another identity than the homeserver shows"):
        await bot.custody.recover(typed(recovery.encode(KEY)))
    assert await bot.identity() == before


@pytest.mark.parametrize("seed", ["", "AAAA", "not base64!"])
async def test_a_stored_identity_that_is_none_is_refused(bot: Bot, seed: str) -> None:
    seeds = CrossSigning.create().to_json() | {"self_signing": seed}
    bot.server.account_data |= independent.account_data_of(seeds, KEY)
    with pytest.raises(CannotStart, match="no usable identity"):
        await bot.custody.recover(typed(recovery.encode(KEY)))


async def test_a_full_disk_while_recovering_leaves_the_old_seeds(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bot.run()
    element_sets_up(bot.server)
    before = bot.files()

    def full(*_: object) -> None:
        raise Unwritable("identity.json cannot be written (No space left on device); nothing was changed")

    monkeypatch.setattr(Seeds, "keep", full)
    with pytest.raises(Unwritable):
        await bot.custody.recover(typed(recovery.encode(KEY)))
    assert bot.files() == before


async def test_a_lost_secret_file_is_no_dead_end(bot: Bot) -> None:
    bot.settings = replace(bot.settings, secret=None)
    await bot.run()
    written = await bot.custody.backup()
    (bot.folder / "pickle.key").unlink()
    with pytest.raises(CannotStart, match="twinline identity recover"):
        await bot.run()
    with pytest.raises(CannotStart, match="twinline identity new-device"):
        await bot.custody.recover(typed(written))
    await bot.custody.new_device()
    await bot.run()
    assert (await bot.custody.show()).well
