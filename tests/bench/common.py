"""What the benchmarks share: figures with goals, one table, numbers about processes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table. `met` is None where there is no goal."""

    what: str
    measured: str
    goal: str = ""
    met: bool | None = None


def at_least(what: str, value: float, goal: float, shown: Callable[[float], str], note: str = "") -> Figure:
    """A figure that has to reach its goal."""
    return Figure(what, shown(value) + note, f"≥ {shown(goal)}", value >= goal)


def at_most(what: str, value: float, goal: float, shown: Callable[[float], str], note: str = "") -> Figure:
    """A figure that must not pass its goal."""
    return Figure(what, shown(value) + note, f"≤ {shown(goal)}", value <= goal)


def noted(what: str, measured: str) -> Figure:
    """A figure without a goal, for whoever reads the others."""
    return Figure(what, measured)


def table(title: str, figures: Sequence[Figure], notes: Sequence[str] = ()) -> str:
    """The figures as lines of text; needs no terminal."""
    heads = ("", "measured", "goal", "")
    rows = [(f.what, f.measured, f.goal, {None: "", True: "met", False: "MISSED"}[f.met]) for f in figures]
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(3)]

    def line(row: tuple[str, str, str, str]) -> str:
        return "  ".join([*(cell.ljust(width) for cell, width in zip(row[:3], widths, strict=True)), row[3]])

    ruler = "-" * (sum(widths) + 12)
    body = [line(row).rstrip() for row in rows]
    return "\n".join([title, ruler, line(heads).rstrip(), *body, ruler, *notes])


def exit_code(figures: Sequence[Figure]) -> int:
    """1 when a goal is missed."""
    return int(any(figure.met is False for figure in figures))


def median(values: Sequence[float]) -> float:
    """The middle value; not a number without values."""
    return statistics.median(values) if values else math.nan


def percentile(values: Sequence[float], part: float) -> float:
    """The smallest value that at least `part` (0 to 1) of the values do not exceed."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


def cpu_seconds(pid: int) -> float:
    """Processor time that a process has used so far, in user and system mode."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def memory_mb(pid: int) -> tuple[float, float]:
    """Resident memory of a process now, and the most it ever had, as far as the system tells."""
    now = psutil.Process(pid).memory_info().rss / 2**20
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return now, now
    lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
    return now, int(lines["VmHWM"].split()[0]) / 1024
