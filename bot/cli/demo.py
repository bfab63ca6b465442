"""`twinline demo`: plays a whole day of two groups on a private homeserver on this machine."""

from __future__ import annotations

import importlib.util
import sys

NEEDED = {"synapse": "matrix-synapse", "rich": "rich"}


def run(*, keep: bool = False, chapters: list[str] | None = None) -> int:
    """Play; returns the exit code (0 all arrived as it should, 1 not so, 2 it cannot be played here)."""
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        print(
            f"The demonstration needs {' and '.join(missing)}: `uv sync --group demo` brings them.",
            file=sys.stderr,
        )
        return 2
    from bot.demo import chapters as table
    from bot.demo import play

    try:
        chosen = table.chosen(chapters)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    return play.run(chosen, keep=keep)
