"""The seeds at rest: encrypted, bound to their account, and never lost to a bad file or a full disk."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.matrix.identity import CrossSigning, from_base64, to_base64
from bot.matrix.login import DamagedStore, Unwritable
from bot.matrix.seeds import Seeds

USER = "@bot:example.org"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file can grow: writing fails half-way, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def seeds(tmp_path: Path) -> Seeds:
    return Seeds(tmp_path, "the host's secret")


@pytest.fixture
def identity(seeds: Seeds) -> CrossSigning:
    made = CrossSigning.create()
    seeds.keep(USER, made)
    return made


def test_what_is_kept_is_read_again(seeds: Seeds, identity: CrossSigning) -> None:
    assert seeds.load(USER) == identity


def test_without_a_file_there_is_no_identity(seeds: Seeds) -> None:
    assert seeds.load(USER) is None


def test_the_file_shows_no_seed_and_is_the_bots_alone(seeds: Seeds, identity: CrossSigning) -> None:
    raw = seeds.file.read_bytes()
    sealed = from_base64(json.loads(raw)["sealed"])
    for seed in (identity.master, identity.self_signing, identity.user_signing):
        assert to_base64(seed).encode() not in raw
        assert seed not in sealed
        assert to_base64(seed).encode() not in sealed
    assert seeds.file.stat().st_mode & 0o777 == 0o600


def test_two_files_of_one_identity_have_nothing_in_common(seeds: Seeds, identity: CrossSigning) -> None:
    first = json.loads(seeds.file.read_bytes())
    seeds.keep(USER, identity)
    second = json.loads(seeds.file.read_bytes())
    assert all(first[part] != second[part] for part in ("salt", "nonce", "sealed"))


def test_another_secret_does_not_open_it(seeds: Seeds, identity: CrossSigning) -> None:
    with pytest.raises(DamagedStore, match=r"another secret file.*`twinline identity recover`") as caught:
        Seeds(seeds.folder, "another secret").load(USER)
    assert "another secret'" not in str(caught.value)
    assert seeds.load(USER) == identity


def test_the_file_of_another_account_is_refused(seeds: Seeds, identity: CrossSigning) -> None:
    with pytest.raises(DamagedStore, match=r"another account than @other:example\.org"):
        seeds.load("@other:example.org")
    renamed = {**json.loads(seeds.file.read_bytes()), "user_id": "@other:example.org"}
    seeds.file.write_text(json.dumps(renamed))
    with pytest.raises(DamagedStore, match="cannot be opened"):
        seeds.load("@other:example.org")


def test_a_truncated_file_is_refused_wherever_it_ends(seeds: Seeds, identity: CrossSigning) -> None:
    whole = seeds.file.read_bytes()
    for length in range(0, len(whole), 7):
        seeds.file.write_bytes(whole[:length])
        with pytest.raises(DamagedStore, match=f"{seeds.file}.*`twinline identity recover`"):
            seeds.load(USER)
    seeds.file.write_bytes(whole)
    assert seeds.load(USER) == identity


@pytest.mark.parametrize("part", ["format", "salt", "nonce", "sealed"])
@pytest.mark.parametrize("value", [None, "", "AAAA", "not base64!", 7, []])
def test_a_changed_file_is_refused(seeds: Seeds, identity: CrossSigning, part: str, value: object) -> None:
    seeds.file.write_text(json.dumps({**json.loads(seeds.file.read_bytes()), part: value}))
    with pytest.raises(DamagedStore, match="cannot be opened"):
        seeds.load(USER)


def test_a_file_that_cannot_be_read_is_told(seeds: Seeds) -> None:
    seeds.file.mkdir()
    with pytest.raises(DamagedStore, match=r"cannot be read.*`twinline identity recover`"):
        seeds.load(USER)


def test_seeds_of_an_earlier_version_are_read_and_encrypted_at_once(seeds: Seeds) -> None:
    identity = CrossSigning.create()
    seeds.file.write_text(json.dumps({"user_id": USER, **identity.to_json()}))
    assert seeds.load(USER) == identity
    assert to_base64(identity.master) not in seeds.file.read_text()
    assert seeds.load(USER) == identity


def test_seeds_of_an_earlier_version_stay_as_they_are_on_a_full_disk(seeds: Seeds) -> None:
    identity = CrossSigning.create()
    seeds.file.write_text(json.dumps({"user_id": USER, **identity.to_json()}))
    before = seeds.file.read_bytes()
    with full_disk(), pytest.raises(Unwritable, match=r"cannot be written.*nothing was changed"):
        seeds.load(USER)
    assert seeds.file.read_bytes() == before


def test_a_full_disk_leaves_the_old_seeds_and_no_half_file(seeds: Seeds, identity: CrossSigning) -> None:
    with full_disk(), pytest.raises(Unwritable, match="cannot be written"):
        seeds.keep(USER, CrossSigning.create())
    assert list(seeds.folder.iterdir()) == [seeds.file]
    assert seeds.load(USER) == identity


def test_a_write_that_never_reaches_the_disk_leaves_the_old_seeds(
    seeds: Seeds, identity: CrossSigning, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(Unwritable, match="Input/output error"):
        seeds.keep(USER, CrossSigning.create())
    monkeypatch.undo()
    assert list(seeds.folder.iterdir()) == [seeds.file]
    assert seeds.load(USER) == identity


def test_a_copy_aside_keeps_what_was_there(seeds: Seeds, identity: CrossSigning) -> None:
    before = seeds.file.read_bytes()
    first = seeds.copy_aside()
    seeds.keep(USER, CrossSigning.create())
    second = seeds.copy_aside()
    assert first is not None
    assert second is not None
    assert first != second
    assert first.read_bytes() == before
    assert seeds.load(USER) != identity


def test_without_a_file_there_is_nothing_to_copy(seeds: Seeds) -> None:
    assert seeds.copy_aside() is None
