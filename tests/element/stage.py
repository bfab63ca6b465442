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

_PASSWORD = "a long password"
_numbers = itertools.count(1)


class Elements:
    """Makes people on Element's SDK with accounts on one homeserver; `end` closes their clients."""

    def __init__(self, server: Synapse, node: Node) -> None:
        self._server = server
        self._node = node
        self._people: list[ElementPerson] = []

    async def person(self, name: str, account: Account | None = None) -> ElementPerson:
        """Somebody who has not logged in yet: on a new account, or on another device of that one."""
        account = account or await self._server.register(f"{name}-element-{next(_numbers)}", _PASSWORD)
        person = ElementPerson(self._node, self._server.url, account, name)
        self._people.append(person)
        return person

    async def started(self, name: str) -> ElementPerson:
        """Somebody with a new account and identity."""
        person = await self.person(name)
        await person.start()
        return person

    async def end(self) -> None:
        for person in self._people:
            if person.device_id:
                await person.stop()


@dataclass(frozen=True, slots=True)
class ElementHome:
    """A group: its handle, home room, a steward and a member."""

    handle: str
    room: str
    steward: ElementPerson
    member: ElementPerson


@dataclass(slots=True)
class ElementStage:
    """Who takes part: a running bot, two homes, and whoever else is made with `elements`."""

    elements: Elements
    bot: BotProcess
    homes: list[ElementHome] = field(default_factory=list)

    @property
    def manila(self) -> ElementHome:
        return self.homes[0]

    @property
    def oaxaca(self) -> ElementHome:
        return self.homes[1]

    async def home(self, handle: str, language: str, zone: str) -> ElementHome:
        """Found a group."""
        steward, member = await asyncio.gather(
            self.elements.started(f"{handle}-steward"), self.elements.started(f"{handle}-member")
        )
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
async def element_stage(elements: Elements, bot: BotProcess) -> AsyncIterator[ElementStage]:
    """Manila with English and Oaxaca with Spanish, twins, on the running `bot`; ended in the end."""
    stage = ElementStage(elements, bot)
    try:
        one, other = await asyncio.gather(
            stage.home("manila", "en", "Asia/Manila"), stage.home("oaxaca", "es", "America/Mexico_City")
        )
        stage.homes = [one, other]
        await talk.make_twins(bot.user_id, (one.steward, one.room, one.handle), (other.steward, other.room))
        yield stage
    finally:
        await elements.end()
