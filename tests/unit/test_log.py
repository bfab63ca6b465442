"""No text of people passes the log, at any level, from any library, in any error."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import stat
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import pytest

from bot import log
from bot.pipeline.ports import Unavailable

BODY = "zebra-words of a person"
logger = logging.getLogger("bot.anything")
foreign = logging.getLogger("nio.client")


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """The log file of a fully set-up log at its most talkative level; everything is put back afterwards."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    hooks = sys.excepthook, sys.unraisablehook
    levels = {name: logging.getLogger(name).level for name in ("bot", "nio", "peewee", "aiohttp", "asyncio")}
    path = tmp_path / "bot.log"
    log.set_up("debug", path)
    yield path
    logging.captureWarnings(capture=False)
    for handler in root.handlers:
        handler.close()
    root.handlers, logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    sys.excepthook, sys.unraisablehook = hooks
    for name, old in levels.items():
        logging.getLogger(name).setLevel(old)


class Colour(Enum):
    RED = BODY


def test_ids_numbers_states_and_classes_are_written(written: Path) -> None:
    event, room = "$" + "a" * 43, "!room:example.org"
    when = datetime(2026, 11, 20, tzinfo=UTC)
    logger.info("sent %s to %s for %s", event, room, "@ana:example.org")
    logger.debug("%d of %d after %.1f s, %s", 3, 5, 1.25, None)
    logger.info("%s %s %s %s", Colour.RED, ValueError, when, log.Plain("paused"))
    logger.info("server said %s", "M_LIMIT_EXCEEDED")
    logger.info("%(room)s has %(count)d", {"room": room, "count": 2})
    text = written.read_text()
    assert f"sent {event} to {room} for @ana:example.org" in text
    assert "DEBUG bot.anything: 3 of 5 after 1.2 s, None" in text
    assert "RED ValueError 2026-11-20 00:00:00+00:00 paused" in text
    assert "server said M_LIMIT_EXCEEDED" in text
    assert f"{room} has 2" in text


@pytest.mark.parametrize(
    "value", [BODY, "zebra", "yes", [BODY], {"body": BODY}, BODY.encode(), ValueError(BODY), f"@{BODY}:x.org"]
)
def test_any_other_argument_is_withheld(written: Path, value: object) -> None:
    logger.error("got %s", value)
    logger.error("got %d and %r", value, value)
    logger.error("got %s %s %s", value)  # noqa: PLE1206 - a mistake that must not print either
    logger.error("got %(what)s", {"what": value})
    text = written.read_text()
    assert text.count("got ") == 4
    assert "zebra" not in text
    assert "yes" not in text


def raise_from_body() -> None:
    marked = BODY
    try:
        raise KeyError(marked)
    except KeyError as error:
        raise RuntimeError(f"could not send {marked}") from error


def test_errors_are_classes_and_places(written: Path) -> None:
    try:
        raise_from_body()
    except RuntimeError:
        logger.exception("bug %s", log.Plain("4f2a"))
    text = written.read_text()
    assert "bug 4f2a" in text
    assert "RuntimeError\n" in text
    assert "KeyError\n" in text
    assert "in raise_from_body" in text
    assert "zebra" not in text


def test_groups_of_errors_are_unfolded_without_their_words(written: Path) -> None:
    group = ExceptionGroup(BODY, [ValueError(BODY), OSError(28, BODY)])
    logger.error("several", exc_info=group)
    text = written.read_text()
    assert "  | ValueError" in text
    assert "  | OSError: errno 28" in text
    assert "zebra" not in text


def test_errors_made_for_the_log_keep_their_sentence(written: Path) -> None:
    logger.warning("waiting: %s", Unavailable("the server answered 502"))
    assert "Unavailable: the server answered 502" in written.read_text()


def test_database_errors_keep_their_code(written: Path) -> None:
    database = sqlite3.connect(":memory:")
    try:
        database.execute("SELECT 'zebra-words of a person' FROM nothing")
    except sqlite3.Error:
        logger.exception("storage")
    finally:
        database.close()
    text = written.read_text()
    assert "sqlite3.OperationalError: SQLITE_ERROR" in text
    assert "zebra" not in text


def test_other_libraries_are_named_but_not_quoted(written: Path) -> None:
    foreign.warning(f"cannot decrypt {BODY}")
    foreign.warning("cannot decrypt %s", BODY)
    foreign.error("cannot decrypt", exc_info=ValueError(BODY))
    logging.getLogger("peewee").debug(BODY)
    text = written.read_text()
    assert text.count("nio.client: test_log.py:") == 3
    assert "zebra" not in text
    assert "peewee" not in text


def test_warnings_and_uncaught_errors_pass_the_same_format(
    written: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(BODY, stacklevel=1)
    sys.excepthook(ValueError, ValueError(BODY), None)
    text = written.read_text() + capfd.readouterr().err
    assert "py.warnings" in text
    assert "CRITICAL bot.log: uncaught\nValueError" in text
    assert "zebra" not in text


async def test_a_forgotten_task_is_reported_without_its_words(written: Path) -> None:
    async def fail() -> None:
        raise ValueError(BODY)

    context = {
        "message": BODY,
        "exception": ValueError(BODY),
        "task": asyncio.create_task(asyncio.sleep(0), name=BODY),
    }
    asyncio.get_running_loop().call_exception_handler(context)
    await asyncio.sleep(0)
    text = written.read_text()
    assert "ERROR asyncio: " in text
    assert "zebra" not in text


def test_a_dying_program_prints_no_words(tmp_path: Path) -> None:
    program = (
        "import threading\n"
        "from bot import log\n"
        "log.set_up('debug')\n"
        f"body = {BODY!r}\n"
        "thread = threading.Thread(target=lambda: 1 / len(body.strip(body)), name=body)\n"
        "thread.start(); thread.join()\n"
        "raise ValueError(body)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "ValueError" in done.stderr
    assert "zebra" not in done.stderr


def test_the_file_is_closed_to_others_and_old_ones_go(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    old, recent = (written.with_name(f"bot.log.{day}") for day in ("2026-01-01", "2026-01-20"))
    other = written.with_name("bot.log.notes")
    for path, age in ((old, 15), (recent, 13), (other, 100)):
        path.write_text("")
        os.utime(path, (time.time() - age * 86400,) * 2)
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, log.DailyFile))
    handler.doRollover()
    assert not old.exists()
    assert recent.exists()
    assert other.exists()
