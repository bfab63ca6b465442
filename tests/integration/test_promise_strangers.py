"""Promise G25: strangers cannot make the bot join a room, or keep it from working."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.handlers.invitation import MOST_DECLINED
from tests.integration.conftest import Cast

FLOOD = 3 * MOST_DECLINED
AT_ONCE = 6


def memberships(server: Synapse, bot: str, rooms: Sequence[str]) -> dict[str, list[str]]:
    """Everything that the bot has been in the rooms, one after the other."""
    return {
        room: [
            event["content"]["membership"]
            for event in server.stored_events(room)
            if event["type"] == "m.room.member" and event.get("state_key") == bot
        ]
        for room in rooms
    }


def counted(bot: BotProcess) -> tuple[int, int, int]:
    """How many invitations the bot has accepted, declined and not answered: in its database and its log."""
    found = [0, 0, 0]
    with closing(sqlite3.connect(f"file:{bot.storage / 'twinline.db'}?mode=ro", uri=True, timeout=30)) as db:
        rows = db.execute("SELECT accepted, declined, ignored FROM invitations").fetchall()
    for line in bot.log.splitlines():
        words = line.partition("invitations: ")[2].replace(",", "").split()
        if words:
            rows.append((int(words[0]), int(words[2]), int(words[4])))
    for row in rows:
        found = [total + count for total, count in zip(found, row, strict=True)]
    return found[0], found[1], found[2]


async def until(test: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not test():  # noqa: ASYNC110 - files of other processes
            await asyncio.sleep(0.2)


async def invite(stranger: Person, bot: str, number: int) -> str:
    """Into a room, or a direct chat, encrypted or not."""
    return await stranger.create_room(
        "Free money", invite=[bot], encrypted=number % 2 == 0, direct=number % 3 == 0
    )


async def test_strangers_and_floods_are_declined_and_the_bot_works_on(cast: Cast, synapse: Synapse) -> None:
    """The homeserver of all who take part is not on the list of those whose invitations are accepted."""
    steward, member = await cast.person("steward"), await cast.person("member")
    bot = await cast.bot(settings={"inviters": [steward.user_id, "friends.example"]})
    await bot.start()
    home = await talk.open_room(steward, bot.user_id, "Home", [member])
    await talk.found(steward, bot.user_id, home, "manila", "Tenants of Manila", zone="Asia/Manila")
    assert counted(bot)[0] == 1

    strangers = [await cast.person(f"stranger-{number}") for number in range(3)]
    since = time.time()
    alone = await invite(strangers[0], bot.user_id, 0)
    await until(lambda: memberships(synapse, bot.user_id, [alone])[alone][-1] == "leave")

    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> str:
        async with slots:
            return await invite(strangers[number % len(strangers)], bot.user_id, number)

    flood = asyncio.gather(*(one(number) for number in range(FLOOD)))
    while not flood.done():
        assert "Tenants of Manila" in (await talk.ask(member, bot.user_id, home, "!status")).body
    rooms = [alone, *await flood]
    await until(lambda: sum(counted(bot)) >= 1 + len(rooms))
    await bot.quiet()

    accepted, declined, ignored = counted(bot)
    was = memberships(synapse, bot.user_id, rooms)
    minutes = int(time.time() // 60) - int(since // 60) + 1
    assert (accepted, declined + ignored) == (1, len(rooms))
    assert not any("join" in each for each in was.values())
    assert sum(each[-1] == "leave" for each in was.values()) == declined
    assert MOST_DECLINED <= declined <= minutes * MOST_DECLINED
    assert ignored > 0
    assert bot.running

    chat = await member.direct_chat(bot.user_id)  # a member of a group may speak with it in private
    await talk.told(member, bot.user_id, chat, lambda _: True)
