"""Groups and codes as rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.group import Attribution, Group, Settings, Speakers
from bot.storage import groups
from bot.storage.db import Database, Tx

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[Tx]:
    database = await Database.open(tmp_path / "twinline.db")
    async with database.tx() as found:
        yield found
    await database.close()


async def manila(tx: Tx) -> Group:
    return await groups.create(tx, "manila", "Manila Tenants", "!m:x", "es", "Asia/Manila", NOW)


async def test_a_group_is_found_by_id_room_and_member(tx: Tx) -> None:
    made = await manila(tx)
    await tx.run("INSERT INTO member VALUES ('!m:x', '@ana:x', 'join'), ('!m:x', '@ben:x', 'leave')")
    assert await groups.load(tx, made.id) == made
    assert await groups.of_room(tx, "!m:x") == made
    assert await groups.of_room(tx, "!other:x") is None
    assert await groups.of_member(tx, "@ana:x") == [made]
    assert await groups.of_member(tx, "@ben:x") == []


async def test_changed_settings_are_read_back(tx: Tx) -> None:
    made = await manila(tx)
    settings = Settings(Speakers.MEMBERS, Attribution.MEMBER, threadconfirm=False, keep=0)
    changed = replace(made, language="en", zone="UTC", settings=settings)
    await groups.save(tx, changed)
    assert await groups.load(tx, made.id) == changed


async def test_dispatches_are_numbered_from_one(tx: Tx) -> None:
    made = await manila(tx)
    assert [await groups.next_number(tx, made.id) for _ in range(3)] == [1, 2, 3]


async def test_a_code_is_found_by_its_hash_used_or_not(tx: Tx) -> None:
    made = await manila(tx)
    await groups.add_code(tx, "h1", made.id, NOW)
    found = await groups.code(tx, "h1")
    assert found == groups.Code("h1", made.id, NOW, used=False)
    await groups.use_code(tx, "h1")
    assert await groups.code(tx, "h1") == replace(found, used=True)
    assert await groups.code(tx, "h2") is None


async def test_a_fresh_code_voids_the_unused_and_keeps_the_used(tx: Tx) -> None:
    made = await manila(tx)
    await groups.add_code(tx, "used", made.id, NOW)
    await groups.use_code(tx, "used")
    await groups.add_code(tx, "old", made.id, NOW)
    await groups.add_code(tx, "new", made.id, NOW)
    assert await groups.code(tx, "old") is None
    assert await groups.code(tx, "used") is not None
    assert await groups.code(tx, "new") is not None


async def test_wrong_codes_are_counted_per_room_and_forgotten(tx: Tx) -> None:
    for minutes in (30, 10, 20):
        await groups.add_wrong_code(tx, "!m:x", NOW - timedelta(minutes=minutes))
    await groups.add_wrong_code(tx, "!other:x", NOW)
    since = NOW - timedelta(minutes=25)
    assert await groups.wrong_codes(tx, "!m:x", since) == [NOW - timedelta(minutes=m) for m in (20, 10)]
    await groups.forget_codes(tx, NOW, NOW - timedelta(minutes=15))
    assert await groups.wrong_codes(tx, "!m:x", NOW - timedelta(hours=1)) == [NOW - timedelta(minutes=10)]


async def test_codes_are_forgotten_by_the_time_they_expired(tx: Tx) -> None:
    made = await manila(tx)
    await groups.add_code(tx, "h", made.id, NOW)
    await groups.forget_codes(tx, NOW - timedelta(seconds=1), NOW)
    assert await groups.code(tx, "h") is not None
    await groups.forget_codes(tx, NOW, NOW)
    assert await groups.code(tx, "h") is None


async def test_deleting_takes_everything_of_the_group_and_nothing_of_others(tx: Tx) -> None:
    made = await manila(tx)
    other = await groups.create(tx, "milwaukee", "Milwaukee", "!w:x", "en", "UTC", NOW)
    for group, room in ((made, "!m:x"), (other, "!w:x")):
        await groups.add_code(tx, f"code-{group.handle}", group.id, NOW)
        await groups.add_wrong_code(tx, room, NOW)
        await tx.run(
            "INSERT INTO dispatch (group_id, number, author, source, room_id, state, language, written_at,"
            " keep_until) VALUES (?, 1, '@a:x', ?, ?, 'open', 'es', 0, 0)",
            group.id,
            f"$dispatch-{group.handle}",
            room,
        )
        await tx.run(
            "INSERT INTO question (room_id, user_id, topic, source, payload, expires_at)"
            " VALUES (?, '@a:x', 'group-forget', ?, '{}', 0)",
            room,
            f"$question-{group.handle}",
        )
    await groups.delete(tx, made)
    for table in ("grp", "code", "wrong_code", "dispatch", "question"):
        assert await tx.value(f"SELECT COUNT(*) FROM {table}") == 1, table  # noqa: S608 (tables of this list)
    assert await groups.load(tx, other.id) == other
