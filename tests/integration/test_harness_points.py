"""Named points: the process dies at the point and the pass that a test asks for, and nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.pipeline.points import POINTS

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from bot.pipeline.points import POINTS, point
for name in POINTS * 3:
    print(name, flush=True)
    point(name)
"""


def passed(wanted: str) -> tuple[int, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, "TWINLINE_DIE_AT": wanted},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize("name", POINTS)
def test_it_dies_at_the_point_named(name: str) -> None:
    code, names = passed(name)
    assert code == -signal.SIGKILL
    assert names == list(POINTS[: POINTS.index(name) + 1])


def test_it_dies_at_the_pass_named() -> None:
    code, names = passed("send:taken:3")
    assert code == -signal.SIGKILL
    assert names.count("send:taken") == 3


def test_it_lives_where_nothing_was_named() -> None:
    code, names = passed("")
    assert (code, len(names)) == (0, 3 * len(POINTS))
