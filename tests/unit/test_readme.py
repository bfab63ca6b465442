"""The README tells what is there: its commands, its tasks, its files."""

from __future__ import annotations

import re
import tomllib

from tests.tools import commands
from tests.tools.lock import PROJECT, ROOT

README = commands.README.read_text(encoding="utf-8")


def test_the_table_of_commands_is_fresh() -> None:
    assert commands.updated(README) == README, "run: poe commands"


def test_the_tasks_it_names_exist() -> None:
    tasks = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["tool"]["poe"]["tasks"]
    named = set(re.findall(r"poe ([a-z]+)", README))
    assert named
    assert named <= set(tasks)


def test_the_files_it_links_to_exist() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_modules_it_runs_exist() -> None:
    modules = re.findall(r"python -m (tests\.[a-z.]+)", README)
    assert modules
    assert [m for m in modules if not (ROOT / (m.replace(".", "/") + ".py")).exists()] == []
