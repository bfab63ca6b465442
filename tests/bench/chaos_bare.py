"""The bot of the usual pattern in a world of its own, so that the same can be done to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from tests.bench import bare
from tests.bench.chaos_world import Home, World, account_on
from tests.integration.proxy import FaultProxy


class BareProcess(BotProcess):
    """`tests/bench/bare.py` as a process that is started, killed and watched as the bot is."""

    routes: dict[str, list[str]]

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, bare.__file__, str(self.folder / "bare.json")]

    def write_config(self) -> None:
        """Write its settings. The timeline limit is a hundred, as ours: the server's default is ten."""
        self.folder.mkdir(parents=True, exist_ok=True)
        settings = {
            "homeserver": self._settings["homeserver"],
            "user": self.user_id,
            "password": self.account.password,
            "store": str(self.folder / "store"),
            "routes": self.routes,
            "timeline_limit": 100,
            "notify": str(self.folder / "synced"),
        }
        (self.folder / "bare.json").write_text(json.dumps(settings))

    def _synced_since(self, moment: float) -> bool:
        mark = self.folder / "synced"
        return mark.exists() and mark.stat().st_mtime >= moment


@contextlib.asynccontextmanager
async def bare_world_on(server: Synapse, folder: Path, *, twins: int) -> AsyncIterator[World]:
    """A room whose messages the bare bot repeats in as many other rooms, each with a reader."""
    async with contextlib.AsyncExitStack() as ending:
        proxy = await ending.enter_async_context(FaultProxy(server.url))
        bot = BareProcess(folder, proxy.url, await account_on(server, "bare"))
        bot.routes = {}
        ending.push_async_callback(bot.kill)
        homes = []
        for number in range(twins + 1):
            person = Person(server.url, await account_on(server, f"reader-{number}"))
            ending.push_async_callback(person.stop)
            homes.append(Home(f"room-{number}", "en", person))
        await asyncio.gather(*(home.steward.start() for home in homes))
        await bot.start()
        for home in homes:
            home.room = await home.steward.create_room(home.handle, invite=[bot.user_id])
        await asyncio.gather(*(home.steward.wait_joined(home.room, bot.user_id) for home in homes))
        bot.routes = {homes[0].room: [home.room for home in homes[1:]]}
        await bot.restart()
        yield World(server, proxy, bot, homes[0], homes[1:])
