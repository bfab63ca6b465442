"""What was said in a direct chat is closed on the bot's disk, whatever the homeserver does about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.clock import SystemClock
from bot.matrix.envelopes import Envelopes
from bot.matrix.http import Http
from bot.pipeline.ports import Unavailable
from tests.unit.matrix.account_server import AccountServer
from tests.unit.matrix.hosted_bot import Bot
from tests.unit.matrix.pair import ANA, Pair


@pytest_asyncio.fixture(loop_scope="session")
async def server() -> AsyncIterator[AccountServer]:
    async with AccountServer() as running:
        yield running


async def test_keys_do_not_wait_for_a_homeserver_that_removes_nothing(
    server: AccountServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Bot(server, tmp_path).session()
    await session.start()
    server.fails.add("/messages")
    closed: list[str] = []
    monkeypatch.setattr(session.transport._crypto, "forget_said", closed.append)
    now = datetime.now(UTC)
    try:
        with pytest.raises(Unavailable):
            await session.transport.erase("!chat", now - timedelta(days=1), now, remove=True)
    finally:
        await session.close()
    assert closed == ["!chat"]


def test_nothing_of_the_key_store_is_written_outside_of_its_folder(tmp_path: Path) -> None:
    both = Pair(tmp_path)
    try:
        ((place,),) = both.bot._store.database.execute_sql("PRAGMA temp_store").fetchall()
        assert place == 2  # in memory, also while the file is rewritten
    finally:
        both.close()


def test_the_log_does_not_tell_to_whom_the_bot_is_writing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    both = Pair(tmp_path)
    try:
        envelopes = Envelopes(both.bot, Http("http://127.0.0.1:1"), SystemClock())
        [device] = both.bot.devices(ANA)
        envelopes._start(device, {}, 0.0)
        assert "no one-time key" in caplog.text
        assert ANA not in caplog.text
    finally:
        both.close()
