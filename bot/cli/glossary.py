"""`twinline glossary export|import`: the agreed words and corrections of a twinning, as CSV.

Rules:
- The bot may run meanwhile, or be stopped; what is imported holds from the next message on.
- An import adds and replaces, and takes nothing away. With one fault in the file nothing of it is imported.
- A cell that a spreadsheet would take for a formula begins with an apostrophe in the file, and loses it when
  it is imported.

Exit codes: 0 done, 2 it was not, and standard error says why.
"""

from __future__ import annotations

import asyncio
import csv
import io
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.clock import SystemClock
from bot.domain import dispatch, glossary, languages
from bot.domain.twinning import Twinning
from bot.storage import groups, twinnings, words
from bot.storage.db import Database, DatabaseError, Reading, Tx
from bot.storage.words import Correction, Kind, Term

T = TypeVar("T")

CORRECTION = "correction"
KINDS = (*Kind, CORRECTION)
COLUMNS = ("kind", "language", "text", "other_language", "other", "group")
MOST_FAULTS = 10  # that are told at once
LARGEST = 20_000_000  # bytes of a file

_DELIMITERS = (",", ";", "\t")  # what spreadsheets write, by country
_FORMULA = frozenset("=+-@|＝＋－＠'")
_CONTROL = frozenset("\t\r\n")


class GlossaryError(Exception):
    """Why it was not done: sentences for the host."""


