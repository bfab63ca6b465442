"""Sets the stage: starts the homeserver, the people and the bot, founds two groups and twins them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bot.demo import talk
from bot.demo.board import Board
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.stage import SERVER_NAME, Group, Stage
from bot.demo.synapse import Account, Synapse

_PASSWORD = "demonstration"


@contextlib.asynccontextmanager
async def stage_in(folder: Path, board: Board) -> AsyncIterator[Stage]:
    """A stage with everything started and nothing played yet; all of it ends with the context."""
    board.say("starting a private Synapse")
    async with contextlib.AsyncExitStack() as ending:
        server = Synapse(folder / "synapse", name=SERVER_NAME)
        ending.push_async_callback(server.stop, grace=2.0)
        await server.start()
        board.say("registering the bot and four people")
        bot = BotProcess(folder / "bot", server.url, await server.register("twinline", _PASSWORD))
        manila = Group(
            handle="manila",
            name="Tenants of Manila",
            language="en",
            zone="Asia/Manila",
            steward=await _person(server, folder, "amihan", "Amihan"),
            member=await _person(server, folder, "jun", "Jun"),
            yes="yes",
        )
        oaxaca = Group(
            handle="oaxaca",
            name="Inquilinos de Oaxaca",
            language="es",
            zone="America/Mexico_City",
            steward=await _person(server, folder, "lucia", "Lucía"),
            member=await _person(server, folder, "mateo", "Mateo"),
            yes="sí",
        )
        stage = Stage(folder, board, server, bot, manila, oaxaca)
        for person in stage.people:
            ending.push_async_callback(person.stop)
        ending.push_async_callback(bot.stop, grace=2.0)
        await _start(stage)
        yield stage


async def _person(server: Synapse, folder: Path, user: str, name: str) -> Person:
    account: Account = await server.register(user, _PASSWORD)
    return Person(server.url, account, folder / user, name=name)


async def _start(stage: Stage) -> None:
    stage.board.say("people log in and sign their devices; the bot gets its phrasebook")
    await asyncio.gather(*(person.start() for person in stage.people), stage.bot.import_phrasebook())
    took = await stage.bot.start()
    stage.board.say(f"the bot is ready after {took:.1f} s")


async def twin(stage: Stage) -> None:
    """People open their rooms, invite the bot, found their groups and agree on the twinning."""
    manila, oaxaca, bot = stage.manila, stage.oaxaca, stage.bot.user_id
    manila.room, oaxaca.room = await asyncio.gather(
        *(talk.open_room(g.steward, bot, g.name, [g.member]) for g in (manila, oaxaca))
    )
    stage.watch([(group.name, group.room) for group in (manila, oaxaca)])
    await asyncio.gather(
        *(
            talk.found(g.steward, bot, g.room, g.handle, g.name, language=g.language, zone=g.zone)
            for g in (manila, oaxaca)
        )
    )
    stage.board.say("both groups are founded; Oaxaca gives Manila a code, Manila proposes, Oaxaca accepts")
    await talk.make_twins(bot, (manila.steward, manila.room, manila.handle), (oaxaca.steward, oaxaca.room))
    stage.board.say("the twinning is accepted; from now on dispatches cross")
