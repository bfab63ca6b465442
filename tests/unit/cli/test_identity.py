"""`twinline identity`: what the host reads, the exit codes, and that no secret is shown unasked."""

from __future__ import annotations

import asyncio
import getpass
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot import log
from bot.__main__ import main
from bot.cli import identity as command
from bot.clock import SystemClock
from bot.matrix.custody import Portrait
from bot.matrix.identity import CrossSigning
from bot.matrix.seeds import Seeds
from bot.matrix.session import MatrixSession, SessionSettings
from tests.unit.matrix import independent
from tests.unit.matrix.account_server import PASSWORD, USER, AccountServer

SECRET = "the host's secret"


async def nothing_seen(_: object) -> set[str]:
    return set()


class Host:
    """Types commands; `out` and `err` hold what the last one printed."""

    def __init__(self, folder: Path, server: AccountServer, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.server = folder, server
        self.out = self.err = ""
        self._capsys = capsys
        self._secret(folder / "password.secret", PASSWORD)
        self._secret(folder / "host.secret", SECRET)
        self.config = folder / "config.yaml"
        self.config.write_text(
            f"homeserver: {server.url}\naccount: '{USER}'\nhost_name: Robin\ninviters: [example.org]\n"
            "storage: storage\npassword_file: password.secret\nsecret_file: host.secret\n"
        )

    @staticmethod
    def _secret(file: Path, text: str) -> None:
        file.write_text(text)
        file.chmod(0o600)

    async def types(self, *words: str) -> int:
        self._capsys.readouterr()
        code = await asyncio.to_thread(main, ["identity", *words, "--config", str(self.config)])
        self.out, self.err = self._capsys.readouterr()
        return code

    async def runs_the_bot(self) -> None:
        settings = SessionSettings(self.server.url, USER, lambda: PASSWORD, self.folder / "storage", SECRET)
        session = MatrixSession(settings, SystemClock(), nothing_seen)
        await session.start()
        await session.close()

    async def seeds(self) -> dict[str, str]:
        identity = await asyncio.to_thread(Seeds(self.folder / "storage", SECRET).load, USER)
        assert identity is not None
        return identity.to_json()


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


@pytest.fixture
def host(
    tmp_path: Path,
    server: AccountServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Host:
    monkeypatch.setattr(log, "set_up", lambda _: None)
    return Host(tmp_path, server, capsys)


async def test_how_things_stand_is_shown_without_secrets(host: Host) -> None:
    await host.runs_the_bot()
    assert await host.types("show") == 0
    lines = host.out.splitlines()
    assert lines[0].split() == ["account", USER]
    assert lines[1].split() == ["device", "DEVICE1"]
    fingerprint = host.server.device_keys["DEVICE1"]["keys"]["ed25519:DEVICE1"]
    assert fingerprint in host.out.replace(" ", "")
    assert "signed by the identity" in host.out
    assert "the homeserver shows the same" in host.out
    assert "none: `twinline identity backup` makes one" in host.out
    assert str(host.folder / "host.secret") in host.out
    seeds = await host.seeds()
    for secret in (*seeds.values(), PASSWORD, SECRET, "token1"):
        assert secret not in host.out.replace(" ", "") + host.err


async def test_the_recovery_key_is_shown_once_and_opens_the_backup(host: Host) -> None:
    await host.runs_the_bot()
    assert await host.types("backup") == 0
    (written,) = [line.strip() for line in host.out.splitlines() if line.strip().startswith("Es")]
    data = host.server.account_data["m.cross_signing.master"]["encrypted"]
    (sealed,) = data.values()
    seed = independent.opened(independent.key_of(written), "m.cross_signing.master", sealed)
    assert seed == (await host.seeds())["master"]
    assert await host.types("show") == 0
    assert written not in host.out
    assert f"its id is {next(iter(data))}" in host.out
    assert await host.types("backup") == 1
    assert host.err.count("\n") == 1
    assert "--replace" in host.err
    assert await host.types("backup", "--replace") == 0
    assert written not in host.out


async def test_an_account_is_adopted_with_a_key_from_a_file(host: Host) -> None:
    identity, key = CrossSigning.create(), bytes(range(32))
    host.server.cross_signing = identity.upload_body(USER)
    host.server.account_data = independent.account_data_of(identity.to_json(), key)
    file = host.folder / "recovery.txt"
    file.write_text("EsTc LW2K\n")
    assert await host.types("recover", "--key-file", str(file)) == 1
    assert (host.out, host.err.count("\n")) == ("", 1)
    assert "mistyped" in host.err
    file.write_text(command.groups(_written(key)) + "\n")
    assert await host.types("recover", "--key-file", str(file)) == 0
    assert await host.seeds() == identity.to_json()
    assert await host.types("recover", "--key-file", str(host.folder / "nowhere")) == 1
    assert "cannot be read" in host.err


def _written(key: bytes) -> str:
    from bot.matrix import recovery

    return recovery.encode(key).replace(" ", "")


async def test_the_key_is_asked_for_on_a_terminal_only(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    identity, key = CrossSigning.create(), bytes(range(32))
    host.server.cross_signing = identity.upload_body(USER)
    host.server.account_data = independent.account_data_of(identity.to_json(), key)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    assert await host.types("recover") == 1
    assert "--key-file" in host.err
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    asked: list[str] = []

    def types(prompt: str) -> str:
        asked.append(prompt)
        return _written(key)

    monkeypatch.setattr(getpass, "getpass", types)
    assert await host.types("recover") == 0
    assert asked == ["Recovery key: "]
    assert _written(key) not in host.out + host.err


async def test_a_new_device_is_made_and_told(host: Host) -> None:
    await host.runs_the_bot()
    assert await host.types("new-device") == 0
    assert "new device" in host.out
    assert list(host.server.device_keys) == ["DEVICE2"]
    assert await host.types("show") == 0


async def test_the_page_of_the_homeserver_is_shown(host: Host) -> None:
    host.server.wants = "oauth"
    identity, key = CrossSigning.create(), bytes(range(32))
    host.server.account_data = independent.account_data_of(identity.to_json(), key)
    (host.folder / "recovery.txt").write_text(_written(key))
    host.server.patience = 0
    assert await host.types("recover", "--key-file", str(host.folder / "recovery.txt")) == 0
    assert "https://account.example.org/" in host.err
    assert host.server.cross_signing == identity.upload_body(USER)


@pytest.mark.parametrize("action", ["show", "backup", "recover", "new-device"])
@pytest.mark.parametrize("trouble", ["never ran", "logged out", "away", "rubbish"])
async def test_every_trouble_is_one_sentence_and_exit_code_1(host: Host, action: str, trouble: str) -> None:
    if trouble != "never ran":
        await host.runs_the_bot()
    if trouble == "logged out":
        host.server.devices.clear()
        host.server.fails.add("/login")
    elif trouble == "away":
        host.server.fails |= {"/keys/query", "m.secret_storage.default_key"}
    elif trouble == "rubbish":
        (host.folder / "storage" / "identity.json").write_text("rubbish")
        host.server.fails.add("/never")
    assert await host.types(action) == 1
    assert host.out == ""
    assert host.err.count("\n") == 1
    assert host.err.endswith(".\n")
    assert "Traceback" not in host.err


@pytest.mark.parametrize("argv", [["identity"], ["identity", "reset"], ["identity", "show", "--replace"]])
def test_a_wrong_command_line_is_exit_code_2(argv: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(argv)
    assert ended.value.code == 2


def test_a_fault_in_the_configuration_is_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("colour: red\n")
    assert main(["identity", "show", "--config", str(file)]) == 2
    assert capsys.readouterr().err == "colour: is not a setting that Twinline knows.\n"


def test_what_is_wrong_is_said_in_capitals() -> None:
    bad = Portrait(
        USER, "D", None, "mine", "theirs", signed=False, recovery_key=None, clock_ahead=timedelta(days=1)
    )
    text = "\n".join(f"{name} {value}" for name, value in command._lines(bad, Path("x.secret")))
    assert "NOT signed by the identity" in text
    assert "NOT the one that the homeserver shows" in text
    assert "1440 minutes ahead of the homeserver's" in text
    none = Portrait(
        USER, "D", None, None, None, signed=False, recovery_key=None, clock_ahead=-timedelta(days=1)
    )
    text = "\n".join(f"{name} {value}" for name, value in command._lines(none, Path("x.secret")))
    assert "none here" in text
    assert "NOT on the homeserver yet" in text
    assert "1440 minutes behind" in text
    old = replace(none, store="the key store (the folder olm) is gone; do this")
    text = "\n".join(f"{name} {value}" for name, value in command._lines(old, Path("x.secret")))
    assert "NOT usable: the key store (the folder olm) is gone; do this" in text


async def test_a_wrong_password_names_the_file_it_stands_in(host: Host) -> None:
    await host.runs_the_bot()
    (host.folder / "password.secret").write_text("wrong")
    assert await host.types("new-device") == 1
    assert host.err == (
        "password_file: the homeserver does not accept the password in "
        f"{host.folder / 'password.secret'} for {USER}.\n"
    )
