"""The worker with engines outside of it, and with much to do: who is asked, and in which order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from bot.domain.glossary import Glossary, normalised
from bot.domain.rendering import Flag
from bot.mt.apertium import Apertium
from bot.mt.client import WorkerTranslator
from bot.mt.engine import Engine
from bot.mt.libretranslate import LibreTranslate
from bot.pipeline.ports import NoModel, TranslatorDown
from tests.phrasebook import fixtures
from tests.unit.mt.foreign import modes, serving

WON, GANAMOS = "We won the hearing.", "Ganamos la audiencia."
UNKNOWN = "The zebra sleeps."


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fixtures.phrasebook(tmp_path_factory.mktemp("storage") / "models")


@pytest.fixture(scope="module")
def copying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copying") / "models"
    return fixtures.copying(folder, ("en", "es"), ("es", "en"), phrases={"We won": "Ganamos"})


@asynccontextmanager
async def running(
    models_dir: Path, *outside: Engine, order: Sequence[str] = ("argos",), threads: int = 1
) -> AsyncIterator[WorkerTranslator]:
    translator = WorkerTranslator(models_dir, 500, threads, order=order, outside=outside, pauses=(0.0,))
    try:
        yield translator
    finally:
        await translator.close()


def shouting(asked: dict[str, Any]) -> dict[str, Any]:
    return {"translatedText": [text.upper() for text in asked["q"]]}


async def said(translator: WorkerTranslator, text: str, source: str = "en", target: str = "es") -> str:
    [translation] = await translator.translate([text], source, target)
    return translation.text


async def test_what_the_first_engine_does_not_know_goes_to_the_next(models: Path) -> None:
    async with serving() as server:
        server.answer = lambda asked: {"translatedText": ["La cebra duerme."] * len(asked["q"])}
        order = ("argos", "libretranslate")
        async with running(models, LibreTranslate([server.url]), order=order) as translator:
            [found] = await translator.translate([f"{WON} {UNKNOWN}"], "en", "es")
        assert found.text == f"{GANAMOS} La cebra duerme."
        assert [request["q"] for request in server.asked if UNKNOWN in request["q"]] == [[UNKNOWN]]
        assert not any(WON in text for request in server.asked for text in request["q"])


async def test_the_first_engine_of_the_configuration_is_asked_first(models: Path, tmp_path: Path) -> None:
    folder = modes(tmp_path / "modes", eng_spa=("same", "spanish"))
    for order in (("apertium", "argos"), ("argos", "apertium")):
        async with running(models, Apertium(folder), order=order) as translator:
            [(found, trace)] = await translator.explain([WON], "en", "es")
            assert found.text == GANAMOS
            assert [line["engine"] for line in trace] == [order[0]]


@pytest.mark.parametrize("how", ["rubbish", "dead"])
async def test_an_engine_that_fails_is_passed_over(how: str, models: Path, tmp_path: Path) -> None:
    async with serving() as server:
        server.answer = lambda asked: {"translatedText": "one for all"}
        stages = ("die",) if how == "dead" else ("same",)
        engines: dict[str, Engine] = {
            "rubbish": LibreTranslate([server.url]),
            "dead": Apertium(modes(tmp_path / "modes", eng_spa=stages)),
        }
        first = engines[how]
        async with running(models, first, order=(first.name, "argos")) as translator:
            assert await said(translator, WON) == GANAMOS


async def test_without_argos_the_worker_serves_other_engines(tmp_path: Path) -> None:
    folder = modes(tmp_path / "modes", eng_spa=("spanish",), spa_eng=("same",))
    async with running(tmp_path / "none", Apertium(folder), order=("apertium",)) as translator:
        assert await translator.pairs() == {("en", "es"), ("es", "en")}
        assert await said(translator, f"- {WON} 😀 https://x.org/a_b") == f"- {GANAMOS} 😀 https://x.org/a_b"
        with pytest.raises(NoModel):
            await said(translator, WON, "en", "fr")
        assert translator.pid is not None
        maps = {Path(each.path).name for each in psutil.Process(translator.pid).memory_maps()}
        assert not [name for name in maps if "ctranslate2" in name]


async def test_if_all_engines_fail_the_translator_is_down(tmp_path: Path) -> None:
    async with serving() as server:
        order = ("libretranslate",)
        async with running(tmp_path, LibreTranslate([server.url]), order=order) as translator:
            server.answer = lambda asked: {"error": "no"}
            with pytest.raises(TranslatorDown):
                await said(translator, WON)


async def test_a_server_that_was_never_reached_is_down_and_not_without_a_model(tmp_path: Path) -> None:
    engine = LibreTranslate(["http://127.0.0.1:9"])
    async with running(tmp_path, engine, order=("libretranslate",)) as translator:
        with pytest.raises(TranslatorDown):
            await said(translator, WON)
        assert await translator.pairs() == frozenset()


async def test_a_worker_killed_while_an_engine_outside_is_asked_is_replaced(tmp_path: Path) -> None:
    async with serving() as server:
        order = ("libretranslate",)
        async with running(tmp_path, LibreTranslate([server.url]), order=order) as translator:
            assert await said(translator, WON) == GANAMOS
            server.wait = 0.5
            server.called.clear()
            waiting = asyncio.create_task(said(translator, "We won the hearing again."))
            await server.called.wait()
            assert translator.pid is not None
            first = translator.pid
            psutil.Process(first).kill()
            server.wait = 0.0
            assert await waiting == "Ganamos la audiencia again."
            assert translator.pid not in (None, first)
            assert await said(translator, WON) == GANAMOS


async def test_a_slow_server_is_asked_several_things_at_a_time_and_holds_up_nobody_else(
    copying: Path,
) -> None:
    async with serving() as server:
        server.languages = [{"code": "en", "targets": ["fr"]}]
        server.answer = shouting
        order = ("argos", "libretranslate")
        async with running(copying, LibreTranslate([server.url]), order=order) as translator:
            await said(translator, "Hello.", "en", "fr")
            server.wait = 0.4
            began = time.monotonic()
            slow = [asyncio.create_task(said(translator, f"Number {n}.", "en", "fr")) for n in range(4)]
            await asyncio.sleep(0.05)
            assert await said(translator, "We won") == "Ganamos"
            assert time.monotonic() - began < 0.4
            assert await asyncio.gather(*slow) == [f"NUMBER {n}." for n in range(4)]
            assert time.monotonic() - began < 4 * 0.4


async def test_what_somebody_waits_for_goes_before_backlog(copying: Path) -> None:
    async with running(copying) as translator:
        await said(translator, "Hello")
        assert translator.pid is not None
        worker = psutil.Process(translator.pid)
        worker.suspend()
        order: list[str] = []

        async def one(text: str, *, backlog: bool) -> None:
            await translator.translate([text], "en", "es", backlog=backlog)
            order.append(text)

        old = [asyncio.create_task(one(f"Old message {n}", backlog=True)) for n in range(300)]
        await asyncio.sleep(0.1)
        new = [asyncio.create_task(one(f"New message {n}", backlog=False)) for n in range(5)]
        await asyncio.sleep(0.1)
        worker.resume()
        await asyncio.gather(*old, *new)
    last = max(order.index(f"New message {n}") for n in range(5))
    assert last < 150


async def test_the_loop_does_not_wait_while_the_worker_works(copying: Path) -> None:
    async with running(copying, threads=2) as translator:
        await said(translator, "Hello")
        lags: list[float] = []

        async def watch() -> None:
            while True:
                began = time.perf_counter()
                await asyncio.sleep(0.002)
                lags.append(time.perf_counter() - began - 0.002)

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(said(translator, f"We won case {n} today. " * 5) for n in range(100)))
        watching.cancel()
    lags.sort()
    assert lags[int(0.99 * len(lags))] < 0.05, "a machine that others use has lags of its own"


async def test_a_glossary_reaches_the_worker(copying: Path) -> None:
    known = Glossary(
        {normalised("See you."): "Hasta la vista."},
        terms=(("hearing", "vista"),),
        keep=("We won",),
    )
    async with running(copying) as translator:
        [found] = await translator.translate(["We won the hearing. See you. We won"], "en", "es", known)
        assert found.text == "We won the vista. Hasta la vista. We won"
        assert [segment.corrected for segment in found.segments] == [False, True, False]
        [plain] = await translator.translate(["We won"], "en", "es")
        assert plain.text == "Ganamos"


async def test_which_language_is_told_by_the_worker(models: Path) -> None:
    async with running(models) as translator:
        assert await translator.detect("Leeremos su carta en voz alta.", ["en", "es"]) == "es"
        assert await translator.detect("We will read your letter aloud.", ["en", "es"]) == "en"
        assert await translator.detect("Ok", ["en", "es"]) is None
        assert await translator.detect("https://example.org/leeremos-su-carta", ["en", "es"]) is None
        assert await translator.detect("anything", ["en"]) is None
        [found] = await translator.translate(["Leeremos su carta en voz alta."], "en", "es")
        assert (found.language, found.segments) == ("es", ())


async def test_what_was_tried_is_explained(models: Path) -> None:
    async with running(models) as translator:
        [(found, trace)] = await translator.explain(["40 families stay. The zebra sleeps."], "en", "es")
    assert found.segments[1].flags == (Flag.UNKNOWN,)
    assert trace[0]["sentence"] == "40 families stay."
    assert trace[0]["tries"][0]["texts"] == ["⟦1⟧ families stay."]
