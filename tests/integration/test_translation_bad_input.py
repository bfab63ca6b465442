"""Texts that nobody expects, through the real worker: nothing is lost, and it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.i18n import OWN_NAMES
from bot.mt.client import WorkerTranslator
from tests.phrasebook import fixtures

pytestmark = pytest.mark.usefixtures("no_network")

WON, GANAMOS = "We won the hearing.", "Ganamos la audiencia."


@pytest_asyncio.fixture(scope="module")
async def translator(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerTranslator]:
    """One worker for all of them: that it survives is part of what is tested."""
    models = await asyncio.to_thread(fixtures.phrasebook, tmp_path_factory.mktemp("bad") / "models")
    built = WorkerTranslator(models, 500)
    await built.start()
    first = built.pid
    yield built
    assert built.pid == first
    await built.close()


BAD = {
    "empty": "",
    "blank": " \n\t ",
    "emoji": "😀👨‍👩‍👧🇵🇭" * 2000,
    "link": "https://example.org/" + "a_b/" * 500,
    "one sentence": "word " * 12_000,
    "no blanks": "x" * 60_000,
    "chinese": "我们赢了" * 5_000,
    "surrogates": "We \ud800 won \udfff" * 500,
    "joiners": "a\u200d\u200cb" * 5_000,
    "controls": "\x00\x01\x1b[31m" * 500,
    "placeholders": "⟦1⟧ ⟦2⟧ we ⟦1⟧",
    "lines": "\n" * 60_000,
    "numbers": "1 " * 10_000,
    "3,000 words": " ".join(f"word{n}" for n in range(3_000)) + ".",
    "40 languages": " ".join(OWN_NAMES.values()),
    "ten thousand emoji": "🇵🇭" * 5_000 + "✊🏽" * 5_000,
    "stars": "**" * 20_000,
    "bars": "|" * 40_000,
    "40,000 characters": "Zorgle frim batuk. " * 2_100,
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
async def test_texts_that_nobody_expects_come_back_whole(text: str, translator: WorkerTranslator) -> None:
    [translation] = await translator.translate([text], "en", "es")
    assert translation.text == text
    [known] = await translator.translate([WON], "en", "es")
    assert known.text == GANAMOS


async def test_60000_characters_of_known_sentences_are_translated(translator: WorkerTranslator) -> None:
    [known] = await translator.translate([f"{WON} " * 3000], "en", "es")
    assert known.text == f"{GANAMOS} " * 3000
