"""What people say in an audit, under tokens: seats, drafts, ballots, red lines and reasons.

Nothing here names a person, or says when something was said; a draft alone has an hour, until it counts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.audit import DRAFT_KEPT
from bot.domain.verdict import Choice
from bot.storage.db import Reading, Row, Tx, from_ms, to_ms

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in one audit. `group` is None until they said for which group they take part.

    `chosen`: of several open audits it is this one that they write about. `done`: they have no more red
    lines. `step` is what the bot waits for: "" or "reason". `answers` are the ids of their poll's answers,
    `told`: the phase of which they were told.
    """

    audit: int
    token: str
    group: int | None = None
    chosen: bool = False
    done: bool = False
    step: str = ""
    answers: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """Words that do not count yet. `back`: translated there and back, where that came to something.

    `step` is "translating", "shown" (the bot has asked what is to become of it) or "kind".
    """

    audit: int
    token: str
    text: str
    language: str
    step: str
    back: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A red line, or a reason: `reason` is the choice, or "given" until that is certain.

    With a `kind`, that is all there is of it. `mine` is its number among its author's.
    """

    id: str
    token: str
    mine: int
    group: int | None
    kind: str
    text: str
    language: str
    reason: str = ""


def _seat(row: Row) -> Seat:
    return Seat(
        row["audit_id"],
        row["token"],
        row["group_id"],
        bool(row["chosen"]),
        bool(row["done"]),
        row["step"],
        tuple(json.loads(row["answers"])),
        row["told"],
    )


async def seat(tx: Reading, audit: int, token: str) -> Seat | None:
    """A person's seat."""
    row = await tx.one("SELECT * FROM seat WHERE audit_id = ? AND token = ?", audit, token)
    return _seat(row) if row else None


async def seats(tx: Reading, audit: int) -> dict[str, Seat]:
    """All seats of an audit, by their tokens."""
    rows = await tx.all("SELECT * FROM seat WHERE audit_id = ?", audit)
    return {row["token"]: _seat(row) for row in rows}


async def save(tx: Tx, one: Seat) -> None:
    """Store a seat."""
    await tx.run(
        "INSERT OR REPLACE INTO seat VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        one.audit,
        one.token,
        one.group,
        one.chosen,
        one.done,
        one.step,
        json.dumps(one.answers),
        one.told,
    )


async def draft(tx: Reading, audit: int, token: str) -> Draft | None:
    """A person's draft."""
    row = await tx.one("SELECT * FROM draft WHERE audit_id = ? AND token = ?", audit, token)
    if row is None:
        return None
    return Draft(audit, token, row["text"], row["language"], row["step"], row["back"])


async def save_draft(tx: Tx, one: Draft, now: datetime) -> None:
    """Store a draft; its time begins when it is first stored."""
    drop_at = (now + DRAFT_KEPT).replace(minute=0, second=0, microsecond=0)
    await tx.run(
        "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text,"
        " language = excluded.language, back = excluded.back, step = excluded.step",
        one.audit,
        one.token,
        one.text,
        one.language,
        one.back,
        one.step,
        to_ms(drop_at),
    )


async def drop_draft(tx: Tx, audit: int, token: str) -> None:
    """Forget a draft."""
    await tx.run("DELETE FROM draft WHERE audit_id = ? AND token = ?", audit, token)


async def drafters(tx: Reading, audit: int) -> frozenset[str]:
    """The tokens of those with a draft in an audit."""
    return frozenset(row[0] for row in await tx.all("SELECT token FROM draft WHERE audit_id = ?", audit))


async def drop_drafts(tx: Tx, audit: int) -> list[str]:
    """Forget all drafts of an audit; the tokens of their authors."""
    rows = await tx.all("SELECT token FROM draft WHERE audit_id = ?", audit)
    await tx.run("DELETE FROM draft WHERE audit_id = ?", audit)
    return [row[0] for row in rows]


async def drop_old_drafts(tx: Tx, now: datetime) -> list[tuple[int, str]]:
    """Forget the drafts that nobody answered in time; audit and token of each."""
    rows = await tx.all("SELECT audit_id, token FROM draft WHERE drop_at <= ?", to_ms(now))
    await tx.run("DELETE FROM draft WHERE drop_at <= ?", to_ms(now))
    return [(row[0], row[1]) for row in rows]


async def earliest_drop(tx: Reading) -> datetime | None:
    """When the next draft is dropped."""
    value = await tx.value("SELECT MIN(drop_at) FROM draft")
    return from_ms(int(value)) if value is not None else None


