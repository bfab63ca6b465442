"""A homeserver, a database, a translator that misbehave: it takes longer, nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sqlite3
import sys
from collections.abc import Iterator

import psutil
import pytest

from bot.cli.refusal import AGAIN, FOR_GOOD
from bot.demo import talk
from bot.demo.timeline import Seen
from tests.bench.chaos_world import Sent, World
from tests.integration.conftest import Cast

SEND = r"/send/m\.room\.encrypted/"
SYNC = r"/sync$"
AWAY = "the homeserver is away"
LOGGED_OUT = {"errcode": "M_UNKNOWN_TOKEN", "error": "Invalid access token passed."}
LIMITED = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests", "retry_after_ms": 300}


async def test_a_bad_homeserver_costs_time_and_no_message(world: World) -> None:
    """Limits, errors, a broken gateway, cut answers, accepted sends whose answer is lost, then silence."""
    proxy, sent = world.proxy, []
    rules = []
    for method, path in (("PUT", SEND), ("GET", SYNC)):
        rules += [
            proxy.answer(method, path, 429, LIMITED),
            proxy.answer(method, path, 500, {"errcode": "M_UNKNOWN", "error": "Internal"}, skip=1),
            proxy.answer(method, path, 502, b"<html>Bad Gateway</html>", skip=2),
            proxy.cut(method, path, skip=3),
            proxy.lose(method, path, skip=4),
            proxy.answer(method, path, 200, b"{}", skip=5),
        ]
    for number in range(8):
        sent.append(await world.dispatch(words=f"In bad times ({number})."))
        await asyncio.sleep(0.3)
    await world.arrived(sent, within=90)
    while not all(rule.hits for rule in rules):
        sent.append(await world.dispatch(words="In bad times, once more."))
        await asyncio.sleep(0.5)
    silent = proxy.hang("PUT", SEND)
    sent.append(await world.dispatch(words="In silence."))
    await silent.fired()
    await proxy.hang("GET", SYNC).fired()
    await asyncio.sleep(1.0)
    assert [rule.hits for rule in rules] == [1] * len(rules)
    proxy.clear()
    assert (await world.fenced()).clean
    assert world.bot.running


@pytest.mark.parametrize(("method", "path"), [("GET", SYNC), ("PUT", SEND)])
async def test_logged_out_it_ends_with_one_clear_sentence(world: World, method: str, path: str) -> None:
    before = len(world.bot.log)
    rule = world.proxy.answer(method, path, 401, LOGGED_OUT, count=None)
    sent = await world.dispatch(words="Before the end.")
    assert await world.bot.died(within=40) == FOR_GOOD
    said = world.bot.log[before:]
    assert rule.hits >= 1
    assert said.strip().splitlines()[-1].startswith("The homeserver has logged this device out.")
    assert "Traceback" not in said
    await world.calm()
    await world.arrived([sent])
    assert world.tally([sent]).clean


async def test_a_homeserver_that_is_away_does_not_keep_it_from_stopping(world: World) -> None:
    await world.bot.stop()
    await world.proxy.refuse()
    before = len(world.bot.log)
    await world.bot.launch()
    while AWAY not in world.bot.log[before:]:
        assert world.bot.running
        await asyncio.sleep(0.1)
    assert world.bot.running
    assert await world.bot.stop(grace=5.0) == 0
    await world.calm()
    assert (await world.fenced()).clean


async def test_killed_again_and_again_in_its_very_first_start_it_comes_up_in_the_end(cast: Cast) -> None:
    dice = random.Random(5)  # noqa: S311 - a run that can be repeated, no secret
    process = await cast.bot()
    for _ in range(5):
        await process.launch()
        await asyncio.sleep(dice.uniform(0.5, 1.8))
        await process.kill()
    await process.start()
    steward, member = await cast.person("steward"), await cast.person("member")
    room = await talk.open_room(steward, process.user_id, "Home", [member])
    assert all(line.readable and line.encrypted for line in member.screen(room))


@contextlib.contextmanager
def _locked(world: World) -> Iterator[None]:
    """Somebody else writes to the bot's database and does not come to an end."""
    with contextlib.closing(sqlite3.connect(world.bot.storage / "twinline.db", isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            db.execute("ROLLBACK")


async def _refuses_to_start(world: World, code: int) -> str:
    """Start it, see it end with this exit code, and return what it said."""
    before = len(world.bot.log)
    await world.bot.launch()
    assert await world.bot.died(within=30) == code
    said = world.bot.log[before:].strip()
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1, said
    return said


async def test_a_locked_database_is_refused_at_the_start(world: World) -> None:
    await world.bot.stop()
    with _locked(world):
        said = await _refuses_to_start(world, AGAIN)
    assert "twinline.db" in said
    assert "locked" in said


async def test_a_database_from_the_future_is_refused_and_left_alone(world: World) -> None:
    await world.bot.stop()
    file = world.bot.storage / "twinline.db"
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as db:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        db.execute("PRAGMA user_version = 999")
        assert "newer" in await _refuses_to_start(world, FOR_GOOD)
        db.execute(f"PRAGMA user_version = {version}")
    assert (await world.fenced()).clean


# Root may write everywhere; without this power it is like everybody else, also after `exec`.
_AS_ANYBODY = """
import ctypes, os, sys
if os.geteuid() == 0:
    prctl, drop_from_bounding_set, dac_override = ctypes.CDLL(None).prctl, 24, 1
    assert prctl(drop_from_bounding_set, dac_override, 0, 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-m", "bot", "run", "--config", sys.argv[1]])
"""


async def test_a_read_only_database_is_refused_at_the_start(world: World) -> None:
    await world.bot.stop()
    files = [world.bot.storage, *world.bot.storage.glob("twinline.db*")]
    modes = {file: file.stat().st_mode for file in files}
    for file in files:
        file.chmod(0o500 if file.is_dir() else 0o400)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _AS_ANYBODY,
        str(world.bot.config_file),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        for file, mode in modes.items():
            file.chmod(mode)
    said = out.decode().strip()
    assert process.returncode == FOR_GOOD, said
    assert len(said.splitlines()) == 1, said
    assert said.startswith("storage:")


async def test_a_database_locked_for_a_while_is_waited_for(world: World) -> None:
    """Longer than SQLite itself waits."""
    pid = world.bot.process.pid
    with _locked(world):
        sent = await world.dispatch(words="With the database locked.")
        await asyncio.sleep(13.0)
        assert world.missing([sent])
    await world.arrived([sent])
    assert world.bot.process.pid == pid
    assert (await world.fenced()).clean


async def test_a_translator_killed_in_the_middle_is_replaced(world: World) -> None:
    """The dispatch crosses translated, once."""
    sent = await _held_by_the_translator(world)
    _worker(world).kill()
    await world.arrived([sent])
    assert "El tribunal" in _copy(world, sent).body
    assert world.tally([sent]).clean


async def test_a_translator_that_always_dies_does_not_hold_up_the_dispatch(world: World) -> None:
    """The dispatch crosses untranslated and marked."""
    sent = await _held_by_the_translator(world)
    while world.missing([sent]):
        with contextlib.suppress(StopIteration, psutil.Error):
            _worker(world).kill()
        await asyncio.sleep(0.05)
    post = _copy(world, sent)
    assert "⚠" in post.body
    assert "El tribunal" not in post.body
    assert world.tally([sent]).clean


async def _held_by_the_translator(world: World) -> Sent:
    """A dispatch whose words the translation worker has taken; it stands still now."""
    first = await world.dispatch(words="The court is on our side.")
    await world.arrived([first])
    _worker(world).send_signal(signal.SIGSTOP)
    sent = await world.dispatch(words="The court is on our side.")
    await world.acknowledged(sent)
    await asyncio.sleep(0.5)
    assert world.missing([sent])
    return sent


def _copy(world: World, sent: Sent) -> Seen:
    return next(seen for mark, seen in world.relayed(world.twins[0]) if mark == sent.token)


def _worker(world: World) -> psutil.Process:
    children = psutil.Process(world.bot.process.pid).children(recursive=True)
    return next(child for child in children if "bot.mt.worker" in child.cmdline())
