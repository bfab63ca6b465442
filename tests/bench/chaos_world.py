"""A small world to put to the test: a homeserver, a hub group with its twins, their people, the bot.

Every dispatch carries a token of its own, by which its copies are counted in what the twins' clients
decrypted. Used by `tests.bench.chaos` and by the tests of the promises.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from bot.demo import talk
from bot.demo.bot_process import BotProcess
from bot.demo.person import Person
from bot.demo.synapse import Account, Synapse
from bot.demo.timeline import Seen, Shown
from tests.integration.proxy import FaultProxy

PASSWORD = "a long password"
TWINS: tuple[tuple[str, str], ...] = (("oaxaca", "es"), ("davao", "en"))
_TOKEN = re.compile(r"\bzq[0-9a-f]{10}\b")
_TOLD = ("delivered", "not sent", "withdrawn", "llegó", "no se")  # English and Spanish
_numbers = itertools.count(1)


def token() -> str:
    """A word that stands in one message and in its copies, and nowhere else."""
    return f"zq{uuid4().hex[:10]}"


@dataclass(slots=True)
class Home:
    """A group: its steward, who also reads what arrives, and its room."""

    handle: str
    language: str
    steward: Person
    room: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that has to arrive once in each of `targets`. `sent_at` in seconds since 1970.

    `is_dispatch`: its author is told what became of it (messages of a thread are told only if lost).
    """

    token: str
    origin: str
    source: Home
    targets: tuple[Home, ...]
    sent_at: float
    is_dispatch: bool


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a number of copies. Every list names tokens with their target, `told` only counts."""

    copies: int
    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    told: int = 0

    @property
    def clean(self) -> bool:
        """Whether each copy arrived once, readable, in order."""
        return not (self.lost or self.doubled or self.unreadable or self.disordered)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.copies + other.copies,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.unreadable + other.unreadable,
            self.disordered + other.disordered,
            self.told + other.told,
        )


@dataclass(slots=True)
class World:
    """Everything that runs; the bot reaches the server through the proxy.

    `sent` is what has to arrive, in the order in which it was written.
    """

    server: Synapse
    proxy: FaultProxy
    bot: BotProcess
    hub: Home
    twins: list[Home]
    sent: list[Sent] = field(default_factory=list)
    _tokens: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def homes(self) -> list[Home]:
        return [self.hub, *self.twins]

    @property
    def people(self) -> list[Person]:
        return [home.steward for home in self.homes]

    def targets_of(self, source: Home) -> tuple[Home, ...]:
        """Where a dispatch of this group goes."""
        return tuple(self.twins) if source is self.hub else (self.hub,)

    async def write(self, source: Home, words: str, *, prefix: str = "", thread: str | None = None) -> Sent:
        """The steward writes something that has to reach the twins; a token is put behind the words."""
        mark, at = token(), time.time()
        origin = await source.steward.say(source.room, f"{prefix}{words} {mark}", thread=thread)
        sent = Sent(mark, origin, source, self.targets_of(source), at, is_dispatch=bool(prefix))
        self.sent.append(sent)
        return sent

    async def dispatch(self, source: Home | None = None, words: str = "We won the hearing.") -> Sent:
        """The steward sends a dispatch."""
        return await self.write(source or self.hub, words, prefix="!dispatch ")

    async def calm(self) -> None:
        """No faults any more, and the bot runs."""
        self.proxy.clear()
        await self.proxy.accept()
        if not self.bot.running:
            await self.bot.start()

    async def fenced(self, within: float = 60.0) -> Tally:
        """Calm, then one dispatch of each group, and wait until all has arrived and every author was told.

        What comes after the last dispatch cannot be a late double, since order is kept. Raises TimeoutError.
        """
        await self.calm()
        for home in self.homes:
            await self.dispatch(home, "Fence.")
        await self.arrived(within=within)
        await self.settled()
        return self.tally()

    # What came of it

    def relayed(self, home: Home) -> list[tuple[str, Seen]]:
        """The copies that the steward's client has decrypted in its room, in their order, with the token."""
        found = []
        for message in home.steward.rooms[home.room].messages():
            if message.event_id not in self._tokens:
                own = message.sender == self.bot.user_id and message.msgtype == "m.text"
                marks = _TOKEN.findall(message.body) if own and not message.edits else []
                self._tokens[message.event_id] = tuple(dict.fromkeys(marks))
            found += [(mark, message) for mark in self._tokens[message.event_id]]
        return found

    def answers(self, home: Home) -> dict[str, Shown]:
        """The bot's first answers in a room, by the message answered, as its steward sees them now."""
        found: dict[str, Shown] = {}
        for shown in self._said(home):
            found.setdefault(shown.reply_to or "", shown)
        return found

    def _said(self, home: Home) -> list[Shown]:
        """All the bot's answers in a room."""
        screen = home.steward.screen(home.room)
        return [
            shown
            for shown in screen
            if shown.sender == self.bot.user_id and shown.reply_to and shown.readable
        ]

    def ack(self, sent: Sent) -> Shown | None:
        """The bot's answer to a message as its author's screen shows it now."""
        return self.answers(sent.source).get(sent.origin)

    def untold(self) -> list[Sent]:
        """The dispatches whose author was not told yet what became of them."""
        told = self._told()
        return [one for one in self.sent if one.is_dispatch and one.origin not in told]

    def _told(self) -> set[str | None]:
        """The messages of which an answer says what became of them in the end."""
        said = (shown for home in self.homes for shown in self._said(home))
        return {shown.reply_to for shown in said if any(word in shown.body for word in _TOLD)}

    async def acknowledged(self, sent: Sent, within: float = 30.0) -> Shown:
        """Wait for the bot's answer to a message. Raises TimeoutError with the screen."""
        return await talk.answered(
            sent.source.steward, self.bot.user_id, sent.source.room, sent.origin, within=within
        )

    async def root(self, sent: Sent, home: Home) -> str:
        """The root of a dispatch's shared thread in a room: its acknowledgement or its copy."""
        if home is sent.source:
            return (await self.acknowledged(sent)).event_id
        return next(seen.event_id for mark, seen in self.relayed(home) if mark == sent.token)

    def missing(self, sent: Iterable[Sent] | None = None) -> list[str]:
        """The copies that have not arrived yet."""
        arrived = {home.handle: {mark for mark, _ in self.relayed(home)} for home in self.homes}
        wanted = self.sent if sent is None else sent
        return [
            f"{one.token} in {home.handle}"
            for one in wanted
            for home in one.targets
            if one.token not in arrived[home.handle]
        ]

    async def arrived(self, sent: Iterable[Sent] | None = None, within: float = 60.0) -> None:
        """Wait until every copy is readable in its room. Raises TimeoutError naming those that are not."""
        wanted = self.sent if sent is None else list(sent)
        until = time.monotonic() + within
        while missing := self.missing(wanted):
            if time.monotonic() > until:
                raise TimeoutError(f"missing after {within:.0f} s: {missing[:9]}\n{self._last_words()}")
            await asyncio.sleep(0.1)

    async def settled(self, within: float = 60.0) -> None:
        """Wait until every author of a dispatch was told what became of it, and no row waits.

        Raises TimeoutError.
        """
        until = time.monotonic() + within
        while True:
            silent = [one.token for one in self.untold()]
            waiting = self.waiting()
            if not silent and not waiting:
                return
            if time.monotonic() > until:
                raise TimeoutError(f"not told: {silent[:9]}; rows that wait: {waiting}\n{self._last_words()}")
            await asyncio.sleep(0.3)

    def _last_words(self) -> str:
        return f"The end of the bot's log:\n{self.bot.process.last_lines()}"

    def waiting(self) -> int:
        """How many rows of the outbox are not settled."""
        return int(self.look("SELECT COUNT(*) FROM outbox WHERE state IN ('translating', 'waiting')")[0][0])

    def look(self, sql: str, *values: str | int) -> list[Any]:
        """Read the bot's database from outside."""
        path = self.bot.storage / "twinline.db"
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as db:
            return db.execute(sql, values).fetchall()

    def tally(self, sent: Sequence[Sent] | None = None) -> Tally:
        """Count the copies of these messages (of all)."""
        wanted = self.sent if sent is None else list(sent)
        total = Tally(0)
        for home in self.homes:
            total += self._tally_in(home, [one for one in wanted if home in one.targets])
        return total

    def _tally_in(self, home: Home, expected: list[Sent]) -> Tally:
        arrived = [mark for mark, _ in self.relayed(home)]
        lost = [one for one in expected if one.token not in arrived]
        told = len({one.origin for one in lost} & self._told())
        doubled = [one.token for one in expected if arrived.count(one.token) > 1]
        unreadable = [
            seen.event_id
            for seen in home.steward.rooms[home.room].unreadable()
            if seen.sender == self.bot.user_id
        ]
        disordered: list[str] = []
        for source in self.homes:
            order = [one.token for one in expected if one.source is source]
            first = [mark for mark in dict.fromkeys(arrived) if mark in set(order)]
            right = [mark for mark in order if mark in set(first)]
            disordered += [mark for mark, other in zip(first, right, strict=True) if mark != other]

        def named(marks: Iterable[str]) -> tuple[str, ...]:
            return tuple(f"{mark} in {home.handle}" for mark in marks)

        return Tally(
            copies=len(expected),
            lost=named(one.token for one in lost),
            doubled=named(doubled),
            unreadable=named(unreadable),
            disordered=named(disordered),
            told=told,
        )

    def in_clear(self) -> list[str]:
        """Everything of the bot's on the server that is a message and not encrypted. Empty is the promise."""
        readable = ("m.room.message", "m.sticker", "m.reaction")
        own = [event for event in self.server.stored_events() if event["sender"] == self.bot.user_id]
        return [event["event_id"] for event in own if event["type"] in readable]

    def logged(self, marks: Iterable[str]) -> list[str]:
        """Those of the texts that stand in a log of the bot."""
        text = "".join(path.read_text("utf-8", "replace") for path in self.bot.folder.glob("*.log*"))
        return [mark for mark in marks if mark in text]


