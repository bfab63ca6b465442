"""A stage for handlers: a real database, the real router and inlet, no network.

People are members of rooms; `say` puts a message through the inlet, `heard` reads what the bot
would send into a room, worded in the room's language. Rows are settled by `deliver`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from bot.domain.files import Attached
from bot.domain.incoming import Batch, Message, Redaction, RoomState, StateEvent, Tick
from bot.domain.outgoing import Outgoing, Relay, Say
from bot.domain.trust import Standing
from bot.handlers.context import House, Noun
from bot.handlers.router import Router
from bot.i18n import Catalogs
from bot.pipeline.receive import Receiver
from bot.storage import outbox
from bot.storage.db import Database
from bot.storage.outbox import Entry
from tests.fakes import ME, FakeClock
from tests.unit import ready
from tests.vaults import MemoryVault

__all__ = ["HOST", "ME", "Stage"]

HOST = "@host:here.example"


class Stage:
    """One bot without a homeserver."""

    def __init__(self, database: Database, nouns: Sequence[Noun], catalogs: Catalogs) -> None:
        self.database = database
        self.clock = FakeClock()
        self.catalogs = catalogs
        self.vault = MemoryVault()
        house = House(
            me=ME,
            key=b"k" * 32,
            host_name="Rosa",
            hosts=frozenset({HOST}),
            inviters=frozenset({"here.example"}),
            language="en",
            engines=("argos",),
            catalogs=self.catalogs,
            vault=self.vault,
        )
        self.router = Router(house, nouns)
        self.receiver = Receiver(database, self.router, self.clock, lambda: None)
        self._ids = itertools.count(1)
        self.messages: dict[str, Message] = {}

    @classmethod
    async def open(cls, folder: Path, nouns: Sequence[Noun]) -> Stage:
        return cls(await ready.database(folder / "twinline.db"), nouns, await ready.catalogs())

    def house_without_inviters(self) -> House:
        """The house of a host who lets nobody in but by the rules for members."""
        return replace(self.router.house, inviters=frozenset())

    def _id(self, kind: str) -> str:
        return f"${kind}{next(self._ids)}"

    async def room(
        self, room_id: str, stewards: Sequence[str], members: Sequence[str] = (), *, encrypted: bool = True
    ) -> None:
        """A room with the bot, its stewards (power 100) and members."""
        now = self.clock.now()

        def state(type_: str, key: str, content: dict[str, object]) -> StateEvent:
            return StateEvent(self._id("s"), room_id, stewards[0], now, type_, key, content)

        events = [
            state("m.room.create", "", {"room_version": "10"}),
            state("m.room.power_levels", "", {"users": dict.fromkeys(stewards, 100)}),
            *(state("m.room.member", u, {"membership": "join"}) for u in (ME, *stewards, *members)),
        ]
        if encrypted:
            events.append(state("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}))
        await self.receiver.batch(Batch("c", (RoomState(room_id, tuple(events), complete=True),)))

    async def member(self, room_id: str, user_id: str, membership: str, sender: str | None = None) -> None:
        """A membership changes."""
        event = StateEvent(
            self._id("m"),
            room_id,
            sender or user_id,
            self.clock.now(),
            "m.room.member",
            user_id,
            {"membership": membership},
        )
        await self.receiver.batch(Batch("c", (event,)))

    async def say(
        self,
        room_id: str,
        sender: str,
        body: str,
        *,
        kind: str = "m.text",
        thread: str | None = None,
        reply_to: str | None = None,
        edits: str | None = None,
        mentions: Sequence[str] = (),
        standing: Standing = Standing.SIGNED,
        file: Attached | None = None,
    ) -> str:
        """A person writes; returns the event id."""
        event_id = self._id("e")
        message = Message(
            event_id,
            room_id,
            sender,
            self.clock.now(),
            kind,
            body,
            thread,
            reply_to,
            edits,
            frozenset(mentions),
            standing=standing,
            file=file,
        )
        self.messages[event_id] = message
        await self.receiver.batch(Batch("c", (message,)))
        return event_id

    async def remove(self, room_id: str, sender: str, event_id: str) -> None:
        """A message is deleted."""
        await self.receiver.batch(
            Batch("c", (Redaction(self._id("r"), room_id, sender, self.clock.now(), event_id),))
        )

    async def tick(self, **later: float) -> None:
        """Time passes (timedelta's keywords), the homeserver is heard, then the clock ticks."""
        self.clock.at += timedelta(**later)
        await self.receiver.batch(Batch("c", ()))
        await self.tick_unheard()

    async def tick_unheard(self, **later: float) -> None:
        """The same while the homeserver is away."""
        self.clock.at += timedelta(**later)
        await self.receiver.single(Tick(self.clock.now(), self.clock.running()))

    async def waiting(self, room_id: str) -> list[Entry]:
        """The rows that wait for a room, in their order."""
        async with self.database.tx() as tx:
            rows = await tx.all(
                "SELECT * FROM outbox WHERE room_id = ? AND state IN ('translating', 'waiting')"
                " ORDER BY rank, id",
                room_id,
            )
        return [outbox.entry_of(row) for row in rows]

    def word(self, outgoing: Outgoing) -> str:
        """An outgoing in words, as its reader would get it, untranslated."""
        if isinstance(outgoing, Say):
            said = [[self.catalogs.say(line, one) for line in outgoing.lines] for one in outgoing.languages]
            quote = [outgoing.quote.text] if outgoing.quote is not None else []
            return "\n".join([*(line for lines in said for line in lines), *quote])
        if isinstance(outgoing, Relay):
            header = self.catalogs.say(outgoing.header, outgoing.target) if outgoing.header else ""
            return f"[{header}] {outgoing.words.text}"
        return outgoing.kind

    async def deliver(self, room_id: str) -> list[str]:
        """Settle everything that waits for a room as sent; what it said."""
        said = []
        for entry in await self.waiting(room_id):
            assert entry.payload is not None
            said.append(self.word(entry.payload))
            async with self.database.tx() as tx:
                await outbox.settle_sent(tx, entry, self._id("sent"), self.clock.now())
                if entry.dispatch is not None:
                    for one in await self.router.settled(tx, entry, self.clock.now()):
                        await outbox.add(tx, one, entry.source, self.clock.now())
        return said

    async def ask(self, room_id: str, sender: str, body: str, **more: object) -> str:
        """A person writes, the bot's answers in that room come back as one text."""
        await self.deliver(room_id)
        await self.say(room_id, sender, body, **more)  # type: ignore[arg-type]  # passed through
        return "\n".join(await self.deliver(room_id))

    async def close(self) -> None:
        await self.database.close()
