"""What holds for every test: how examples are generated, and that nothing careless is logged."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

import bot
from bot.log import WITHHELD, SafeFormatter

PROGRAM = Path(bot.__file__).parent

# A shared machine is sometimes slow: how long one example takes says nothing. In CI the same examples come
# on every run, so that a red build is about the change; at the desk they vary and find new ones.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")


class _Careless(logging.Handler):
    """Collects what the program tried to log and its log withheld."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.found: list[str] = []
        self.setFormatter(SafeFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        if WITHHELD in line and record.pathname.startswith(str(PROGRAM)):
            self.found.append(line)


@pytest.fixture(autouse=True)
def _nothing_withheld() -> Iterator[None]:
    """Fail a test in which the program logs something that is no id, number or word of its own."""
    handler = _Careless()
    logger = logging.getLogger("bot")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(handler)
    logger.setLevel(level)
    assert handler.found == [], "wrap a word of the program's own in bot.log.Plain"
