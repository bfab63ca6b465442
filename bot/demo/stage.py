"""What the chapters play on: the homeserver, the bot, four people in two groups, their rooms."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo import talk
from bot.demo.board import Board, Column
from bot.demo.bot_process import BotProcess
from bot.demo.ledger import Crossing, Ledger
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.demo.timeline import Seen, Shown

SERVER_NAME = "demo.localhost"
JOINT_NAME = "Manila and Oaxaca"


@dataclass(slots=True)
class Group:
    """One group on the stage: its steward, another member, whose screen is shown, and its home room."""

    handle: str
    name: str
    language: str
    zone: str
    steward: Person
    member: Person
    yes: str
    room: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """How a message crosses: as a command, in the thread under `thread`, or in the joint room `room`."""

    prefix: str = ""
    thread: str | None = None
    room: str = ""


@dataclass(slots=True)
class Stage:
    """Everything that runs. Chapters act through it, so that all they send is in the ledger."""

    folder: Path
    board: Board
    server: Synapse
    bot: BotProcess
    manila: Group
    oaxaca: Group
    ledger: Ledger = field(default_factory=Ledger)
    joint_room: str = ""
    _sent: Counter[str] = field(default_factory=Counter)

    @property
    def people(self) -> list[Person]:
        return [self.manila.steward, self.manila.member, self.oaxaca.steward, self.oaxaca.member]

    def other(self, group: Group) -> Group:
        """The twin."""
        return self.oaxaca if group is self.manila else self.manila

    def watch(self, rooms: list[tuple[str, str]]) -> None:
        """Show two rooms (title and id), the left as Manila's member sees it, the right as Oaxaca's."""
        names = {person.user_id: person.name for person in self.people} | {self.bot.user_id: "Twinline"}
        viewers = (self.manila.member, self.oaxaca.member)
        columns = [
            Column(title, viewer, room, names) for (title, room), viewer in zip(rooms, viewers, strict=True)
        ]
        self.board.watch(columns, self._seconds)

    def _seconds(self, message: Shown | Seen) -> float | None:
        """How long a message took from being sent to being read, if it is one that crossed."""
        crossing = self.ledger.find(message)
        return None if crossing is None else message.seen_at - crossing.sent_at

    async def answered(self, person: Person, room: str, event_id: str) -> Shown:
        """Wait for the bot's answer to a message."""
        return await talk.answered(person, self.bot.user_id, room, event_id)

    async def command(self, person: Person, room: str, text: str) -> Shown:
        """Type a command and wait for the answer."""
        return await talk.ask(person, self.bot.user_id, room, text)

    async def cross(self, name: str, writer: Person, text: str, expected: str | None, way: Way) -> Crossing:
        """Somebody writes a message that has to be read by the twin; it is noted in the ledger first."""
        group = self.manila if writer in (self.manila.steward, self.manila.member) else self.oaxaca
        twin = self.other(group)
        room = way.room or group.room
        crossing = Crossing(
            name=name,
            text=text,
            expected=expected,
            origin="",
            source_room=room,
            target_room=way.room or twin.room,
            reader=twin.member,
            bot=self.bot.user_id,
            sent_at=time.time(),
            in_place=bool(way.room),
        )
        self.ledger.crossings.append(crossing)
        crossing.origin = await writer.say(room, f"{way.prefix}{text}", thread=way.thread)
        return crossing

    async def dispatch(self, group: Group, text: str, expected: str | None) -> Crossing:
        """A steward sends a dispatch."""
        self._sent[group.handle] += 1
        name = f"{group.handle}-{self._sent[group.handle]}"
        return await self.cross(name, group.steward, text, expected, Way(prefix="!dispatch "))

    async def arrived(self, crossing: Crossing, within: float = 45.0) -> Shown:
        """Wait until the reader's screen shows it, and let the audience read it."""
        shown = await crossing.reader.wait_for(crossing.target_room, crossing.carries, within)
        crossing.was_read = True
        await asyncio.sleep(self.board.pace)
        return shown
