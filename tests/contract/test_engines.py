"""What the pipeline relies on in an engine, of whatever kind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from bot.mt.apertium import Apertium
from bot.mt.engine import Engine, EngineFailed
from bot.mt.libretranslate import LibreTranslate
from bot.mt.local import Argos
from bot.mt.outside import ask
from tests.phrasebook import fixtures
from tests.unit.mt.foreign import modes, serving

WON, GANAMOS = "We won the hearing.", "Ganamos la audiencia."


def copying(models_dir: Path) -> Path:
    phrases = {"We won the hearing": "Ganamos la audiencia"}
    return fixtures.copying(models_dir, ("en", "es"), ("es", "en"), phrases=phrases)


KINDS = ("argos", "apertium", "libretranslate")


@asynccontextmanager
async def built(kind: str, folder: Path) -> AsyncIterator[Engine]:
    async with AsyncExitStack() as ending:
        made: Engine
        if kind == "argos":
            made = Argos(await asyncio.to_thread(copying, folder / "models"), 500)
        elif kind == "apertium":
            made = Apertium(modes(folder / "modes", eng_spa=("same", "spanish", "same"), spa_eng=("same",)))
        else:
            server = await ending.enter_async_context(serving())
            made = LibreTranslate([server.url])
        ending.push_async_callback(made.close)
        assert made.name == kind
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=KINDS)
async def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Engine]:
    """One for all tests: whatever it was asked before, it answers."""
    async with built(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


async def test_it_says_which_pairs_it_translates_itself(engine: Engine) -> None:
    pairs = await engine.pairs()
    assert {("en", "es"), ("es", "en")} <= pairs
    assert all(source != target for source, target in pairs)


async def test_every_sentence_is_answered_in_its_place(engine: Engine) -> None:
    found = await engine.translate([WON, "40", WON], "en", "es", 2)
    assert [one[0] for one in found] == [GANAMOS, found[1][0], GANAMOS]
    assert all(1 <= len(one) <= 2 for one in found)


async def test_no_text_is_no_answer(engine: Engine) -> None:
    assert await engine.translate([], "en", "es") == []


@pytest.mark.parametrize(
    "text", ["[x] {y} ^z$ a/b <c> \\d @e ~ f", "a\nb", "\ud800", "", " ", "😀" * 50, "\x00"]
)
async def test_odd_texts_are_answered_with_text_or_not_at_all(engine: Engine, text: str) -> None:
    [odd, won] = await engine.translate([text, WON], "en", "es")
    assert all(isinstance(one, str) for one in odd)
    assert won[0] == GANAMOS


async def test_a_pair_that_it_does_not_have_fails(engine: Engine) -> None:
    with pytest.raises(EngineFailed):
        await engine.translate([WON], "en", "tr")


async def test_many_callers_at_once_each_get_their_own(engine: Engine) -> None:
    texts = [f"{WON} {number}" for number in range(20)]
    found = await asyncio.gather(*(engine.translate([text], "en", "es") for text in texts))
    assert [one[0][0].rpartition(" ")[2] for one in found] == [str(number) for number in range(20)]


async def test_any_number_of_texts_is_split_up_by_its_limits(engine: Engine) -> None:
    texts = [f"{WON} {number}" for number in range(engine.limits.texts + 3)]
    found = await ask(engine, [*texts, "x" * (engine.limits.characters + 1)], "en", "es", 1)
    assert [one[0].rpartition(" ")[2] for one in found[:-1]] == [str(number) for number in range(len(texts))]
    assert found[-1] == []


@pytest.mark.parametrize("kind", KINDS)
async def test_it_can_be_closed_twice_and_before_its_first_use(kind: str, tmp_path: Path) -> None:
    async with built(kind, tmp_path) as engine:
        await engine.close()
        await engine.close()
