"""The password of the bot's account, for the sub-commands that log in."""

from __future__ import annotations

import getpass
import sys

from bot.config import Config
from bot.matrix.login import CannotStart


def password_of(config: Config) -> str:
    """From the secret file, or asked on a terminal. Raises CannotStart."""
    given = config.password()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise CannotStart("password_file: set it, or start once on a terminal to be asked for the password.")
    return getpass.getpass(f"Password of {config.account}: ")
