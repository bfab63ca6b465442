from __future__ import annotations

import io
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.phrasebook import fixtures

CONFIG = """\
homeserver: https://matrix.example.org
account: twinline
host_name: Robin
inviters: [example.org]
storage: storage
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def translate(
    config: Path, text: str, monkeypatch: pytest.MonkeyPatch, source: str = "en", target: str = "es"
) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    return main(["translate", "--from", source, "--to", target, "--config", str(config)])


def test_standard_input_is_translated_and_shown_step_by_step(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures.phrasebook(config.parent / "storage" / "models")
    text = "We won the hearing.\n- 40 families stay. The zebra sleeps.\n"
    assert translate(config, text, monkeypatch) == 0
    out = capsys.readouterr().out
    assert "1. We won the hearing.\n   argos < We won the hearing.\n         > Ganamos la audiencia.\n" in out
    assert "   spans: number '40'\n   argos < ⟦1⟧ families stay.\n" in out
    assert "   = stands as it was written  ⚠ unknown\n" in out
    assert "\n\nGanamos la audiencia.\n- 40 familias se quedan. The zebra sleeps.\n\n" in out
    assert out.splitlines()[-1].endswith(" ms")


def test_a_text_in_the_target_language_is_said_to_be_one(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures.phrasebook(config.parent / "storage" / "models")
    assert translate(config, "Leeremos su carta en voz alta.", monkeypatch) == 0
    assert "The text is in es already." in capsys.readouterr().out


def test_bytes_that_are_no_text_do_not_stop_it(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures.phrasebook(config.parent / "storage" / "models")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"We won the hearing. \xff"), "ascii"))
    assert main(["translate", "--from", "en", "--to", "es", "--config", str(config)]) == 0
    assert "\n\nGanamos la audiencia. \ufffd\n\n" in capsys.readouterr().out


def test_without_a_way_there_is_a_sentence(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translate(config, "Hello", monkeypatch) == 1
    assert capsys.readouterr().err == "Nothing that is installed leads from en to es.\n"
    config.write_text(f"{CONFIG}translation: {{engines: [none]}}\n", encoding="utf-8")
    assert translate(config, "Hello", monkeypatch) == 1
    assert translate(config, "Hello", monkeypatch, target="klingon") == 2
    assert capsys.readouterr().err.endswith("--to: 'klingon' is no language that Twinline knows.\n")
