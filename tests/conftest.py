"""What all tests share: blocking calls in the event loop are errors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster

import bot
from bot import demo

pytest_plugins = ["tests.plugins", "tests.sealed"]

# Functions, by file and name, that may block the loop, with the reason.
MAY_BLOCK: dict[str, set[str]] = {
    # nio's store writes each Olm and Megolm session to SQLite in the loop: well under a millisecond each
    "nio/store/database.py": {"inner", "__post_init__", "_create_database"},
    # the same store: opened once at the start, closed, and several writes made one transaction
    "bot/matrix/store.py": {"__init__", "close", "saving", "shrink", "rewrite"},
    "bot/matrix/machine.py": {"__init__", "_load"},
    # and our own table in it, one small row a key and day
    "bot/matrix/ages.py": {"used", "delete"},
    # the memory of the guard, which waits for no disk
    "bot/matrix/guard.py": {"__init__", "close", "first", "save", "next", "forget", "crowded", "_failed"},
    # and what is known of identities, a row a device when it changes
    "bot/matrix/trust.py": {"replace"},
    # the count of its changes: made in the same transaction, read every few seconds
    "bot/matrix/olm.py": {"save_account", "save_session", "save_devices", "replace_group_session"},
    "bot/matrix/epoch.py": {"advance", "count"},
    # a time zone is a small file, read at its first use
    "zoneinfo/_tzpath.py": {"find_tzfile"},
    "zoneinfo/_common.py": {"load_tzdata", "load_data"},
    # the first use of a curve loads its library from disk, once per process
    "Crypto/Util/_raw_api.py": {"load_pycryptodome_raw_lib"},
}


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[None]:
    """Fail a test in which the bot blocks the event loop.

    The people of the demonstration are no part of the bot and may block.
    """
    detector = BlockBuster(scanned_modules=[bot], excluded_modules=[demo])
    for function in detector.functions.values():
        for file, names in MAY_BLOCK.items():
            function.can_block_in(file, names)
    detector.activate()
    yield
    detector.deactivate()
