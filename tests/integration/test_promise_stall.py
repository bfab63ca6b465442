"""Promise G24: a sync that stalls although the process lives is noticed within 90 s, told, and begun anew."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from bot.cli.health import LONGEST_SILENCE
from bot.demo import talk
from bot.demo.bot_process import BotFailed, BotProcess
from tests.integration.conftest import Cast
from tests.integration.proxy import FaultProxy

SYNC = r"/sync$"
NOTICED = 90.0
TOLD = 15.0  # seconds that a slow machine may take to say it


def last_sync(bot: BotProcess) -> str:
    return str(json.loads((bot.storage / "health.json").read_text())["last_sync"])


async def test_a_stall_is_noticed_told_to_each_host_and_overcome(cast: Cast, proxy: FaultProxy) -> None:
    hosts = [await cast.person("robin"), await cast.person("sam")]
    bot = await cast.bot(homeserver=proxy.url, settings={"hosts": [host.user_id for host in hosts]})
    await bot.start()
    pid = bot.process.pid
    chats = [await host.direct_chat(bot.user_id) for host in hosts]
    for host, chat in zip(hosts, chats, strict=True):
        await talk.told(host, bot.user_id, chat, lambda _: True)
    await bot.quiet()
    assert "The last sync was" in await bot.command("health")

    stall = proxy.hang("GET", SYNC, count=None)
    await hosts[0].say(chats[0], "!help")  # ends the sync under way, so that the next one hangs
    await stall.fired()
    began, heard = time.time(), last_sync(bot)
    unheard = await hosts[0].say(chats[0], "!privacy")
    notices = await asyncio.gather(
        *(
            talk.told(host, bot.user_id, chat, "no news from the homeserver", within=NOTICED + TOLD)
            for host, chat in zip(hosts, chats, strict=True)
        )
    )
    assert all(0 <= notice.sent_at - began <= NOTICED + TOLD for notice in notices)
    assert all(notice.encrypted and notice.msgtype == "m.text" for notice in notices)
    hung = stall.hits  # the requests that ran out by themselves, and the one begun anew
    assert hung >= 2
    assert last_sync(bot) == heard
    await asyncio.sleep(max(0.0, began + LONGEST_SILENCE.total_seconds() + 1 - time.time()))
    with pytest.raises(BotFailed, match="health ended with 1:\nThe last sync was"):
        await bot.command("health")

    proxy.clear()
    for host, chat in zip(hosts, chats, strict=True):
        await talk.told(host, bot.user_id, chat, "hear from the homeserver again")
    await talk.answered(hosts[0], bot.user_id, chats[0], unheard)
    assert "The last sync was" in await bot.command("health")
    assert bot.process.pid == pid
    assert bot.running
