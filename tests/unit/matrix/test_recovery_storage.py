"""Secret storage: another implementation opens what is stored, and what another has stored is opened."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bot.matrix import recovery
from bot.matrix.http import Http
from bot.matrix.secret_storage import (
    ALGORITHM,
    NoSecret,
    SecretStorage,
    StorageKey,
    decrypt,
    describe,
    encrypt,
)
from bot.pipeline.ports import Unavailable
from tests.unit.matrix import independent
from tests.unit.matrix.account_server import USER, AccountServer

KEY = bytes(range(32))
NAME = "m.cross_signing.master"


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        running.devices["token"] = "DEVICE"
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def storage(server: AccountServer) -> AsyncIterator[SecretStorage]:
    http = Http(server.url, "token")
    yield SecretStorage(http, USER)
    await http.close()


def test_another_implementation_opens_what_is_encrypted() -> None:
    data = encrypt(KEY, NAME, "a secret ☃")
    assert independent.opened(KEY, NAME, data) == "a secret ☃"
    assert not any(value.endswith("=") for value in data.values())


def test_what_another_implementation_encrypted_is_opened() -> None:
    assert decrypt(KEY, NAME, independent.sealed(KEY, NAME, "a secret ☃")) == "a secret ☃"


def test_another_implementation_finds_the_description_right() -> None:
    description = describe(KEY)
    assert description["algorithm"] == ALGORITHM
    assert independent.mac_of_zeros(KEY, description["iv"]) == independent.unpadded(description["mac"])


def test_the_initialization_vector_has_bit_63_unset() -> None:
    for _ in range(64):
        assert independent.unpadded(encrypt(KEY, NAME, "x")["iv"])[8] < 128


def test_a_key_is_known_by_its_description() -> None:
    key = StorageKey("id", describe(KEY))
    assert key.fits(KEY)
    assert not key.fits(bytes(32))
    assert StorageKey("id", {"algorithm": ALGORITHM}).fits(bytes(32))


@pytest.mark.parametrize("part", ["iv", "mac"])
@pytest.mark.parametrize("value", ["", "AAAA", "not base64!"])
def test_a_damaged_description_fits_no_key(part: str, value: str) -> None:
    assert not StorageKey("id", {**describe(KEY), part: value}).fits(KEY)


@pytest.mark.parametrize(
    "change",
    [
        {"ciphertext": "AAAA"},
        {"mac": "AAAA"},
        {"mac": None},
        {"iv": "AAAA"},
        {"iv": "not base64!"},
        {"ciphertext": 7},
    ],
)
def test_a_changed_secret_is_not_opened(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decrypt(KEY, NAME, {**encrypt(KEY, NAME, "x"), **change})


def test_a_secret_opens_under_its_own_name_and_key_only() -> None:
    data = encrypt(KEY, NAME, "x")
    with pytest.raises(ValueError, match="another"):
        decrypt(KEY, "m.cross_signing.self_signing", data)
    with pytest.raises(ValueError, match="another"):
        decrypt(bytes(32), NAME, data)


async def test_secrets_are_stored_so_that_others_find_them(
    server: AccountServer, storage: SecretStorage
) -> None:
    raw = await storage.write({NAME: "one", "m.cross_signing.self_signing": "two"})
    data = server.account_data
    key_id = data["m.secret_storage.default_key"]["key"]
    description = data[f"m.secret_storage.key.{key_id}"]
    assert independent.mac_of_zeros(raw, description["iv"]) == independent.unpadded(description["mac"])
    for name, secret in {NAME: "one", "m.cross_signing.self_signing": "two"}.items():
        assert independent.opened(raw, name, data[name]["encrypted"][key_id]) == secret
    assert recovery.encode(raw) not in str(data)


async def test_the_new_key_becomes_the_default_one_last(
    server: AccountServer, storage: SecretStorage
) -> None:
    await storage.write({NAME: "one"})
    before = copy.deepcopy(server.account_data["m.secret_storage.default_key"])
    server.fails.add("/account_data/m.cross_signing.user_signing")
    with pytest.raises(Unavailable):
        await storage.write({NAME: "two", "m.cross_signing.user_signing": "three"})
    assert server.account_data["m.secret_storage.default_key"] == before


async def test_secrets_that_another_client_stored_are_read(
    server: AccountServer, storage: SecretStorage
) -> None:
    server.account_data = independent.account_data_of({"master": "one"}, KEY)
    key = await storage.default_key()
    assert key is not None
    assert key.fits(KEY)
    assert await storage.holds(key, NAME)
    assert await storage.read(key, KEY, (NAME,)) == {NAME: "one"}


async def test_what_is_missing_is_named(server: AccountServer, storage: SecretStorage) -> None:
    assert await storage.default_key() is None
    server.account_data = independent.account_data_of({"master": "one"}, KEY)
    key = await storage.default_key()
    assert key is not None
    with pytest.raises(NoSecret, match="user_signing"):
        await storage.read(key, KEY, (NAME, "m.cross_signing.user_signing"))
    with pytest.raises(NoSecret, match="does not open"):
        await storage.read(key, bytes(32), (NAME,))


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("m.secret_storage.default_key", {}),
        ("m.secret_storage.default_key", {"key": 7}),
        ("m.secret_storage.default_key", {"key": "other"}),
        ("m.secret_storage.key.abc", {"algorithm": "m.secret_storage.v9"}),
    ],
)
async def test_a_key_that_is_of_no_use_here_is_none(
    server: AccountServer, storage: SecretStorage, kind: str, content: dict[str, Any]
) -> None:
    server.account_data = independent.account_data_of({"master": "one"}, KEY)
    server.account_data[kind] = content
    assert await storage.default_key() is None
