"""`twinline run`: the bot itself, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import sys

from bot import log
from bot.app import serve
from bot.cli.password import password_of
from bot.config import Config, ConfigError
from bot.matrix.login import CannotStart
from bot.pipeline.ports import LoggedOut, Unavailable
from bot.storage.db import DatabaseError


def run(config: Config) -> int:
    """Run the bot. 0 after a stop, 1 with one sentence when it cannot start or go on."""
    try:
        log.set_up(config.log.level, config.log.file, config.retention.logs_days)
    except OSError as error:
        raise ConfigError(f"log.file: {config.log.file} cannot be written ({error.strerror}).") from None
    config.prepare()
    try:
        asyncio.run(serve(config, lambda: password_of(config)))
    except (DatabaseError, CannotStart) as error:
        print(error, file=sys.stderr)
        return 1
    except Unavailable:
        print(f"homeserver: {config.homeserver} cannot be reached; try again later.", file=sys.stderr)
        return 1
    except LoggedOut:
        print(
            "The homeserver has logged this device out. Ask its administrator why; `twinline identity "
            "new-device` logs in anew.",
            file=sys.stderr,
        )
        return 1
    return 0
