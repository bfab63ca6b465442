"""The translation process: `python -m bot.mt.worker MODELS_DIR MEMORY_MB THREADS`.

One JSON object per line. In: `{"id", "jobs": [{"source", "target", "texts"}]}` with catalog languages, or
`{"among", "texts"}` as a job, whose result is `{"languages"}`. Out:
first `{"ready", "isolated"}`, then per request `{"id", "results", "rss_mb"}`, each result either
`{"translations": [{"text", "via", "segments": [[source, target, flags]]}]}` or `{"error"}` with "no-model"
or "failed".
Ends when its input ends, even in the middle of a translation. Its error output names types and places of
errors, never what was being translated.
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
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from bot.log import SafeFormatter
from bot.mt import isolation

if TYPE_CHECKING:
    from bot.mt.engine import Engine

log = logging.getLogger(__name__)


def main(argv: list[str]) -> int:
    models_dir, memory_mb, threads = Path(argv[0]), int(argv[1]), int(argv[2])
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
    from bot.mt.engine import Engine  # after the environment: the import makes folders

    engine = Engine(models_dir, memory_mb, threads)
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(lines,), daemon=True).start()
    _write(out, {"ready": True, "isolated": isolated})
    while True:
        request = json.loads(lines.get())
        results = answer(engine, request["jobs"])
        _write(out, {"id": request["id"], "results": results, "rss_mb": _rss_mb()})


def answer(engine: Engine, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Work on jobs of several rooms; those between the same languages share their batches."""
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    results: list[dict[str, Any]] = [{} for _ in jobs]
    for number, job in enumerate(jobs):
        if "among" in job:
            results[number] = {"languages": [_detect(text, job["among"]) for text in job["texts"]]}
        else:
            together[job["source"], job["target"]].append(number)
    for (source, target), numbers in together.items():
        texts = [text for number in numbers for text in jobs[number]["texts"]]
        done = _translate(engine, source, target, texts)
        at = 0
        for number in numbers:
            count = len(jobs[number]["texts"])
            results[number] = (
                {"error": done} if isinstance(done, str) else {"translations": done[at : at + count]}
            )
            at += count
    return results


def _detect(text: str, among: list[str]) -> str | None:
    from bot.mt.language import detect

    return detect(text, among)


def _translate(engine: Engine, source: str, target: str, texts: list[str]) -> list[dict[str, Any]] | str:
    from bot.mt.codes import PIVOT
    from bot.mt.engine import NoWay
    from bot.mt.message import translate

    try:
        ways = engine.ways(source, target)
        translations = translate(texts, ways, via=PIVOT if len(ways) > 1 else None)
    except NoWay:
        return "no-model"
    except Exception:  # what breaks on one text must not take the others with it
        log.exception("translation failed")
        return "failed"
    return [
        {"text": one.text, "via": one.via, "segments": [[s.source, s.target, s.flags] for s in one.segments]}
        for one in translations
    ]


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


def _read(lines: queue.SimpleQueue[str]) -> None:
    """Hand on the input; when it ends, so does the process, whatever it is doing."""
    for line in sys.stdin:
        lines.put(line)
    os._exit(0)


def _write(out: TextIO, value: dict[str, Any]) -> None:
    out.write(json.dumps(value) + "\n")
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
