"""The translation process: `python -m bot.mt.worker MODELS_DIR MEMORY_MB THREADS ENGINE,ENGINE…`.

One JSON object per line. In:
- `{"id", "source", "target", "texts"}` with catalog languages, and perhaps `glossary`, `outside` (what each
  engine outside offers: `{name: [[source, target]]}`), `most` (how many hypotheses such an engine gives),
  `backlog`, `trace`, `only` (names of engines), `raw` (so many hypotheses for sentences, nothing around it);
- `{"id", "among", "texts"}`: which of these languages are they in?
- `{"answer", "found"}`: what an engine outside said to our question; without `found` it failed.
Out: first `{"ready", "isolated"}`, then, in any order,
- `{"id", "translations" | "languages" | "hypotheses" | "error": "no-model" | "failed", "traces"?}`,
- `{"ask", "engine", "source", "target", "texts", "hypotheses"}`: a question to an engine outside,
- `{"alive"}`: nothing is finished, but it goes on.
Every line out carries `rss_mb`. Ends when its input ends, even in mid-translation. Its error output
names types and places of errors, never what was being translated.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from bot.log import SafeFormatter
from bot.mt import isolation
from bot.mt.codes import ARGOS

log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    models_dir, memory_mb, threads, order = Path(argv[0]), int(argv[1]), int(argv[2]), argv[3].split(",")
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    sys.excepthook = _last_words
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they come to the whole group; the bot decides when we end
    isolated = isolation.leave_network()
    isolation.refuse_sockets()
    isolation.yield_to_the_bot()
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a library prints must not look like an answer
    surround(models_dir)
    from bot.mt import language

    language.load()  # before anything else that is large
    from bot.mt.scheduler import Scheduler

    models = None
    if ARGOS in order:
        from bot.mt.argos import Models  # after the environment: the import makes folders

        models = Models(models_dir, memory_mb, threads)
    events: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    scheduler = Scheduler(order, models, threads, partial(_write, out), events.put)
    _write(out, {"ready": True, "isolated": isolated})
    threading.Thread(target=_read, args=(events, scheduler.request), daemon=True).start()
    while True:
        events.get()()


def surround(models_dir: Path) -> None:
    """Set where the engine's libraries may make their folders, and no telemetry of anything."""
    scratch = models_dir / ".engine"
    try:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:  # a read-only folder of models
        scratch = Path(tempfile.mkdtemp(prefix="twinline-mt-"))
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "ARGOS_PACKAGES_DIR"):
        os.environ[name] = str(scratch / name.lower())
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    os.environ["ARGOS_DEBUG"] = "0"
    os.environ.setdefault("CT2_VERBOSE", "-2")


def _read(events: queue.SimpleQueue[Callable[[], None]], take: Callable[[dict[str, Any]], None]) -> None:
    """Hand on the input; when it ends, so does the process, whatever it is doing."""
    for line in sys.stdin:
        events.put(partial(_take, line, take))
    os._exit(0)


def _take(line: str, take: Callable[[dict[str, Any]], None]) -> None:
    take(json.loads(line))


def _write(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value | {"rss_mb": _rss_mb()}) + "\n")
    out.flush()


def _rss_mb() -> int:
    """Memory in use, in MB; where the kernel does not tell, the most that was ever used."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() // 1_000_000
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000


class _OneLine(SafeFormatter):
    """The log's own format, which lets no message body pass, on one line that the client recognises."""

    def format(self, record: logging.LogRecord) -> str:
        return "mt: " + super().format(record).replace("\n", " |")


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("the translation worker stops", exc_info=(kind, error, trace))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
