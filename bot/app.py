"""The composition root: builds each object once, runs the loops, stops them in order."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot.clock import SystemClock, ticks
from bot.config import Config
from bot.domain.incoming import Batch, Tick
from bot.domain.rates import Rates
from bot.domain.trust import Audience
from bot.handlers.context import House
from bot.handlers.nouns import all_nouns
from bot.handlers.router import Router
from bot.handlers.standing import audience_of
from bot.i18n import Catalogs
from bot.matrix.session import MatrixSession, SessionSettings
from bot.media.process import ProcessCleaner
from bot.mt.build import build, names, servers
from bot.pipeline.clean import Cleaning
from bot.pipeline.ports import Refused, Unavailable
from bot.pipeline.receive import Receiver, waits
from bot.pipeline.send import Sender
from bot.pipeline.translate import Translating
from bot.pipeline.watch import Watch
from bot.storage import actions, clocks, dispatches, inlet, moves, outbox, rooms, schedules, words
from bot.storage.db import Database
from bot.storage.files import Files
from bot.storage.vault import FileVault

log = logging.getLogger(__name__)

CIPHERTEXT_KEPT = timedelta(days=7)
CLEAN_EVERY = timedelta(hours=1)
STOP_WITHIN = 2.0  # seconds for what is in flight
OUTAGE = timedelta(seconds=60)  # without a sync; the server holds one back for 30 s at the most


@dataclass(slots=True)
class App:
    """One running bot."""

    config: Config
    database: Database
    session: MatrixSession
    receiver: Receiver
    sender: Sender
    translating: Translating
    cleaning: Cleaning
    clock: SystemClock
    cleaned: datetime | None = None
    retried: bool = False
    synced: datetime | None = None
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    reporting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises LoggedOut."""
        loops = [
            asyncio.create_task(self._inbound(), name="inbound"),
            asyncio.create_task(ticks(self.clock, self._tick), name="ticks"),
            asyncio.create_task(self.translating.run(), name="translating"),
            asyncio.create_task(self.cleaning.run(), name="cleaning"),
            asyncio.create_task(self._outbound(), name="sender"),
        ]
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            done, _ = await asyncio.wait([*loops, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                await task
        finally:
            for task in (stopping, *loops[:-1]):
                task.cancel()
            self.sender.stop()
            await asyncio.wait([loops[-1]], timeout=STOP_WITHIN)
            loops[-1].cancel()
            await asyncio.gather(stopping, *loops, return_exceptions=True)

    async def _inbound(self) -> None:
        tell = self.receiver.single
        await Watch(self.session.inbound, self.clock, self._cursor, self._batch, tell).run()

    async def _cursor(self) -> str | None:
        async with self.database.reading() as tx:
            return await inlet.cursor(tx)

    async def _outbound(self) -> None:
        """Send only once it is known what happened while the bot was away: a pause, a withdrawal."""
        await self.caught_up.wait()
        await self.sender.run()

    async def _batch(self, batch: Batch) -> None:
        if batch.sessions or not self.retried:  # first, since what waits for its key is older
            await self._late_keys(None if not self.retried else sorted(batch.sessions))
        await self.receiver.batch(batch)
        if not batch.synced:
            return
        now = self.clock.now()
        if self.synced is None or now - self.synced > OUTAGE:
            await self.receiver.single(Tick(now, self.clock.running()))  # what was due while it was away
            self.sender.try_again()
        self.synced = now
        self.caught_up.set()
        await self._write_health()

    async def _late_keys(self, sessions: Sequence[str] | None) -> None:
        """Read what could not be read until its key came; at start, everything that was kept."""
        try:
            async with self.database.reading() as tx:
                kept = await inlet.undecrypted(tx, sessions)
            for raw in kept:
                message = await self.session.inbound.retry(raw)
                if message is not None:
                    await self.receiver.single(message)
        except (Unavailable, Refused) as error:
            log.warning("an event whose key came late is tried again later: %s", error)
            self.retried = False
        except Exception as error:
            if not waits(error):
                raise
            log.warning("an event whose key came late is tried again later: %s", error)
            self.retried = False
        else:
            self.retried = True

    async def _tick(self, tick: Tick) -> None:
        await self.receiver.single(tick)
        self.sender.wake()
        self.translating.wake()
        self.cleaning.wake()
        try:
            await self.cleaning.tidy()
            if self.cleaned is None or abs(tick.at - self.cleaned) > CLEAN_EVERY:
                await self._forget(tick.at)
                self.cleaned = tick.at
            await self.database.scrub()
        except Exception as error:
            if not waits(error):
                raise
            log.warning("old words are erased later: %s", error)
        await self._write_health()

    async def _forget(self, now: datetime) -> None:
        kept = self.config.retention
        async with self.database.tx() as tx:
            if await clocks.is_held(tx):
                return
            await inlet.forget_before(tx, now - timedelta(days=kept.seen_days), now - CIPHERTEXT_KEPT)
            mapped = now - timedelta(days=kept.map_days)
            await outbox.forget_before(tx, now - timedelta(days=kept.failed_days), mapped)
            await dispatches.forget_before(tx, mapped)
            await moves.forget_before(tx, mapped)
            await schedules.forget_before(tx, mapped)
            await actions.forget_unlinked(tx)

    async def _write_health(self) -> None:
        """For `twinline health`, which notices when this is not written any more."""
        try:
            async with self.reporting:  # syncs and ticks report; two at a time would spoil the file
                async with self.database.reading() as tx:
                    waiting = await outbox.oldest_waiting(tx, self.clock.now())
                state = {
                    "last_sync": self.synced.isoformat() if self.synced else None,
                    "trouble": self.session.trouble,
                    "oldest_waiting": waiting.isoformat() if waiting else None,
                    "dropped": {why.value: count for why, count in self.session.dropped.items()},
                }
                await asyncio.to_thread(_replace, self.config.health_file, json.dumps(state))
        except Exception as error:
            if not (waits(error) or isinstance(error, OSError)):
                raise
            log.warning("the state of health cannot be written: %s", error)


def _replace(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old or the new one, whole."""
    fresh = path.with_suffix(".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _installation_key(path: Path) -> bytes:
    """The key of this installation: made once, 32 bytes, readable by the bot alone."""
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii"))
    except FileNotFoundError:
        key = secrets.token_bytes(32)
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(key.hex())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return key


async def serve(config: Config, password: Callable[[], str]) -> None:
    """Build the bot and run it until SIGTERM or SIGINT.

    Raises DatabaseError, CannotStart, LoggedOut, Unavailable with a sentence for the host.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        building = asyncio.create_task(_build(config, password, stack), name="start")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        await asyncio.wait([building, stopping], return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not building.done():  # the start may wait for the homeserver, and the host must not
            building.cancel()
            await asyncio.wait([building])
            return
        app = building.result()
        log.info("twinline is ready")
        await app.run(stop)


async def _build(config: Config, password: Callable[[], str], stack: AsyncExitStack) -> App:
    clock = SystemClock()
    database = await Database.open(config.database)
    stack.push_async_callback(database.close)
    key = await asyncio.to_thread(_installation_key, config.storage / "installation.key")
    catalogs = await asyncio.to_thread(Catalogs.load)
    vault = FileVault(config.storage / "audits")

    async def seen(event_ids: Sequence[str]) -> set[str]:
        return await database.ask(lambda tx: inlet.seen_among(tx, event_ids, vault))

    async def audience(room_id: str) -> Audience:
        async with database.reading() as tx:
            return await audience_of(tx, room_id, session.transport.user_id)

    async with database.reading() as tx:
        pinned = await rooms.pinned(tx)
    settings = SessionSettings(config.homeserver, config.account, password, config.storage, config.secret())
    session = MatrixSession(settings, clock, seen, pinned, audience)
    await session.start()
    stack.push_async_callback(session.close)
    translator = build(config)
    stack.push_async_callback(translator.close)
    house = House(
        me=session.transport.user_id,
        key=key,
        host_name=config.host_name,
        hosts=frozenset(config.hosts),
        inviters=frozenset(config.inviters),
        language=config.language,
        engines=names(config),
        servers=servers(config),
        catalogs=catalogs,
        vault=vault,
        rates=Rates(config.rates.person, config.rates.group),
    )
    router = Router(house, all_nouns())

    def wake() -> None:
        translating.wake()
        cleaning.wake()
        sender.wake()

    receiver = Receiver(database, router, clock, wake)
    files = Files(config.files)
    sender = Sender(database, router, session.transport, clock, receiver.single, files)
    translating = Translating(database, translator, clock, sender.wake, receiver.single, words.glossary)
    cleaner = ProcessCleaner(files)
    cleaning = Cleaning(database, session.transport, cleaner, files, clock, came=receiver.single)
    return App(config, database, session, receiver, sender, translating, cleaning, clock)
