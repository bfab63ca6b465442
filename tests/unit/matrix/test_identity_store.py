"""The start of a session on its folder: an old key store, a foreign identity, a full disk, a wrong clock."""

from __future__ import annotations

import asyncio
import json
import resource
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.matrix.enrol import ForeignDevice, ForeignIdentity
from bot.matrix.epoch import StaleStore, Witness, check
from bot.matrix.identity import CrossSigning, verify_device
from bot.matrix.login import CannotStart, DamagedStore, StoreInUse, Unwritable
from bot.matrix.machine import Machine
from bot.matrix.session import MatrixSession, SessionSettings
from tests.unit.matrix.account_server import PASSWORD, USER, AccountServer

KIND = "org.twinline.key_store"


async def nothing_seen(_: object) -> set[str]:
    return set()


def session(server: AccountServer, folder: Path, secret: str | None = None) -> MatrixSession:
    settings = SessionSettings(server.url, USER, lambda: PASSWORD, folder, secret)
    return MatrixSession(settings, SystemClock(), nothing_seen)


async def run(server: AccountServer, folder: Path, secret: str | None = None) -> None:
    """Start and stop once."""
    started = session(server, folder, secret)
    await started.start()
    await started.close()


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "storage"


def copied(folder: Path, name: str) -> Path:
    """A copy of the whole folder, or of a folder in it, as it is now."""
    copy = folder.parent / name
    shutil.copytree(folder, copy)
    return copy


def put_back(copy: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)


def use_keys(folder: Path, account: str = USER, device: str = "DEVICE1") -> None:
    """Change the key store as the running bot does, and remember it as the bot does."""
    key = (folder / "pickle.key").read_bytes().hex()
    machine = Machine(account, device, folder / "olm", key)
    machine.key_upload(0, fallback=True)
    machine.uploaded()
    Witness(device, machine.ed25519, machine.epoch.count()).keep(folder)
    machine.close()


# An old key store


async def test_a_store_that_went_on_is_good(server: AccountServer, folder: Path) -> None:
    for _ in range(3):
        await run(server, folder)
        await asyncio.to_thread(use_keys, folder)
    assert list(server.device_keys) == ["DEVICE1"]


async def test_an_old_key_store_is_refused_with_the_cure(server: AccountServer, folder: Path) -> None:
    await run(server, folder)
    old = copied(folder / "olm", "old")
    await asyncio.to_thread(use_keys, folder)
    put_back(old, folder / "olm")
    for _ in range(10):  # however often it is started anew
        with pytest.raises(StaleStore, match=r"an old copy.*`twinline identity new-device`"):
            await run(server, folder)


async def test_a_copy_taken_while_the_bot_ran_is_noticed_after_a_clean_stop(
    server: AccountServer, folder: Path
) -> None:
    running = session(server, folder)
    await running.start()
    old = copied(folder / "olm", "old")
    assert running._vigil is not None
    machine = running._vigil._machine
    assert machine is not None
    machine.key_upload(0, fallback=True)
    await running.close()
    put_back(old, folder / "olm")
    with pytest.raises(StaleStore):
        await run(server, folder)


async def test_an_old_copy_of_the_whole_folder_is_noticed_by_what_the_server_remembers(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder)
    old = copied(folder, "old")
    running = session(server, folder)
    await running.start()
    await server.put(KIND)
    await running.close()
    put_back(old, folder)
    with pytest.raises(StaleStore, match="an old copy"):
        await run(server, folder)