async def account_on(server: Synapse, name: str) -> Account:
    """A new account; a number makes its name unique."""
    return await server.register(f"{name}.{next(_numbers)}", PASSWORD)


@contextlib.asynccontextmanager
async def world_on(
    server: Synapse,
    folder: Path,
    *,
    twins: Sequence[tuple[str, str]] = TWINS,
    settings: Mapping[str, Any] | None = None,
) -> AsyncIterator[World]:
    """A world in which the hub (in English) is twinned with each of `twins` (handle, language).

    Everything but the homeserver ends with the context.
    """
    async with contextlib.AsyncExitStack() as ending:
        proxy = await ending.enter_async_context(FaultProxy(server.url))
        bot = BotProcess(
            folder,
            proxy.url,
            await account_on(server, "twinline"),
            settings={"log": {"level": "debug", "file": "own.log"}, **(settings or {})},
        )
        ending.push_async_callback(bot.kill)
        homes = []
        for handle, language in [("manila", "en"), *twins]:
            person = Person(server.url, await account_on(server, handle), name=handle)
            ending.push_async_callback(person.stop)
            homes.append(Home(handle, language, person))
        await asyncio.gather(*(home.steward.start() for home in homes), bot.import_phrasebook())
        await bot.start()
        third = await account_on(server, "third")
        await asyncio.gather(*(_settle_in(bot, home, third) for home in homes))
        world = World(server, proxy, bot, homes[0], homes[1:])
        for twin in world.twins:
            hub = world.hub
            await talk.make_twins(
                bot.user_id, (twin.steward, twin.room, twin.handle), (hub.steward, hub.room)
            )
        yield world


async def _settle_in(bot: BotProcess, home: Home, third: Account) -> None:
    """A room with a third person who is only invited: with two it would be a direct chat."""
    home.room = await home.steward.create_room(f"Home of {home.handle}", invite=[third.user_id, bot.user_id])
    await home.steward.wait_joined(home.room, bot.user_id)
    await talk.told(home.steward, bot.user_id, home.room, "!group create")
    await talk.found(
        home.steward, bot.user_id, home.room, home.handle, f"People of {home.handle}", language=home.language
    )
    await talk.ask(home.steward, bot.user_id, home.room, "!group set threadconfirm off")
