"""Actions with their parts, the menus of how to take part, and what was said afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time

from bot.domain.action import OPEN, Action, Kind, Option, Part, Question, State
from bot.domain.season import When
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms


def _numbers(stored: str) -> tuple[int, ...]:
    return tuple(map(int, stored.split(","))) if stored else ()


def _stored(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def _action(row: Row, parts: Sequence[Row]) -> Action:
    return Action(
        id=row["id"],
        number=row["number"],
        proposer=row["group_id"],
        title=row["title"],
        language=row["language"],
        when=When(
            date.fromisoformat(row["day"]),
            time.fromisoformat(row["at"]) if row["at"] is not None else None,
            row["zone"],
        ),
        state=State(row["state"]),
        parts=tuple(_part(one) for one in parts),
        changed_at=from_ms(row["changed_at"]),
        changed_by=row["changed_by"],
        rule=row["rule"],
        rule_on=date.fromisoformat(row["rule_on"]) if row["rule_on"] is not None else None,
        rhythm=bool(row["rhythm"]),
        audit=row["audit"],
        version=row["version"],
    )


def _part(row: Row) -> Part:
    return Part(
        group=row["group_id"],
        agreed=bool(row["agreed"]),
        confirmed=bool(row["confirmed"]),
        debriefed=bool(row["debriefed"]),
        left=bool(row["gone"]),
        picks=_numbers(row["picks"]),
        before=_numbers(row["before"]),
    )


async def _actions(tx: Reading, condition: str, *values: str | int) -> list[Action]:
    rows = await tx.all(f"SELECT * FROM action WHERE {condition} ORDER BY day, id", *values)  # noqa: S608 (constants)
    ids = json.dumps([row["id"] for row in rows])
    parts: dict[int, list[Row]] = {row["id"]: [] for row in rows}
    for part in await tx.all(
        "SELECT * FROM action_part WHERE action_id IN (SELECT value FROM json_each(?)) ORDER BY group_id", ids
    ):
        parts[part["action_id"]].append(part)
    return [_action(row, parts[row["id"]]) for row in rows]


async def next_number(tx: Tx, groups: Sequence[int]) -> int:
    """A number that none of these groups has used for an action yet."""
    value = await tx.value(
        "SELECT MAX(number) FROM action JOIN action_part ON action_id = id"
        " WHERE action_part.group_id IN (SELECT value FROM json_each(?))",
        json.dumps(list(groups)),
    )
    return int(value or 0) + 1


async def add(tx: Tx, action: Action, source: str) -> Action:
    """Store a new action with its parts."""
    action_id = await tx.insert(
        "INSERT INTO action (number, source, group_id, title, language, day, at, zone, state, rule, rule_on,"
        " rhythm, audit, changed_at, changed_by, version)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        action.number,
        source,
        action.proposer,
        action.title,
        action.language,
        *_when(action.when),
        action.state,
        action.rule,
        action.rule_on.isoformat() if action.rule_on is not None else None,
        action.rhythm,
        action.audit,
        to_ms(action.changed_at),
        action.changed_by,
        action.version,
    )
    await tx.many("INSERT INTO action_part VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _rows(action_id, action.parts))
    return replace(action, id=action_id)


def _when(when: When) -> tuple[str, str | None, str]:
    return when.day.isoformat(), when.at.isoformat() if when.at is not None else None, when.zone


def _rows(action_id: int, parts: Iterable[Part]) -> list[tuple[int | str, ...]]:
    return [
        (
            action_id,
            part.group,
            part.agreed,
            part.confirmed,
            part.debriefed,
            part.left,
            _stored(part.picks),
            _stored(part.before),
        )
        for part in parts
    ]


async def save(tx: Tx, action: Action) -> None:
    """Store what has changed of an action and its parts."""
    await tx.run(
        "UPDATE action SET day = ?, at = ?, zone = ?, state = ?, rule = ?, rhythm = ?, audit = ?,"
        " changed_at = ?, changed_by = ?, version = ? WHERE id = ?",
        *_when(action.when),
        action.state,
        action.rule,
        action.rhythm,
        action.audit,
        to_ms(action.changed_at),
        action.changed_by,
        action.version,
        action.id,
    )
    await tx.many(
        "INSERT OR REPLACE INTO action_part VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _rows(action.id, action.parts)
    )


async def load(tx: Reading, action_id: int) -> Action | None:
    """An action by its id."""
    found = await _actions(tx, "id = ?", action_id)
    return found[0] if found else None


async def numbered(tx: Reading, group: int, number: int) -> Action | None:
    """The action that a group knows by a number."""
    found = await _actions(
        tx, "number = ? AND id IN (SELECT action_id FROM action_part WHERE group_id = ?)", number, group
    )
    return found[0] if found else None


_MINE = "id IN (SELECT action_id FROM action_part WHERE group_id = ? AND gone = 0)"


async def of_group(tx: Reading, group: int) -> list[Action]:
    """The actions in which a group takes part, by their day."""
    return await _actions(tx, _MINE, group)


async def open_of(tx: Reading, group: int) -> list[Action]:
    """Those of them that are still to come, or to be said to be over."""
    return await _actions(tx, _MINE_OPEN, group, _OPEN)


_OPEN = json.dumps(list(OPEN))
_MINE_OPEN = _MINE + " AND state IN (SELECT value FROM json_each(?))"  # noqa: S608 (constants)


async def to_follow(tx: Reading, before: date) -> list[Action]:
    """The actions of series that are over, as far as that can be told everywhere by then, or cancelled."""
    return await _actions(
        tx,
        "rule <> '' AND followed = 0 AND (day < ? OR state IN ('done', 'debriefed', 'cancelled'))",
        before.isoformat(),
    )


async def set_followed(tx: Tx, action_id: int) -> None:
    """The next of the series has been made, or there is none."""
    await tx.run("UPDATE action SET followed = 1 WHERE id = ?", action_id)


async def parted(tx: Reading) -> list[tuple[Action, int]]:
    """Open actions with a group that is no twin of the proposer any more; 0 for one left alone.

    Asked at every tick, of all open actions: whichever way a twinning has ended, this sees it.
    """
    rows = await tx.all(
        "WITH live (one, other) AS MATERIALIZED ("
        "   SELECT a, b FROM twinning WHERE state IN ('active', 'paused') UNION ALL"
        "   SELECT b, a FROM twinning WHERE state IN ('active', 'paused'))"
        " SELECT action.id, COALESCE(p.group_id, 0) FROM action LEFT JOIN action_part AS p"
        " ON p.action_id = action.id AND p.gone = 0 AND p.group_id <> action.group_id"
        " WHERE action.state IN (SELECT value FROM json_each(?))"
        " AND (p.group_id IS NULL OR (p.group_id, action.group_id) NOT IN (SELECT one, other FROM live))"
        " ORDER BY action.id, p.group_id",
        _OPEN,
    )
    found = {row[0]: await load(tx, row[0]) for row in rows}
    return [(action, row[1]) for row in rows if (action := found[row[0]]) is not None]


async def forget_unlinked(tx: Tx) -> None:
    """Delete the actions of which no two groups have a twinning that is remembered."""
    await tx.run(
        "DELETE FROM action WHERE NOT EXISTS (SELECT 1 FROM twinning"
        " JOIN action_part AS x ON x.action_id = action.id AND x.group_id = twinning.a"
        " JOIN action_part AS y ON y.action_id = action.id AND y.group_id = twinning.b)"
    )


async def add_option(tx: Tx, action_id: int, option: Option) -> None:
    """Store an entry of an action's menu."""
    await tx.run(
        "INSERT INTO action_option VALUES (?, ?, ?, ?, ?, ?)",
        action_id,
        option.number,
        option.group,
        option.kind,
        option.text,
        option.language,
    )


async def options(tx: Reading, action_id: int) -> list[Option]:
    """The entries of an action's menu that groups have added."""
    rows = await tx.all("SELECT * FROM action_option WHERE action_id = ? ORDER BY number", action_id)
    return [
        Option(row["number"], row["group_id"], Kind(row["kind"]), row["text"], row["language"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Said:
    """What a group has said about an action afterwards."""

    group: int
    question: Question
    text: str
    language: str


async def add_debrief(tx: Tx, action_id: int, said: Said, now: datetime) -> None:
    """Store what a group has said."""
    await tx.run(
        "INSERT INTO debrief (action_id, group_id, question, text, language, at) VALUES (?, ?, ?, ?, ?, ?)",
        action_id,
        said.group,
        said.question,
        said.text,
        said.language,
        to_ms(now),
    )


async def debriefs(tx: Reading, action_id: int) -> list[Said]:
    """What was said about an action, oldest first."""
    rows = await tx.all("SELECT * FROM debrief WHERE action_id = ? ORDER BY id", action_id)
    return [Said(row["group_id"], Question(row["question"]), row["text"], row["language"]) for row in rows]
