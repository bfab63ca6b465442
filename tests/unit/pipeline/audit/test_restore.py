"""An older copy of the database is put back in the middle of a round, and the secrets are still there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, count
from tests.unit.pipeline.audit.rounds import (
    OPEN,
    PEOPLE,
    choose,
    everybody,
    later,
    meet,
    opened,
    state,
    to_consent,
    typed,
)
from tests.unit.pipeline.theatre import Theatre


async def _restored(theatre: Theatre, folder: Path) -> Theatre:
    """The bot on a copy of the database as it is now, with the secrets as they will be."""
    (folder / "restored").mkdir()
    with (
        closing(sqlite3.connect(folder / "twinline.db")) as now,
        closing(sqlite3.connect(folder / "restored" / "twinline.db")) as copy,
    ):
        now.backup(copy)
    other = await Theatre.build(folder / "restored")
    other.vault = theatre.vault
    other.router.house = replace(other.router.house, vault=theatre.vault)
    other.clock = theatre.clock
    other.receiver._clock = other.sender._clock = theatre.clock
    other.transport.rooms = theatre.transport.rooms
    return other


async def test_a_round_of_which_answers_are_missing_is_cancelled_and_that_is_said(
    theatre: Theatre, tmp_path: Path
) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    await to_consent(theatre)
    await everybody(theatre, 1)
    other = await _restored(theatre, tmp_path)
    for _ in range(3):
        await later(theatre, minutes=1)
    await choose(theatre, DORA, 4)
    await other.tick()
    await other.play()
    told = "An older copy of my database was put back: what was answered since then is missing."
    assert told in other.read(MILWAUKEE)
    assert await count(other, "audit") == 0
    await other.tick()
    assert theatre.vault.known() == frozenset()
    await typed(other, MANILA, ANA, OPEN.replace("2027-01", "2027-02"))
    await typed(other, MILWAUKEE, CARL, "!audit accept 2")
    for _ in range(3):
        await later(other, minutes=1)
    assert await count(other, "audit") == 1
    await other.close()


async def test_a_restart_cancels_nothing(theatre: Theatre, tmp_path: Path) -> None:
    await meet(theatre, *PEOPLE)
    await opened(theatre)
    for _ in range(3):
        await later(theatre, minutes=1)
    other = await _restored(theatre, tmp_path)
    for _ in range(3):
        await later(other, minutes=1)
    assert await state(other) == "collecting"
    await other.close()
