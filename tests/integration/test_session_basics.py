"""The session and real people: each reads the other, encrypted on the server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from bot.demo.synapse import Synapse
from tests.integration.conftest import Cast
from tests.integration.session_host import SessionHost


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, synapse: Synapse, tmp_path: Path) -> AsyncIterator[SessionHost]:
    session = SessionHost(synapse.url, await cast.account("bot"), tmp_path / "bot")
    await session.start()
    yield session
    await session.stop()


async def test_the_bot_reads_and_is_read(cast: Cast, synapse: Synapse, host: SessionHost) -> None:
    ana = await cast.person("ana")
    room = await ana.create_room("Home", invite=[host.account.user_id])
    await ana.wait_joined(room, host.account.user_id)
    event_id = await ana.say(room, "The plum trees are in bloom")
    heard = await host.hear(room, "plum trees")
    assert (heard.event_id, heard.sender, heard.kind) == (event_id, ana.user_id, "m.text")
    sent = await host.say(room, "and the cherries too")
    shown = await ana.wait_for(room, "cherries")
    assert (shown.event_id, shown.sender, shown.encrypted) == (sent, host.account.user_id, True)
    assert synapse.plaintext_messages(room) == []
