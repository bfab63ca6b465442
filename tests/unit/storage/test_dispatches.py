"""Dispatches: how long they are remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage import dispatches, groups
from bot.storage.db import Database

NOW = datetime(2027, 1, 4, tzinfo=UTC)


async def test_a_dispatch_older_than_the_event_map_is_forgotten_with_its_voices(tmp_path: Path) -> None:
    database = await Database.open(tmp_path / "twinline.db")
    async with database.tx() as tx:
        group = await groups.create(tx, "manila", "Manila", "!m:here", "es", "UTC", NOW)
        for number, days in ((1, 366), (2, 364)):
            written = NOW - timedelta(days=days)
            added = await dispatches.add(
                tx,
                group=group.id,
                number=number,
                author="@ana:here",
                source=f"${number}",
                room_id="!m:here",
                original=None,
                language="es",
                written_at=written,
                keep_until=written,
            )
            await dispatches.voice(tx, added, group.id, "somebody")
        await dispatches.forget_before(tx, NOW - timedelta(days=365))
        left = [one.number for one in await dispatches.latest(tx, group.id, 10)]
        voices = await tx.value("SELECT COUNT(*) FROM voice")
    await database.close()
    assert (left, voices) == ([2], 1)
