"""Two twin groups whose people all use Element's SDK, the bot between them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.synapse import Account, Synapse
from tests.element.client import ElementPerson, Line
from tests.element.node import Node

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class ElementHome:
    """A group: its handle, home room, a steward and a member."""

    handle: str
    room: str
    steward: ElementPerson
    member: ElementPerson


@dataclass(slots=True)
class ElementStage:
    """Who takes part. `people` are all clients, those of the homes too."""

    server: Synapse
    node: Node
    bot: BotProcess
    people: list[ElementPerson] = field(default_factory=list)
    homes: list[ElementHome] = field(default_factory=list)

    @property
    def manila(self) -> ElementHome:
        return self.homes[0]

    @property
    def oaxaca(self) -> ElementHome:
        return self.homes[1]

    async def person(self, name: str, account: Account | None = None) -> ElementPerson:
        """A client that has not been started yet; with `account` another device of that one."""
        account = account or await self.server.register(f"{name}-element-{next(_numbers)}", "a long password")
        person = ElementPerson(self.node, self.server.url, account, name)
        self.people.append(person)
        return person

    async def home(self, handle: str, language: str, zone: str) -> ElementHome:
        """Found a group."""
        steward, member = await self.person(f"{handle}-steward"), await self.person(f"{handle}-member")
        await asyncio.gather(steward.start(), member.start())
        room = await talk.open_room(steward, self.bot.user_id, handle.title(), [member])
        name = f"Tenants of {handle.title()}"
        await talk.found(steward, self.bot.user_id, room, handle, name, language=language, zone=zone)
        await talk.ask(steward, self.bot.user_id, room, "!group set threadconfirm off")
        return ElementHome(handle, room, steward, member)

    def other(self, home: ElementHome) -> ElementHome:
        """The twin of a home."""
        return self.oaxaca if home is self.manila else self.manila

    async def said(self, room: str, reader: ElementPerson) -> list[Line]:
        """What the bot has said in a room, on that reader's screen."""
        return [line for line in await reader.screen(room) if line.sender == self.bot.user_id]


@asynccontextmanager
async def element_stage(server: Synapse, node: Node, bot: BotProcess) -> AsyncIterator[ElementStage]:
    """Manila with English and Oaxaca with Spanish, twins, on the running `bot`; ended in the end."""
    stage = ElementStage(server, node, bot)
    try:
        one, other = await asyncio.gather(
            stage.home("manila", "en", "Asia/Manila"), stage.home("oaxaca", "es", "America/Mexico_City")
        )
        stage.homes = [one, other]
        await talk.make_twins(bot.user_id, (one.steward, one.room, one.handle), (other.steward, other.room))
        yield stage
    finally:
        for person in stage.people:
            if person.device_id:
                await person.stop()
