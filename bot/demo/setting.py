"""Sets the stage: starts the homeserver, the people and the bot, founds two groups and twins them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bot.demo.board import Board, Column, Seconds
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.stage import PHRASEBOOK, SERVER_NAME, Group, Stage
from bot.demo.synapse import Account, Synapse
from bot.demo.timeline import Seen, Shown

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
    packages = sorted(PHRASEBOOK.glob("*.argosmodel"))
    stage.board.say("people log in and sign their devices; the bot gets its phrasebook")
    await asyncio.gather(*(person.start() for person in stage.people), _import(stage.bot, packages))
    took = await stage.bot.start()
    stage.board.say(f"the bot is ready after {took:.1f} s")


async def _import(bot: BotProcess, packages: list[Path]) -> None:
    for package in packages:
        await bot.command("models", "import", str(package))


async def twin(stage: Stage) -> None:
    """People open their rooms, invite the bot, found their groups and agree on the twinning."""
    manila, oaxaca = stage.manila, stage.oaxaca
    await asyncio.gather(_open_room(stage, manila), _open_room(stage, oaxaca))
    names = {person.user_id: person.name for person in stage.people} | {stage.bot.user_id: "Twinline"}
    stage.board.watch(
        [Column(group.name, group.member, group.room, names) for group in (manila, oaxaca)],
        _seconds_in(stage),
    )
    await asyncio.gather(_found(stage, manila), _found(stage, oaxaca))
    stage.board.say("both groups are founded; Oaxaca gives Manila a code")
    code = await stage.code_of(oaxaca)
    await stage.command(manila.steward, manila.room, f"!twin propose {code}")
    await stage.told(oaxaca.steward, oaxaca.room, lambda shown: "!twin accept manila" in shown.body)
    await stage.command(oaxaca.steward, oaxaca.room, "!twin accept manila")
    await stage.told(manila.member, manila.room, lambda shown: "oaxaca" in shown.body.casefold())
    stage.board.say("the twinning is accepted; from now on dispatches cross")


async def _open_room(stage: Stage, group: Group) -> None:
    steward, member = group.steward, group.member
    group.room = await steward.create_room(group.name, invite=[member.user_id, stage.bot.user_id])
    await member.join(group.room)
    await steward.wait_joined(group.room, stage.bot.user_id)
    await member.wait_joined(group.room, stage.bot.user_id)


async def _found(stage: Stage, group: Group) -> None:
    await stage.told(group.member, group.room, lambda _: True)
    await stage.command(
        group.steward,
        group.room,
        f'!group create {group.handle} "{group.name}" language={group.language} zone={group.zone}',
    )


def _seconds_in(stage: Stage) -> Seconds:
    """How long a message took from being sent to being read, if it is one that crossed."""

    def seconds(message: Shown | Seen) -> float | None:
        crossing = stage.ledger.find(message)
        return None if crossing is None else message.seen_at - crossing.sent_at

    return seconds
