from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.models import Models
from bot.mt.packages import import_file
from tests.phrasebook import copymodel, fixtures

NOWHERE = "http://127.0.0.1:9/index.json"


def models(tmp_path: Path) -> Models:
    return Models(tmp_path / "models", NOWHERE)


def test_import_list_and_remove_show_what_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models(tmp_path).show() == 0
    assert "No translation packages" in capsys.readouterr().out
    assert models(tmp_path).import_(fixtures.PHRASEBOOK[0]) == 0
    told = capsys.readouterr().out
    assert "sha256 " in told
    assert "Self-test: “Thank you very much.” → “Muchas gracias.”" in told
    assert models(tmp_path).show() == 0
    assert "en → es  version 0.1  0.3 MB  phrasebook" in capsys.readouterr().out
    assert models(tmp_path).remove(["es"]) == 0
    assert capsys.readouterr().out.startswith("Removed translate-en_es-0_1")
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == [".engine", "models.lock"]
    assert models(tmp_path).remove(["es"]) == 2


def test_after_removal_no_other_file_takes_the_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = copymodel.build(tmp_path)
    import_file(tmp_path / "models", good)
    assert models(tmp_path).remove(["translate-en_es-0_1"]) == 0
    other = fixtures.rewritten(good, tmp_path / "other", {"translate-en_es-0_1/README.md": b"other"})
    assert models(tmp_path).import_(other) == 2
    assert "first installed with another content" in capsys.readouterr().err


def test_a_package_that_says_nothing_sensible_fails_its_self_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = copymodel.build(tmp_path)
    bad = fixtures.rewritten(good, tmp_path / "bad", {"translate-en_es-0_1/model/model.bin": b"no model"})
    assert models(tmp_path).import_(bad) == 2
    told = capsys.readouterr()
    assert told.out.startswith("Imported")
    assert "translate-en_es-0_1 does not translate" in told.err


def test_a_damaged_package_is_named_by_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixtures.phrasebook(tmp_path / "models")
    (tmp_path / "models" / "translate-en_es-0_1" / "model" / "model.bin").write_bytes(b"")
    assert models(tmp_path).show() == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["DAMAGED" in line for line in lines] == [True, False]


def test_a_refused_file_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models(tmp_path).import_(tmp_path / "none.argosmodel") == 2
    assert models(tmp_path).import_(fixtures.PHRASEBOOK[0], "00") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 2


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    assert models(tmp_path).import_(fixtures.PHRASEBOOK[0]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_an_index_that_cannot_be_reached_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert models(tmp_path).install(["es"]) == 2
    assert models(tmp_path).show(online=True) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert all(line.startswith(f"{NOWHERE} cannot be reached") for line in told)
