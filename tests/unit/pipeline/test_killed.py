"""Killed at any point, everything still happens once: real processes, a real file."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bot.pipeline.points import POINTS
from bot.pipeline.receive import reference
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, twin
from tests.unit.handlers.cast import open_groups as open_groups_of
from tests.unit.pipeline.theatre import Theatre

ROOT = Path(__file__).resolve().parents[3]

DISPATCHES = ["Ganamos.", "Buenos días", "Gracias.", "Zorgle"]
ANSWERS = ["Good morning", "Thank you."]


def said(event_id: str, room: str, sender: str, body: str) -> dict[str, str]:
    return {"id": event_id, "room": room, "sender": sender, "body": body}


SCRIPT = [
    [said(f"$d{number}", MANILA, ANA, f"!dispatch {DISPATCHES[number]}") for number in (0, 1)],
    [],
    [
        said("$a0", MILWAUKEE, DORA, f"!answer manila-1 {ANSWERS[0]}"),
        said("$d2", MANILA, ANA, f"!dispatch {DISPATCHES[2]}"),
        said("$h", MILWAUKEE, DORA, "!dispatches"),
    ],
    [
        said("$a1", MILWAUKEE, DORA, f"!answer manila-3 {ANSWERS[1]}"),
        said("$d3", MANILA, ANA, f"!dispatch {DISPATCHES[3]}"),
    ],
]


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Two twins' database, with its bot not running."""
    theatre = await Theatre.build(tmp_path)
    theatre.clock.at = theatre.clock.at.replace(year=2026, month=1)
    await open_groups_of(theatre)
    await twin(theatre)
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    theatre.clock.forward(minutes=1)
    await theatre.play()
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE cursor SET token = '0'")
        await tx.run("UPDATE outbox SET state = 'cancelled', settled_at = 0 WHERE settled_at IS NULL")
        await tx.run("UPDATE twinning SET ends_on = '9999-12-31'")
    await theatre.close()
    (tmp_path / "script.json").write_text(json.dumps(SCRIPT))
    return tmp_path


class Nursery:
    """The process that makes victims."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.pipeline.victim"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def end(self) -> None:
        self._process.communicate()

    def life(self, folder: Path, die_at: str, seconds: float) -> tuple[int, bool]:
        """The exit code of a victim, and whether it was killed since its time was up."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([str(folder), die_at, seconds]) + "\n")
        self._process.stdin.flush()
        code, killed = json.loads(self._process.stdout.readline())
        return code, killed


@cache
def nursery() -> Nursery:
    return Nursery()


@pytest.fixture(scope="module", autouse=True)
def _nursery_ends() -> Iterator[None]:
    yield
    nursery().end()


def run(folder: Path, die_at: str = "") -> int:
    code, hung = nursery().life(folder, die_at, 60)
    assert not hung
    assert code in (0, -signal.SIGKILL), (folder / "err").read_text()
    assert ((folder / "out").read_text() == "done\n") == (code == 0)
    return code


def sent(folder: Path, room_id: str) -> list[str]:
    """What the homeserver took into a room, each message once, in order."""
    lines = [json.loads(line) for line in (folder / "sent.jsonl").read_text().splitlines()]
    return [line["text"] for line in lines if line["room"] == room_id and not line.get("known")]


def everything_arrived_once(folder: Path) -> None:
    there = [text for text in sent(folder, MILWAUKEE) if text.startswith("manila-")]
    assert [text.split("\n")[0] for text in there] == [
        f"manila-{number} · Manila Tenants" for number in range(1, 5)
    ]
    for text, original in zip(there, DISPATCHES, strict=True):
        assert original in text
    back = [text for text in sent(folder, MANILA) if text.startswith("Milwaukee A\n")]
    assert [text.rpartition(": ")[2] for text in back] == ANSWERS
    threads = [text for text in sent(folder, MILWAUKEE) if text.startswith("Shared thread.")]
    assert len(threads) == 4


async def test_without_a_kill_everything_arrives_once(folder: Path) -> None:
    assert await asyncio.to_thread(run, folder) == 0
    everything_arrived_once(folder)


@pytest.mark.parametrize("name", POINTS)
async def test_killed_at_a_named_point_everything_arrives_once(folder: Path, name: str) -> None:
    assert await asyncio.to_thread(run, folder, name) == -signal.SIGKILL
    await asyncio.to_thread(run, folder, f"{name}:2")
    assert await asyncio.to_thread(run, folder) == 0
    everything_arrived_once(folder)


async def test_killed_at_one_point_after_the_other_everything_arrives_once(folder: Path) -> None:
    points = [name for name in POINTS if name != "receive:before-attempt"]
    for seed, name in enumerate(points):
        await asyncio.to_thread(run, folder, f"{name}:{2 + seed % 3}")
    assert await asyncio.to_thread(run, folder) == 0
    everything_arrived_once(folder)


