"""Promise G8, with a real homeserver: reminders come once, each side's in its own time, across restarts."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.clock import AHEAD
from bot.demo import talk
from bot.demo.bot_process import BotProcess
from tests.integration.conftest import Cast, Home
from tests.integration.proxy import FaultProxy

ZONES = {"manila": "Asia/Manila", "oaxaca": "America/Mexico_City"}
DAYS = {"manila": "In 7 days:", "oaxaca": "Dentro de 7 días:"}


async def at_nine(bot: BotProcess, home: Home, day: date) -> None:
    """The bot's process is killed, and another begins at nine of a group's clocks on that day."""
    moment = datetime.combine(day, datetime.min.time(), ZoneInfo(ZONES[home.handle])) + timedelta(hours=9)
    await bot.quiet()
    await bot.restart({AHEAD: str(moment.timestamp() - time.time() + 20)})


def reminders(home: Home) -> int:
    """How many messages reminded a room a week before."""
    return len([one for one in home.member.screen(home.room) if DAYS[home.handle] in one.body])


@pytest.mark.timeout(180)
async def test_each_room_is_reminded_once_across_three_restarts(cast: Cast) -> None:
    bot = await cast.bot()
    await bot.start()
    manila, oaxaca = await cast.twins(bot)
    day = (datetime.now(UTC) + timedelta(days=60)).date()

    async def ask(home: Home, text: str) -> str:
        return (await talk.ask(home.steward, bot.user_id, home.room, text)).body

    await ask(manila, f'!action propose "Vigil" on={day.isoformat()} at=18:00')
    await talk.told(oaxaca.member, bot.user_id, oaxaca.room, "!action agree 1")
    await ask(oaxaca, "!action agree 1")
    for home in (manila, oaxaca):
        await ask(home, "!action confirm 1")
        await ask(home, "!action remind 1 7")
    await at_nine(bot, manila, day - timedelta(days=7))
    await talk.told(manila.member, bot.user_id, manila.room, DAYS["manila"])
    assert reminders(oaxaca) == 0  # there it is still night
    await at_nine(bot, oaxaca, day - timedelta(days=7))
    await talk.told(oaxaca.member, bot.user_id, oaxaca.room, DAYS["oaxaca"])
    await at_nine(bot, oaxaca, day + timedelta(days=4))
    for home in (manila, oaxaca):
        await talk.told(home.member, bot.user_id, home.room, "!action debrief 1 worked")
    await bot.quiet()
    assert [reminders(home) for home in (manila, oaxaca)] == [1, 1]


@pytest.mark.timeout(120)
async def test_with_the_server_away_a_reminder_waits_and_comes_late_once(
    cast: Cast, proxy: FaultProxy
) -> None:
    bot = await cast.bot(homeserver=proxy.url)
    await bot.start()
    home = await cast.home(bot)
    day = (datetime.now(UTC) + timedelta(days=60)).date()
    for what in ("Bring cake", "Bring chairs"):
        await talk.ask(home.steward, bot.user_id, home.room, f'!remind "{what}" on={day.isoformat()}')
    await bot.quiet()
    await bot.kill()
    await proxy.refuse()
    await home.steward.say(home.room, "!remind cancel 2")
    nine = datetime.combine(day, datetime.min.time(), ZoneInfo(ZONES["manila"])) + timedelta(hours=9)
    later = {AHEAD: str(nine.timestamp() - time.time() + 3600)}
    await bot.launch(later)
    while "the homeserver is away" not in bot.log:  # noqa: ASYNC110 - another process writes it
        await asyncio.sleep(0.1)
    await proxy.accept()
    await talk.told(home.member, bot.user_id, home.room, "This was due on")
    await bot.quiet()
    await bot.restart(later)
    await bot.quiet()
    said = [one.body for one in home.member.screen(home.room) if one.body.startswith("Reminder 1: ")]
    assert len(said) == 1
    assert "Bring cake" in said[0]
    assert not [one for one in home.member.screen(home.room) if one.body.startswith("Reminder 2: ")]
