"""The Dockerfile, which no test builds, names what is there, and what is there is not kept from it."""

from __future__ import annotations

import json
import re
import tomllib

from bot.__main__ import parser
from tests.tools.lock import PROJECT, ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def sources() -> set[str]:
    """What is copied from the repository into the image."""
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    return {source for line in copied for source in line.split()[:-1]}


def test_what_is_copied_is_there() -> None:
    assert sources()
    assert [name for name in sources() if not (ROOT / name).exists()] == []


def test_exactly_what_is_copied_is_sent_to_the_builder() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    assert {rule.removeprefix("!") for rule in rules if rule.startswith("!")} == sources()


def test_all_that_the_wheel_is_built_from_is_copied() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    assert needed | set(wheel["force-include"]) <= sources()


def test_its_commands_are_commands_of_the_program() -> None:
    lines = re.findall(r"(?:CMD|ENTRYPOINT) (\[.+\])$", DOCKERFILE, re.MULTILINE)
    health, entry, run = (json.loads(line) for line in lines)
    assert entry == health[:1] == ["twinline"]
    assert parser().parse_args(health[1:]).command == "health"
    assert parser().parse_args(run).command == "run"
