from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web

from bot.mt import libretranslate
from bot.mt.engine import EngineFailed
from bot.mt.libretranslate import LibreTranslate
from tests.unit.mt.foreign import Server, serving, spanish

WON, GANAMOS = "We won the hearing.", "Ganamos la audiencia."


@asynccontextmanager
async def engine(
    *servers: Server | str, key: str | None = None, seconds: float = 5.0
) -> AsyncIterator[LibreTranslate]:
    urls = [one if isinstance(one, str) else one.url for one in servers]
    built = LibreTranslate(urls, key, timeout=seconds)
    try:
        yield built
    finally:
        await built.close()


async def test_plain_text_goes_to_the_server_that_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with serving() as server, engine(server.url + "/", key="abc") as built:
        found = await built.translate([WON, "<b>40</b>"], "en", "es", 3)
        assert found == [[GANAMOS, f"{GANAMOS}!", f"{GANAMOS}?"], ["<b>40</b>", "<b>40</b>!", "<b>40</b>?"]]
        assert server.asked == [
            {
                "q": [WON, "<b>40</b>"],
                "source": "en",
                "target": "es",
                "format": "text",
                "alternatives": 2,
                "api_key": "abc",
            }
        ]


async def test_languages_are_the_servers_own_and_asked_for_once() -> None:
    async with serving() as server, engine(server) as built:
        assert await built.pairs() == {("en", "es"), ("en", "zh"), ("es", "en")}
        await built.translate([WON], "en", "zh")
        assert server.asked[0]["target"] == "zh-Hans"
        assert server.looked == 1


async def test_several_servers_share_the_work() -> None:
    async with serving() as one, serving() as two, engine(one, two) as built:
        await asyncio.gather(*(built.translate([WON], "en", "es") for _ in range(10)))
        assert (len(one.asked), len(two.asked)) == (5, 5)


async def test_a_server_that_fails_rests_and_the_others_work() -> None:
    async with serving() as bad, serving() as good, engine(bad, good, "http://127.0.0.1:9") as built:
        bad.answer = lambda asked: web.Response(status=500)
        for _ in range(6):
            assert (await built.translate([WON], "en", "es"))[0][0] == GANAMOS
        assert len(bad.asked) == 1


RUBBISH: dict[str, Any] = {
    "no json": "<html>It works!</html>",
    "another shape": ["Ganamos"],
    "an error": {"error": "Slowdown: too many requests"},
    "one text for many": {"translatedText": GANAMOS},
    "too few": {"translatedText": [GANAMOS]},
    "too many": {"translatedText": [GANAMOS] * 3},
    "numbers": {"translatedText": [1, 2]},
    "nothing": {"translatedText": None},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("answer", RUBBISH.values(), ids=RUBBISH.keys())
async def test_rubbish_with_status_200_is_a_failure(answer: object) -> None:
    async with serving() as server, engine(server) as built:
        server.answer = lambda asked: answer
        with pytest.raises(EngineFailed) as caught:
            await built.translate([WON, "40"], "en", "es")
        assert "Ganamos" not in str(caught.value)
        assert "Slowdown" not in str(caught.value)


@pytest.mark.parametrize("others", [None, [], [["a"]], "rubbish", [1, 2], [[1], ["b"]]])
async def test_rubbish_as_alternatives_is_left_out(others: object) -> None:
    async with serving() as server, engine(server) as built:
        server.answer = lambda asked: {**spanish(asked), "alternatives": others}
        found = await built.translate([WON, "40"], "en", "es", 3)
        assert [one[0] for one in found] == [GANAMOS, "40"]
        assert all(isinstance(text, str) for one in found for text in one)


@pytest.mark.parametrize(
    "listed", ["no json", {}, [1, None, {"code": 1}], [{"code": "en", "targets": "es"}], [{"name": "x"}]]
)
async def test_rubbish_as_languages_is_no_language(listed: object) -> None:
    async with serving() as server, engine(server) as built:
        server.languages = listed
        with suppress(EngineFailed):
            assert await built.pairs() == frozenset()
        with pytest.raises(EngineFailed):
            await built.translate([WON], "en", "es")


async def test_a_redirect_is_not_followed() -> None:
    async with serving() as target, serving() as server, engine(server) as built:

        def moved(asked: dict[str, Any]) -> web.Response:
            return web.Response(status=307, headers={"Location": f"{target.url}/translate"})

        server.answer = moved
        with pytest.raises(EngineFailed, match="307"):
            await built.translate([WON], "en", "es")
        assert target.asked == []


async def test_a_server_that_hangs_is_given_up() -> None:
    async with serving() as server, engine(server, seconds=0.4) as built:
        await built.pairs()
        server.wait = 1.0
        with pytest.raises(EngineFailed, match="Timeout"):
            await built.translate([WON], "en", "es")


async def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libretranslate, "ANSWER_LIMIT", 10_000)
    async with serving() as server, engine(server) as built:
        server.answer = lambda asked: {"translatedText": ["x" * 20_000]}
        with pytest.raises(EngineFailed, match="too long"):
            await built.translate([WON], "en", "es")


async def test_while_no_server_has_told_its_languages_that_is_not_taken_for_none() -> None:
    async with engine("http://127.0.0.1:9") as built:
        with pytest.raises(EngineFailed):
            await built.pairs()
        with pytest.raises(EngineFailed):
            await built.translate([WON], "en", "es")


async def test_no_word_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with serving() as server, engine(server) as built:
        server.answer = lambda asked: {"error": "MARKED"}
        with pytest.raises(EngineFailed):
            await built.translate(["MARKED"], "en", "es")
    assert "127.0.0.1" in caplog.text
    assert "MARKED" not in caplog.text
