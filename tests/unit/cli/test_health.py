"""`twinline health`: well, silent, blocked, or never started."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.health import dropped, judge

SECOND = timedelta(seconds=1)
OFF = "the bot is stopped, stuck or cut off."
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def state(file: Path, synced: timedelta | None, waiting: timedelta | None = None) -> Path:
    times = {"last_sync": synced, "oldest_waiting": waiting}
    text = {key: None if age is None else (NOW - age).isoformat() for key, age in times.items()}
    file.write_text(json.dumps(text), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("synced", "waiting", "fault", "sentence"),
    [
        (89 * SECOND, None, False, "The last sync was 89 s ago, nothing waits."),
        (91 * SECOND, None, True, "The last sync was 91 s ago: " + OFF),
        (86400 * SECOND, None, True, "The last sync was 24 h ago: " + OFF),
        (SECOND, 840 * SECOND, False, "The last sync was 1 s ago, the oldest message waits for 14 min."),
        (SECOND, 960 * SECOND, True, "A message has been waiting for 16 min: the homeserver refuses it."),
        (-3600 * SECOND, None, False, "The last sync was 0 s ago, nothing waits."),
        (None, None, True, "The bot has not reached its homeserver yet."),
    ],
)
def test_the_ages_decide(
    tmp_path: Path, synced: timedelta | None, waiting: timedelta | None, fault: bool, sentence: str
) -> None:
    assert judge(state(tmp_path / "health.json", synced, waiting), NOW) == (fault, sentence)


def test_the_reason_of_a_silence_is_said(tmp_path: Path) -> None:
    file = state(tmp_path / "health.json", 300 * SECOND)
    written = json.loads(file.read_text(encoding="utf-8"))
    written["trouble"] = "the homeserver's answer has more than 24 MB"
    file.write_text(json.dumps(written), encoding="utf-8")
    sentence = f"The last sync was 5 min ago: {OFF} The last time it asked, {written['trouble']}."
    assert judge(file, NOW) == (True, sentence)


def test_without_a_file_the_bot_has_not_run(tmp_path: Path) -> None:
    assert judge(tmp_path / "health.json", NOW) == (True, "The bot has not run here yet.")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", *(f'{{"last_sync": {time}, "oldest_waiting": null}}' for time in ("3", '"2026-11-20"'))],
)
def test_a_broken_file_is_a_fault(tmp_path: Path, text: str) -> None:
    file = tmp_path / "health.json"
    file.write_text(text, encoding="utf-8")
    assert judge(file, NOW) == (True, f"{file} cannot be read.")


def test_the_exit_code_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "{homeserver: https://example.org, account: bot, host_name: Robin, inviters: [a.org], storage: s}",
        encoding="utf-8",
    )
    assert main(["health", "--config", str(config)]) == 1
    assert capsys.readouterr().err == "The bot has not run here yet.\n"
    now = datetime.now(UTC).isoformat()
    (tmp_path / "s").mkdir()
    told = {"last_sync": now, "oldest_waiting": None, "dropped": {"plaintext": 2}}
    (tmp_path / "s" / "health.json").write_text(json.dumps(told))
    assert main(["health", "--config", str(config)]) == 0
    out = capsys.readouterr().out
    assert "nothing waits" in out
    assert "claimed to be: 2 (plaintext: 2)." in out


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"plaintext": 2, "malformed": 1}, "it claimed to be: 3 (malformed: 1, plaintext: 2)."),
        ({}, ""),
        ({"plaintext": 0}, ""),
        (None, ""),
        ([], ""),
        ({"plaintext": "two"}, ""),
    ],
)
def test_what_was_dropped_is_told(tmp_path: Path, counts: object, said: str) -> None:
    file = state(tmp_path / "health.json", SECOND)
    assert dropped(file) == ""
    file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), "dropped": counts}))
    assert dropped(file).endswith(said)
    assert bool(dropped(file)) is bool(said)
    assert judge(file, NOW) == (False, "The last sync was 1 s ago, nothing waits.")
