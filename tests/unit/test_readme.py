"""The README tells what is there: its commands, its tasks, its files."""

from __future__ import annotations

import re
import shlex
import tomllib

import pytest

from bot.__main__ import parser
from bot.cli.refusal import FOR_GOOD
from bot.config import Config, sections
from bot.domain import day_words
from bot.i18n import Catalogs
from bot.mt import negation, quantities
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


def test_the_commands_it_shows_are_commands_of_the_program() -> None:
    blocks = re.findall(r"^```\w*\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", README, flags=re.MULTILINE | re.DOTALL))
    parts = [part for block in blocks for part in re.split(r"[#>|\n]", block)]
    shown = [
        found[1]
        for part in [*parts, *spans]
        if (found := re.search(r"(?:^|(?<!-u)\s|bin/)twinline ([a-z].*)", part))
    ]
    whole = [words for words in shown if "…" not in words]
    assert len(whole) > 15
    for words in whole:
        try:
            parser().parse_args(shlex.split(words))
        except SystemExit:
            pytest.fail(f"twinline {words}")


def test_the_sections_and_settings_it_names_exist() -> None:
    named = set(re.findall(r"`([a-z]+)\.([a-z_]+)`", README)) - {("config", "yaml"), ("twinline", "db")}
    nested = sections(Config)
    assert [f"{a}.{b}" for a, b in named if a in nested and b not in nested[a].model_fields] == []
    assert ("translation", "index") in named
    for key in ("storage", "secret_file", "password_file", "inviters"):
        assert f"`{key}" in README or f" {key} in config.yaml" in README
        assert key in Config.model_fields


def test_the_unit_does_not_start_again_what_cannot_start() -> None:
    assert f"RestartPreventExitStatus={FOR_GOOD}" in README


def test_the_modules_it_runs_exist() -> None:
    modules = re.findall(r"python -m (tests\.[a-z.]+)", README)
    assert modules
    assert [m for m in modules if not (ROOT / (m.replace(".", "/") + ".py")).exists()] == []


def test_the_languages_in_which_a_lost_not_is_looked_for_are_named() -> None:
    [named] = re.findall(
        r'A lost "not", .*? is looked\s+for between (.*?), by lists of words', README, re.DOTALL
    )
    found = {one.strip() for one in re.split(r",| and ", named)}
    names = Catalogs.load()
    known = {code for code in negation.LANGUAGES if "_" not in code}
    assert found == {names.name(code, "en").removesuffix(" Bokmål") for code in known}
    assert known == day_words.LANGUAGES == quantities.LANGUAGES
