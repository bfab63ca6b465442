"""A real homeserver for the session, fresh accounts for each test, people and bots that end with it."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.synapse import Account, Synapse
from bot.matrix import history
from tests.bench.chaos_world import World, world_on
from tests.element.node import Node
from tests.element.stage import Elements, ElementStage, element_stage
from tests.integration.proxy import FaultProxy

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def synapse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    """The homeserver of all tests, with its rate limits lifted."""
    async with Synapse(tmp_path_factory.mktemp("synapse"), name="test.localhost") as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_synapse(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    """A homeserver that only the tests of one file use, for those that look at everything it keeps."""
    async with Synapse(tmp_path_factory.mktemp("own-synapse"), name="own.localhost") as server:
        yield server


@dataclass(frozen=True, slots=True)
class Home:
    """A group on the stage of a test."""

    handle: str
    room: str
    steward: Person
    member: Person


class Cast:
    """Makes accounts with names of their own, and people and bots on them; ends them with the test."""

    def __init__(self, server: Synapse, folder: Path, models: Path | None = None) -> None:
        """`models` is where the phrasebook lies once a bot has installed it, for the others to copy."""
        self.server = server
        self._models = models
        self.folder = folder
        self._people: list[Person] = []
        self._bots: list[BotProcess] = []

    async def account(
        self, name: str = "somebody", *, admin: bool = False, on: Synapse | None = None
    ) -> Account:
        """A new account; a number makes its name unique."""
        return await (on or self.server).register(f"{name}-{next(_numbers)}", "a long password", admin=admin)

    async def person(
        self,
        name: str = "somebody",
        *,
        device_of: Person | None = None,
        on: Synapse | None = None,
        homeserver: str | None = None,
        limit: int = 100,
        cross_sign: bool = True,
    ) -> Person:
        """Somebody with a signed device, logged in and following their rooms.

        With `device_of` another device of somebody who exists; `homeserver` may be a proxy;
        `on` is another homeserver than that of all tests.
        """
        person = Person(
            homeserver or (on or self.server).url,
            device_of.account if device_of else await self.account(name, on=on),
            name=name,
            limit=limit,
            cross_sign=cross_sign,
            identity=device_of.machine.identity if device_of else None,
        )
        self._people.append(person)
        await person.start()
        return person

    async def bot(
        self,
        *,
        homeserver: str | None = None,
        account: Account | None = None,
        settings: Mapping[str, Any] | None = None,
        name: str = "twinline",
        phrasebook: bool = False,
    ) -> BotProcess:
        """A bot with an account and a folder of its own, not started yet; with or without translation."""
        account = account or await self.account(name)
        folder = self.folder / account.user_id[1:].partition(":")[0]
        process = BotProcess(folder, homeserver or self.server.url, account, settings=settings)
        self._bots.append(process)
        if phrasebook:
            await self._learn(process)
        return process

    async def _learn(self, process: BotProcess) -> None:
        """The bot has the phrasebook: it takes three seconds to install, once."""
        own = process.storage / "models"
        if self._models is None or not self._models.exists():
            await process.import_phrasebook()
            if self._models is not None:
                await asyncio.to_thread(shutil.copytree, own, self._models)
        else:
            process.write_config()
            await asyncio.to_thread(shutil.copytree, self._models, own)

    async def home(
        self, process: BotProcess, handle: str = "manila", language: str = "en", zone: str = "Asia/Manila"
    ) -> Home:
        """A group with a steward and a member, founded in a room of theirs with the running bot."""
        steward = await self.person(f"{handle}-steward")
        member = await self.person(f"{handle}-member")
        room = await talk.open_room(steward, process.user_id, handle.title(), [member])
        name = f"Tenants of {handle.title()}"
        await talk.found(steward, process.user_id, room, handle, name, language=language, zone=zone)
        return Home(handle, room, steward, member)

    async def twins(self, process: BotProcess) -> tuple[Home, Home]:
        """Two homes that are twins, Manila with English and Oaxaca with Spanish."""
        one = await self.home(process)
        other = await self.home(process, "oaxaca", "es", "America/Mexico_City")
        await talk.make_twins(
            process.user_id, (one.steward, one.room, one.handle), (other.steward, other.room)
        )
        return one, other

    async def end(self) -> None:
        for process in self._bots:
            await process.kill()
        for person in self._people:
            await person.stop()


@pytest.fixture(scope="session")
def installed_phrasebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the phrasebook lies once a bot has installed it."""
    return tmp_path_factory.mktemp("phrasebook") / "models"


@pytest_asyncio.fixture(loop_scope="session")
async def cast(synapse: Synapse, tmp_path: Path, installed_phrasebook: Path) -> AsyncIterator[Cast]:
    """Who takes part in the test."""
    everybody = Cast(synapse, tmp_path, installed_phrasebook)
    try:
        yield everybody
    finally:
        await everybody.end()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def lasting_cast(
    synapse: Synapse, tmp_path_factory: pytest.TempPathFactory, installed_phrasebook: Path
) -> AsyncIterator[Cast]:
    """Who takes part in the tests of one file, which share them since it takes a while to set them up."""
    everybody = Cast(synapse, tmp_path_factory.mktemp("cast"), installed_phrasebook)
    try:
        yield everybody
    finally:
        await everybody.end()


@pytest_asyncio.fixture(loop_scope="session")
async def proxy(synapse: Synapse) -> AsyncIterator[FaultProxy]:
    """A homeserver address at which things go wrong on demand."""
    async with FaultProxy(synapse.url) as between:
        yield between


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot asks for ten events at once, so that less has to be written to fill an answer and a page."""
    monkeypatch.setattr(history, "PAGE", 10)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def lasting_world(synapse: Synapse, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A group with two twins, shared by the tests of the promises, since it takes a while to set up."""
    async with world_on(synapse, tmp_path_factory.mktemp("world") / "bot") as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def world(lasting_world: World) -> World:
    """The same, without faults and with its bot running."""
    await lasting_world.calm()
    return lasting_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Node]:
    """The process of the people on Element's SDK."""
    async with Node(tmp_path_factory.mktemp("node") / "node.log") as process:
        yield process


@pytest_asyncio.fixture(loop_scope="session")
async def elements(synapse: Synapse, node: Node) -> AsyncIterator[Elements]:
    """Makes people on Element's SDK, who end with the test."""
    everybody = Elements(synapse, node)
    try:
        yield everybody
    finally:
        await everybody.end()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def element(
    synapse: Synapse, node: Node, tmp_path_factory: pytest.TempPathFactory, installed_phrasebook: Path
) -> AsyncIterator[ElementStage]:
    """Two twin groups on Element's SDK, shared by the tests, which leave the bot running."""
    cast = Cast(synapse, tmp_path_factory.mktemp("element"), installed_phrasebook)
    try:
        process = await cast.bot(phrasebook=True)
        await process.start()
        async with element_stage(Elements(synapse, node), process) as stage:
            yield stage
    finally:
        await cast.end()
