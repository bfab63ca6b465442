"""What counts as an identity, and what is kept of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.trust import Policy, Standing
from bot.matrix.identity import CrossSigning
from bot.matrix.login import DamagedStore
from bot.matrix.machine import Machine
from bot.matrix.pins import Pins
from bot.matrix.trust import GONE_COUNTS_FOR, Identity, Trust, change_id, identity_of
from bot.pipeline.ports import Unavailable
from tests.unit.matrix.pair import ANA, BOT, machine

DAY = 20_000
NOW = datetime.fromtimestamp(DAY * 86_400 + 3600, UTC)


async def load(folder: Path, day: int) -> Pins:
    return await asyncio.to_thread(Pins.load, folder, day)


class Stage:
    """The bot's view of ana, who has one device."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ana = machine(folder, ANA, "PHONE")
        self.open(Pins.load(folder, DAY))

    def open(self, pins: Pins) -> None:
        self.bot: Machine = machine(self.folder, BOT, "SERVER")
        self.pins = pins
        self.trust = Trust(BOT, self.bot.signed, self.pins)

    async def restart(self) -> None:
        await self.trust.save()
        self.bot.close()
        self.open(await load(self.folder, DAY))

    def show(
        self, identity: CrossSigning | None, *, signs: bool = True, lists: bool = True, at: datetime = NOW
    ) -> None:
        """A key query is answered."""
        payloads = {"PHONE": self.ana.device_keys()} if lists else {}
        kept = self.bot.keep_devices(ANA, payloads)
        body = identity.upload_body(ANA) if identity is not None else {}
        shown = identity_of(ANA, body.get("master_key"), body.get("self_signing_key"))
        signed = {name: device if signs and shown is not None else None for name, device in kept.items()}
        self.trust.learn(ANA, shown, signed, at)

    def standing(self, at: datetime = NOW) -> Standing:
        (device,) = self.bot._olm.device_store[ANA].values()
        return self.trust.standing(device, at)

    def close(self) -> None:
        self.ana.close()
        self.bot.close()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    made.close()


async def test_the_first_identity_is_pinned_and_lasts(stage: Stage) -> None:
    one, other = CrossSigning.create(), CrossSigning.create()
    stage.show(one)
    assert stage.standing() is Standing.SIGNED
    await stage.restart()
    assert stage.standing() is Standing.SIGNED
    stage.show(other)
    assert stage.standing() is Standing.CHANGED
    assert stage.trust.changed == {ANA: other.master_public}
    await stage.restart()
    assert stage.standing() is Standing.CHANGED


async def test_a_changed_identity_stays_changed_until_acknowledged(stage: Stage) -> None:
    one, other = CrossSigning.create(), CrossSigning.create()
    stage.show(one)
    stage.show(other)
    stage.show(None)
    assert stage.standing() is Standing.CHANGED
    await stage.restart()
    stage.show(None)
    assert stage.standing() is Standing.CHANGED
    await stage.trust.acknowledge(ANA, change_id(ANA, CrossSigning.create().master_public), NOW)
    assert stage.standing() is Standing.CHANGED
    await stage.trust.acknowledge(ANA, change_id(ANA, other.master_public), NOW)
    assert stage.standing() is Standing.SIGNED
    await stage.restart()
    assert stage.standing() is Standing.SIGNED
    stage.show(one)
    assert stage.standing() is Standing.CHANGED


def test_the_pinned_identity_is_welcome_again(stage: Stage) -> None:
    one, other = CrossSigning.create(), CrossSigning.create()
    stage.show(one)
    stage.show(other)
    stage.show(one)
    assert stage.standing() is Standing.SIGNED
    assert stage.trust.changed == {}


def test_a_change_is_handed_on_once(stage: Stage) -> None:
    one, other, third = (CrossSigning.create() for _ in range(3))
    stage.show(one)
    stage.show(other)
    told = dict(stage.trust.changed)
    stage.show(third)
    stage.trust.told(told)
    assert stage.trust.changed == {ANA: third.master_public}
    stage.trust.told(dict(stage.trust.changed))
    stage.show(third)
    assert stage.trust.changed == {}


def test_who_has_no_identity_is_unsigned_and_may_make_one(stage: Stage) -> None:
    assert not stage.trust.knows(ANA)
    stage.show(None)
    assert stage.standing() is Standing.UNSIGNED
    stage.show(CrossSigning.create(), signs=False)
    assert stage.standing() is Standing.UNSIGNED
    assert stage.trust.changed == {}
    assert stage.trust.knows(ANA)


def test_a_signature_that_is_withdrawn_counts_no_more(stage: Stage) -> None:
    one = CrossSigning.create()
    stage.show(one)
    stage.show(one, signs=False)
    assert stage.standing() is Standing.UNSIGNED
    stage.show(one)
    stage.show(None)
    assert stage.standing() is Standing.UNSIGNED


