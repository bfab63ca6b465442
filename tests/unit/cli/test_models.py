from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.models import run
from tests.phrasebook import fixtures


def test_import_and_list_show_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "models", "list") == 0
    assert "No translation packages" in capsys.readouterr().out
    assert run(tmp_path / "models", "import", fixtures.PHRASEBOOK[0]) == 0
    assert "sha256" in capsys.readouterr().out
    assert run(tmp_path / "models", "list") == 0
    assert "en → es  version 0.1  phrasebook" in capsys.readouterr().out


def test_a_damaged_package_is_named_by_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fixtures.phrasebook(tmp_path / "models")
    (tmp_path / "models" / "translate-en_es-0_1" / "model" / "model.bin").write_bytes(b"")
    assert run(tmp_path / "models", "list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["DAMAGED" in line for line in lines] == [True, False]


def test_a_refused_file_is_one_sentence_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "models", "import", tmp_path / "none.argosmodel") == 2
    assert run(tmp_path / "models", "import", None) == 2
    assert run(tmp_path / "models", "import", fixtures.PHRASEBOOK[0], "00") == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert len(told.err.splitlines()) == 3


def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    assert run(tmp_path / "models", "import", fixtures.PHRASEBOOK[0]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
