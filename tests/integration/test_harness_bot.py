"""The bot as a process of its own: ready, killed, started again, stopped; and a dispatch that crosses."""

from __future__ import annotations

import signal

import pytest

from bot.demo.bot_process import BotFailed
from tests.bench.chaos_world import World
from tests.integration.conftest import Cast


async def test_a_bot_that_cannot_log_in_shows_its_log(cast: Cast) -> None:
    process = await cast.bot()
    process.write_config()
    await process.command("check")
    process.account = type(process.account)(process.account.user_id, "not the password")
    with pytest.raises(BotFailed, match="The end of its log"):
        await process.start()
    assert not process.running


async def test_a_dispatch_crosses_a_kill(world: World) -> None:
    bot, twin = world.bot, next(home for home in world.twins if home.language == "es")
    await world.settled()
    await bot.stop()
    assert bot.process.exit_code == 0
    await bot.start({"TWINLINE_DIE_AT": "send:before-request"})
    sent = [await world.dispatch(words=words) for words in ("We won the hearing.", "The strike goes on.")]
    assert await bot.died() == -signal.SIGKILL
    await bot.start()
    assert (await world.fenced()).clean
    for one in sent:
        await world.acknowledged(one)
    relayed = [s.body for s in twin.steward.screen(twin.room) if any(one.token in s.body for one in sent)]
    assert len(relayed) == 2
    assert "Ganamos la audiencia." in relayed[0]
    assert "La huelga sigue." in relayed[1]