async def test_killed_at_random_everything_arrives_once(folder: Path) -> None:
    chance = random.Random(2027)  # noqa: S311 (repeatable)
    for _ in range(4):
        await asyncio.to_thread(nursery().life, folder, "", chance.uniform(0.02, 0.4))
    assert await asyncio.to_thread(run, folder) == 0
    everything_arrived_once(folder)


async def test_a_message_that_kills_three_times_is_set_aside_and_the_rest_goes_on(folder: Path) -> None:
    deadly = [said("$x", MANILA, ANA, "!die"), said("$y", MANILA, ANA, "!dispatch Ganamos.")]
    (folder / "script.json").write_text(json.dumps([deadly]))
    for _ in range(3):
        assert await asyncio.to_thread(run, folder) == -signal.SIGKILL
    assert await asyncio.to_thread(run, folder) == 0
    answers = "\n".join(sent(folder, MANILA))
    assert reference("$x") in answers
    assert answers.count(reference("$x")) == 1
    assert len([text for text in sent(folder, MILWAUKEE) if text.startswith("manila-1")]) == 1


async def test_a_message_behind_others_that_kills_is_the_one_that_is_set_aside(folder: Path) -> None:
    batch = [
        said("$w", MANILA, ANA, "!dispatch Ganamos."),
        said("$x", MANILA, ANA, "!die"),
        said("$y", MANILA, ANA, "!dispatch Gracias."),
    ]
    (folder / "script.json").write_text(json.dumps([batch]))
    for _ in range(3):
        assert await asyncio.to_thread(run, folder) == -signal.SIGKILL
    assert await asyncio.to_thread(run, folder) == 0
    there = [text for text in sent(folder, MILWAUKEE) if text.startswith("manila-")]
    assert [text.split("\n")[1] for text in there] == ["We won.", "Thank you."]
    assert reference("$w") not in "\n".join(sent(folder, MANILA))
    assert reference("$y") not in "\n".join(sent(folder, MANILA))


async def test_what_was_stored_needs_no_second_reading(folder: Path) -> None:
    """Killed right after a dispatch was stored, it is sent, though the server never shows it again."""
    assert await asyncio.to_thread(run, folder, "receive:after-commit:2") == -signal.SIGKILL
    (folder / "script.json").write_text(json.dumps([[], *SCRIPT[1:]]))
    assert await asyncio.to_thread(run, folder) == 0
    everything_arrived_once(folder)


async def test_nothing_is_acknowledged_before_it_is_stored(folder: Path) -> None:
    (folder / "script.json").write_text(json.dumps(SCRIPT[:1]))
    assert await asyncio.to_thread(run, folder, "receive:before-commit") == -signal.SIGKILL
    assert not (folder / "sent.jsonl").exists()


async def test_deleted_while_the_bot_was_down_it_goes_everywhere(folder: Path) -> None:
    assert await asyncio.to_thread(run, folder) == 0
    redaction = {"id": "$r", "room": MANILA, "sender": ANA, "redacts": "$d0"}
    (folder / "script.json").write_text(json.dumps([*SCRIPT, [redaction]]))
    assert await asyncio.to_thread(run, folder, "receive:after-commit") == -signal.SIGKILL
    assert await asyncio.to_thread(run, folder) == 0
    lines = [json.loads(line) for line in (folder / "sent.jsonl").read_text().splitlines()]
    there = [line for line in lines if line["room"] == MILWAUKEE]
    copy = next(line["event"] for line in there if line.get("text", "").startswith("manila-1 "))
    assert copy in [line.get("redacts") for line in there]


async def test_killed_in_each_state_of_a_dispatch_that_waits_for_approval_it_goes_once(folder: Path) -> None:
    """Dies before and after each step is stored: asked for, held, approved."""
    script = [
        [
            said("$s", MANILA, ANA, "!group set approval one"),
            said("$t", MANILA, ANA, "!group set approvers @ben"),
        ],
        [said("$d", MANILA, ANA, "!dispatch Ganamos.")],
        [said("$h", MANILA, BEN, "!hold 1 espera")],
        [said("$a", MANILA, BEN, "!approve 1"), said("$b", MANILA, BEN, "!approve 1")],
    ]
    (folder / "script.json").write_text(json.dumps(script))
    assert await asyncio.to_thread(run, folder, "receive:before-commit:3") == -signal.SIGKILL
    for _ in script[1:]:
        for point in ("receive:before-commit", "receive:after-commit"):
            await asyncio.to_thread(run, folder, point)
    assert await asyncio.to_thread(run, folder, "send:taken") in (0, -signal.SIGKILL)
    assert await asyncio.to_thread(run, folder) == 0
    there = [text for text in sent(folder, MILWAUKEE) if text.startswith("manila-")]
    assert [text.split("\n")[0] for text in there] == ["manila-1 · Manila Tenants"]
    here = "\n".join(sent(folder, MANILA))
    assert here.count("!hold 1 WHY") == 1
    assert here.count("“espera”") == 1
