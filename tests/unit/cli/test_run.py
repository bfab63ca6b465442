"""`twinline run` that does not start: one sentence, and whether it would help to try again."""

from __future__ import annotations

import asyncio
import getpass
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.cli import password
from bot.cli.refusal import AGAIN, FOR_GOOD, refusal
from bot.config import Config, load
from bot.matrix.enrol import ForeignDevice, ForeignIdentity
from bot.matrix.epoch import StaleStore
from bot.matrix.login import (
    CannotStart,
    DamagedStore,
    LoginFailed,
    StoreInUse,
    Unwritable,
    WrongPassword,
)
from bot.storage.db import DatabaseError
from tests.tools.lock import ROOT
from tests.unit.matrix.account_server import PASSWORD, USER, AccountServer


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


def configured(folder: Path, homeserver: str, *lines: str) -> Path:
    file = folder / "config.yaml"
    head = f"homeserver: {homeserver}\naccount: '{USER}'\nhost_name: Robin\ninviters: [example.org]\n"
    file.write_text(head + "\n".join(["storage: storage", *lines, ""]))
    return file


def secret(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


async def ran(config: Path) -> tuple[int, str]:
    """Exit code and standard error of a bot that has no terminal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run", "--config", str(config)),
        cwd=ROOT,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        _, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, err.decode()


async def test_a_wrong_password_is_tried_once_and_names_its_file(
    tmp_path: Path, server: AccountServer
) -> None:
    secret(tmp_path / "password.secret", f"not {PASSWORD}")
    code, err = await ran(configured(tmp_path, server.url, "password_file: password.secret"))
    assert code == FOR_GOOD
    assert err == (
        f"password_file: the homeserver does not accept the password in {tmp_path / 'password.secret'} "
        f"for {USER}.\n"
    )
    assert not (tmp_path / "storage" / "session.json").exists()


async def test_without_password_and_terminal_nothing_is_begun(tmp_path: Path, server: AccountServer) -> None:
    code, err = await ran(configured(tmp_path, server.url))
    assert code == FOR_GOOD
    assert err == "password_file: set it, or start once on a terminal to be asked for the password.\n"
    assert list((tmp_path / "storage").iterdir()) == []


async def test_a_homeserver_that_is_away_may_come_back(tmp_path: Path) -> None:
    secret(tmp_path / "password.secret", PASSWORD)
    code, err = await ran(configured(tmp_path, "http://127.0.0.1:9", "password_file: password.secret"))
    assert code == AGAIN
    assert err.splitlines()[-1] == "homeserver: http://127.0.0.1:9 cannot be reached; try again later."


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(configured(tmp_path, "https://matrix.example.org"))


@pytest.mark.parametrize(
    "error", [CannotStart, LoginFailed, DamagedStore, ForeignIdentity, ForeignDevice, StaleStore]
)
def test_what_does_not_pass_by_itself_is_not_tried_again(config: Config, error: type[CannotStart]) -> None:
    assert refusal(config, error("it cannot be done")) == (FOR_GOOD, "It cannot be done.")


@pytest.mark.parametrize("error", [StoreInUse, Unwritable])
def test_what_may_pass_is_tried_again(config: Config, error: type[CannotStart]) -> None:
    assert refusal(config, error("not now")) == (AGAIN, "Not now.")


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (sqlite3.OperationalError("database is locked"), AGAIN),
        (OSError("full"), AGAIN),
        (sqlite3.DatabaseError("file is not a database"), FOR_GOOD),
        (None, FOR_GOOD),
    ],
)
def test_a_database_is_tried_again_if_it_may_be_free_later(
    config: Config, cause: Exception | None, code: int
) -> None:
    error = DatabaseError("storage: the database cannot be used")
    error.__cause__ = cause
    assert refusal(config, error) == (code, "storage: the database cannot be used.")


def test_a_typed_password_is_named_as_such(config: Config) -> None:
    assert refusal(config, WrongPassword("no")) == (
        FOR_GOOD,
        f"The homeserver does not accept the password that was typed for {USER}.",
    )


@pytest.mark.parametrize("typed", ["", None])
def test_no_password_typed_is_no_password_tried(
    config: Config, monkeypatch: pytest.MonkeyPatch, typed: str | None
) -> None:
    def asked(_: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", asked)
    with pytest.raises(CannotStart, match=r"^password_file: it is not set, and no password was typed\.$"):
        password.password_of(config)
