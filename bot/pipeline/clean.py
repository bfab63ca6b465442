"""Files that somebody sent: fetched encrypted, cleaned in a process of their own, handed back as an outcome.

Rules:
- What comes from the media server goes to the disk as it is, encrypted; it is removed when the outcome is in.
- A file that is larger than the bot takes is not read to its end. Its hash is compared before it is opened.
- A media server that is away is asked again, with pauses, for GIVE_UP_AFTER.
- What nobody needs any more is erased by `tidy`: at every tick, and so also after a crash.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from bot.domain.files import LARGEST, Enclosed, Refusal, Remote, Sealed
from bot.domain.incoming import Cleaned
from bot.domain.outgoing import Clean
from bot.pipeline.loop import Loop
from bot.pipeline.points import point
from bot.pipeline.ports import Cleaner, Clock, Refused, TooLarge, Transport, Unavailable
from bot.sealed import Checking, Damaged
from bot.storage import enclosures, outbox
from bot.storage.db import Database
from bot.storage.files import Files
from bot.storage.outbox import Entry

log = logging.getLogger(__name__)

GIVE_UP_AFTER = timedelta(hours=6)
AGAIN = timedelta(seconds=10)
AT_ONCE = 2


class Cleaning(Loop[Entry]):
    """Works on the files that wait. `came` takes what came of one into the inlet."""

    def __init__(
        self,
        database: Database,
        transport: Transport,
        cleaner: Cleaner,
        files: Files,
        clock: Clock,
        *,
        came: Callable[[Cleaned], Awaitable[None]],
    ) -> None:
        super().__init__(database, clock)
        self._transport = transport
        self._cleaner = cleaner
        self._files = files
        self._came = came

    async def pending(self) -> list[Entry]:
        """The next files, as many as are worked on at once."""
        async with self._database.reading() as tx:
            found = await outbox.cleaning(tx, self._clock.now(), AT_ONCE + len(self._busy))
        free = [entry for entry in found if entry.id not in self._busy]
        return free[: max(0, AT_ONCE - len(self._busy))]

    def rows(self, work: Entry) -> set[int]:
        return {work.id}

    async def step(self, work: Entry) -> None:
        """Look at one file."""
        entry, wanted = work, work.payload
        if not isinstance(wanted, Clean):
            return
        found = await self._found(entry, wanted)
        if found is None:
            async with self._database.tx() as tx:
                await outbox.postpone(tx, entry, self._clock.now() + AGAIN)
            return
        point("clean:before-outcome")
        await self._came(
            Cleaned(
                event_id=f"cleaned:{entry.id}",
                room_id=entry.room_id,
                asked_in=entry.source,
                topic=wanted.topic,
                by=wanted.by,
                payload=wanted.payload,
                found=found,
            )
        )
        point("clean:after-outcome")
        async with self._database.tx() as tx:
            row = await outbox.load(tx, entry.id)
            if row is not None and row.is_open:
                await outbox.settle_sent(tx, entry, None, self._clock.now())

    async def _found(self, entry: Entry, wanted: Clean) -> Enclosed | str | Refusal | None:
        """What came of it; None while something is in trouble that can pass."""
        name = await asyncio.to_thread(self._files.fresh)  # another one each time: `tidy` may erase the last
        try:
            if not isinstance(wanted.file, Remote):
                return await self._cleaner.clean(wanted.file, blur=wanted.blur)
            sealed = await self._fetched(name, wanted.file)
            point("clean:fetched")
            found = await self._cleaner.clean(sealed, blur=wanted.blur)
            return replace(found, made_from=wanted.file.url) if isinstance(found, Enclosed) else found
        except Unavailable as error:
            log.warning("the media server is away: %s", error)
            return Refusal.AWAY if self._late(entry) else None
        except TooLarge:
            return Refusal.LARGE
        except Refused:
            return Refusal.GONE
        except Damaged:
            return Refusal.SPOILT
        except Exception:  # no room on the disk, no process to be had: it may pass
            log.exception("a file cannot be looked at")
            return Refusal.HEAVY if self._late(entry) else None
        finally:
            await self._files.remove(name)

    def _late(self, entry: Entry) -> bool:
        return self._clock.now() - entry.created_at > GIVE_UP_AFTER

    async def _fetched(self, name: str, remote: Remote) -> Sealed:
        """The file on the disk. Raises Unavailable, TooLarge, Refused, Damaged."""
        size, checking = 0, Checking(remote.cipher)
        file = await asyncio.to_thread(self._files.create, name)
        try:
            async for piece in self._transport.download(remote.url, LARGEST):
                checking.take(piece)
                size += len(piece)
                await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        checking.finish()
        return Sealed(name, remote.cipher, size)

    async def tidy(self) -> None:
        """Erase the files that nobody needs any more."""
        there = await self._files.names()
        if not there or self._busy:
            return
        async with self._database.tx() as tx:
            await enclosures.forget_before(tx, self._clock.now())
            named = await enclosures.named(tx)
        await self._files.remove(*there - named)