@dataclass(frozen=True, slots=True)
class Glossary:
    """The commands, for a database and the twinning that was named, if any. Each returns the exit code."""

    database: Path
    twinning: int | None = None

    def export(self, file: Path) -> int:
        """Write a twinning's words to a new file, or to standard output."""
        return self._told(lambda: self._export(file))

    def import_(self, file: Path) -> int:
        """Add the words of a file, or of standard input, to a twinning's."""
        return self._told(lambda: self._import(file))

    def _told(self, command: Callable[[], None]) -> int:
        try:
            command()
        except (GlossaryError, DatabaseError) as error:
            print(error, file=sys.stderr)
        except OSError as error:
            print(f"{error.filename or self.database}: {error.strerror}.", file=sys.stderr)
        else:
            return 0
        return 2

    def _export(self, file: Path) -> None:
        async def whole(database: Database) -> list[dict[str, str]]:
            async with database.reading() as tx:
                return await _exported(tx, await self._chosen(tx))

        rows = self._with(whole)
        content = written(rows).encode("utf-8-sig", "replace")
        if str(file) == "-":
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
            return
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(content)
        print(f"{len(rows)} words and corrections are in {file}. People wrote them: keep the file private.")

    def _import(self, file: Path) -> None:
        source = sys.stdin.buffer if str(file) == "-" else None
        content = source.read(LARGEST + 1) if source else _content(file)
        if len(content) > LARGEST:
            raise GlossaryError(f"{file} is too large: at most {LARGEST // 1_000_000} MB can be imported.")
        rows = list(read(content, str(file)))

        async def whole(database: Database) -> str:
            async with database.tx() as tx:
                twinning = await self._chosen(tx)
                await _imported(tx, twinning, rows, str(file))
                return await _named(tx, twinning)

        name = self._with(whole)
        print(f"{len(rows)} words and corrections hold now for the twinning of {name}.")

    def _with(self, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        if not self.database.exists():
            raise GlossaryError(f"There is no database yet at {self.database}: start the bot first.")
        return asyncio.run(self._opened(work))

    async def _opened(self, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
        database = await Database.open(self.database, _not_now)
        try:
            return await work(database)
        finally:
            await database.close()

    async def _chosen(self, tx: Reading) -> Twinning:
        known = await twinnings.agreed(tx)
        found = [one for one in known if self.twinning in (None, one.id)]
        if len(found) == 1:
            return found[0]
        if not known:
            raise GlossaryError("There is no twinning yet.")
        lines = [f"  {one.id}  {await _named(tx, one)}, {one.state}" for one in known]
        raise GlossaryError("\n".join(["Which twinning? Name one with --twinning:", *lines]))


def _not_now(number: int) -> None:
    raise GlossaryError(
        "The database is of an older version: start the bot of this version once, then try again."
    )


async def _named(tx: Reading, twinning: Twinning) -> str:
    a, b = await groups.load(tx, twinning.a), await groups.load(tx, twinning.b)
    return f"{a.name if a else '?'} and {b.name if b else '?'}"


async def _exported(tx: Reading, twinning: Twinning) -> list[dict[str, str]]:
    found = [_row_of_term(term, twinning) for term in await words.terms(tx, twinning.id)]
    return found + [_row_of_correction(one) for one in await words.corrections(tx, twinning.id)]


def _row_of_term(term: Term, twinning: Twinning) -> dict[str, str]:
    other = languages.tag(term.other_language) if term.other_language else ""
    said = (
        term.kind,
        languages.tag(term.language),
        term.word,
        other,
        term.other,
        twinning.alias_of(term.group),
    )
    return dict(zip(COLUMNS, said, strict=True))


def _row_of_correction(one: Correction) -> dict[str, str]:
    tags = languages.tag(one.language), languages.tag(one.other_language)
    said = (CORRECTION, tags[0], one.sentence, tags[1], one.target, "")
    return dict(zip(COLUMNS, said, strict=True))


def written(rows: Sequence[Mapping[str, str]]) -> str:
    """The file's text."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, COLUMNS, quoting=csv.QUOTE_ALL)
    table.writeheader()
    for row in rows:
        table.writerow({column: _guarded(cell) for column, cell in row.items()})
    return out.getvalue()


def _guarded(cell: str) -> str:
    return f"'{cell}" if _risky(cell) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _risky(cell[1:]) else cell


def _risky(cell: str) -> bool:
    return cell[:1] in _CONTROL or cell.lstrip()[:1] in _FORMULA


def _content(file: Path) -> bytes:
    with file.open("rb") as source:
        return source.read(LARGEST + 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A record of the file, and the line on which it begins."""

    number: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read(content: bytes, name: str) -> Iterator[Line]:
    """The records of a file. Raises GlossaryError."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise GlossaryError(f"{name} is not text in UTF-8; save it as “CSV UTF-8”.") from None
    first = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    begins = 1
    try:
        columns = [cell.strip().casefold() for cell in next(table, [])]
        if sorted(columns) != sorted(COLUMNS):
            raise GlossaryError(f"{name}, line 1: the columns have to be {', '.join(COLUMNS)}.")
        begins = table.line_num + 1
        for cells in table:
            if len(cells) != len(columns) and any(map(str.strip, cells)):
                raise GlossaryError(
                    f"{name}, line {begins}: there are {len(cells)} cells, not {len(columns)}."
                )
            if any(map(str.strip, cells)):
                plain = [_plain(cell).strip() for cell in cells]
                yield Line(begins, dict(zip(columns, plain, strict=True)))
            begins = table.line_num + 1
    except csv.Error as error:
        raise GlossaryError(f"{name}, line {begins}: this is no CSV ({error}).") from None


async def _imported(tx: Tx, twinning: Twinning, rows: Sequence[Line], name: str) -> None:
    """All of the rows, or none. Raises GlossaryError."""
    sides = {twinning.alias_of(group).casefold(): group for group in (twinning.a, twinning.b)}
    faults = [f"{name}, line {row.number}: {fault}" for row in rows if (fault := _fault(row, sides))]
    if faults:
        more = [f"And {len(faults) - MOST_FAULTS} more."] if len(faults) > MOST_FAULTS else []
        raise GlossaryError("\n".join([*faults[:MOST_FAULTS], *more, "Nothing was imported."]))
    known = {
        (one.language, one.other_language, one.sentence): one
        for one in await words.corrections(tx, twinning.id)
    }
    now = SystemClock().now()
    for row in rows:
        language, other = _code(row["language"]), _code(row["other_language"])
        if row["kind"] != CORRECTION:
            kind, said_by = Kind(row["kind"]), sides.get(row["group"].casefold(), twinning.a)
            if kind is not Kind.TERM:
                other = ""
            text = "" if kind is Kind.KEEP else row["other"]
            await words.add(tx, twinning.id, Term(0, kind, row["text"], language, text, other, said_by))
            continue
        before = known.get((language, other, glossary.normalised(row["text"])))
        if before is None or before.target != row["other"]:
            await words.correct(tx, twinning.id, language, other, row["text"], row["other"], now)
    if len(await words.terms(tx, twinning.id)) > glossary.MOST_TERMS:
        raise GlossaryError(
            f"With these there would be more than {glossary.MOST_TERMS} words. Nothing was imported."
        )


def _code(typed: str) -> str:
    found = languages.find(typed)
    return found.code if found else ""


def _fault(row: Line, sides: Mapping[str, int]) -> str:
    """What is wrong with a record; "" if nothing is."""
    kind = row["kind"]
    if kind not in KINDS:
        return f"“{kind}” is no kind; there are {', '.join(KINDS)}."
    pair = kind in (Kind.TERM, CORRECTION)
    fault = _fault_of_languages(row, pair=pair)
    empty = next((column for column in ("text", "other")[: 1 + pair] if not row[column]), None)
    if fault or empty is not None:
        return fault or f"the column {empty} is empty."
    if kind == CORRECTION:
        longest = max(dispatch.size(row["text"]), dispatch.size(row["other"]))
        return (
            f"a text has more than {dispatch.LONGEST_PART} bytes." if longest > dispatch.LONGEST_PART else ""
        )
    if row["group"].casefold() not in sides and (row["group"] or kind == Kind.AVOID):
        return f"“{row['group']}” in the column group is none of {', '.join(sides)}."
    if max(len(row["text"]), len(row["other"]) * pair) > glossary.LONGEST_TERM:
        return f"a word can have up to {glossary.LONGEST_TERM} characters."
    return (
        f"a reason can have up to {glossary.LONGEST_WHY} characters."
        if len(row["other"]) > glossary.LONGEST_WHY
        else ""
    )


def _fault_of_languages(row: Line, *, pair: bool) -> str:
    for column in ("language", "other_language")[: 1 + pair]:
        if not _code(row[column]):
            return f"“{row[column]}” in the column {column} is no language that I know."
    same = pair and _code(row["language"]) == _code(row["other_language"])
    return "language and other_language are the same." if same else ""
