"""What was said in a direct chat is closed on the bot's disk, whatever the homeserver does about it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from bot.pipeline.ports import Unavailable
from tests.unit.matrix.account_server import AccountServer
from tests.unit.matrix.hosted_bot import Bot
from tests.unit.matrix.pair import Pair


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
