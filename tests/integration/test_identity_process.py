"""The bot as a process whose disk fails: it stops with a sentence, and the commands bring it back."""

from __future__ import annotations

import shutil

import pytest

from bot.cli.refusal import FOR_GOOD
from bot.demo import talk
from bot.demo.bot_process import BotFailed
from tests.integration.conftest import Cast


@pytest.mark.timeout(240)
async def test_a_lost_key_store_costs_no_dispatch_and_doubles_none(cast: Cast) -> None:
    bot = await cast.bot()
    await bot.start()
    manila, oaxaca = await cast.twins(bot)
    shown = await bot.command("identity", "show")
    assert "signed by the identity" in shown
    fingerprint = next(line for line in shown.splitlines() if line.startswith("identity"))
    written = await bot.command("identity", "backup")
    assert "    Es" in written

    await talk.ask(manila.steward, bot.user_id, manila.room, "!dispatch The first one.")
    await oaxaca.member.wait_for(oaxaca.room, "The first one.")
    await bot.kill()
    shutil.rmtree(bot.storage / "olm")
    await bot.launch()
    assert await bot.died() == FOR_GOOD
    assert "`twinline identity new-device`" in bot.log.splitlines()[-1]

    with pytest.raises(BotFailed, match="--replace"):
        await bot.command("identity", "backup")
    await bot.command("identity", "new-device")
    await bot.start()
    await talk.ask(manila.steward, bot.user_id, manila.room, "!dispatch The second one.")
    await oaxaca.member.wait_for(oaxaca.room, "The second one.")
    read = [line.body for line in oaxaca.member.screen(oaxaca.room) if line.readable]
    for words in ("The first one.", "The second one."):
        assert sum(words in body for body in read) == 1
    again = await bot.command("identity", "show")
    assert fingerprint in again
    assert "made; its id is" in again
    with pytest.raises(BotFailed, match="already runs the bot"):
        await bot.command("identity", "new-device")
