"""Groups, and the single-use codes by which they are found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from bot.domain.group import Approval, Attribution, Group, NewMembers, Settings, Speakers, shown_name
from bot.domain.trust import Policy
from bot.domain.verdict import USUAL_COUNTS, USUAL_QUORUM
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms


def _group(row: Row) -> Group:
    kept = json.loads(row["settings"])
    return Group(
        id=row["id"],
        handle=row["handle"],
        name=shown_name(row["name"]),
        room_id=row["room_id"],
        language=row["language"],
        zone=row["zone"],
        settings=Settings(
            dispatch=Speakers(kept["dispatch"]),
            attribution=Attribution(kept["attribution"]),
            threadconfirm=kept["threadconfirm"],
            keep=kept["keep"],
            devices=Policy(kept.get("devices", Policy.SIGNED)),
            newmembers=NewMembers(kept.get("newmembers", NewMembers.OPEN)),
            quiet=kept.get("quiet", ""),
            urgent=tuple(kept.get("urgent", ())),
            others=tuple(kept.get("others", ())),
            approval=Approval(kept.get("approval", Approval.NONE)),
            approvers=tuple(kept.get("approvers", ())),
            quorum=kept.get("quorum", USUAL_QUORUM),
            counts=kept.get("counts", USUAL_COUNTS),
            bots=tuple(kept.get("bots", ())),
            hour=kept.get("hour", "09:00"),
            shift=kept.get("shift", False),
            weekend=tuple(kept.get("weekend", (6, 7))),
            holidays=kept.get("holidays", ""),
            days=tuple(kept.get("days", ())),
            yearstart=kept.get("yearstart", 1),
        ),
    )


async def create(
    tx: Tx, handle: str, name: str, room_id: str, language: str, zone: str, now: datetime
) -> Group:
    """Make a room a group's home."""
    settings = Settings()
    group_id = await tx.insert(
        "INSERT INTO grp (handle, name, room_id, language, zone, settings, created_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        handle,
        name,
        room_id,
        language,
        zone,
        json.dumps(asdict(settings)),
        to_ms(now),
    )
    return Group(group_id, handle, name, room_id, language, zone, settings)


async def save(tx: Tx, group: Group) -> None:
    """Store a group's changed settings."""
    await tx.run(
        "UPDATE grp SET language = ?, zone = ?, settings = ? WHERE id = ?",
        group.language,
        group.zone,
        json.dumps(asdict(group.settings)),
        group.id,
    )


async def move(tx: Tx, group: Group, room_id: str) -> Group:
    """The group's home is another room now."""
    await tx.run("UPDATE grp SET room_id = ? WHERE id = ?", room_id, group.id)
    await tx.run("UPDATE wrong_code SET room_id = ? WHERE room_id = ?", room_id, group.room_id)
    return replace(group, room_id=room_id)


async def load(tx: Reading, group_id: int) -> Group | None:
    """A group by its id."""
    row = await tx.one("SELECT * FROM grp WHERE id = ?", group_id)
    return _group(row) if row else None


async def load_all(tx: Tx, group_ids: Sequence[int]) -> dict[int, Group]:
    """Groups by their ids."""
    rows = await tx.all(
        "SELECT * FROM grp WHERE id IN (SELECT value FROM json_each(?))", json.dumps(list(group_ids))
    )
    return {row["id"]: _group(row) for row in rows}


async def without_quarters(tx: Tx, kind: str) -> list[Group]:
    """Groups with an active twinning and no schedule of this kind, or with one of other months."""
    rows = await tx.all(
        "SELECT grp.* FROM grp"
        " WHERE EXISTS (SELECT 1 FROM twinning WHERE state = 'active' AND grp.id IN (a, b))"
        " AND NOT EXISTS (SELECT 1 FROM schedule WHERE kind = ? AND owner = grp.id AND (CAST(substr("
        "first, 6, 2) AS INTEGER) - COALESCE(json_extract(settings, '$.yearstart'), 1)) % 3 = 0)"
        " ORDER BY id",
        kind,
    )
    return [_group(row) for row in rows]


async def of_room(tx: Reading, room_id: str) -> Group | None:
    """The group whose home this room is."""
    row = await tx.one("SELECT * FROM grp WHERE room_id = ?", room_id)
    return _group(row) if row else None


async def of_member(tx: Reading, user_id: str) -> list[Group]:
    """The groups in whose home rooms the person is a joined member."""
    rows = await tx.all(
        "SELECT grp.* FROM grp JOIN member USING (room_id)"
        " WHERE user_id = ? AND membership = 'join' ORDER BY grp.id",
        user_id,
    )
    return [_group(row) for row in rows]


