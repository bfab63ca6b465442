from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest

from bot.mt import packages
from bot.mt.packages import PackageError, best, import_file, installed, intact
from tests.phrasebook import copymodel, fixtures

NAME = "translate-en_es-0_1"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copymodel.build(tmp_path_factory.mktemp("file"))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


def test_an_imported_package_is_installed_and_intact(file: Path, models: Path) -> None:
    package = import_file(models, file)
    assert installed(models) == [package]
    assert (package.source, package.target, package.phrasebook) == ("en", "es", False)
    assert intact(models, package)
    lock = json.loads((models / "models.lock").read_text())
    assert lock[NAME]["file"] == hashlib.sha256(file.read_bytes()).hexdigest()


def test_nothing_is_left_over_from_an_import(file: Path, models: Path) -> None:
    import_file(models, file)
    assert sorted(path.name for path in models.iterdir()) == ["models.lock", NAME]


def test_the_phrasebook_says_that_it_is_one(models: Path) -> None:
    fixtures.phrasebook(models)
    assert [package.phrasebook for package in installed(models)] == [True, True]
    assert sum(each.stat().st_size for each in fixtures.PHRASEBOOK) < 600_000


def test_importing_the_same_file_again_repairs_the_package(file: Path, models: Path) -> None:
    package = import_file(models, file)
    model = package.folder / "model" / "model.bin"
    model.write_bytes(model.read_bytes()[:100])
    assert not intact(models, package)
    import_file(models, file)
    assert intact(models, package)


def test_an_added_file_and_a_link_are_noticed(file: Path, models: Path) -> None:
    package = import_file(models, file)
    extra = package.folder / "model" / "extra"
    extra.write_text("x")
    assert not intact(models, package)
    extra.unlink()
    assert intact(models, package)
    extra.symlink_to("/etc/hostname")
    assert not intact(models, package)


def test_another_content_under_a_known_name_is_refused(file: Path, models: Path, tmp_path: Path) -> None:
    import_file(models, file)
    other = fixtures.rewritten(file, tmp_path / "other.argosmodel", {f"{NAME}/README.md": b"other"})
    with pytest.raises(PackageError, match="first installed with another content"):
        import_file(models, other)
    assert intact(models, installed(models)[0])


def test_a_demanded_hash_must_match(file: Path, models: Path) -> None:
    with pytest.raises(PackageError, match="not the one demanded"):
        import_file(models, file, "0" * 64)
    assert not models.exists()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert import_file(models, file, f" {digest.upper()} ").file_hash == digest


def test_a_folder_without_a_line_in_the_lock_is_no_package(file: Path, models: Path) -> None:
    import_file(models, file)
    (models / "stray").mkdir()
    with zipfile.ZipFile(file) as archive:
        archive.extractall(models / "stray")
    assert [package.name for package in installed(models)] == [NAME]


def test_a_lock_that_names_a_way_out_is_not_followed(file: Path, models: Path) -> None:
    package = import_file(models, file)
    lock = packages.read_lock(models)
    package.folder.rename(models.parent / "elsewhere")
    (models / "models.lock").write_text(json.dumps({"../elsewhere": lock[NAME]}))
    assert installed(models) == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1}'])
def test_a_damaged_lock_is_an_error_with_its_name(text: str, models: Path) -> None:
    models.mkdir()
    (models / "models.lock").write_text(text)
    with pytest.raises(PackageError, match=r"models\.lock"):
        installed(models)


@pytest.mark.parametrize(
    "name",
    ["/etc/evil", "../evil", f"{NAME}/../../evil", f"{NAME}\\..\\evil", "C:/evil", f"{NAME}/model/a\nb"],
)
def test_a_path_that_leads_out_is_refused(name: str, file: Path, models: Path, tmp_path: Path) -> None:
    bad = fixtures.rewritten(file, tmp_path / "bad.argosmodel", {name: b"x"})
    with pytest.raises(PackageError):
        import_file(models, bad)
    assert [path.name for path in models.rglob("*")] == []
    assert not list(tmp_path.rglob("evil"))


