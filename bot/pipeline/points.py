"""Named points: places at which a test can make the process die as if it were killed.

`TWINLINE_DIE_AT=name` or `name:3` (the third pass). Without the variable this costs one look-up.
"""

from __future__ import annotations

import os
import signal
from collections import Counter


def _read(wanted: str) -> tuple[str, int]:
    """The name, which has a colon itself, and the pass."""
    name, _, count = wanted.rpartition(":")
    return (name, int(count)) if count.isdecimal() else (wanted, 1)


_TARGET, _COUNT = _read(os.environ.get("TWINLINE_DIE_AT", ""))
_passes: Counter[str] = Counter()

POINTS: tuple[str, ...] = (
    "receive:before-attempt",
    "receive:after-attempt",
    "receive:before-commit",
    "receive:after-commit",
    "translate:before-commit",
    "translate:after-commit",
    "send:taken",
    "send:before-request",
    "send:after-request",
    "send:settled",
)
OPENING: tuple[str, ...] = ("open:before-request", "open:after-request")
"""Those of opening a direct chat."""


FILE_POINTS: tuple[str, ...] = (
    "send:uploaded",
    "clean:fetched",
    "clean:before-outcome",
    "clean:after-outcome",
)
"""What only files pass."""


def point(name: str) -> None:
    """Die here with SIGKILL if the test asked for it."""
    if name != _TARGET:
        return
    _passes[name] += 1
    if _passes[name] >= _COUNT:
        os.kill(os.getpid(), signal.SIGKILL)
