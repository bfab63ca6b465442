"""Twinnings and joint rooms as rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.twinning import State, Twinning
from bot.storage import groups, twinnings
from bot.storage.db import Database, Tx
from bot.storage.twinnings import Joint, Waiting

NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
async def tx(tmp_path: Path) -> AsyncIterator[Tx]:
    """Groups 1, 2 and 3."""
    database = await Database.open(tmp_path / "twinline.db")
    async with database.tx() as found:
        for handle in ("manila", "milwaukee", "madrid"):
            await groups.create(found, handle, handle.title(), f"!{handle}:x", "en", "UTC", NOW)
        yield found
    await database.close()


async def propose(tx: Tx, a: int, b: int, ends_on: date = date(2028, 1, 4)) -> Twinning:
    return await twinnings.propose(
        tx, a=a, b=b, alias_a="one", alias_b="two", check_words="a b c d", ends_on=ends_on, now=NOW
    )


async def test_a_proposal_is_read_back(tx: Tx) -> None:
    made = await propose(tx, 1, 2)
    assert made.state is State.PROPOSED
    assert await twinnings.load(tx, made.id) == made
    assert await twinnings.load(tx, made.id + 1) is None


async def test_every_field_that_changes_is_stored(tx: Tx) -> None:
    made = await propose(tx, 1, 2)
    changed = replace(
        made,
        state=State.PAUSED,
        ends_on=date(2029, 1, 1),
        paused_a=True,
        paused_b=True,
        renew_by=2,
        renew_until=date(2030, 1, 1),
    )
    await twinnings.save(tx, changed, NOW)
    assert await twinnings.load(tx, made.id) == changed


async def test_open_twinnings_are_those_of_the_group_that_are_not_over(tx: Tx) -> None:
    first, second, over = await propose(tx, 1, 2), await propose(tx, 3, 1), await propose(tx, 1, 3)
    await propose(tx, 2, 3)
    await twinnings.save(tx, replace(over, state=State.DECLINED), NOW)
    assert await twinnings.open_of(tx, 1) == [first, second]


async def test_numbers_count_the_groups_own_and_stay_when_one_ends(tx: Tx) -> None:
    await propose(tx, 2, 3)
    first, second = await propose(tx, 1, 2), await propose(tx, 3, 1)
    await twinnings.save(tx, replace(first, state=State.ENDED), NOW)
    assert await twinnings.numbers(tx, 1) == {first.id: 1, second.id: 2}


async def test_past_its_end_is_what_is_open_after_its_end_date(tx: Tx) -> None:
    made = await propose(tx, 1, 2, date(2027, 1, 10))
    over = await propose(tx, 1, 3, date(2027, 1, 10))
    await twinnings.save(tx, replace(over, state=State.ENDED), NOW)
    assert await twinnings.past_end(tx, date(2027, 1, 10)) == []
    assert await twinnings.past_end(tx, date(2027, 1, 11)) == [made]


async def test_what_ended_is_forgotten_by_when_it_first_ended(tx: Tx) -> None:
    made = await propose(tx, 1, 2)
    ended = replace(made, state=State.ENDED)
    await twinnings.save(tx, ended, NOW)
    await twinnings.save(tx, ended, NOW + timedelta(days=10))
    await twinnings.forget_before(tx, NOW)
    assert await twinnings.load(tx, made.id) == ended
    await twinnings.forget_before(tx, NOW + timedelta(seconds=1))
    assert await twinnings.load(tx, made.id) is None


async def test_open_twinnings_are_never_forgotten(tx: Tx) -> None:
    made = await propose(tx, 1, 2)
    await twinnings.forget_before(tx, NOW + timedelta(days=10_000))
    assert await twinnings.load(tx, made.id) == made


async def test_waiting_counts_a_twinnings_relays_into_one_room(tx: Tx) -> None:
    rows = [
        ("!milwaukee:x", "relay", "waiting", 1, 0),
        ("!milwaukee:x", "relay", "waiting", 1, 2),
        ("!milwaukee:x", "relay", "translating", 1, 0),
        ("!milwaukee:x", "relay", "sent", 1, 1),
        ("!milwaukee:x", "relay", "waiting", 2, 0),
        ("!milwaukee:x", "say", "waiting", None, 0),
        ("!manila:x", "relay", "waiting", 1, 0),
    ]
    for number, (room, kind, state, twinning, tries) in enumerate(rows):
        await tx.run(
            "INSERT INTO outbox (room_id, source, what, kind, rank, state, not_before, deadline, twinning_id,"
            " tries, created_at) VALUES (?, ?, 'copy', ?, 0, ?, 0, 0, ?, ?, 0)",
            room,
            f"${number}",
            kind,
            state,
            twinning,
            tries,
        )
    assert await twinnings.waiting(tx, 1, "!milwaukee:x") == Waiting(count=3, translating=1, tried=1)
    assert await twinnings.waiting(tx, 3, "!milwaukee:x") == Waiting(0, 0, 0)


async def test_joint_rooms_are_found_by_room_and_by_group(tx: Tx) -> None:
    made = await propose(tx, 1, 2)
    joint = Joint("!joint:x", made.id, confirmed_a=True, confirmed_b=False)
    await twinnings.save_joint(tx, joint)
    assert await twinnings.joints_at(tx, "!joint:x") == [joint]
    assert not joint.confirmed
    await twinnings.save_joint(tx, replace(joint, confirmed_b=True))
    [again] = await twinnings.joints_at(tx, "!joint:x")
    assert again is not None
    assert again.confirmed
    assert await twinnings.joints_of(tx, 1) == ["!joint:x"]
    assert await twinnings.joints_of(tx, 3) == []
    await twinnings.drop_joint(tx, "!joint:x")
    assert await twinnings.joints_at(tx, "!joint:x") == []
