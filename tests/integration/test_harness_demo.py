"""`twinline demo` as a program: what it refuses, and that nothing is left of it when it is stopped."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.cli import demo
from bot.demo.board import Column, PlainBoard
from bot.demo.chapters import CHAPTERS
from bot.demo.person import Person
from bot.demo.stage import SERVER_NAME
from bot.demo.synapse import Account
from tests.integration.conftest import Cast

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_chapter_is_refused_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.run(chapters=["nonsense"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("There is no chapter nonsense; there are dispatch, ")
    assert said.count("\n") == 1


def test_without_its_dependency_group_it_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "synapse" else known(name))
    assert demo.run() == 2
    assert capsys.readouterr().err == (
        "The demonstration needs matrix-synapse: `uv sync --group demo` brings them.\n"
    )


def test_chapters_have_names_of_their_own() -> None:
    assert len({chapter.name for chapter in CHAPTERS}) == len(CHAPTERS)


async def test_plain_lines_show_who_wrote_what_and_how_long_it_took(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    ana, ben = await cast.person("ana"), await cast.person("ben")
    room = await ana.create_room("Home", invite=[ben.user_id])
    await ben.join(room)
    await ana.wait_joined(room, ben.user_id)
    board = PlainBoard()
    board.watch(
        [Column("Home", ben, room, {ana.user_id: "Ana"})], lambda seen: 1.5 if "relay" in seen.body else None
    )
    root = await ana.say(room, "plain words")
    await ana.say(room, "relayed\n\nwords", thread=root)
    await ben.wait_for(room, "relayed")
    await ana.redact(room, root)
    await ben.wait_until(lambda: root in ben.rooms[room].redacted)
    lines = [line[8:] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "[Home] Ana: plain words",
        "[Home] ↳ Ana (1.5 s): relayed / words",
        "[Home] a message was deleted",
    ]


async def _enter(guest: Person, name: str) -> str:
    """Accept the invitation to the room of that name."""
    await guest.wait_until(lambda: guest.invitations, 20, "the invitation")
    (room,) = guest.invitations
    await guest.join(room)
    await guest.wait_until(lambda: guest.rooms[room].name == name, 20, f"the room {name}")
    return room


@pytest.mark.timeout(240)
async def test_what_is_kept_is_to_be_joined_as_it_says(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--keep", "--chapter", "unknown"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    said = ""
    async with asyncio.timeout(150):
        while "Ctrl-C stops" not in (line := (await process.stdout.readline()).decode()):
            assert line, f"the demonstration ended by itself: {said}"
            said += line
    homeserver = re.findall(r"^  homeserver +(\S+)", said, re.MULTILINE)[0]
    accounts = re.findall(r"account +(\S+), password “([^”]+)”, invited to “([^”]+)”", said)
    typed = re.findall(r"type(?: there)?: (.+)", said)
    assert [name for name, _, _ in accounts] == ["you-en", "you-es"]
    assert typed == ["!help", "!dispatch We won the hearing. 40 families stay."]
    (answer,) = re.findall(r"answer in its thread: (.+)", said)
    english, spanish = (
        Person(homeserver, Account(f"@{name}:{SERVER_NAME}", password)) for name, password, _ in accounts
    )
    async with english, spanish:
        rooms = [
            await _enter(guest, name)
            for guest, (_, _, name) in zip((english, spanish), accounts, strict=True)
        ]
        for line in typed:
            await english.say(rooms[0], line)
        post = await spanish.wait_for(rooms[1], "Ganamos la audiencia. 40 familias se quedan.")
        written = await spanish.say(rooms[1], answer, thread=post.event_id)
        await spanish.wait_for(rooms[1], lambda shown: shown.reply_to == written)
        await spanish.say(rooms[1], "sí", thread=post.event_id)
        await english.wait_for(rooms[0], "Count on us.")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        code = await process.wait()
    assert time.monotonic() - began < 5
    assert code == 130
    assert list(tmp_path.iterdir()) == []


async def test_ctrl_c_stops_everything_within_five_seconds(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    async with asyncio.timeout(90):
        while b"people log in" not in (line := await process.stdout.readline()):
            assert line, "the demonstration ended by itself"
    children = psutil.Process(process.pid).children(recursive=True)
    assert any("synapse" in " ".join(child.cmdline()) for child in children)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    async with asyncio.timeout(10):
        said = await process.stdout.read()
        code = await process.wait()
    assert time.monotonic() - began < 5
    assert code == 130, said.decode()
    assert "nothing is left running" in said.decode()
    assert not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)
    assert list(tmp_path.iterdir()) == []
