"""The secrets of audits on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.vault import token
from bot.storage.vault import FileVault


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(tmp_path / "audits")


def test_a_secret_lasts_until_it_is_destroyed(tmp_path: Path, vault: FileVault) -> None:
    vault.create(7)
    secret = vault.read(7)
    assert secret is not None
    assert len(secret) == 32
    assert FileVault(tmp_path / "audits").read(7) == secret
    assert vault.known() == {7}
    vault.destroy(7)
    assert vault.read(7) is None
    assert vault.known() == frozenset()
    assert list((tmp_path / "audits").iterdir()) == []
    vault.destroy(7)


def test_what_is_destroyed_was_overwritten(tmp_path: Path, vault: FileVault) -> None:
    vault.create(7)
    link = tmp_path / "also"
    link.hardlink_to(tmp_path / "audits" / "7.secret")
    secret = link.read_bytes()
    vault.destroy(7)
    assert link.read_bytes() != secret


def test_a_secret_is_for_the_bot_alone_and_each_is_another(tmp_path: Path, vault: FileVault) -> None:
    vault.create(1)
    vault.create(2)
    assert vault.read(1) != vault.read(2)
    assert (tmp_path / "audits").stat().st_mode & 0o077 == 0
    assert (tmp_path / "audits" / "1.secret").stat().st_mode & 0o077 == 0
    first = vault.read(1)
    vault.create(1)
    assert vault.read(1) != first


def test_half_a_secret_is_none(tmp_path: Path, vault: FileVault) -> None:
    vault.create(1)
    (tmp_path / "audits" / "1.secret").write_bytes(b"half")
    assert FileVault(tmp_path / "audits").read(1) is None
    assert FileVault(tmp_path / "nowhere").known() == frozenset()


def test_how_far_the_database_is_lasts_as_long_as_there_are_secrets(tmp_path: Path, vault: FileVault) -> None:
    vault.remember(3)
    assert vault.remembered() == 0
    vault.create(1)
    vault.create(2)
    vault.remember(3)
    assert FileVault(tmp_path / "audits").remembered() == 3
    vault.destroy(1)
    assert vault.remembered() == 3
    (tmp_path / "audits" / "count").write_text("")
    assert vault.remembered() == 0
    vault.destroy(2)
    assert list((tmp_path / "audits").iterdir()) == []


def test_a_person_has_another_token_in_each_audit() -> None:
    assert token(b"a" * 32, "@ana:here") != token(b"b" * 32, "@ana:here")
    assert token(b"a" * 32, "@ana:here") != token(b"a" * 32, "@ben:here")
    assert token(b"a" * 32, "@ana:here") == token(b"a" * 32, "@ana:here")