async def test_a_device_that_is_gone_counts_for_some_minutes(stage: Stage) -> None:
    one = CrossSigning.create()
    stage.show(one)
    stage.show(one, lists=False)
    assert stage.standing() is Standing.SIGNED
    await stage.restart()
    stage.show(one, lists=False, at=NOW + timedelta(minutes=5))
    assert stage.standing(NOW + GONE_COUNTS_FOR) is Standing.SIGNED
    assert stage.standing(NOW + GONE_COUNTS_FOR + timedelta(seconds=1)) is Standing.UNSIGNED
    stage.show(one, lists=False, at=NOW + timedelta(days=2))
    assert stage.bot.signed.devices[ANA] == {}


def test_other_keys_under_the_name_of_a_signed_device_are_unsigned(stage: Stage) -> None:
    stage.show(CrossSigning.create())
    (device,) = stage.bot.devices(ANA)
    device.curve25519 = stage.bot.curve25519
    assert stage.standing() is Standing.UNSIGNED


@pytest.mark.parametrize(
    ("standing", "policy", "accepted"),
    [
        ("signed", Policy.SIGNED, True),
        ("unsigned", Policy.SIGNED, False),
        ("changed", Policy.SIGNED, False),
        ("signed", Policy.ALL, True),
        ("unsigned", Policy.ALL, True),
        ("changed", Policy.ALL, False),
    ],
)
def test_who_gets_keys(stage: Stage, standing: str, policy: Policy, *, accepted: bool) -> None:
    stage.show(CrossSigning.create(), signs=standing == "signed")
    if standing == "changed":
        stage.show(CrossSigning.create())
    (device,) = stage.bot.devices(ANA)
    assert stage.trust.accepts(device, policy, NOW) is accepted


async def test_the_bots_own_identity_is_the_one_it_holds(stage: Stage) -> None:
    one, other = CrossSigning.create(), CrossSigning.create()
    await stage.trust.own(one.master_public, NOW)
    await stage.trust.own(other.master_public, NOW)
    assert stage.pins.of(BOT) == other.master_public
    body = one.upload_body(BOT)
    stage.trust.learn(BOT, identity_of(BOT, body["master_key"], body["self_signing_key"]), {}, NOW)
    assert stage.trust.changed == {}
    await stage.trust.acknowledge(BOT, change_id(BOT, one.master_public), NOW)
    assert stage.pins.of(BOT) == other.master_public


def test_an_identity_needs_its_masters_signature() -> None:
    one, other = CrossSigning.create(), CrossSigning.create()
    body = one.upload_body(ANA)
    whole = identity_of(ANA, body["master_key"], body["self_signing_key"])
    assert whole is not None
    assert whole.master == one.master_public
    assert whole.self_signing is not None
    mixed = identity_of(ANA, body["master_key"], other.upload_body(ANA)["self_signing_key"])
    assert mixed == Identity(one.master_public, None)
    assert identity_of(BOT, body["master_key"], body["self_signing_key"]) is None


@pytest.mark.parametrize("broken", [None, 7, "text", [], {}, {"keys": {}}, {"user_id": ANA, "usage": 1}])
def test_malformed_keys_are_no_identity(broken: Any) -> None:
    body = CrossSigning.create().upload_body(ANA)
    assert identity_of(ANA, broken, body["self_signing_key"]) is None
    found = identity_of(ANA, body["master_key"], broken)
    assert found is not None
    assert found.self_signing is None
    assert not found.signed({"signatures": {ANA: {}}}, ANA)


async def test_pins_are_forgotten_after_a_year_unseen(tmp_path: Path) -> None:
    pins = await load(tmp_path, DAY)
    pins.pin(ANA, "old", DAY)
    pins.pin(BOT, "new", DAY + 100)
    await pins.save()
    again = await load(tmp_path, DAY + 366)
    assert (again.of(ANA), again.of(BOT)) == (None, "new")
    again.pin(BOT, "new", DAY + 366)
    await again.save()
    assert (await load(tmp_path, DAY + 600)).of(BOT) == "new"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"@a:b": 1}', '{"@a:b": ["key"]}', '{"@a:b": [1, 2]}'])
def test_a_damaged_file_of_pins_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / Pins.NAME).write_text(text)
    with pytest.raises(DamagedStore):
        Pins.load(tmp_path, DAY)


async def test_pins_that_cannot_be_written_are_not_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "storage"
    pins = await load(folder, DAY)
    pins.pin(ANA, "key", DAY)
    with pytest.raises(Unavailable):
        await pins.save()
    folder.mkdir()
    await pins.save()
    assert (await load(folder, DAY)).of(ANA) == "key"
    assert (folder / Pins.NAME).stat().st_mode & 0o777 == 0o600
