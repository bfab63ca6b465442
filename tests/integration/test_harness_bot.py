"""The bot as a process of its own: ready, killed, started again, stopped; and a dispatch that crosses."""

from __future__ import annotations

import signal

import pytest

from bot.demo import talk
from bot.demo.bot_process import BotFailed
from tests.integration.conftest import Cast


async def test_a_bot_that_cannot_log_in_shows_its_log(cast: Cast) -> None:
    process = await cast.bot()
    process.write_config()
    await process.command("check")
    process.account = type(process.account)(process.account.user_id, "not the password")
    with pytest.raises(BotFailed, match="The end of its log"):
        await process.start()
    assert not process.running


async def test_a_dispatch_crosses_a_kill(cast: Cast) -> None:
    process = await cast.bot(phrasebook=True)
    await process.start()
    manila, oaxaca = await cast.twins(process)
    await process.quiet()
    await process.stop()
    assert process.process.exit_code == 0
    await process.start({"TWINLINE_DIE_AT": "send:before-request"})
    first = await manila.steward.say(manila.room, "!dispatch We won the hearing.")
    await manila.steward.say(manila.room, "!dispatch The strike goes on.")
    assert await process.died() == -signal.SIGKILL
    await process.start()
    shown = await oaxaca.member.wait_for(oaxaca.room, "La huelga sigue.")
    assert shown.sender == process.user_id
    await talk.answered(manila.member, process.user_id, manila.room, first)
    relayed = [s.body for s in oaxaca.member.screen(oaxaca.room) if "hearing" in s.body or "strike" in s.body]
    assert len(relayed) == 2
    assert "Ganamos la audiencia." in relayed[0]
