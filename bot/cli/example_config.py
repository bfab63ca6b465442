"""`twinline example-config`: the text of `config.example.yaml`."""

from __future__ import annotations

from bot.config import example


def run() -> int:
    """Print a configuration to start from."""
    print(example(), end="")
    return 0