async def test_the_server_is_asked_before_the_store_is_touched(server: AccountServer, folder: Path) -> None:
    await run(server, folder)
    server.account_data[KIND] = {"device_id": "DEVICE1", "count": 10**6}
    before = copied(folder / "olm", "before")
    uploads = server.calls["/keys/upload"]
    with pytest.raises(StaleStore):
        await run(server, folder)
    assert server.calls["/keys/upload"] == uploads
    put_back(before, folder / "olm")
    server.account_data.clear()
    await run(server, folder)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"device_id": "OTHER", "count": 10**6},
        {"device_id": "DEVICE1"},
        {"device_id": "DEVICE1", "count": "10"},
        {"device_id": "DEVICE1", "count": True},
        {"device_id": "DEVICE1", "count": -5},
    ],
)
async def test_what_the_server_remembers_of_another_device_or_badly_does_not_count(
    server: AccountServer, folder: Path, content: dict[str, object]
) -> None:
    await run(server, folder)
    server.account_data[KIND] = content
    await run(server, folder)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"device_id": 7}', '{"device_id": "DEVICE1", "count": "x"}']
)
async def test_a_lost_or_damaged_memory_is_no_alarm(server: AccountServer, folder: Path, text: str) -> None:
    await run(server, folder)
    (folder / "device.json").write_text(text)
    await run(server, folder)
    witness = await asyncio.to_thread(Witness.load, folder)
    assert witness is not None
    assert witness.device_id == "DEVICE1"


async def test_a_lost_key_store_is_told_and_none_made_in_its_place(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder)
    shutil.rmtree(folder / "olm")
    with pytest.raises(StaleStore, match=r"is gone.*new-device"):
        await run(server, folder)
    assert not (folder / "olm").exists()


async def test_another_key_store_is_noticed_even_if_nothing_is_remembered(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder)
    shutil.rmtree(folder / "olm")
    (folder / "device.json").unlink()
    server.account_data.clear()
    with pytest.raises(ForeignDevice, match="new-device"):
        await run(server, folder)


async def test_a_store_from_before_the_count_goes_on(server: AccountServer, folder: Path) -> None:
    await run(server, folder)
    key = (folder / "pickle.key").read_bytes().hex()
    machine = Machine(USER, "DEVICE1", folder / "olm", key)
    machine._store.database.execute_sql("DROP TABLE epoch")
    machine.close()
    (folder / "device.json").unlink()
    server.account_data.clear()
    await run(server, folder)


def test_every_change_of_sessions_and_account_counts(tmp_path: Path) -> None:
    machine = Machine(USER, "D", tmp_path, "key")
    counts = [machine.epoch.count()]
    machine.key_upload(0, fallback=True)
    counts.append(machine.epoch.count())
    machine.uploaded()
    counts.append(machine.epoch.count())
    machine.close()
    machine = Machine(USER, "D", tmp_path, "key")
    assert machine.epoch.count() == counts[-1]
    assert counts == sorted(set(counts))
    machine.close()


def test_a_change_that_is_undone_is_not_counted(tmp_path: Path) -> None:
    machine = Machine(USER, "D", tmp_path, "key")
    before = machine.epoch.count()

    def half_way() -> None:
        with machine.saving():
            machine.key_upload(0, fallback=True)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        half_way()
    assert machine.epoch.count() == before
    machine.close()


def test_only_what_is_behind_is_refused() -> None:
    check(5, 5)
    check(6, 5)
    with pytest.raises(StaleStore):
        check(4, 5)


# The identity


async def test_the_seeds_are_made_once_and_encrypted(server: AccountServer, folder: Path) -> None:
    await run(server, folder, "the host's secret")
    data = json.loads((folder / "identity.json").read_bytes())
    assert set(data) == {"format", "user_id", "salt", "nonce", "sealed"}
    assert not (folder / "pickle.key").exists()
    before = (folder / "identity.json").read_bytes()
    await run(server, folder, "the host's secret")
    assert (folder / "identity.json").read_bytes() == before


async def test_an_installation_with_seeds_in_clear_goes_on(server: AccountServer, folder: Path) -> None:
    await run(server, folder)
    identity = CrossSigning.create()
    server.cross_signing = identity.upload_body(USER)
    (folder / "identity.json").write_text(json.dumps({"user_id": USER, **identity.to_json()}))
    await run(server, folder)
    answer = {"device_keys": {USER: server.device_keys}}
    answer |= {f"{name}s": {USER: key} for name, key in server.cross_signing.items()}
    assert verify_device(answer, USER, "DEVICE1", identity.master_public)
    assert "master" not in json.loads((folder / "identity.json").read_bytes())


async def test_a_foreign_identity_is_never_replaced_and_the_cure_is_named(
    server: AccountServer, folder: Path
) -> None:
    theirs = CrossSigning.create().upload_body(USER)
    server.cross_signing = dict(theirs)
    with pytest.raises(ForeignIdentity, match="`twinline identity recover`"):
        await run(server, folder)
    assert server.cross_signing == theirs
    assert server.calls["/keys/device_signing/upload"] == 0
    assert not (folder / "identity.json").exists()


