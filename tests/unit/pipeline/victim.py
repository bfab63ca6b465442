"""A bot to be killed: the real pipeline on a real file, with a scripted way in and a homeserver in a file.

`python -m tests.unit.pipeline.victim FOLDER` handles the batches of FOLDER/script.json from where the
database's cursor stands, sends until nothing waits, and ends. A message "!die" kills it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from bot import log
from bot.clock import SystemClock
from bot.domain.incoming import Batch, Incoming, Message, Redaction
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Command, Context, Given, House, Noun, Place, Theme, Who
from bot.handlers.nouns import all_nouns
from bot.handlers.router import Router
from bot.i18n import Catalogs
from bot.pipeline.receive import Receiver
from bot.pipeline.send import Sender
from bot.pipeline.translate import Translating
from bot.storage import inlet
from bot.storage.db import Database
from bot.storage.files import Files
from bot.storage.vault import FileVault
from tests.fakes import ME, FakeTranslator, FakeTransport
from tests.unit.handlers.cast import MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import PHRASES


def house(catalogs: Catalogs, folder: Path) -> House:
    return House(
        me=ME,
        key=b"k" * 32,
        host_name="Rosa",
        hosts=frozenset(),
        inviters=frozenset({"here.example"}),
        language="en",
        engines=("argos",),
        catalogs=catalogs,
        vault=FileVault(folder / "audits"),
    )


async def _die(ctx: Context, given: Given) -> list[Outgoing]:
    os.kill(os.getpid(), signal.SIGKILL)
    return []


DEADLY = Noun(
    commands=(Command(("die",), t("a command"), Theme.START, _die, frozenset(Who), places=frozenset(Place)),)
)


class Script:
    """The way in: batches with their number as cursor."""

    def __init__(self, batches: list[list[dict[str, str]]]) -> None:
        self.batches = batches
        self.over = asyncio.Event()

    async def run(self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]]) -> None:
        for number in range(int(cursor or 0), len(self.batches)):
            await handle(Batch(str(number + 1), tuple(event(one) for one in self.batches[number])))
        self.over.set()
        await asyncio.Event().wait()


def event(line: dict[str, str]) -> Incoming:
    now = datetime.now(UTC)
    if "redacts" in line:
        return Redaction(line["id"], line["room"], line["sender"], now, line["redacts"])
    return Message(line["id"], line["room"], line["sender"], now, "m.text", line["body"])


async def _all_settled(database: Database) -> None:
    for _ in range(3_000):
        async with database.reading() as tx:
            if not await tx.value("SELECT COUNT(*) FROM outbox WHERE settled_at IS NULL"):
                return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def main(folder: Path) -> None:
    clock = SystemClock()
    script = Script(json.loads((folder / "script.json").read_text()))
    database = await Database.open(folder / "twinline.db")
    transport = FakeTransport(log=folder / "sent.jsonl")
    for room_id in (MANILA, MILWAUKEE):
        transport.room(room_id)
    router = Router(house(Catalogs.load(), folder), (DEADLY, *all_nouns()))

    def wake() -> None:
        translating.wake()
        sender.wake()

    receiver = Receiver(database, router, clock, wake)
    files = Files(folder / "files")
    sender = Sender(database, router, transport, clock, receiver.single, files)
    translating = Translating(database, FakeTranslator(PHRASES), clock, sender.wake, receiver.single)
    async with database.reading() as tx:
        cursor = await inlet.cursor(tx)
    loops = [
        asyncio.create_task(one)
        for one in (script.run(cursor, receiver.batch), sender.run(), translating.run())
    ]
    await script.over.wait()
    await _all_settled(database)
    for task in loops:
        task.cancel()
    await asyncio.gather(*loops, return_exceptions=True)
    await database.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    log.set_up("debug")
    logging.getLogger("bot").setLevel(logging.DEBUG)
    asyncio.run(main(Path(sys.argv[1])))
