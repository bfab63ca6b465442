"""Long texts cross in parts: every part arrives, and follows its author, also after downtime."""

from __future__ import annotations

import pytest_asyncio

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from tests.integration.conftest import Cast, Home


def _text(*names: str) -> str:
    """A text with one part for each name."""
    return "\n\n".join(f"{name} " * (7_000 // (len(name) + 1)) for name in names)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def homes(lasting_cast: Cast) -> tuple[BotProcess, Home, Home]:
    """The bot, and two groups that are twins."""
    process = await lasting_cast.bot()
    await process.start()
    return process, *await lasting_cast.twins(process)


async def _dispatch(bot: BotProcess, home: Home, text: str) -> tuple[str, str]:
    """Send a dispatch: the event that made it, and its name."""
    source = await home.steward.say(home.room, f"!dispatch {text}")
    answer = await talk.answered(home.steward, bot.user_id, home.room, source)
    return source, answer.body.split()[0]


def _parts(home: Home, name: str) -> list[tuple[str, str]]:
    """The parts of a dispatch that the group's room shows: the number of each, and its words."""
    found = []
    for shown in home.member.screen(home.room):
        header, *lines = shown.body.split("\n")
        if header.startswith(f"{name} ("):
            words = " ".join(line.strip("│ ") for line in lines if line.startswith("│"))
            found.append((header.partition("(")[2].partition(")")[0], words))
    return found


async def test_the_parts_of_a_long_text_follow_it(homes: tuple[BotProcess, Home, Home]) -> None:
    process, manila, oaxaca = homes
    source, name = await _dispatch(process, manila, _text("one", "two", "six"))

    async def reads(*expected: tuple[str, str]) -> None:
        def same() -> bool:
            return [(number, words[:3]) for number, words in _parts(oaxaca, name)] == list(expected)

        await oaxaca.member.wait_until(same, 60, "these parts")

    await reads(("1/3", "one"), ("2/3", "two"), ("3/3", "six"))
    await manila.steward.wait_for(manila.room, f"{name} was delivered to oaxaca")
    await process.stop()
    await manila.steward.edit(manila.room, source, f"!dispatch {_text('one', 'ten')}")
    await process.start()
    await reads(("1/2", "one"), ("2/2", "ten"))
    await process.stop()
    await manila.steward.redact(manila.room, source)
    await process.start()
    await reads()


async def test_forty_thousand_characters_without_a_blank_arrive(homes: tuple[BotProcess, Home, Home]) -> None:
    process, manila, oaxaca = homes
    _, name = await _dispatch(process, manila, "x" * 40_000)
    await oaxaca.member.wait_until(lambda: len(_parts(oaxaca, name)) == 6, 60, "six parts")
    assert [number for number, _ in _parts(oaxaca, name)] == [f"{n}/6" for n in range(1, 7)]
    assert "".join(words for _, words in _parts(oaxaca, name)) == "x" * 40_000
