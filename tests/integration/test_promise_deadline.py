"""The end of a round of red lines, with real encrypted clients: what comes too late, what is not private.

A held round is revised, and its end passes while the bot is down. By the homeserver's times one ballot was
sent before the end and another one after it; a third is typed in a direct chat into which somebody was
invited while the round ran. The first alone counts, so that one group misses its quorum.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import AHEAD
from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.rounds import CONSENT, OBJECT, Voter, enter
from tests.integration.conftest import Cast, Home

MARGIN = 12.0  # seconds in which people can choose in the revised round
SLACK = 2.0
BEYOND_THE_END = {AHEAD: "70"}
NOT_PRIVATE, TOO_LATE = "aquí ya no digo nada privado", "Eso llegó después del final de la ronda"


async def at_the_same_time(people: list[Voter], do: Callable[[Voter], Awaitable[object]]) -> None:
    await asyncio.gather(*(do(one) for one in people))


async def opened(me: str, one: Home, other: Home) -> datetime:
    """A round of some minutes, to which the other group agrees by accepting; when it is to end."""
    lines = (datetime.now(UTC) + timedelta(minutes=3)).replace(second=0, microsecond=0)
    until = lines + timedelta(minutes=1)
    typed = [f"{at + timedelta(hours=8):%Y-%m-%d %H:%M}" for at in (lines, until)]  # in Manila
    await one.steward.say(one.room, f'!audit open "Rent strike" lines="{typed[0]}" until="{typed[1]}"')
    await talk.told(other.steward, me, other.room, "!audit accept 1")
    await other.steward.say(other.room, "!audit accept 1")
    await talk.told(other.steward, me, other.room, "!audit join")
    return until


async def closed(me: str, homes: tuple[Home, Home]) -> float:
    """A steward of each group ends the phase; when that was."""
    for home in homes:
        await talk.ask(home.steward, me, home.room, "!audit close 1")
    return time.time()


async def held(bot: BotProcess, homes: tuple[Home, Home], voters: list[Voter], stranger: str) -> float:
    """Collecting and consent, ended early; for how long a revised consent then lasts."""
    until = await opened(bot.user_id, *homes)
    await enter(voters)
    began = await closed(bot.user_id, homes)
    await at_the_same_time(voters, lambda one: one.vote(OBJECT if one is voters[0] else CONSENT))
    exposed = voters[-1]
    await exposed.person.invite(exposed.chat, stranger)
    await talk.told(exposed.person, bot.user_id, exposed.chat, NOT_PRIVATE)
    await talk.told(exposed.person, bot.user_id, exposed.chat, "!help")  # the welcome takes its time
    await closed(bot.user_id, homes)
    await at_the_same_time(voters[:-1], lambda one: one.closed())
    return until.timestamp() - began


@pytest.mark.timeout(120)
async def test_only_what_was_sent_before_the_end_and_in_private_counts(cast: Cast) -> None:
    bot = await cast.bot()
    await bot.start()
    one, other = homes = await cast.twins(bot)
    people = (one.steward, one.member, other.steward, other.member)
    early, _, late, exposed = voters = [Voter(person, bot.user_id) for person in people]
    length = await held(bot, homes, voters, (await cast.account("stranger")).user_id)
    polls, said = len(exposed.polls()), len(exposed.heard())

    await bot.restart({AHEAD: str(MARGIN - length)})
    began = time.time()
    await one.steward.say(one.room, "!audit revise 1 We need more time.")
    await asyncio.gather(early.poll(), late.poll())
    over = time.time() + MARGIN + SLACK
    await bot.kill()
    await early.choose(CONSENT)
    await exposed.person.say(exposed.chat, f"!vote {CONSENT} 1")
    assert time.time() < began + MARGIN - SLACK, "this machine is too slow for this margin"
    await asyncio.sleep(over - time.time())
    await late.choose(CONSENT)

    await bot.start(BEYOND_THE_END)
    await talk.told(late.person, bot.user_id, late.chat, TOO_LATE)
    await bot.quiet()
    await bot.restart(BEYOND_THE_END)  # the homeserver has been heard since the end
    verdict = await talk.told(one.steward, bot.user_id, one.room, "No quorum")
    assert "too few have answered in Tenants of Oaxaca." in verdict.body
    assert [TOO_LATE in shown.body for shown in early.heard()].count(True) == 0
    assert len(exposed.polls()) == polls
    assert [shown.body.split()[0] for shown in exposed.heard()[said:]] == ["!vote"]
