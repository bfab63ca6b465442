"""The inlet: each event is handled once, in one transaction with everything that follows from it.

Rules:
- Before an event is handled, the attempt is counted and committed: for the first event of a batch in a
  transaction of its own, for the next ones together with the event before. So a process that dies
  leaves its count.
- The sync cursor moves in the transaction of the last event of its batch.
- An event that failed or killed the process three times is set aside, with a reference number in the
  room and the trace in the log.
- Trouble with the database is nobody's fault: it is waited out, and not counted.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from bot.domain.incoming import (
    Batch,
    Cleaned,
    Fetched,
    IdentityChanged,
    Incoming,
    Invitation,
    Message,
    Opened,
    Outage,
    PollAnswer,
    Previewed,
    Redaction,
    RoomLeft,
    RoomState,
    StateEvent,
    Tick,
    Undecryptable,
)
from bot.domain.outgoing import Fetch, Outgoing
from bot.domain.text import t
from bot.handlers.outcomes import Came, came
from bot.handlers.router import Router
from bot.log import Plain
from bot.pipeline.points import point
from bot.pipeline.ports import Clock
from bot.storage import inlet, outbox, rooms
from bot.storage.db import Database, Tx

log = logging.getLogger(__name__)

LONGEST_WAIT = 30.0
MOST_FAILURES = inlet.MAX_TRIES + 2  # of one event in one run: three tries, the report, silence


_TRANSIENT = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
    }
)


def waits(error: BaseException) -> bool:
    """Whether the error is trouble with the disk or the lock that can pass."""
    return isinstance(error, sqlite3.Error) and (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _TRANSIENT


def reference(event_id: str) -> Plain:
    """The number under which the log explains what happened to an event."""
    return Plain(hashlib.sha256(event_id.encode()).hexdigest()[:8])


Alone: TypeAlias = Came | Message | Outage | Tick
"""What no sync brings: a tick, an outcome, an outage, what was said in a room and whose key came late."""


class Receiver:
    """Handles what comes in. `wake` is called after each commit that may have left something to send."""

    def __init__(self, database: Database, router: Router, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._router = router
        self._clock = clock
        self._wake = wake
        self._lock = asyncio.Lock()

    async def batch(self, batch: Batch) -> None:
        """Handle what one sync brought. Returns when all of it, and the cursor, is on the disk."""
        async with self._lock:
            events: list[Incoming | None] = [*batch.events] or [None]
            counted = False
            for index, event in enumerate(events):
                last = index + 1 == len(events)
                following = None if last else events[index + 1]
                ended = batch if last else None
                counted = await self._persist(event, counted=counted, ended=ended, following=following)

    async def single(self, event: Alone) -> None:
        """Handle an event that comes by itself."""
        async with self._lock:
            await self._persist(event, counted=False, ended=None, following=None)

    async def _persist(
        self, event: Incoming | None, *, counted: bool, ended: Batch | None, following: Incoming | None
    ) -> bool:
        """Try until the event is handled or set aside; whether `following` has been counted. `ended` is the
        batch of which it is the last."""
        key, wait, failures = _key(event), 0.5, 0
        while True:
            try:
                if key is not None and not counted:
                    await self._count(key)
                    counted = True
                return await self._once(event, ended, following, failures)
            except Exception as error:
                if waits(error):
                    log.warning("the database cannot be written; waiting %s s", wait)
                    await self._clock.sleep(wait)
                    wait = min(wait * 2, LONGEST_WAIT)
                    continue
                failures, counted = failures + 1, False
                if failures >= MOST_FAILURES:
                    raise
                log.exception("handling failed, reference %s", reference(key or type(event).__name__))

    async def _count(self, key: str) -> None:
        point("receive:before-attempt")
        await self._database.transact(lambda tx: inlet.count_attempt(tx, key, self._clock.now()))
        point("receive:after-attempt")

    async def _once(
        self, event: Incoming | None, ended: Batch | None, following: Incoming | None, failures: int
    ) -> bool:
        key, next_key = _key(event), _key(following)

        async def whole(tx: Tx) -> list[Outgoing]:
            now = self._clock.now()
            outgoing: list[Outgoing] = []
            vault = self._router.house.vault
            if key is None or not await inlet.is_seen(tx, key, vault):
                tries = await inlet.tries(tx, key) if key is not None else 0
                if max(failures + 1, tries) > inlet.MAX_TRIES:
                    outgoing = await self._set_aside(tx, event, report=failures <= inlet.MAX_TRIES)
                elif event is not None:
                    outgoing = await self._handle(tx, event, now)
                if key is not None:
                    room_id = getattr(event, "room_id", None) or ""
                    await inlet.mark_seen(tx, key, now, room_id=room_id, vault=vault)
            for one in outgoing:
                await outbox.add(tx, one, key or f"{type(event).__name__}:{now.isoformat()}", now)
            if ended is not None:
                await _handled(tx, ended, now)
            if next_key is not None:
                await inlet.count_attempt(tx, next_key, now)
            point("receive:before-commit")
            return outgoing

        outgoing = await self._database.transact(whole)
        point("receive:after-commit")
        if outgoing:
            self._wake()
        return next_key is not None

    async def _handle(self, tx: Tx, event: Incoming, now: datetime) -> list[Outgoing]:
        router = self._router
        match event:
            case Message():
                return await self._message(tx, event, now)
            case StateEvent() | RoomState():
                return await self._state(tx, event, now)
            case RoomLeft():
                await rooms.left(tx, event.room_id)
                return await router.left(tx, event, now)
            case Undecryptable():
                await self._keep(tx, event, now)
                return []
            case _:
                return await self._pass_on(tx, event, now)

    async def _message(self, tx: Tx, message: Message, now: datetime) -> list[Outgoing]:
        """What was edited before its key came is read anew, as it is now, once it has been handled."""
        if message.edits is not None and await inlet.edited_unread(tx, message.edits, now):
            return []
        late = await inlet.drop_undecrypted(tx, message.event_id)
        found = await self._router.message(tx, message, now)
        if not late or not await inlet.was_edited_unread(tx, message.event_id):
            return found
        source = inlet.EDITED + message.event_id
        fetch = Fetch(message.room_id, message.event_id, topic=inlet.EDITED, by=message.sender, source=source)
        return [*found, fetch]

    async def _pass_on(
        self,
        tx: Tx,
        event: Redaction | Invitation | Came | IdentityChanged | Outage | Tick,
        now: datetime,
    ) -> list[Outgoing]:
        router = self._router
        match event:
            case Redaction():
                return await router.redaction(tx, event, now)
            case Invitation():
                return await router.invitation(tx, event, now)
            case Fetched(topic=inlet.EDITED, message=now_read):
                edit = replace(now_read, edits=now_read.event_id) if now_read is not None else None
                return await router.message(tx, edit, now) if edit is not None else []
            case Fetched() | Previewed() | PollAnswer() | Opened() | Cleaned():
                return await came(router, tx, event, now)
            case IdentityChanged():
                return await router.identity_changed(tx, event, now)
            case Outage():
                return await router.outage(tx, event, now)
            case Tick(running=running):
                return await router.tick(tx, now, running)

    async def _state(self, tx: Tx, event: StateEvent | RoomState, now: datetime) -> list[Outgoing]:
        if isinstance(event, StateEvent):
            source = event.event_id
            await rooms.apply(tx, event, self._router.house.me)
        else:
            source = f"state:{now.isoformat()}"
            if event.complete:
                await rooms.forget_members(tx, event.room_id)
            for change in event.events:
                await rooms.apply(tx, change, self._router.house.me)
        return await self._router.room_changed(tx, event.room_id, source, now)

    async def _keep(self, tx: Tx, event: Undecryptable, now: datetime) -> None:
        if not await inlet.is_seen(tx, event.event_id, self._router.house.vault):
            await inlet.keep_undecrypted(tx, event.event_id, event.room_id, event.session_id, event.raw, now)

    async def _set_aside(self, tx: Tx, event: Incoming | None, *, report: bool) -> list[Outgoing]:
        log.error("an event is set aside, reference %s", reference(_key(event) or type(event).__name__))
        if not isinstance(event, Message) or not report:
            return []
        room = await rooms.load(tx, event.room_id)
        if room is None or not room.joined or not room.encrypted:
            return []
        ctx = await self._router.context(tx, self._clock.now(), event.event_id, event.sender, room, event)
        return ctx.reply(
            t("Something is wrong with me: I could not handle this message and have set it aside."),
            t(
                "Please tell the person who hosts me, {host}, this number: {reference}",
                host=self._router.house.host_name,
                reference=reference(event.event_id),
            ),
        )


async def _handled(tx: Tx, batch: Batch, now: datetime) -> None:
    """The last event of a batch has been handled."""
    await inlet.move_cursor(tx, batch.cursor)
    if batch.synced:
        await inlet.note_heard(tx, batch.asked or now)


def _key(event: Incoming | None) -> str | None:
    """The id by which an event is seen once; None for what may be repeated."""
    return None if isinstance(event, RoomState | Undecryptable | Tick | None) else event.event_id
