from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from bot.mt import apertium
from bot.mt.apertium import Apertium
from bot.mt.engine import EngineFailed
from tests.unit.mt.foreign import modes

OTHERS: set[int] = set()  # processes of other tests, which live as long as the whole run


@pytest.fixture(autouse=True)
def _others() -> Iterator[None]:
    OTHERS.update(one.pid for one in psutil.Process().children())
    yield
    OTHERS.clear()


@asynccontextmanager
async def chain(folder: Path, *stages: str, seconds: float = 10.0) -> AsyncIterator[Apertium]:
    engine = Apertium(modes(folder / "modes", eng_spa=stages), timeout=seconds)
    try:
        yield engine
    finally:
        await engine.close()
    assert [one for one in programs() if one.status() != psutil.STATUS_ZOMBIE] == []


def programs() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if one.pid not in OTHERS]


async def said(engine: Apertium, *texts: str) -> list[str]:
    return [one[0] for one in await engine.translate(texts, "en", "es")]


async def test_the_programs_stay_open_between_calls(tmp_path: Path) -> None:
    async with chain(tmp_path, "same", "upper", "same") as engine:
        assert await said(engine, "a", "b") == ["A", "B"]
        before = {one.pid for one in programs()}
        assert len(before) == 3
        assert await said(engine, "c") == ["C"]
        assert {one.pid for one in programs()} == before


@pytest.mark.parametrize("dead", [0, 1, 2])
async def test_when_any_one_of_them_dies_the_call_fails_and_the_next_one_starts_anew(
    tmp_path: Path, dead: int
) -> None:
    async with chain(tmp_path, "same", "upper", "same") as engine:
        assert await said(engine, "a") == ["A"]
        victim = sorted(programs(), key=lambda one: one.pid)[dead]
        victim.send_signal(signal.SIGSTOP)
        waiting = asyncio.create_task(said(engine, "b"))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        victim.kill()
        with pytest.raises(EngineFailed):
            await waiting
        assert await said(engine, "c") == ["C"]


async def test_one_that_died_between_calls_costs_nobody_an_answer(tmp_path: Path) -> None:
    async with chain(tmp_path, "same", "upper") as engine:
        assert await said(engine, "a") == ["A"]
        programs()[1].kill()
        await engine._chains["eng-spa"]._dead.wait()
        assert await said(engine, "b") == ["B"]


@pytest.mark.parametrize("stage", ["die", "close", "hang", "swallow"])
@pytest.mark.parametrize("place", [0, 1])
async def test_a_program_that_gives_nothing_makes_the_call_fail(
    tmp_path: Path, stage: str, place: int
) -> None:
    stages = ["same", "same"]
    stages[place] = stage
    async with chain(tmp_path, *stages, seconds=1.0) as engine:
        with pytest.raises(EngineFailed):
            await said(engine, "a")


async def test_an_answer_that_is_short_of_one_is_no_answer(tmp_path: Path) -> None:
    async with chain(tmp_path, "die2", "same") as engine:
        with pytest.raises(EngineFailed):
            await said(engine, "a", "b", "c")
        assert await said(engine, "a") == ["a"]


async def test_a_caller_that_gives_up_leaves_no_answer_for_the_next(tmp_path: Path) -> None:
    async with chain(tmp_path, "upper") as engine:
        await said(engine, "a")
        programs()[0].send_signal(signal.SIGSTOP)
        waiting = asyncio.create_task(said(engine, "b"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await said(engine, "c") == ["C"]


async def test_100000_characters_pass_through_the_pipes(tmp_path: Path) -> None:
    async with chain(tmp_path, "same", "same", "upper") as engine:
        texts = ["word " * 1000 + str(number) for number in range(20)]
        assert await said(engine, *texts) == [text.upper() for text in texts]


async def test_only_a_few_directions_are_kept_open(tmp_path: Path) -> None:
    names = ("spa", "fra", "cat", "por", "ita")
    folder = modes(tmp_path / "modes", **{f"eng_{name}": ("same",) for name in names})
    engine = Apertium(folder)
    for code in ("es", "fr", "ca", "pt", "it"):
        assert await engine.translate(["a"], "en", code) == [["a"]]
    assert len(programs()) == apertium.MOST_CHAINS
    await engine.close()


async def test_a_mode_without_its_programs_or_that_is_no_mode_is_not_offered(tmp_path: Path) -> None:
    folder = modes(tmp_path / "modes", eng_spa=("same",), cat_spa=("same",))
    (folder / "cat-spa.mode").write_text("no-such-program-anywhere $1 x | cat\n")
    (folder / "fra-spa.mode").write_text("cat |\n")
    (folder / "spa-eng.mode").write_bytes(b"\xff\xfe")
    (folder / "ron-spa.mode").write_text("cat 'unclosed\n")
    assert await Apertium(folder).pairs() == {("en", "es")}
    assert await Apertium(tmp_path / "nowhere").pairs() == frozenset()


async def test_a_mode_that_is_installed_later_is_found(tmp_path: Path) -> None:
    engine = Apertium(tmp_path / "modes")
    assert await engine.pairs() == frozenset()
    modes(tmp_path / "modes", eng_spa=("same",), eng_por=("same",), eng_por_BR=("upper",))
    assert await engine.pairs() == {("en", "es"), ("en", "pt"), ("en", "pt_BR")}


async def test_what_its_format_reserves_is_escaped_on_the_way(tmp_path: Path) -> None:
    async with chain(tmp_path, "same") as engine:
        text = "[1] {2} ^3$ 4/5 <6> \\7 @8"
        assert await said(engine, text) == [text]
        assert apertium._escaped("[a]") == "\\[a\\]"


async def test_programs_get_no_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINLINE_SECRET", "hush")
    async with chain(tmp_path, "same") as engine:
        await said(engine, "a")
        assert "TWINLINE_SECRET" not in programs()[0].environ()
