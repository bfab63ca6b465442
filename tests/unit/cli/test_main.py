"""The command line: which sub-commands there are, their exit codes, and that faults are one sentence."""

from __future__ import annotations

import errno
import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.config import example

GOOD = """\
homeserver: https://matrix.example.org
account: "@twinline:example.org"
host_name: Robin
inviters: ["example.org"]
hosts: ["@robin:example.org"]
storage: storage
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_the_example_configuration_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["example-config"]) == 0
    assert capsys.readouterr().out == example()


def test_a_sound_configuration_is_said_to_be_sound(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--config", str(config)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == [
        f"{config} is sound.",
        "password_file: without it, the first start has to be on a terminal, and asks.",
        "secret_file: without it, a copy of the storage folder holds the keys together with their secret.",
        "There are no translation packages yet; twinline models install CODE… brings some.",
    ]
    assert not (config.parent / "storage").exists()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("homeserver: http://matrix.example.org", "homeserver: over http://"),
        ("hosts: []", "hosts: nobody is named"),
        ("translation: {engines: [none]}", "translation.engines: with none"),
        (
            "translation: {engines: [apertium], apertium: nowhere}",
            "translation.apertium: there are no mode files",
        ),
        (
            "translation: {engines: [libretranslate], libretranslate: ['http://translate.example.org']}",
            "translation.libretranslate: over http://",
        ),
    ],
)
def test_what_is_seldom_meant_is_pointed_out(
    config: Path, capsys: pytest.CaptureFixture[str], line: str, hint: str
) -> None:
    kept = [old for old in GOOD.splitlines() if not old.startswith(line.partition(":")[0])]
    config.write_text("\n".join([*kept, line]), encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 0
    assert hint in capsys.readouterr().out


def test_plain_http_to_this_machine_is_no_reason_for_a_hint(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(GOOD.replace("https://matrix.example.org", "http://127.0.0.1:8008"), encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 0
    assert "homeserver:" not in capsys.readouterr().out


@pytest.mark.parametrize("command", [["check"], ["run"], ["health"], ["models", "list"]])
def test_a_fault_in_the_configuration_is_one_sentence_and_exit_code_2(
    config: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    config.write_text(GOOD + "colour: red\n", encoding="utf-8")
    assert main([*command, "--config", str(config)]) == 2
    assert capsys.readouterr().err == "colour: is not a setting that Twinline knows.\n"


def test_a_language_without_a_catalog_is_a_fault(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(GOOD + "language: tlh\n", encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 2
    assert capsys.readouterr().err.startswith("language: the bot itself speaks en, es")


def test_the_password_is_of_no_interest_once_it_was_used(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.parent / "storage").mkdir()
    (config.parent / "storage" / "session.json").write_text("{}")
    assert main(["check", "--config", str(config)]) == 0
    assert "password_file" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "begin"),
    [
        ("storage: ''", "storage: must be the path"),
        ("storage: /", "storage: / is not a folder"),
        ("storage: /proc/x", "storage: /proc/x cannot be written"),
        ("storage: config.yaml/x", "storage: "),
        ("log: {file: /proc/x}", "log.file: /proc/x cannot be written"),
        ("password_file: none.secret", "password_file: there is no file"),
        ("secret_file: none.secret", "secret_file: there is no file"),
        (f"host_name: {'a' * 500}", "host_name: must be one line of text"),
        (f"homeserver: https://{'a' * 500}.org", "homeserver: must be the address"),
    ],
)
def test_what_the_bot_would_stumble_over_is_found_by_the_check(
    config: Path, capsys: pytest.CaptureFixture[str], line: str, begin: str
) -> None:
    kept = [old for old in GOOD.splitlines() if not old.startswith(line.partition(":")[0])]
    config.write_text("\n".join([*kept, line]), encoding="utf-8")
    assert main(["check", "--config", str(config)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(begin)
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert [file.name for file in config.parent.iterdir()] == ["config.yaml"]


def test_a_folder_without_rights_is_found_by_the_check(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    assert main(["check", "--config", str(config)]) == 2
    storage = config.parent / "storage"
    assert capsys.readouterr().err == f"storage: {storage} cannot be written (Permission denied).\n"


def test_a_full_disk_may_have_room_later(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    assert main(["run", "--config", str(config)]) == 1
    assert "No space left" in capsys.readouterr().err


def test_no_packages_are_listed_as_none(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--config", str(config)]) == 0
    assert "No translation packages" in capsys.readouterr().out


def test_what_a_command_makes_is_for_the_bot_alone(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hola."))
    assert main(["translate", "--from", "es", "--to", "en", "--config", str(config)]) == 1
    assert stat.S_IMODE((config.parent / "storage").stat().st_mode) == 0o700


def test_a_package_that_is_not_there_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = config.parent / "en_es.argosmodel"
    assert main(["models", "import", str(missing), "--config", str(config)]) == 2
    assert str(missing) in capsys.readouterr().err


@pytest.mark.parametrize("argv", [[], ["fly"], ["models"], ["models", "import"], ["check", "--conf"]])
def test_a_wrong_command_line_is_exit_code_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


def test_it_starts_as_a_module_without_loading_the_heavy_parts() -> None:
    program = (
        "import sys\n"
        "from bot.__main__ import main\n"
        "code = main(['example-config'])\n"
        "heavy = {'nio', 'ctranslate2', 'argostranslate', 'aiohttp', 'apscheduler'} & sys.modules.keys()\n"
        "sys.exit(f'loaded: {heavy}' if heavy else code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
