"""The stage with a way out: the real sender and translating step, a fake homeserver and translator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from bot.domain.files import Attached, Remote
from bot.domain.text import Text
from bot.handlers.nouns import all_nouns
from bot.i18n import Catalogs
from bot.media.process import ProcessCleaner
from bot.pipeline.clean import Cleaning
from bot.pipeline.send import Sender
from bot.pipeline.translate import Translating
from bot.sealed import Sealing
from bot.storage import outbox
from bot.storage.db import Database
from bot.storage.files import Files
from bot.storage.outbox import Entry
from tests.fakes import FakeTranslator, FakeTransport
from tests.unit import ready
from tests.unit.stage import Stage

PHRASES = {
    ("en", "es"): {"We won.": "Ganamos.", "Good morning": "Buenos días", "Thank you.": "Gracias."},
    ("es", "en"): {"Ganamos.": "We won.", "Buenos días": "Good morning", "Gracias.": "Thank you."},
}


class Theatre(Stage):
    """One bot whose messages arrive. `play` works until nothing is due; `running` runs the loops."""

    def __init__(
        self, database: Database, catalogs: Catalogs, transport: FakeTransport, folder: Path | None = None
    ) -> None:
        super().__init__(database, all_nouns(), catalogs)
        self.files = Files((folder or Path()) / "files")
        self.transport = transport
        self.translator = FakeTranslator(PHRASES)
        self.start()

    @classmethod
    async def build(cls, folder: Path) -> Theatre:
        database = await ready.database(folder / "twinline.db")
        return cls(database, await ready.catalogs(), FakeTransport(), folder)

    def start(self, device_id: str = "DEVICE") -> None:
        """The process begins, anew: what was in memory is gone."""
        self.transport.device_id = device_id
        self.sender = Sender(
            self.database, self.router, self.transport, self.clock, self.receiver.single, self.files
        )
        self.translating = Translating(
            self.database, self.translator, self.clock, self.sender.wake, self.receiver.single
        )
        self.cleaner = ProcessCleaner(self.files)
        self.cleaning = Cleaning(
            self.database, self.transport, self.cleaner, self.files, self.clock, came=self.receiver.single
        )
        self.receiver._wake = self.wake

    def wake(self) -> None:
        self.translating.wake()
        self.sender.wake()

    async def room(
        self, room_id: str, stewards: Sequence[str], members: Sequence[str] = (), *, encrypted: bool = True
    ) -> None:
        self.transport.room(room_id, encrypted=encrypted)
        await super().room(room_id, stewards, members, encrypted=encrypted)

    async def translate(self) -> None:
        """Translate what waits for it."""
        for work in await self.translating.pending():
            await self.translating.step(work)

    async def send(self) -> None:
        """Send what is due, room after room, until nothing is."""
        while True:
            _, rooms = await self.sender._ready()
            if not [True for room_id in rooms if await self.sender.drain(room_id)]:
                return

    async def clean(self) -> None:
        """Look at the files that wait."""
        for entry in await self.cleaning.pending():
            await self.cleaning.step(entry)

    async def attach(self, room_id: str, sender: str, data: bytes, caption: str = "", **more: object) -> str:
        """A person sends a file; returns the event id."""
        sealing, url = Sealing(), f"mxc://here.example/p{len(self.transport.media)}"
        self.transport.media[url] = sealing.add(data)
        file = Attached(Remote(url, sealing.cipher, len(data)), caption)
        more = {"kind": "m.image", **more}
        return await self.say(room_id, sender, caption or "IMG_1.JPG", file=file, **more)  # type: ignore[arg-type]  # passed through

    async def play(self) -> None:
        """Clean, translate and send until nothing is due any more."""
        await self.clean()
        await self.translate()
        await self.send()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The loops of translating and sending run meanwhile; what ends one by itself is raised."""
        loops = [asyncio.create_task(self.translating.run()), asyncio.create_task(self.sender.run())]
        try:
            yield
        finally:
            ended = [task for task in loops if task.done()]
            for task in loops:
                task.cancel()
            await asyncio.wait(loops)
            for task in ended:
                task.result()

    async def rows(self, room_id: str) -> list[Entry]:
        """All rows of a room, whatever became of them."""
        async with self.database.tx() as tx:
            found = await tx.all("SELECT * FROM outbox WHERE room_id = ? ORDER BY id", room_id)
        return [outbox.entry_of(row) for row in found]

    async def row(self, room_id: str, what: str) -> Entry:
        """The last row of a name in a room."""
        return [row for row in await self.rows(room_id) if row.what == what][-1]

    def read(self, room_id: str) -> str:
        """All that people read in a room."""
        return "\n".join(self.transport.texts(room_id))

    def reads(self, room_id: str, sentence: Text, language: str = "es") -> bool:
        """Whether people read this sentence of the catalog in the room."""
        return self.catalogs.say(sentence, language) in self.read(room_id)


async def until(condition: Callable[[], object], within: float = 5.0) -> None:
    """Wait until the condition holds."""
    for _ in range(int(within / 0.005)):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError
