"""Named points: places at which a test can make the process die as if it were killed.

`TWINLINE_DIE_AT=name` or `name:3` (the third pass). Without the variable this costs one look-up.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

_TARGET, _, _COUNT = os.environ.get("TWINLINE_DIE_AT", "").partition(":")
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


def point(name: str) -> None:
    """Die here with SIGKILL if the test asked for it."""
    if name != _TARGET:
        return
    _passes[name] += 1
    if _passes[name] >= int(_COUNT or 1):
        os.kill(os.getpid(), signal.SIGKILL)
