"""`twinline glossary`: a twinning's words out to a spreadsheet and back, with the bot running."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.glossary import COLUMNS, Glossary, read, written
from bot.storage import db, words
from bot.storage.words import Correction, Term
from tests.unit.handlers.cast import ANA, CARL, EVA, MADRID, MANILA, MILWAUKEE, code_of, open_groups, twin
from tests.unit.pipeline.theatre import Theatre

HEAD = ",".join(COLUMNS)
FORMULAS = (
    '=HYPERLINK("http://x")',
    "+1",
    "-2",
    "@SUM(A1)",
    "|cmd",
    "＝1",
    "'quoted",
    "''twice",
    "  =1",
    "\t=1",
)


@pytest.fixture
async def theatre(tmp_path: Path) -> AsyncIterator[Theatre]:
    """The bot runs; Manila (es) and Milwaukee (en) have agreed on words."""
    found = await Theatre.build(tmp_path)
    await open_groups(found)
    await twin(found)
    await found.say(MANILA, ANA, "!term add huelga de alquileres = rent strike")
    await found.say(MILWAUKEE, CARL, "!term keep Barangay")
    await found.say(MILWAUKEE, CARL, '!term avoid radical "heard as violent"')
    async with found.database.tx() as tx:
        await words.correct(tx, 1, "es", "en", "Ganamos.", "We won.", found.clock.now())
        await words.correct(tx, 1, "es", "en", "Ganamos.", "We won!", found.clock.now())
    yield found
    await found.close()


def _commands(tmp_path: Path, twinning: int | None = None) -> Glossary:
    return Glossary(tmp_path / "twinline.db", twinning)


async def _export(tmp_path: Path, name: str = "out.csv") -> Path:
    file = tmp_path / name
    assert await asyncio.to_thread(_commands(tmp_path).export, file) == 0
    return file


async def _import(tmp_path: Path, text: str | bytes, twinning: int | None = None) -> int:
    file = tmp_path / "in.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return await asyncio.to_thread(_commands(tmp_path, twinning).import_, file)


async def _kept(theatre: Theatre) -> tuple[list[Term], list[Correction]]:
    async with theatre.database.reading() as tx:
        return await words.terms(tx, 1), await words.corrections(tx, 1)


async def test_what_is_agreed_is_in_the_file_with_the_last_correction(
    theatre: Theatre, tmp_path: Path
) -> None:
    file = await _export(tmp_path)
    rows = list(csv.reader(io.StringIO(file.read_text("utf-8-sig"))))
    assert rows == [
        list(COLUMNS),
        ["term", "es", "huelga de alquileres", "en", "rent strike", "manila"],
        ["keep", "en", "Barangay", "", "", "milwaukee"],
        ["avoid", "en", "radical", "", "heard as violent", "milwaukee"],
        ["correction", "es", "ganamos.", "en", "We won!", ""],
    ]
    assert file.stat().st_mode & 0o077 == 0


async def test_what_was_exported_comes_back_as_it_was(theatre: Theatre, tmp_path: Path) -> None:
    before = await _kept(theatre)
    file = await _export(tmp_path)
    async with theatre.database.tx() as tx:
        await tx.run("DELETE FROM term")
        await tx.run("DELETE FROM correction")
    assert await _import(tmp_path, file.read_bytes()) == 0
    assert await _kept(theatre) == before
    assert await _import(tmp_path, file.read_bytes()) == 0  # and again: nothing is there twice
    terms, corrections = await _kept(theatre)
    assert len(terms) == 3
    assert corrections == before[1]
    async with theatre.database.tx() as tx:
        assert await tx.value("SELECT COUNT(*) FROM correction") == 1


async def test_an_import_holds_for_the_next_message(theatre: Theatre, tmp_path: Path) -> None:
    assert await _import(tmp_path, f"{HEAD}\ncorrection,es,Gracias.,en,Many thanks.,\n") == 0
    async with theatre.database.reading() as tx:
        found = await words.glossary(tx, 1, "es", "en")
    assert found.corrections["gracias."] == "Many thanks."
    assert found.terms == (("huelga de alquileres", "rent strike"),)  # what was there stays


@pytest.mark.parametrize("cell", FORMULAS)
def test_no_cell_is_a_formula_in_a_spreadsheet_and_none_is_changed_by_that(cell: str) -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"text": cell}
    text = written([row])
    assert next(csv.DictReader(io.StringIO(text)))["text"][0] == "'"
    [line] = read(text.encode(), "in.csv")
    assert line["text"] == cell.strip()


def test_words_that_are_no_formula_are_as_they_are() -> None:
    text = written([dict.fromkeys(COLUMNS, "rent = due, 'now'")])
    assert next(csv.DictReader(io.StringIO(text)))["text"] == "rent = due, 'now'"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_files_of_any_spreadsheet_are_read(delimiter: str) -> None:
    lines = [delimiter.join(COLUMNS), delimiter.join(["keep", "es", '"a\nb"', "", "", ""]), "", "keep"]
    content = "\r\n".join(lines[:3]).encode("utf-8-sig")
    [line] = read(content, "in.csv")
    assert (line.number, line["kind"], line["text"]) == (2, "keep", "a\nb")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("glossary,es,a,en,b,", "line 2: “glossary” is no kind"),
        ("term,xx,a,en,b,", "line 2: “xx” in the column language"),
        ("term,es,a,,b,", "line 2: “” in the column other_language"),
        ("term,es,a,es,b,", "line 2: language and other_language are the same"),
        ("term,es,,en,b,", "line 2: the column text is empty"),
        ("term,es,a,en,,", "line 2: the column other is empty"),
        (f"term,es,{'a' * 61},en,b,", "line 2: a word can have up to 60"),
        (f"avoid,en,a,,{'b' * 201},milwaukee", "line 2: a reason can have up to 200"),
        ("avoid,en,a,,b,", "line 2: “” in the column group is none of manila, milwaukee"),
        ("keep,en,a,,,madrid", "line 2: “madrid” in the column group"),
        (f"correction,es,{'a' * 8001},en,b,", "line 2: a text has more than 8000 bytes"),
        ("keep,en,a,,", "line 2: there are 5 cells, not 6"),
        ('keep,en,"a\nb",,,\nkeep,xx,a,,,', "line 4: “xx”"),
        ('keep,en,a,,,\nkeep,en,"a,,,', "line 3: this is no CSV"),
    ],
)
async def test_a_fault_is_named_with_its_line_and_nothing_is_imported(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, said: str
) -> None:
    before = await _kept(theatre)
    assert await _import(tmp_path, f"{HEAD}\n{rows}") == 2
    assert said in capsys.readouterr().err
    assert await _kept(theatre) == before


async def test_one_fault_among_good_rows_imports_none_of_them(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "".join(f"keep,xx,bad{number},,,\n" for number in range(12))
    assert await _import(tmp_path, f"{HEAD}\nkeep,en,good,,,\n{bad}") == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 12
    assert told[-2:] == ["And 2 more.", "Nothing was imported."]
    assert "good" not in [term.word for term in (await _kept(theatre))[0]]


async def test_the_list_stays_as_short_as_in_the_room(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = "".join(f"keep,en,word{number},,,\n" for number in range(498))
    assert await _import(tmp_path, f"{HEAD}\n{rows}") == 2
    assert "more than 500 words" in capsys.readouterr().err
    assert len((await _kept(theatre))[0]) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: the columns have to be kind, language, text"),
        (b"kind,text\nkeep,a\n", "line 1: the columns have to be"),
        (HEAD.encode() + b"\nkeep,es,\xf1,,,\n", "is not text in UTF-8"),
    ],
)
async def test_what_is_no_such_file_is_refused(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    assert await _import(tmp_path, content) == 2
    assert said in capsys.readouterr().err


async def test_of_several_twinnings_one_has_to_be_named(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await code_of(theatre, MADRID, EVA)
    await theatre.say(MANILA, ANA, f"!twin propose {code}")
    await theatre.say(MADRID, EVA, "!twin accept manila")
    row = f"{HEAD}\nkeep,es,Lavapiés,,,\n"
    assert await _import(tmp_path, row) == 2
    assert "  2  Manila Tenants and Vecinas de Madrid, active" in capsys.readouterr().err
    assert await _import(tmp_path, row, 3) == 2
    assert await _import(tmp_path, row, 2) == 0
    assert "Lavapiés" not in [term.word for term in (await _kept(theatre))[0]]


async def test_no_file_is_overwritten(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = await _export(tmp_path)
    assert await asyncio.to_thread(_commands(tmp_path).export, file) == 2
    assert "out.csv: File exists." in capsys.readouterr().err


def test_without_a_database_nothing_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _commands(tmp_path).export(tmp_path / "out.csv") == 2
    assert "start the bot first" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


async def test_a_database_of_an_older_version_is_left_alone(
    theatre: Theatre, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with theatre.database.tx() as tx:
        version = int(await tx.value("PRAGMA user_version") or 0)
    steps = await asyncio.to_thread(db.migrations)
    assert version == len(steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "migrations", lambda: [*steps, "CREATE TABLE newest (id INTEGER) STRICT;"])
        assert await asyncio.to_thread(_commands(tmp_path).export, tmp_path / "out.csv") == 2
    assert "older version" in capsys.readouterr().err
    async with theatre.database.reading() as tx:
        assert await tx.value("PRAGMA user_version") == version


async def test_it_is_a_command_of_the_program(
    theatre: Theatre, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        "homeserver: https://matrix.example.org\naccount: twinline\nhost_name: Robin\n"
        f"inviters: [example.org]\nstorage: {tmp_path}\n",
        encoding="utf-8",
    )
    argv = ["glossary", "export", "--twinning", "1", "--config", str(config), "-"]
    assert await asyncio.to_thread(main, argv) == 0
    assert b"huelga de alquileres" in capsysbinary.readouterr().out
