"""Audits, the groups that were asked to take part, and who may.

`verdict_of` and `keep_until` are for what builds on a verdict later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.audit import JOINABLE, OPEN, RECORDS, Audit, State
from bot.storage.db import Reading, Row, Tx, Value, from_ms, to_ms

_OPEN = "('" + "', '".join(OPEN) + "')"
_JOINABLE = "('" + "', '".join(JOINABLE) + "')"
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Member:
    """A group in an audit. `place` is "asked", "in" or "out"; the rules are those of its acceptance."""

    group: int
    place: str
    quorum: int
    counts: int
    closes: str = ""


def _audit(row: Row) -> Audit:
    return Audit(
        id=row["id"],
        number=row["number"],
        opener=row["opener"],
        lead=row["lead"],
        wished=row["wished"],
        title=row["title"],
        language=row["language"],
        state=State(row["state"]),
        lines=from_ms(row["lines"]),
        until=from_ms(row["until"]),
        begun=from_ms(row["begun"]),
        opened=from_ms(row["opened"]),
        length=row["length"] * _MS,
        round=row["round"],
        marks=frozenset(json.loads(row["marks"])),
        weak=bool(row["weak"]),
        changed=row["changed"],
        changed_in=row["changed_in"],
        decided=from_ms(row["decided"]) if row["decided"] is not None else None,
        kept_until=from_ms(row["kept_until"]) if row["kept_until"] is not None else None,
        action=bool(row["action"]),
    )


def _values(audit: Audit) -> list[Value]:
    return [
        audit.lead,
        audit.state,
        to_ms(audit.lines),
        to_ms(audit.until),
        to_ms(audit.begun),
        audit.length // _MS,
        audit.round,
        json.dumps(sorted(audit.marks)),
        audit.weak,
        audit.changed,
        audit.changed_in,
        to_ms(audit.decided) if audit.decided else None,
        to_ms(audit.kept_until) if audit.kept_until else None,
        audit.action,
    ]


async def add(tx: Tx, audit: Audit, groups: Iterable[int]) -> Audit:
    """Store a new audit, numbered for all of its groups at once; the opener's group is among them."""
    asked = json.dumps(list(groups))
    known = "id IN (SELECT value FROM json_each(?))"
    number = 1 + int(await tx.value(f"SELECT MAX(audits) FROM grp WHERE {known}", asked) or 0)  # noqa: S608 (constant)
    await tx.run(f"UPDATE grp SET audits = ? WHERE {known}", number, asked)  # noqa: S608 (constant)
    audit_id = await tx.insert(
        "INSERT INTO audit (number, opener, wished, title, language, opened, lead, state, lines, until,"
        " begun, length, round, marks, weak, changed, changed_in, decided, kept_until, action)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        number,
        audit.opener,
        audit.wished,
        audit.title,
        audit.language,
        to_ms(audit.opened),
        *_values(audit),
    )
    found = await load(tx, audit_id)
    if found is None:
        raise LookupError(audit_id)
    return found


async def save(tx: Tx, audit: Audit) -> None:
    """Store an audit's state."""
    await tx.run(
        "UPDATE audit SET lead = ?, state = ?, lines = ?, until = ?, begun = ?, length = ?, round = ?,"
        " marks = ?, weak = ?, changed = ?, changed_in = ?, decided = ?, kept_until = ?, action = ?"
        " WHERE id = ?",
        *_values(audit),
        audit.id,
    )


async def load(tx: Reading, audit_id: int) -> Audit | None:
    """An audit by its id."""
    row = await tx.one("SELECT * FROM audit WHERE id = ?", audit_id)
    return _audit(row) if row else None


async def of_group(tx: Reading, group: int) -> list[Audit]:
    """The audits in which a group takes part, or still can, the newest first."""
    rows = await tx.all(
        "SELECT audit.* FROM audit JOIN audit_group ON audit_id = id WHERE group_id = ? AND (place = 'in'"  # noqa: S608 (constant)
        f" OR place = 'asked' AND state IN {_JOINABLE}) ORDER BY number DESC",
        group,
    )
    return [_audit(row) for row in rows]


async def numbered(tx: Reading, group: int, number: int) -> Audit | None:
    """The audit that a group calls by this number."""
    return next((one for one in await of_group(tx, group) if one.number == number), None)


async def all_open(tx: Reading) -> list[Audit]:
    """Every audit that has a secret, oldest first."""
    return [_audit(row) for row in await tx.all(f"SELECT * FROM audit WHERE state IN {_OPEN} ORDER BY id")]  # noqa: S608 (constant)


