"""Each port, once as the fake and once as the real thing."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio

from bot.demo.person import Person
from bot.domain.incoming import Message
from bot.domain.post import Asked, Closed
from bot.mt.client import WorkerTranslator
from bot.pipeline.ports import Translator, Transport
from tests.fakes import FakeTranslator, FakeTransport
from tests.integration.conftest import Cast, cast, installed_phrasebook, synapse
from tests.integration.session_host import SessionHost
from tests.phrasebook import fixtures

__all__ = ["cast", "installed_phrasebook", "synapse"]  # fixtures


_POLL, _TEXT = "org.matrix.msc3381.poll", "org.matrix.msc1767.text"


class World(Protocol):
    """A bot, and a person who shares rooms with it."""

    @property
    def transport(self) -> Transport: ...

    @property
    def person_id(self) -> str: ...

    async def enter(self, room_id: str) -> None:
        """The person accepts the invitation."""
        ...

    async def polls(self, room_id: str) -> list[tuple[str, list[str], bool]]:
        """The polls that the person has in the room, once the last has ended: question, answers, end."""
        ...

    async def room(self, *, encrypted: bool = True) -> str:
        """A room with both."""
        ...

    async def invite(self) -> str:
        """A room with the person; the bot is invited."""
        ...

    async def say(self, room_id: str, text: str) -> str:
        """The person writes."""
        ...

    async def edit(self, room_id: str, event_id: str, text: str) -> None:
        """The person edits."""
        ...

    async def delete(self, room_id: str, event_id: str) -> None:
        """The person deletes."""
        ...

    async def read(self, room_id: str, text: str) -> list[str]:
        """What the person reads in the room, once the text is there."""
        ...

    async def opens(self, room_id: str, name: str) -> list[tuple[str, bytes]]:
        """What the person finds in the files of that name, once one is there; each with its address."""
        ...

    async def gone(self, room_id: str, event_id: str) -> bool:
        """Whether the person sees the message no more, after a moment."""
        ...


class FakeWorld:
    def __init__(self) -> None:
        self.transport = FakeTransport()
        self.person_id = "@ana:here.example"
        self._numbers = itertools.count(1)

    async def enter(self, room_id: str) -> None:
        pass

    async def polls(self, room_id: str) -> list[tuple[str, list[str], bool]]:
        found = self.transport.room(room_id).polls
        ended = {one.poll for one in found.values() if isinstance(one, Closed)}
        return [
            (one.question, [words for _, words in one.answers], name in ended)
            for name, one in found.items()
            if isinstance(one, Asked)
        ]

    async def room(self, *, encrypted: bool = True) -> str:
        room_id = f"!room{next(self._numbers)}:here.example"
        self.transport.room(room_id, encrypted=encrypted)
        return room_id

    async def invite(self) -> str:
        room_id = await self.room()
        room = self.transport.room(room_id)
        room.joined, room.invited = False, True
        return room_id

    async def say(self, room_id: str, text: str) -> str:
        event_id, at = f"$said{next(self._numbers)}", datetime.now(UTC)
        room = self.transport.room(room_id)
        room.people[event_id] = Message(event_id, room_id, "@ana:here.example", at, "m.text", text)
        return event_id

    async def edit(self, room_id: str, event_id: str, text: str) -> None:
        people = self.transport.room(room_id).people
        people[event_id] = replace(people[event_id], body=text)

    async def delete(self, room_id: str, event_id: str) -> None:
        self.transport.room(room_id).people.pop(event_id)

    async def read(self, room_id: str, text: str) -> list[str]:
        return self.transport.texts(room_id)

    async def opens(self, room_id: str, name: str) -> list[tuple[str, bytes]]:
        found = [one.file.url for one in self.transport.room(room_id).attachments.values()]
        return [(url, self.transport.media[url]) for url in found]

    async def gone(self, room_id: str, event_id: str) -> bool:
        return event_id not in self.transport.room(room_id).shown


class RealWorld:
    """A Synapse, a session of the bot's, and somebody with an encrypted client."""

    def __init__(self, host: SessionHost, person: Person) -> None:
        self.host = host
        self.person = person

    @property
    def transport(self) -> Transport:
        return self.host.transport

    @property
    def person_id(self) -> str:
        return self.person.user_id

    async def enter(self, room_id: str) -> None:
        await self.person.join(room_id)

    async def polls(self, room_id: str) -> list[tuple[str, list[str], bool]]:
        seen = self.person.rooms[room_id].events
        await self.person.wait_until(
            lambda: any(one.type == f"{_POLL}.end" for one in seen), 30, "the end of the poll"
        )
        ended = {one.content["m.relates_to"]["event_id"] for one in seen if one.type == f"{_POLL}.end"}
        starts = [one for one in seen if one.type == f"{_POLL}.start"]
        return [
            (
                one.content[one.type]["question"][_TEXT],
                [answer[_TEXT] for answer in one.content[one.type]["answers"]],
                one.event_id in ended,
            )
            for one in starts
        ]

    async def room(self, *, encrypted: bool = True) -> str:
        room_id = await self.person.create_room("Home", invite=[self.host.user_id], encrypted=encrypted)
        await self.person.wait_joined(room_id, self.host.user_id)
        return room_id

    async def invite(self) -> str:
        self.host._joins = False
        return await self.person.create_room("Home", invite=[self.host.user_id])

    async def say(self, room_id: str, text: str) -> str:
        event_id = await self.person.say(room_id, text)
        await self.host.hear(room_id, text)
        return event_id

    async def edit(self, room_id: str, event_id: str, text: str) -> None:
        await self.person.edit(room_id, event_id, text)
        await self.host.hear(room_id, text)

    async def delete(self, room_id: str, event_id: str) -> None:
        await self.person.redact(room_id, event_id)

    async def read(self, room_id: str, text: str) -> list[str]:
        await self.person.wait_for(room_id, text)
        return [shown.body for shown in self.person.screen(room_id)]

    async def opens(self, room_id: str, name: str) -> list[tuple[str, bytes]]:
        await self.person.wait_for(room_id, name)
        files = [
            dict(shown.first.content["file"]) for shown in self.person.screen(room_id) if shown.body == name
        ]
        return [(file["url"], await self.person.opened(file)) for file in files]

    async def gone(self, room_id: str, event_id: str) -> bool:
        try:
            await self.person.wait_until(
                lambda: not self.person.shows(room_id, event_id), 10, "the deletion to arrive"
            )
        except TimeoutError:
            return False
        return True


@pytest_asyncio.fixture(loop_scope="session")
async def real_world(cast: Cast, tmp_path: Path) -> AsyncIterator[RealWorld]:
    host = SessionHost(cast.server.url, await cast.account("bot"), tmp_path / "bot")
    await host.start()
    yield RealWorld(host, await cast.person("ana"))
    await host.stop()


@pytest.fixture(params=["fake", "real"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    found: World = request.getfixturevalue("real_world")
    return found


PHRASES = {
    ("en", "es"): {
        "We won the hearing.": "Ganamos la audiencia.",
        "Good morning": "Buenos días",
        "We meet tomorrow.": "Nos reunimos mañana.",
    },
    ("es", "en"): {
        "Ganamos la audiencia.": "We won the hearing.",
        "Buenos días": "Good morning",
        "Nos reunimos mañana.": "We meet tomorrow.",
    },
}


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=["fake", "real"])
async def translator(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Translator]:
    """The phrasebook, as a table and as a model in the worker process."""
    if request.param == "fake":
        yield FakeTranslator(PHRASES)
        return
    models = await asyncio.to_thread(fixtures.phrasebook, tmp_path_factory.mktemp("models") / "models")
    worker = WorkerTranslator(models, 512)
    yield worker
    await worker.close()
