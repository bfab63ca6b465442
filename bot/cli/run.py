"""`twinline run`: the bot itself, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import asyncio
import sys

from bot import log
from bot.app import serve
from bot.cli.password import password_of
from bot.cli.refusal import AGAIN, FOR_GOOD, refusal
from bot.config import Config, ConfigError
from bot.matrix.login import CannotStart, has_account
from bot.pipeline.ports import LoggedOut, Unavailable
from bot.storage.db import DatabaseError


def run(config: Config) -> int:
    """Run the bot. 0 after a stop; with one sentence 1 when it may work later, 2 when it will not."""
    try:
        log.set_up(config.log.level, config.log.file, config.retention.logs_days)
    except OSError as error:
        raise ConfigError(f"log.file: {config.log.file} cannot be written ({error.strerror}).") from None
    config.prepare()
    try:
        asked = None if has_account(config.storage) else password_of(config)  # before anything else is begun
        asyncio.run(serve(config, lambda: asked or password_of(config)))
    except (DatabaseError, CannotStart) as error:
        code, sentence = refusal(config, error)
    except Unavailable:
        code, sentence = AGAIN, f"homeserver: {config.homeserver} cannot be reached; try again later."
    except LoggedOut:
        code, sentence = (
            FOR_GOOD,
            (
                "The homeserver has logged this device out. Ask its administrator why; `twinline identity "
                "new-device` logs in anew."
            ),
        )
    else:
        return 0
    print(sentence, file=sys.stderr)
    return code