def test_a_link_in_the_file_is_refused(file: Path, models: Path, tmp_path: Path) -> None:
    bad = fixtures.rewritten(file, tmp_path / "bad.argosmodel", {})
    link = zipfile.ZipInfo(f"{NAME}/model/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(PackageError, match="link or a special file"):
        import_file(models, bad)


def test_a_second_folder_and_a_doubled_file_are_refused(file: Path, models: Path, tmp_path: Path) -> None:
    two = fixtures.rewritten(file, tmp_path / "two.argosmodel", {"another/metadata.json": b"{}"})
    with pytest.raises(PackageError, match="one folder"):
        import_file(models, two)
    doubled = fixtures.rewritten(file, tmp_path / "doubled.argosmodel", {})
    with zipfile.ZipFile(doubled, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(f"{NAME}/metadata.json", "{}")
    with pytest.raises(PackageError, match="each file once"):
        import_file(models, doubled)


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("metadata.json", "metadata.json or model/model.bin is missing"),
        ("model/model.bin", "metadata.json or model/model.bin is missing"),
        ("sentencepiece.model", "no tokenizer"),
    ],
)
def test_a_file_that_lacks_a_part_is_refused(
    missing: str, sentence: str, file: Path, models: Path, tmp_path: Path
) -> None:
    bad = fixtures.rewritten(file, tmp_path / "bad.argosmodel", {f"{NAME}/{missing}": None})
    with pytest.raises(PackageError, match=sentence):
        import_file(models, bad)


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        ({}, "no two languages"),
        ({"from_code": "en", "to_code": "en"}, "no two languages"),
        ({"from_code": "en", "to_code": 7}, "no two languages"),
        ({"from_code": "en", "to_code": "xx"}, "does not know"),
        ([], "no object"),
    ],
)
def test_metadata_that_names_no_known_languages_is_refused(
    metadata: object, sentence: str, file: Path, models: Path, tmp_path: Path
) -> None:
    content = json.dumps(metadata).encode()
    bad = fixtures.rewritten(file, tmp_path / "bad.argosmodel", {f"{NAME}/metadata.json": content})
    with pytest.raises(PackageError, match=sentence):
        import_file(models, bad)


def test_what_is_no_zip_or_cut_short_is_refused(file: Path, models: Path, tmp_path: Path) -> None:
    cut, text, broken = tmp_path / "cut", tmp_path / "text", tmp_path / "broken"
    content = file.read_bytes()
    cut.write_bytes(content[: len(content) // 2])
    text.write_text("hello")
    broken.write_bytes(content[:2000] + bytes(500) + content[2500:])
    for bad in (cut, text, broken):
        with pytest.raises(PackageError, match="damaged"):
            import_file(models, bad)
    with pytest.raises(PackageError, match="not a file"):
        import_file(models, tmp_path / "missing")


def test_what_unpacks_to_too_much_is_stopped_while_unpacking(
    file: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "UNPACKED_LIMIT", 50_000)
    with pytest.raises(PackageError, match="more than is allowed"):
        import_file(models, file)
    assert [path.name for path in models.rglob("*")] == []


def test_too_many_files_and_a_too_large_file_are_refused(
    file: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "ENTRY_LIMIT", 2)
    with pytest.raises(PackageError, match="more than 2 files"):
        import_file(models, file)
    monkeypatch.setattr(packages, "PACKED_LIMIT", 1000)
    with pytest.raises(PackageError, match="larger than"):
        import_file(models, file)


def test_sentence_splitters_that_packages_bring_are_left_out(
    file: Path, models: Path, tmp_path: Path
) -> None:
    full = fixtures.rewritten(file, tmp_path / "full.argosmodel", {f"{NAME}/stanza/en/x.pt": b"x" * 1000})
    package = import_file(models, full)
    assert not (package.folder / "stanza").exists()
    assert intact(models, package)


def test_of_two_versions_the_newer_one_serves(file: Path, models: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer.argosmodel"
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(newer, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("metadata.json"):
                content = content.replace(b'"0.1"', b'"0.10"')
            new.writestr(entry.filename.replace("0_1", "0_10"), content)
    import_file(models, newer)
    import_file(models, file)
    assert best(installed(models))["en", "es"].version == "0.10"
