"""What is left of people's words: nothing in the files once they are delivered, nothing in the log ever."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.log import SafeFormatter
from bot.pipeline.ports import Refused
from bot.storage import outbox
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

MARK = "zanzibarine"


def found(folder: Path, mark: str = MARK) -> list[str]:
    """The files in which the mark stands."""
    return sorted(file.name for file in folder.iterdir() if mark.encode() in file.read_bytes())


@pytest.fixture
async def keeping(theatre: Theatre) -> Theatre:
    """Both groups keep no words of their dispatches."""
    for room_id, steward in ((MANILA, ANA), (MILWAUKEE, CARL)):
        await theatre.say(room_id, steward, "!group set keep 0")
    await theatre.play()
    return theatre


async def _settled(theatre: Theatre) -> None:
    """Everything is sent, and half a minute has passed."""
    await theatre.play()
    await theatre.tick(seconds=30)
    await theatre.play()
    await theatre.database.scrub()


async def _root(theatre: Theatre, room_id: str = MILWAUKEE) -> str:
    return (await theatre.row(room_id, "copy" if room_id == MILWAUKEE else "ack")).event_id or ""


async def test_a_delivered_dispatch_is_in_no_file(keeping: Theatre, tmp_path: Path) -> None:
    await keeping.say(MANILA, ANA, f"!dispatch {MARK} Ganamos.\n{MARK * 2000}")
    await keeping.say(MANILA, ANA, f"!dispatch {MARK}\nGanamos.")
    await keeping.translate()
    assert found(tmp_path) != []
    await _settled(keeping)
    assert f"{MARK}\nWe won." in keeping.read(MILWAUKEE)
    assert found(tmp_path) == []


async def test_what_a_group_keeps_is_in_the_database_until_its_time(theatre: Theatre, tmp_path: Path) -> None:
    await theatre.say(MANILA, ANA, f"!dispatch {MARK}")
    await _settled(theatre)
    assert found(tmp_path) == ["twinline.db"]
    await theatre.tick(days=91)
    await theatre.database.scrub()
    assert found(tmp_path) == []


async def test_an_answer_of_the_thread_is_in_no_file(keeping: Theatre, tmp_path: Path) -> None:
    await keeping.say(MANILA, ANA, "!dispatch Ganamos.")
    await keeping.play()
    await keeping.say(MILWAUKEE, DORA, f"Good morning {MARK}", thread=await _root(keeping))
    await keeping.play()
    await keeping.database.scrub()
    assert found(tmp_path) == ["twinline.db"], "it waits for her yes"
    await keeping.say(MILWAUKEE, DORA, "yes", thread=await _root(keeping))
    await keeping.play()
    assert MARK in keeping.read(MANILA)
    await _settled(keeping)
    assert found(tmp_path) == []


@pytest.mark.parametrize("how", ["no", "expired", "deleted"])
async def test_an_answer_that_stays_is_in_no_file(keeping: Theatre, tmp_path: Path, how: str) -> None:
    await keeping.say(MANILA, ANA, "!dispatch Ganamos.")
    await keeping.play()
    written = await keeping.say(MILWAUKEE, DORA, f"Good morning {MARK}", thread=await _root(keeping))
    match how:
        case "no":
            await keeping.say(MILWAUKEE, DORA, "no", thread=await _root(keeping))
        case "expired":
            await keeping.tick(hours=24)
        case _:
            await keeping.remove(MILWAUKEE, DORA, written)
    await _settled(keeping)
    assert MARK not in keeping.read(MANILA)
    assert found(tmp_path) == []


async def test_what_was_withdrawn_is_in_no_file(theatre: Theatre, tmp_path: Path) -> None:
    source = await theatre.say(MANILA, ANA, f"!dispatch {MARK}")
    await theatre.remove(MANILA, ANA, source)
    await _settled(theatre)
    assert found(tmp_path) == []


async def test_what_a_pause_cancelled_is_in_no_file(keeping: Theatre, tmp_path: Path) -> None:
    await keeping.say(MANILA, ANA, f"!dispatch {MARK}")
    await keeping.say(MILWAUKEE, CARL, "!twin pause")
    await _settled(keeping)
    assert found(tmp_path) == []


async def test_what_failed_is_kept_for_a_week_and_then_in_no_file(keeping: Theatre, tmp_path: Path) -> None:
    keeping.transport.trouble[MILWAUKEE] = [Refused("M_FORBIDDEN")]
    await keeping.say(MANILA, ANA, f"!dispatch {MARK}")
    await _settled(keeping)
    assert found(tmp_path) == ["twinline.db"]
    keeping.clock.forward(days=7)
    async with keeping.database.tx() as tx:
        now = keeping.clock.now()
        await outbox.forget_before(tx, now.replace(day=now.day - 7), now.replace(year=now.year - 1))
    await keeping.database.scrub()
    assert found(tmp_path) == []


async def test_what_was_refused_or_not_understood_is_in_no_file(theatre: Theatre, tmp_path: Path) -> None:
    for body in (f"!dispatch {MARK * 4000}", f"!dispach {MARK}", f"!{MARK}", f"just talk about {MARK}"):
        await theatre.say(MANILA, ANA, body)
        await theatre.say(MANILA, BEN, body)
    await theatre.say(MILWAUKEE, DORA, f"!answer {MARK}")
    await _settled(theatre)
    assert found(tmp_path) == []


async def test_translations_that_came_late_are_in_no_file(keeping: Theatre, tmp_path: Path) -> None:
    keeping.translator.down = True
    await keeping.say(MANILA, ANA, f"!dispatch {MARK}\nGanamos.")
    await _settled(keeping)
    assert found(tmp_path) == ["twinline.db"], "it waits for its translation"
    keeping.translator.down = False
    await _settled(keeping)
    await _settled(keeping)
    assert f"{MARK}\nWe won." in keeping.read(MILWAUKEE)
    assert found(tmp_path) == []


async def test_no_word_of_anybody_reaches_the_log(
    theatre: Theatre, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong on the way."""
    caplog.set_level(logging.DEBUG)
    theatre.transport.trouble[MILWAUKEE] = [*away(2), Refused("M_FORBIDDEN")]
    theatre.translator.down = True
    theatre.transport.unreadable = ("@dora:here.example/A",)
    for number in range(5):
        await theatre.say(MANILA, ANA, f"!dispatch {MARK} {number}")
    await theatre.say(MANILA, BEN, f"!dispatch {MARK}")
    await theatre.say(MANILA, ANA, f"!dispatch {MARK * 1000}")
    await theatre.say(MANILA, ANA, f"!{MARK} as={MARK}")
    await theatre.say(MILWAUKEE, DORA, f"!answer 1 {MARK}")
    for _ in range(8):
        await theatre.play()
        await theatre.tick(minutes=6)

    async def broken(*arguments: object, **_: object) -> None:
        raise ValueError(f"{arguments} {MARK}")

    with monkeypatch.context() as patch:
        patch.setattr(theatre.translator, "translate", broken)
        patch.setattr(theatre.transport, "send", broken)
        await theatre.say(MANILA, ANA, f"!dispatch {MARK} again")
        for _ in range(4):
            await theatre.play()
            await theatre.tick(minutes=6)
    with monkeypatch.context() as patch:
        patch.setattr(theatre.router, "message", broken)
        await theatre.say(MANILA, ANA, f"!dispatch {MARK} again")
    formatter = SafeFormatter()
    lines = [formatter.format(record) for record in caplog.records]
    assert len(lines) > 10
    assert any("Traceback" in line or "ValueError" in line for line in lines)
    assert [line for line in lines if MARK in line] == []
    sentences = [record.getMessage() for record in caplog.records if record.name.startswith("bot.")]
    assert [sentence for sentence in sentences if MARK in sentence] == []
