"""The log: set-up, and the one format through which no message body passes.

What is written: the literal sentence of a log call of this program, and of its arguments numbers, ids,
enums, classes, paths and times. Any other text is withheld, also inside exceptions. Of other
libraries' records only the place is written, since their sentences may be built from what they handle.
"""

from __future__ import annotations

import logging
import re
import sqlite3
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from io import TextIOWrapper
from logging.handlers import TimedRotatingFileHandler
from pathlib import Path, PurePath
from types import TracebackType

WITHHELD = "[withheld]"

_IDS = re.compile(
    r"[@][^\s:]+:[A-Za-z0-9.:\[\]-]+"  # @user:server
    r"|[!$][A-Za-z0-9_-]{43}"  # rooms since version 12, events since version 4
    r"|[!$][^\s:]+:[A-Za-z0-9.:\[\]-]+"  # older rooms and events
    r"|(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{16,}"  # digests: transaction ids, markers
    r"|M_[A-Z_]+",  # the errors of the Matrix specification
)

# Errors of these modules carry a sentence written for the log.
_OWN_ERRORS = ("bot.config", "bot.pipeline.ports")


class Plain(str):
    """A word of the program's own, such as a state or a reference number: the log shows it as it is."""

    __slots__ = ()


class SafeFormatter(logging.Formatter):
    """`2026-11-20T23:46:01Z INFO bot.pipeline.send: sent $… to !…`"""

    def format(self, record: logging.LogRecord) -> str:
        when = f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ}"
        line = f"{when} {record.levelname} {record.name}: {_message(record)}"
        if record.exc_info and record.exc_info[1] is not None:
            line += "\n" + describe(record.exc_info[1])
        return line


class DailyFile(TimedRotatingFileHandler):
    """A log file a day, readable by its owner alone, deleted after `days`."""

    def __init__(self, path: Path, days: int) -> None:
        super().__init__(path, when="midnight", backupCount=days, encoding="utf-8", utc=True)
        self._seconds_kept = days * 86400

    def _open(self) -> TextIOWrapper:
        path = Path(self.baseFilename)
        path.touch(mode=0o600)
        path.chmod(0o600)
        return super()._open()

    def getFilesToDelete(self) -> list[str]:  # noqa: N802 - the name the standard library calls
        """What is older than the days kept, also when there was not a file on every day."""
        path = Path(self.baseFilename)
        dated = [p for p in path.parent.glob(f"{path.name}.*") if re.search(r"\.\d{4}-\d\d-\d\d$", p.name)]
        oldest = time.time() - self._seconds_kept
        return [str(p) for p in dated if p.stat().st_mtime < oldest]


def set_up(level: str = "info", file: Path | None = None, days: int = 14) -> None:
    """Send every record, warning and uncaught error to standard error and, if wanted, to a file kept `days`.

    Raises OSError when the file cannot be written.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if file is not None:
        handlers.append(DailyFile(file, days))
    for handler in handlers:
        handler.setFormatter(SafeFormatter())
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(level.upper())
    for name in ("nio", "peewee", "aiohttp", "asyncio", "apscheduler"):
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a failing handler would print the arguments of the record
    logging.captureWarnings(capture=True)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread
    sys.unraisablehook = _unraisable


def describe(error: BaseException) -> str:
    """The error and its causes: classes and places, no values, no source lines."""
    lines: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        lines.append(_error(current))
        frames = traceback.StackSummary.extract(traceback.walk_tb(current.__traceback__), lookup_lines=False)
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        if isinstance(current, BaseExceptionGroup):
            for inner in current.exceptions:
                lines += ["  | " + line for line in describe(inner).splitlines()]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(lines)


def _error(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if kind.__module__ in _OWN_ERRORS:
        return f"{name}: {error}"
    if isinstance(error, sqlite3.Error):
        return f"{name}: {getattr(error, 'sqlite_errorname', 'no code')}"
    if isinstance(error, OSError) and error.errno is not None:
        return f"{name}: errno {error.errno}"
    return name


def _message(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] != "bot":
        return (
            f"{record.filename}:{record.lineno} in {record.funcName} (another library's words are withheld)"
        )
    template = str(record.msg)
    if not record.args:
        return template
    safe: object
    if isinstance(record.args, Mapping):
        safe = {key: _safe(value) for key, value in record.args.items()}
    else:
        safe = tuple(_safe(value) for value in record.args)
    try:
        return template % safe
    except (TypeError, ValueError, KeyError):
        return f"{template} {safe}"


def _safe(value: object) -> object:
    if value is None or isinstance(value, bool | int | float | Plain | PurePath | date):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, BaseException):
        return _error(value)
    if isinstance(value, str):
        return value if _IDS.fullmatch(value) else WITHHELD
    if isinstance(value, list | tuple | set | frozenset):
        return "[" + ", ".join(str(_safe(item)) for item in value) + "]"
    return WITHHELD


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("uncaught", exc_info=(kind, error, trace))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _unraisable(args: sys.UnraisableHookArgs) -> None:
    if args.exc_value is not None:
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)
