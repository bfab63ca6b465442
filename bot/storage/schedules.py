"""Schedules, and the ledger of their occurrences: each schedule and local date happens once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from bot.domain.recurring import Rule
from bot.domain.schedule import Occurrence, Schedule
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms


def _schedule(row: Row) -> Schedule:
    return Schedule(
        id=row["id"],
        kind=row["kind"],
        owner=row["owner"],
        rule=Rule(date.fromisoformat(row["first"]), row["rule"], _day(row["until"])),
        group=row["group_id"],
        zone=row["zone"],
        hour=time.fromisoformat(row["hour"]) if row["hour"] is not None else None,
        offsets=tuple(map(int, row["offsets"].split(","))),
        begun=from_ms(row["begun"]),
        since=from_ms(row["since"]),
        next_on=_day(row["next_on"]),
        next_day=_day(row["next_day"]),
        next_at=from_ms(row["next_at"]) if row["next_at"] is not None else None,
    )


def _day(stored: str | None) -> date | None:
    return date.fromisoformat(stored) if stored is not None else None


def _iso(value: date | time | None) -> str | None:
    return value.isoformat() if value is not None else None


async def add(tx: Tx, schedule: Schedule) -> int:
    """Store a new schedule; its id."""
    return await tx.insert(
        "INSERT INTO schedule (kind, owner, group_id, zone, hour, first, rule, until, offsets, begun, since)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        schedule.kind,
        schedule.owner,
        schedule.group,
        *_told(schedule),
        *_times(schedule),
    )


def _told(schedule: Schedule) -> tuple[str | None, ...]:
    rule = schedule.rule
    hour, offsets = _iso(schedule.hour), ",".join(map(str, schedule.offsets))
    return schedule.zone, hour, rule.first.isoformat(), rule.text, _iso(rule.until), offsets


def _times(schedule: Schedule) -> tuple[int, int]:
    if schedule.begun is None or schedule.since is None:
        raise ValueError("a schedule is stored with the time at which it was made")
    return to_ms(schedule.begun), to_ms(schedule.since)


async def save(tx: Tx, schedule: Schedule) -> None:
    """Store what has changed of a schedule, its next occurrence included."""
    await tx.run(
        "UPDATE schedule SET zone = ?, hour = ?, first = ?, rule = ?, until = ?, offsets = ?, begun = ?,"
        " since = ?, next_on = ?, next_day = ?, next_at = ? WHERE id = ?",
        *_told(schedule),
        *_times(schedule),
        _iso(schedule.next_on),
        _iso(schedule.next_day),
        to_ms(schedule.next_at) if schedule.next_at is not None else None,
        schedule.id,
    )


async def set_next(tx: Tx, schedules: Iterable[Schedule]) -> None:
    """Store when each of them is due next, and up to when it has been seen to."""
    await tx.many(
        "UPDATE schedule SET since = ?, next_on = ?, next_day = ?, next_at = ? WHERE id = ?",
        [
            (
                to_ms(one.since) if one.since is not None else 0,
                _iso(one.next_on),
                _iso(one.next_day),
                to_ms(one.next_at) if one.next_at is not None else None,
                one.id,
            )
            for one in schedules
        ],
    )


async def load(tx: Reading, schedule_id: int) -> Schedule | None:
    """A schedule by its id."""
    row = await tx.one("SELECT * FROM schedule WHERE id = ?", schedule_id)
    return _schedule(row) if row is not None else None


async def of_owner(tx: Reading, kind: str, owner: int) -> list[Schedule]:
    """The schedules of an owner, oldest first."""
    rows = await tx.all("SELECT * FROM schedule WHERE kind = ? AND owner = ? ORDER BY id", kind, owner)
    return [_schedule(row) for row in rows]


async def of_group(tx: Reading, group_id: int) -> list[Schedule]:
    """The schedules that follow a group's customs."""
    rows = await tx.all("SELECT * FROM schedule WHERE group_id = ? ORDER BY id", group_id)
    return [_schedule(row) for row in rows]


async def planned(tx: Reading) -> list[Schedule]:
    """The schedules that have something to come."""
    return [_schedule(row) for row in await tx.all("SELECT * FROM schedule WHERE next_at IS NOT NULL")]


async def due(tx: Reading, now: datetime, limit: int) -> list[Schedule]:
    """The schedules that have something due now, the longest due first."""
    rows = await tx.all(
        "SELECT * FROM schedule WHERE next_at <= ? ORDER BY next_at, id LIMIT ?", to_ms(now), limit
    )
    return [_schedule(row) for row in rows]


async def next_at(tx: Reading, kind: str, owners: Sequence[int]) -> dict[int, datetime]:
    """When each of these owners has something due next, as far as there is anything to come."""
    found: dict[int, datetime] = {}
    for owner in owners:
        value = await tx.value("SELECT MIN(next_at) FROM schedule WHERE kind = ? AND owner = ?", kind, owner)
        if value is not None:
            found[owner] = from_ms(int(value))
    return found


async def drop(tx: Tx, kind: str, owner: int) -> None:
    """Delete the schedules of an owner, with what the ledger has of them."""
    await tx.run("DELETE FROM schedule WHERE kind = ? AND owner = ?", kind, owner)


async def happened(tx: Reading, schedule_id: int) -> set[date]:
    """The local dates of a schedule that the ledger has."""
    rows = await tx.all("SELECT on_day FROM occurrence WHERE schedule_id = ?", schedule_id)
    return {date.fromisoformat(row[0]) for row in rows}


async def record(tx: Tx, occurrence: Occurrence, outcome: str, now: datetime) -> bool:
    """Enter an occurrence into the ledger; False if it is there, or its schedule is gone."""
    changed = await tx.run(
        "INSERT OR IGNORE INTO occurrence SELECT id, ?, ?, ? FROM schedule WHERE id = ?",
        occurrence.on.isoformat(),
        to_ms(now),
        outcome,
        occurrence.schedule,
    )
    return changed > 0


async def said(tx: Reading, schedule_id: int) -> list[date]:
    """The local dates of a schedule on which something was said, oldest first."""
    rows = await tx.all(
        "SELECT on_day FROM occurrence WHERE schedule_id = ? AND outcome = 'said' ORDER BY on_day",
        schedule_id,
    )
    return [date.fromisoformat(row[0]) for row in rows]


async def forget_before(tx: Tx, at: datetime) -> None:
    """Forget what happened longer ago than the event map is kept."""
    await tx.run("DELETE FROM occurrence WHERE at < ?", to_ms(at))