async def of_member_and_twins(tx: Reading, user_id: str) -> list[Group]:
    """The same, and the groups that are twinned with them or were."""
    rows = await tx.all(
        "WITH own AS (SELECT grp.id FROM grp JOIN member USING (room_id)"
        " WHERE user_id = ? AND membership = 'join')"
        " SELECT * FROM grp WHERE id IN (SELECT id FROM own"
        " UNION SELECT b FROM twinning WHERE a IN own UNION SELECT a FROM twinning WHERE b IN own)"
        " ORDER BY id",
        user_id,
    )
    return [_group(row) for row in rows]


async def sitting_in(tx: Reading, room_id: str, me: str) -> list[Group]:
    """The groups of whose members (not counting the bot, `me`) somebody is in this room or invited."""
    rows = await tx.all(
        "SELECT DISTINCT grp.* FROM grp JOIN member AS home USING (room_id)"
        " JOIN member AS here ON here.user_id = home.user_id"
        " WHERE here.room_id = ? AND here.membership IN ('join', 'invite') AND home.membership = 'join'"
        " AND here.user_id <> ? ORDER BY grp.id",
        room_id,
        me,
    )
    return [_group(row) for row in rows]


async def delete(tx: Tx, group: Group) -> None:
    """Delete a group with its codes, wrong tries, open questions, twinnings and dispatches.

    Of the outbox go its dispatches' settled rows in every room (which message is a copy of which), except
    those whose removal is still to be sent.
    """
    await tx.run(
        "DELETE FROM outbox WHERE state NOT IN ('translating', 'waiting')"
        " AND dispatch_id IN (SELECT id FROM dispatch WHERE group_id = ?)"
        " AND NOT EXISTS (SELECT 1 FROM outbox AS removal WHERE removal.kind = 'redact'"
        " AND removal.source = outbox.source AND removal.room_id = outbox.room_id"
        " AND removal.state = 'waiting' AND removal.state IN ('translating', 'waiting'))",
        group.id,
    )
    await tx.run("DELETE FROM question WHERE room_id = ?", group.room_id)
    await tx.run("DELETE FROM introduced WHERE room_id = ?", group.room_id)
    await tx.run("DELETE FROM wrong_code WHERE room_id = ?", group.room_id)
    await tx.run("DELETE FROM grp WHERE id = ?", group.id)


async def next_number(tx: Tx, group_id: int) -> int:
    """The number of a group's next dispatch, counted up."""
    await tx.run("UPDATE grp SET numbers = numbers + 1 WHERE id = ?", group_id)
    return int(await tx.value("SELECT numbers FROM grp WHERE id = ?", group_id) or 0)


async def add_code(tx: Tx, code_hash: str, group_id: int, expires_at: datetime) -> None:
    """Remember a code by its hash; an earlier unused one of the group is void."""
    await tx.run("DELETE FROM code WHERE group_id = ? AND used = 0", group_id)
    await tx.run(
        "INSERT INTO code (hash, group_id, expires_at) VALUES (?, ?, ?)",
        code_hash,
        group_id,
        to_ms(expires_at),
    )


@dataclass(frozen=True, slots=True)
class Code:
    """A code that a group gave; `group` is its id. It may be used or have expired."""

    hash: str
    group: int
    expires_at: datetime
    used: bool


async def code(tx: Tx, code_hash: str) -> Code | None:
    """The code with this hash, as long as it is remembered."""
    row = await tx.one("SELECT * FROM code WHERE hash = ?", code_hash)
    if row is None:
        return None
    return Code(row["hash"], row["group_id"], from_ms(row["expires_at"]), bool(row["used"]))


async def use_code(tx: Tx, code_hash: str) -> None:
    """A code works once."""
    await tx.run("UPDATE code SET used = 1 WHERE hash = ?", code_hash)


async def wrong_codes(tx: Tx, room_id: str, since: datetime) -> list[datetime]:
    """When wrong codes were typed in a room, oldest first."""
    rows = await tx.all(
        "SELECT at FROM wrong_code WHERE room_id = ? AND at >= ? ORDER BY at", room_id, to_ms(since)
    )
    return [from_ms(row[0]) for row in rows]


async def add_wrong_code(tx: Tx, room_id: str, now: datetime) -> None:
    """Count a wrong code."""
    await tx.run("INSERT INTO wrong_code VALUES (?, ?)", room_id, to_ms(now))


async def forget_codes(tx: Tx, expired_before: datetime, wrong_before: datetime) -> None:
    """Delete codes that expired, and wrong tries that happened, before the given times."""
    await tx.run("DELETE FROM code WHERE expires_at <= ?", to_ms(expired_before))
    await tx.run("DELETE FROM wrong_code WHERE at <= ?", to_ms(wrong_before))
