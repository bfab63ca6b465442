"""What a disk taken later tells of what was once said: nothing, once the keys are past their time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest_asyncio
from nio.crypto import InboundGroupSession
from nio.store import MatrixStore

from bot.demo.synapse import Synapse
from bot.matrix.ages import KEPT_DAYS
from bot.matrix.login import pickle_key
from bot.matrix.machine import Machine
from tests.integration.conftest import Cast
from tests.integration.session_host import SessionHost


@pytest_asyncio.fixture(loop_scope="session")
async def host(cast: Cast, tmp_path: Path) -> AsyncIterator[SessionHost]:
    session = SessionHost(cast.server.url, await cast.account("bot"), tmp_path / "bot")
    await session.start()
    yield session
    await session.stop()


def opened(folder: Path, user_id: str, device_id: str, events: Iterable[dict[str, Any]]) -> list[str]:
    """What somebody who has the storage folder, and so its secret, can read of the server's events."""
    store = MatrixStore(user_id, device_id, str(folder / "olm"), pickle_key(folder), "keys.db")
    sessions: dict[str, InboundGroupSession] = {one.id: one for one in store.load_inbound_group_sessions()}
    store.database.close()
    found = []
    for event in events:
        session = sessions.get(event["content"].get("session_id", ""))
        if session is not None:
            found.append(session.decrypt(event["content"]["ciphertext"])[0])
    return found


def pickles(folder: Path) -> list[bytes]:
    """The room keys as they lie in the store."""
    database = sqlite3.connect(folder / "olm" / "keys.db")
    rows = database.execute("SELECT session FROM megolminboundsessions").fetchall()
    database.close()
    return [row[0] if isinstance(row[0], bytes) else str(row[0]).encode() for row in rows]


def grow_old(folder: Path, user_id: str, device_id: str) -> int:
    machine = Machine(user_id, device_id, folder / "olm", pickle_key(folder))
    deleted = machine.tidy(datetime.now(UTC) + timedelta(days=KEPT_DAYS + 1))
    machine.close()
    return deleted


def holding(folder: Path, parts: Iterable[bytes]) -> list[str]:
    """The files in which one of the parts still stands."""
    wanted = list(parts)
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file.name for file in files if any(part in file.read_bytes() for part in wanted)]


async def test_a_disk_taken_later_opens_no_old_ciphertext(
    cast: Cast, synapse: Synapse, host: SessionHost
) -> None:
    ana = await cast.person("ana")
    room = await ana.create_room("Home", invite=[host.user_id])
    await ana.wait_joined(room, host.user_id)
    await host.wait_in(room)
    for number in range(3):
        ana.machine.room_changed(room)
        await ana.say(room, f"what ana said {number}")
        await host.hear(room, f"what ana said {number}")
    await host.say(room, "what the bot said")
    await ana.wait_for(room, "what the bot said")
    device_id = host.transport.device_id
    await host.stop()
    events = [event for event in synapse.stored_events(room) if event["type"] == "m.room.encrypted"]
    assert len(events) == 4
    before = await asyncio.to_thread(opened, host.folder, host.user_id, device_id, events)
    assert sorted(text[text.index("what") :][:15] for text in before) == [
        f"what ana said {number}" for number in range(3)
    ]
    kept = await asyncio.to_thread(pickles, host.folder)
    assert await asyncio.to_thread(holding, host.folder, kept) != []
    assert await asyncio.to_thread(grow_old, host.folder, host.user_id, device_id) == 3
    assert await asyncio.to_thread(opened, host.folder, host.user_id, device_id, events) == []
    assert await asyncio.to_thread(holding, host.folder, kept) == []