async def cast(tx: Tx, audit: int, token: str, choice: Choice) -> None:
    """A person's ballot: the last one counts."""
    await tx.run("INSERT OR REPLACE INTO ballot VALUES (?, ?, ?)", audit, token, choice)


async def ballots(tx: Reading, audit: int) -> dict[str, Choice]:
    """All ballots of an audit, by tokens."""
    rows = await tx.all("SELECT token, choice FROM ballot WHERE audit_id = ?", audit)
    return {row[0]: Choice(row[1]) for row in rows}


async def drop_ballots(tx: Tx, audit: int) -> None:
    """The verdict is there: the ballots are not needed any more."""
    await tx.run("DELETE FROM ballot WHERE audit_id = ?", audit)


def _line(row: Row) -> Line:
    return Line(
        row["id"],
        row["token"],
        row["mine"],
        row["group_id"],
        row["kind"],
        row["text"],
        row["language"],
        row["reason"],
    )


async def lines(tx: Reading, audit: int) -> list[Line]:
    """The red lines of an audit, in an order that tells nothing."""
    rows = await tx.all("SELECT * FROM red_line WHERE audit_id = ? AND reason = '' ORDER BY id", audit)
    return [_line(row) for row in rows]


async def posted(tx: Reading, source: str, what: str) -> Line | None:
    """The red line or reason that a post shows, known by its cause and name; None if its words are gone."""
    audit, name = source.removeprefix("audit:").partition(":")[0], what.partition(":")
    if not source.startswith("audit:") or name[0] not in ("line", "reason") or not audit.isdecimal():
        return None
    row = await tx.one("SELECT * FROM red_line WHERE audit_id = ? AND id = ?", int(audit), name[2])
    return _line(row) if row else None


async def reasons(tx: Reading, audit: int) -> list[Line]:
    """The reasons of an audit, in an order that tells nothing."""
    rows = await tx.all("SELECT * FROM red_line WHERE audit_id = ? AND reason <> '' ORDER BY id", audit)
    return [_line(row) for row in rows]


async def lines_of(tx: Reading, audit: int, token: str) -> list[Line]:
    """One person's red lines, as they number them."""
    rows = await tx.all(
        "SELECT * FROM red_line WHERE audit_id = ? AND token = ? AND reason = '' ORDER BY mine", audit, token
    )
    return [_line(row) for row in rows]


async def add_line(tx: Tx, audit: int, line: Line) -> int:
    """Store a red line or a reason; its number among its author's. Of reasons one has one."""
    if line.reason:
        await drop_reason(tx, audit, line.token)
    last = await tx.value(
        "SELECT MAX(mine) FROM red_line WHERE audit_id = ? AND token = ? AND reason = ''", audit, line.token
    )
    mine = 0 if line.reason else 1 + int(last or 0)
    await tx.run(
        "INSERT INTO red_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        audit,
        line.id,
        line.token,
        mine,
        line.group,
        line.reason,
        line.kind,
        line.text,
        line.language,
    )
    return mine


async def drop_reason(tx: Tx, audit: int, token: str) -> None:
    """A person has no reason to give, or another one."""
    await tx.run("DELETE FROM red_line WHERE audit_id = ? AND token = ? AND reason <> ''", audit, token)


async def drop_reasons(tx: Tx, audit: int, but: str = "") -> None:
    """Forget the reasons of a consent, but those of one choice."""
    await tx.run("DELETE FROM red_line WHERE audit_id = ? AND reason NOT IN ('', ?)", audit, but)


async def file_reason(tx: Tx, audit: int, line_id: str, choice: Choice) -> None:
    """For which choice a reason stands, once that cannot change any more."""
    await tx.run("UPDATE red_line SET reason = ? WHERE audit_id = ? AND id = ?", choice, audit, line_id)


async def drop_line(tx: Tx, audit: int, line_id: str) -> None:
    """A red line is taken back."""
    await tx.run("DELETE FROM red_line WHERE audit_id = ? AND id = ?", audit, line_id)


async def unseat(tx: Tx, audit: int) -> None:
    """The audit has ended: nothing is left of who took part, and its words lead to nobody."""
    for table in ("elector", "seat", "draft", "ballot"):
        await tx.run(f"DELETE FROM {table} WHERE audit_id = ?", audit)  # noqa: S608 (constants)
    await tx.run("UPDATE red_line SET token = '', mine = 0, group_id = NULL WHERE audit_id = ?", audit)
