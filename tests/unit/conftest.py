"""What every unit test is held to."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

_DATABASE = "_connection_worker_thread"


@pytest.fixture(autouse=True)
def _databases_are_closed() -> Iterator[None]:
    """A database that stays open keeps the whole run from ending."""
    before = set(threading.enumerate())
    yield
    left = [one for one in threading.enumerate() if one not in before and _DATABASE in one.name]
    for one in left:
        one.join(5)
    assert not any(one.is_alive() for one in left), "a test has left a database open"
