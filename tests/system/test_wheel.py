"""What a host installs: the pinned packages and the wheel, into an empty environment."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.tools.lock import REQUIREMENTS, ROOT, uv

LARGEST_INSTALLATION = 400  # MB
GIANTS = ("torch", "spacy", "stanza", "minisbd", "onnxruntime", "thinc")

SENTENCE = """
from bot.i18n import Catalogs
from bot.domain.text import t
print(Catalogs.load().say(t("Usage: {usage}", usage="!help"), "es"))
"""


def run(*words: str | Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(uv(), "build", "--quiet", "--wheel", "--out-dir", folder, ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with what a host installs, and nothing else."""
    folder = tmp_path_factory.mktemp("host") / "venv"
    run(uv(), "venv", "--quiet", "--python", sys.executable, folder)
    into = ("--quiet", "--no-deps", "--python", folder / "bin" / "python")
    run(uv(), "pip", "install", *into, "--require-hashes", "-r", REQUIREMENTS)
    run(uv(), "pip", "install", *into, wheel)
    return folder


def test_the_wheel_holds_the_program_and_its_catalogs_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "bot/translations/es.po" in names
    assert "bot/storage/migrations/0001_start.sql" in names
    assert not [name for name in names if name.startswith(("tests/", "translations/"))]


def test_it_speaks_spanish(installed: Path, tmp_path: Path) -> None:
    program = tmp_path / "say.py"
    program.write_text(SENTENCE, encoding="utf-8")
    assert run(installed / "bin" / "python", program) == "Se usa así: !help\n"


def test_its_command_runs(installed: Path) -> None:
    assert run(installed / "bin" / "twinline", "example-config") == (ROOT / "config.example.yaml").read_text()


def test_only_the_excluded_packages_are_missed(installed: Path) -> None:
    done = subprocess.run(
        [uv(), "pip", "check", "--python", installed / "bin" / "python"],
        capture_output=True,
        text=True,
        check=False,
    )
    missing = {
        line.split("`")[3].partition("=")[0] for line in done.stderr.splitlines() if "requires" in line
    }
    assert missing == {"minisbd", "spacy", "stanza"}


def test_it_is_small_and_holds_none_of_the_giants(installed: Path) -> None:
    (packages,) = installed.glob("lib/python*/site-packages")
    size = sum(file.stat().st_size for file in packages.rglob("*") if file.is_file())
    assert size < LARGEST_INSTALLATION * 1_000_000
    assert not [name for name in GIANTS if (packages / name).exists()]
