"""The password of the bot's account, for the sub-commands that log in."""

from __future__ import annotations

import getpass
import sys

from bot.config import Config
from bot.matrix.login import CannotStart


def password_of(config: Config) -> str:
    """From the password file, or asked on a terminal. Raises CannotStart."""
    given = config.password()
    if given is not None:
        return given
    if not sys.stdin.isatty():
        raise CannotStart("password_file: set it, or start once on a terminal to be asked for the password.")
    try:
        typed = getpass.getpass(f"Password of {config.account}: ")
    except EOFError:
        typed = ""
    if not typed:
        raise CannotStart("password_file: it is not set, and no password was typed.")
    return typed
