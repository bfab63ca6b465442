"""The files of the session: written whole or not at all, read by nobody else, held by one process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.matrix.login import (
    DamagedStore,
    LoginFailed,
    StoreInUse,
    lock_folder,
    pickle_key,
    read_json,
    stored_account,
    write_secret,
)


def test_a_secret_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"old")
    file.chmod(0o644)
    write_secret(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_the_folder_is_held_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "storage"
    held = lock_folder(folder)
    assert folder.stat().st_mode & 0o077 == 0
    with pytest.raises(StoreInUse):
        lock_folder(folder)
    os.close(held)
    os.close(lock_folder(folder))


def test_the_key_of_the_key_store_is_made_once(tmp_path: Path) -> None:
    key = pickle_key(tmp_path)
    assert len(key) == 64
    assert pickle_key(tmp_path) == key
    assert (tmp_path / "pickle.key").stat().st_mode & 0o077 == 0


def test_a_key_is_not_made_anew_beside_an_existing_store(tmp_path: Path) -> None:
    pickle_key(tmp_path)
    (tmp_path / "olm").mkdir()
    (tmp_path / "olm" / "keys.db").touch()
    (tmp_path / "pickle.key").unlink()
    with pytest.raises(DamagedStore):
        pickle_key(tmp_path)


def test_a_damaged_key_is_told(tmp_path: Path) -> None:
    (tmp_path / "pickle.key").write_bytes(b"short")
    with pytest.raises(DamagedStore):
        pickle_key(tmp_path)


@pytest.mark.parametrize("content", ["", "[]", "{", "\x00"])
def test_a_damaged_file_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "session.json").write_text(content)
    with pytest.raises(DamagedStore):
        read_json(tmp_path / "session.json")


async def test_the_stored_account(tmp_path: Path) -> None:
    assert await stored_account(tmp_path, "@bot:x") is None
    file = tmp_path / "session.json"
    file.write_text('{"user_id": "@bot:x", "device_id": "D", "access_token": "t"}')
    account = await stored_account(tmp_path, "@bot:x")
    assert account is not None
    assert (account.device_id, account.token) == ("D", "t")
    assert "t" not in repr(account).split("account")[-1].split()
    assert await stored_account(tmp_path, "bot") == account
    with pytest.raises(LoginFailed):
        await stored_account(tmp_path, "@other:x")
    file.write_text('{"user_id": "@bot:x", "device_id": 7}')
    with pytest.raises(DamagedStore):
        await stored_account(tmp_path, "@bot:x")