async def awaits_keys(tx: Reading, audit_id: int, sent: datetime, came: datetime) -> bool:
    """Whether something cannot be read yet that somebody who may take part sent by then in their direct chat,
    and that came after the other moment."""
    found = await tx.one(
        "SELECT 1 FROM undecrypted JOIN room USING (room_id) JOIN elector ON user_id = direct_with"
        " WHERE audit_id = ? AND at > ? AND json_extract(raw, '$.origin_server_ts') <= ? LIMIT 1",
        audit_id,
        to_ms(came),
        to_ms(sent),
    )
    return found is not None


async def ticks(tx: Reading) -> int:
    """How often the clock has ticked while there were open audits."""
    return int(await tx.value("SELECT value FROM meta WHERE key = 'audit-ticks'") or 0)


async def count_ticks(tx: Tx, count: int) -> None:
    """So often it has."""
    await tx.run("INSERT OR REPLACE INTO meta VALUES ('audit-ticks', ?)", str(count))


async def records(tx: Reading) -> list[Audit]:
    """Every audit of which only the record is left, oldest first."""
    states = json.dumps(list(RECORDS))
    rows = await tx.all(
        "SELECT * FROM audit WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id", states
    )
    return [_audit(row) for row in rows]


async def delete(tx: Tx, audit_id: int) -> None:
    """Delete an audit and everything that people said in it."""
    await tx.run("DELETE FROM audit WHERE id = ?", audit_id)


async def join(tx: Tx, audit_id: int, member: Member) -> None:
    """A group is asked, takes part, or does not."""
    await tx.run(
        "INSERT OR REPLACE INTO audit_group VALUES (?, ?, ?, ?, ?, ?)",
        audit_id,
        member.group,
        member.place,
        member.quorum,
        member.counts,
        member.closes,
    )


async def members(tx: Reading, audit_id: int) -> list[Member]:
    """The groups of an audit, whatever they answered."""
    rows = await tx.all("SELECT * FROM audit_group WHERE audit_id = ? ORDER BY group_id", audit_id)
    return [
        Member(row["group_id"], row["place"], row["quorum"], row["counts"], row["closes"]) for row in rows
    ]


async def freeze(tx: Tx, audit_id: int, group: int, people: Iterable[str]) -> None:
    """These people of a group may take part."""
    await tx.many(
        "INSERT OR IGNORE INTO elector VALUES (?, ?, ?)", [(audit_id, group, one) for one in people]
    )


async def electors(tx: Reading, audit_id: int) -> list[tuple[int, str]]:
    """Who may take part: group and person, in the order of names."""
    rows = await tx.all(
        "SELECT group_id, user_id FROM elector WHERE audit_id = ? ORDER BY user_id, group_id", audit_id
    )
    return [(row[0], row[1]) for row in rows]


async def homes(tx: Reading, audit_id: int, user_id: str) -> list[int]:
    """The groups for which a person may take part."""
    rows = await tx.all(
        "SELECT group_id FROM elector WHERE audit_id = ? AND user_id = ? ORDER BY group_id", audit_id, user_id
    )
    return [row[0] for row in rows]


async def of_person(tx: Reading, user_id: str) -> list[tuple[Audit, tuple[int, ...]]]:
    """The open audits in which a person may take part, oldest first, each with their groups in it."""
    rows = await tx.all(
        f"SELECT audit.*, group_id FROM audit JOIN elector ON audit_id = id"  # noqa: S608 (constant)
        f" WHERE user_id = ? AND state IN {_OPEN} ORDER BY id, group_id",
        user_id,
    )
    found: dict[int, tuple[Audit, tuple[int, ...]]] = {}
    for row in rows:
        audit, groups = found.get(row["id"], (_audit(row), ()))
        found[row["id"]] = audit, (*groups, row["group_id"])
    return list(found.values())


async def verdict_of(tx: Reading, group: int, number: int) -> Audit | None:
    """The audit of which this group knows a verdict by this number: agreed, held, or without a quorum.

    None where there is none (yet, or any more); its `state` tells which verdict it is, `weak` how strong.
    """
    found = await numbered(tx, group, number)
    return found if found is not None and found.decided is not None else None


async def keep_until(tx: Tx, audit_id: int, until: datetime) -> None:
    """The record belongs to an action, and is kept until then."""
    await tx.run(
        "UPDATE audit SET kept_until = ?, action = 1 WHERE id = ? AND state = 'agreed'",
        to_ms(until),
        audit_id,
    )
