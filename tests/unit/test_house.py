"""The rules of the house that a machine can see, beside those of ruff, mypy and import-linter."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(path for top in ("bot", "tests") for path in (ROOT / top).rglob("*.py"))
PROGRAM = [path for path in FILES if path.is_relative_to(ROOT / "bot")]
LONGEST_FILE = 400
LONGEST_FUNCTION = 60

LOG_CALL = re.compile(r"_?log(ger|ging)?\.(debug|info|warning|error|exception|critical)")
TIME_CALL = re.compile(
    r"(datetime\.)?(datetime|date)\.(now|today|utcnow)|time\.(time|time_ns|localtime|gmtime)"
)
TIME_READERS = ("clock.py", "log.py", "demo")  # the demonstration stands outside the bot
SWITCHED_OFF = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)\b")


@cache
def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path))


def at(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    return ((ast.unparse(node.func), node) for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def sentences() -> Iterator[tuple[Path, str, ast.Call]]:
    """Every sentence of the catalogs where it is made."""
    for path in PROGRAM:
        for name, call in calls(path):
            if name in ("t", "tn"):
                yield path, name, call


def literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_file_is_too_long() -> None:
    found = [str(p) for p in FILES if len(text(p).splitlines()) > LONGEST_FILE]
    assert not found, "\n".join(found)


def test_no_function_is_too_long() -> None:
    found = [
        at(path, node.lineno)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert not found, "\n".join(found)


def test_no_module_is_a_drawer_for_everything() -> None:
    assert [str(p) for p in FILES if re.search(r"util|helpers|misc", p.stem)] == []


def test_every_file_of_the_program_says_what_it_is() -> None:
    found = [str(p) for p in PROGRAM if text(p).strip() and not ast.get_docstring(tree(p))]
    assert not found, "\n".join(found)


def test_every_exception_to_a_rule_carries_its_reason() -> None:
    found: list[str] = []
    for path in FILES:
        with tokenize.open(path) as file:
            comments = [t for t in tokenize.generate_tokens(file.readline) if t.type == tokenize.COMMENT]
        for comment in comments:
            bare = re.sub(r"noqa: [A-Z0-9, ]+(- |\()\w|type: ignore\[[\w, -]+\]  # \w", "", comment.string)
            if re.search(r"#\s*noqa|noqa:|type:\s*ignore", bare):
                found.append(at(path, comment.start[0]))
    assert not found, "\n".join(found)


def test_sentences_are_literals() -> None:
    assert [at(path, call.lineno) for path, _, call in sentences() if not literal(call.args[0])] == []


def test_sentences_are_given_their_placeholders() -> None:
    found: list[str] = []
    for path, name, call in sentences():
        sources = [ast.literal_eval(arg) for arg in call.args if literal(arg)]
        wanted = set(re.findall(r"\{(\w+)\}", " ".join(sources)))
        given = {keyword.arg for keyword in call.keywords} | ({"count"} if name == "tn" else set())
        if None not in given and wanted != given - ({"count"} - wanted):
            found.append(at(path, call.lineno))
    assert not found, "\n".join(found)


def test_what_is_logged_is_a_literal_with_arguments() -> None:
    found = [
        at(path, call.lineno)
        for path in PROGRAM
        for name, call in calls(path)
        if LOG_CALL.fullmatch(name) and not literal(call.args[0])
    ]
    assert not found, "\n".join(found)


def test_the_time_of_day_is_read_by_the_clock_alone() -> None:
    found = [
        at(path, call.lineno)
        for path in PROGRAM
        if path.relative_to(ROOT / "bot").parts[0] not in TIME_READERS
        for name, call in calls(path)
        if TIME_CALL.fullmatch(name)
    ]
    assert not found, "\n".join(found)


def test_migrations_are_numbered_without_a_gap() -> None:
    folder = ROOT / "bot" / "storage" / "migrations"
    numbers = sorted(int(path.name.partition("_")[0]) for path in folder.glob("*.sql"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_no_test_is_switched_off() -> None:
    assert [str(p) for p in FILES if p != Path(__file__) and SWITCHED_OFF.search(text(p))] == []