async def test_another_secret_opens_neither_store_nor_seeds(server: AccountServer, folder: Path) -> None:
    await run(server, folder, "one")
    before = {file: file.read_bytes() for file in (folder / "identity.json", folder / "session.json")}
    with pytest.raises(DamagedStore, match="another secret file"):
        await run(server, folder, "two")
    assert {file: file.read_bytes() for file in before} == before
    await run(server, folder, "one")


async def test_the_key_that_the_bot_made_can_become_the_hosts_secret_file(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder)
    dump = ["od", "-An", "-v", "-tx1", str(folder / "pickle.key")]
    digits = await asyncio.to_thread(subprocess.check_output, dump)
    secret = "".join(digits.decode().split())
    (folder / "pickle.key").unlink()
    await run(server, folder, secret)
    assert not (folder / "pickle.key").exists()


async def test_a_damaged_key_store_is_one_sentence(server: AccountServer, folder: Path) -> None:
    await run(server, folder)
    for file in (folder / "olm").iterdir():
        file.unlink()
    (folder / "olm" / "keys.db").write_bytes(b"SQLite format 3\0 and then rubbish" * 100)
    with pytest.raises(DamagedStore, match=r"damaged.*new-device"):
        await run(server, folder)


async def test_seeds_that_are_gone_are_asked_back_and_not_made_anew(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder)
    (folder / "identity.json").unlink()
    with pytest.raises(ForeignIdentity, match="recover"):
        await run(server, folder)
    assert not (folder / "identity.json").exists()


async def test_two_processes_on_one_folder(server: AccountServer, folder: Path) -> None:
    first = session(server, folder)
    await first.start()
    with pytest.raises(StoreInUse, match="another process"):
        await run(server, folder)
    await first.close()
    await run(server, folder)


# A full disk


async def test_a_full_disk_at_the_first_start_leaves_no_device_behind(
    server: AccountServer, folder: Path
) -> None:
    await run(server, folder.parent / "warm-up")  # libraries write caches of their own
    server.devices.clear()
    server.cross_signing.clear()
    folder.mkdir()
    with full_disk(40), pytest.raises(Unwritable, match="cannot be written"):
        await run(server, folder)
    assert server.devices == {}
    assert not (folder / "session.json").exists()
    await run(server, folder)


@pytest.mark.parametrize("size", [0, 100, 5000])
async def test_a_full_disk_later_is_one_sentence_and_loses_nothing(
    server: AccountServer, folder: Path, size: int
) -> None:
    await run(server, folder)
    before = {name: (folder / name).read_bytes() for name in ("identity.json", "session.json", "pickle.key")}
    (folder / "identity.json").write_bytes(before["identity.json"])
    with full_disk(size), pytest.raises(CannotStart) as caught:
        await run(server, folder)
    assert "\n" not in str(caught.value)
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert not list(folder.glob("*.new"))
    await run(server, folder)


async def test_a_folder_that_cannot_be_made_is_one_sentence(server: AccountServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritable, match="cannot be written"):
        await run(server, tmp_path / "file" / "storage")


# The clock


@pytest.mark.parametrize(("days", "side"), [(-1, "ahead of"), (1, "behind")])
async def test_a_clock_that_is_a_day_off_is_told_and_stops_nothing(
    server: AccountServer, folder: Path, caplog: pytest.LogCaptureFixture, days: int, side: str
) -> None:
    server.date = format_datetime(datetime.now(UTC) + timedelta(days=days), usegmt=True)
    await run(server, folder)
    await run(server, folder)
    told = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
    assert len(told) == 2
    assert side in told[0]
    assert "14" in told[0]


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 99 Nov 2026 00:00:00 GMT"])
async def test_a_server_without_a_usable_clock_is_no_trouble(
    server: AccountServer, folder: Path, caplog: pytest.LogCaptureFixture, date: str
) -> None:
    server.date = date
    await run(server, folder)
    assert not [record for record in caplog.records if "clock" in record.getMessage()]
