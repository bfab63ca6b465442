"""Why the bot does not start: the sentence, and whether it would help to try again.

A service manager tries again after exit code 1 and not after 2 (`RestartPreventExitStatus=2`): with a wrong
password each try would bring the account nearer to being locked.
"""

from __future__ import annotations

import sqlite3

from bot.config import Config
from bot.matrix.login import CannotStart, StoreInUse, Unwritable, WrongPassword
from bot.storage.db import DatabaseError

AGAIN, FOR_GOOD = 1, 2

_MAY_PASS = (StoreInUse, Unwritable)  # the other process ends, the disk has room again


def refusal(config: Config, error: CannotStart | DatabaseError) -> tuple[int, str]:
    """The exit code and the sentence for the host."""
    if isinstance(error, WrongPassword):
        return FOR_GOOD, _wrong_password(config)
    passing = isinstance(error, _MAY_PASS) or isinstance(
        error.__cause__, sqlite3.OperationalError | OSError
    )  # a database that is locked, or whose disk is full
    return AGAIN if passing else FOR_GOOD, sentence(str(error))


def sentence(text: str) -> str:
    """With a capital, unless it begins with the name of a setting, and with a full stop."""
    first, _, _ = text.partition(" ")
    begun = text if first.endswith(":") else f"{text[0].upper()}{text[1:]}"
    return begun if begun.endswith(".") else f"{begun}."


def _wrong_password(config: Config) -> str:
    if config.password_file is None:
        return f"The homeserver does not accept the password that was typed for {config.account}."
    return (
        f"password_file: the homeserver does not accept the password in {config.password_file} for "
        f"{config.account}."
    )
