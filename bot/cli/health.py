"""`twinline health`: whether the running bot is well, as Docker and systemd ask it.

Reads `health.json` in the storage folder, which the bot writes after every sync and at every tick:
`last_sync` (ISO 8601, or null before the first), `trouble` (why the last try brought nothing, or null),
`oldest_waiting` (ISO 8601, or null when nothing waits) and `dropped` (how much that was not what it claimed
to be was dropped since the start, by reason).

Rules: without the file, or with a last sync older than 90 s, the bot does not hear; with a message that has
waited for more than 15 min it does not speak. Either is exit code 1 and one sentence.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import SystemClock
from bot.config import load

LONGEST_SILENCE = timedelta(seconds=90)
LONGEST_WAIT = timedelta(minutes=15)


def run(path: Path) -> int:
    """Print one sentence; 0 when all is well, 1 when not. A broken configuration raises ConfigError."""
    file = load(path).health_file
    fault, state = judge(file, SystemClock().now())
    state = f"{state}{dropped(file)}"
    print(state, file=sys.stderr if fault else sys.stdout)
    return 1 if fault else 0


def judge(file: Path, now: datetime) -> tuple[bool, str]:
    """Whether something is wrong, and the sentence to say."""
    try:
        written = json.loads(file.read_text(encoding="utf-8"))
        synced, waiting = _moment(written["last_sync"]), _moment(written["oldest_waiting"])
    except FileNotFoundError:
        return True, "The bot has not run here yet."
    except (OSError, ValueError, KeyError, TypeError):
        return True, f"{file} cannot be read."
    if synced is None:
        return True, "The bot has not reached its homeserver yet."
    silence = now - synced
    if silence > LONGEST_SILENCE:
        trouble = written.get("trouble")
        why = f" The last time it asked, {trouble}." if trouble and isinstance(trouble, str) else ""
        return True, f"The last sync was {_span(silence)} ago: the bot is stopped, stuck or cut off.{why}"
    if waiting is not None and now - waiting > LONGEST_WAIT:
        return True, f"A message has been waiting for {_span(now - waiting)}: the homeserver refuses it."
    waits = f"the oldest message waits for {_span(now - waiting)}" if waiting else "nothing waits"
    return False, f"The last sync was {_span(silence)} ago, {waits}."


def dropped(file: Path) -> str:
    """A sentence on what was dropped; empty where nothing was, or where that is not known."""
    try:
        counts = dict(json.loads(file.read_text(encoding="utf-8"))["dropped"])
        whole = sum(counts.values())
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not whole:
        return ""
    reasons = ", ".join(f"{why}: {count}" for why, count in sorted(counts.items()))
    return f" Dropped since the start, as it was not what it claimed to be: {whole} ({reasons})."


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without its zone")
    return moment


def _span(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"
