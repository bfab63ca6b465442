"""The words of a twinning: agreed terms, and people's corrections of translations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.glossary import Glossary, normalised
from bot.storage.db import Reading, Row, Tx, to_ms


class Kind(StrEnum):
    """What is agreed on a word."""

    TERM = "term"
    KEEP = "keep"
    AVOID = "avoid"


@dataclass(frozen=True, slots=True)
class Term:
    """`other` is the agreed translation (TERM) or the reason (AVOID); `group` is who said so."""

    number: int
    kind: Kind
    word: str
    language: str
    other: str
    other_language: str
    group: int


def _term(row: Row) -> Term:
    return Term(
        row["number"],
        Kind(row["kind"]),
        row["word"],
        row["language"],
        row["other"],
        row["other_language"],
        row["group_id"],
    )


async def add(tx: Tx, twinning: int, term: Term) -> int:
    """Agree on a word; what was agreed on it before is replaced. Returns its number in the list."""
    await tx.run(
        "DELETE FROM term WHERE twinning_id = ? AND kind = ? AND word = ? AND language = ?"
        " AND other_language = ?",
        twinning,
        term.kind,
        term.word,
        term.language,
        term.other_language,
    )
    number = 1 + int(await tx.value("SELECT MAX(number) FROM term WHERE twinning_id = ?", twinning) or 0)
    await tx.run(
        "INSERT INTO term (twinning_id, number, kind, word, language, other, other_language, group_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        twinning,
        number,
        term.kind,
        term.word,
        term.language,
        term.other,
        term.other_language,
        term.group,
    )
    return number


async def terms(tx: Reading, twinning: int) -> list[Term]:
    """A twinning's agreed words, in their order."""
    rows = await tx.all("SELECT * FROM term WHERE twinning_id = ? ORDER BY number", twinning)
    return [_term(row) for row in rows]


async def remove(tx: Tx, twinning: int, number: int) -> bool:
    """Take a word off the list; whether it was there."""
    return await tx.run("DELETE FROM term WHERE twinning_id = ? AND number = ?", twinning, number) > 0


async def correct(
    tx: Tx, twinning: int, language: str, other_language: str, text: str, target: str, now: datetime
) -> int:
    """Remember what people wrote instead of a translation; the last one wins. Returns the correction's id."""
    return await tx.insert(
        "INSERT INTO correction (twinning_id, language, other_language, sentence, target, at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        twinning,
        language,
        other_language,
        normalised(text),
        target,
        to_ms(now),
    )


async def correct_parts(tx: Tx, correction: int, parts: Iterable[tuple[str, str]]) -> None:
    """Remember of a correction which lines and sentences of it stand for which."""
    await tx.many(
        "INSERT INTO correction (twinning_id, language, other_language, sentence, target, at, part_of)"
        " SELECT twinning_id, language, other_language, ?, ?, at, id FROM correction WHERE id = ?",
        [(normalised(one), other, correction) for one, other in parts],
    )


async def undo(tx: Tx, twinning: int, language: str, other_language: str, text: str) -> bool:
    """Forget the last correction of a text, with what it said of its parts; whether there was one."""
    row = await tx.one(
        "SELECT id FROM correction WHERE twinning_id = ? AND language = ? AND other_language = ?"
        " AND sentence = ? ORDER BY id DESC LIMIT 1",
        twinning,
        language,
        other_language,
        normalised(text),
    )
    if row is None:
        return False
    await tx.run(
        "DELETE FROM correction WHERE id = ?1 OR (twinning_id = ?2 AND part_of = ?1)", row["id"], twinning
    )
    return True


async def corrected(tx: Tx, twinning: int, language: str, other_language: str, text: str) -> str | None:
    """What people wrote for a text, if they have corrected it."""
    value = await tx.value(
        "SELECT target FROM correction WHERE twinning_id = ? AND language = ? AND other_language = ?"
        " AND sentence = ? ORDER BY id DESC LIMIT 1",
        twinning,
        language,
        other_language,
        normalised(text),
    )
    return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Correction:
    """What people wrote for a `sentence`, which is `normalised`."""

    language: str
    other_language: str
    sentence: str
    target: str


async def corrections(tx: Reading, twinning: int) -> list[Correction]:
    """A twinning's corrections that hold, the last one of each sentence, in their order."""
    rows = await tx.all(
        "SELECT * FROM correction WHERE id IN (SELECT MAX(id) FROM correction WHERE twinning_id = ?"
        " GROUP BY language, other_language, sentence) ORDER BY id",
        twinning,
    )
    return [
        Correction(row["language"], row["other_language"], row["sentence"], row["target"]) for row in rows
    ]


async def glossary(tx: Reading, twinning: int, language: str, other_language: str) -> Glossary:
    """All that holds for translating from one language into the other between the twins."""
    agreed: list[tuple[str, str]] = []
    keep: list[str] = []
    for term in await terms(tx, twinning):
        if term.kind is Kind.KEEP:
            keep.append(term.word)
        elif term.kind is Kind.TERM:
            if (term.language, term.other_language) == (language, other_language):
                agreed.append((term.word, term.other))
            elif (term.other_language, term.language) == (language, other_language):
                agreed.append((term.other, term.word))
    rows = await tx.all(
        "SELECT sentence, target FROM correction WHERE twinning_id = ? AND language = ?"
        " AND other_language = ? ORDER BY id",
        twinning,
        language,
        other_language,
    )
    return Glossary({row[0]: row[1] for row in rows}, tuple(agreed), tuple(keep))
