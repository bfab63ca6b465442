"""A bot to be killed: the real pipeline on a real file, with a scripted way in and a homeserver in a file.

It handles the batches of FOLDER/script.json from where the database's cursor stands, sends until nothing
waits, and ends; what it says is in FOLDER/out and FOLDER/err. A message "!die" kills it.

`python -m tests.unit.pipeline.victim` reads lines of JSON: a folder, the named point to die at, or "", and
the seconds after which it is killed. For each line it forks, since the imports take longer than a victim
lives, and answers when the victim has ended: with its exit code, and whether its time was up.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from bot import log
from bot.clock import SystemClock
from bot.domain.incoming import Batch, Incoming, Message, Redaction
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Command, Context, Given, House, Noun, Place, Theme, Who
from bot.handlers.nouns import all_nouns
from bot.handlers.router import Router
from bot.i18n import Catalogs
from bot.pipeline import points
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


async def live(folder: Path, catalogs: Catalogs) -> None:
    clock = SystemClock()
    script = Script(json.loads((folder / "script.json").read_text()))
    database = await Database.open(folder / "twinline.db")
    transport = FakeTransport(log=folder / "sent.jsonl")
    for room_id in (MANILA, MILWAUKEE):
        transport.room(room_id)
    router = Router(house(catalogs, folder), (DEADLY, *all_nouns()))

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


def _begin(folder: Path, die_at: str, catalogs: Catalogs) -> NoReturn:
    """The life of a process that was just forked."""
    code = 1
    try:
        for descriptor, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), descriptor)
        points._TARGET, points._COUNT = points._read(die_at)
        log.set_up("debug")
        logging.getLogger("bot").setLevel(logging.DEBUG)
        asyncio.run(live(folder, catalogs))
        code = 0
    except BaseException:  # noqa: BLE001 - told in the folder, and nothing of the parent's may run on
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _ended(pid: int, seconds: float) -> tuple[int, bool]:
    """The exit code of a process that has that many seconds, and whether they were up."""
    killed = []

    def kill(*_: object) -> None:
        killed.append(pid)
        os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status = os.waitpid(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return os.waitstatus_to_exitcode(status), bool(killed)


def main() -> None:
    catalogs = Catalogs.load()
    for line in sys.stdin:
        folder, die_at, seconds = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _begin(Path(folder), die_at, catalogs)
        sys.stdout.write(json.dumps(_ended(pid, seconds)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
