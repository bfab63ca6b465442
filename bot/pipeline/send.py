"""The way out: the only place that sends.

Rules:
- Oldest first per room, one at a time; rooms do not wait for each other.
- While a request is on its way, the next row may be taken ahead: then nothing but the server is waited for.
- A row is marked as tried, and that is committed, before the request. Every try has the same
  transaction id, so a server that remembers it makes no second message.
- In doubt (an earlier try is older than the server remembers, or was another device's) the bot looks
  in the room for its own marker before it sends again.
- Trouble that can pass is waited out with back-off, in the server's time if it names one; a clear no,
  or a week of trouble, is told to the author.
- A server that asks to send less is obeyed in all rooms, which share what may be sent (`Turns`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from bot.domain import ids
from bot.domain.outgoing import ClosePoll, File, Poll, Preview, Redact, Ref, Relay, RowRef, Say
from bot.domain.post import Closed, Letter
from bot.handlers.router import Router
from bot.pipeline.carry import Carrier
from bot.pipeline.compose import compose, compose_poll
from bot.pipeline.deeds import Deeds, Outcome
from bot.pipeline.done import Done
from bot.pipeline.pauses import FIRST_WAIT, LONGEST_WAIT, Pauses
from bot.pipeline.points import point
from bot.pipeline.ports import Clock, LoggedOut, Refused, Sent, Transport, Unavailable
from bot.pipeline.quiet import silent, waits_for_morning
from bot.pipeline.receive import waits
from bot.pipeline.together import together
from bot.pipeline.turns import Share, Turns
from bot.storage import inlet, outbox, rooms, unreadable
from bot.storage.db import Database, Tx
from bot.storage.files import Files
from bot.storage.outbox import Entry, Taken

log = logging.getLogger(__name__)

REMEMBERED_FOR = timedelta(hours=20)  # Synapse forgets a transaction id after 24 h
AT_ONCE = 8  # rooms
IDLE = 30.0  # seconds


Posted: TypeAlias = Say | Relay | File | Poll | ClosePoll
Following: TypeAlias = "Callable[[Tx, datetime, set[str]], Coroutine[Any, Any, Taken | None]]"


class Sender:
    """Works through the outbox. `came` takes what came of a row back into the inlet."""

    def __init__(
        self,
        database: Database,
        router: Router,
        transport: Transport,
        clock: Clock,
        came: Callable[[Outcome], Awaitable[None]],
        files: Files,
    ) -> None:
        self._database = database
        self._router = router
        self._transport = transport
        self._clock = clock
        self._deeds = Deeds(database, router, transport, came)
        self._carrier = Carrier(transport, files)
        self._stopping = False
        self._logged_out: LoggedOut | None = None
        self._wake = asyncio.Event()
        self._calls = 0
        self._busy: set[str] = set()
        self._strange: dict[int, int] = {}
        self._pauses = Pauses(clock)
        self._turns = Turns()
        self._unreadable: dict[str, tuple[str, ...]] = {}  # by room, as it is stored
        self._slots = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """There may be something to send."""
        self._calls += 1
        self._wake.set()

    def stop(self) -> None:
        """Take nothing new; `run` returns when what is in flight is settled."""
        self._stopping = True
        self._wake.set()

    def try_again(self) -> None:
        """The homeserver is back: rooms that wait by themselves, and not since it asked to, wait no more."""
        self._pauses.shorten()
        self._wake.set()

    async def run(self) -> None:
        """Until `stop`, or cancelled. Raises LoggedOut."""
        async with asyncio.TaskGroup() as tasks:
            while not self._stopping:
                self._wake.clear()
                try:
                    due, ready = await self._ready()
                    shares = await self._shares(ready)
                except Exception as error:
                    if not waits(error):
                        raise
                    due, shares = FIRST_WAIT, []
                for share in shares:
                    self._busy.update(share.rooms)
                    tasks.create_task(self._work_off(share))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(due):  # wait_for can lose a cancellation (until Python 3.12)
                        await self._wake.wait()
        if self._logged_out is not None:
            raise self._logged_out

    async def _ready(self) -> tuple[float, list[str]]:
        """Seconds until something else may be due, and the rooms that can be worked on now."""
        now = self._clock.now()
        async with self._database.reading() as tx:
            found = await outbox.rooms_with_work(tx, now)
            later = await outbox.next_due(tx, now)
        pausing = self._pauses.lasting(found)
        times = [*pausing.values(), *([later] if later is not None else [])]
        due = min([IDLE, *((time - now).total_seconds() for time in times)])
        return max(due, 0.05), [room for room in found if room not in pausing.keys() | self._busy]

    async def _shares(self, ready: list[str]) -> list[Share]:
        limited, urgent = self._pauses.limited, set[str]()
        if limited and ready:
            async with self._database.reading() as tx:
                urgent = await outbox.urgent_rooms(tx, self._clock.now())
        return self._turns.shares(ready, urgent, limited=limited)

    async def _work_off(self, share: Share) -> None:
        """Send what waits for the first of these rooms that has something, until it has to pause.

        A room whose rows wait for something else (a translation, say) is looked at again when that wakes.
        """
        calls, worked = self._calls, False
        try:
            async with self._slots:
                for room_id in share.rooms:
                    worked = await self._room(room_id, share.most)
                    if worked:
                        break
        except LoggedOut as error:
            self._logged_out = error
            self.stop()
        finally:
            self._busy.difference_update(share.rooms)
            if self._turns.ended(share) or worked or self._calls != calls:
                self._wake.set()

    async def _room(self, room_id: str, most: int) -> bool:
        try:
            worked = await self.drain(room_id, most)
        except LoggedOut:
            raise
        except Exception as error:
            log.exception("sending to %s failed", room_id)
            self._pauses.begin(room_id, None if waits(error) else LONGEST_WAIT)
            return True
        self._turns.taken(room_id)
        return worked

    async def drain(self, room_id: str, most: int | None = None) -> bool:
        """One row after the other, at `most` so many; whether there was anything to do.

        While a request is on its way, the row before it is settled and, where that is certain, the next one
        taken, in one transaction; else a row is settled in the transaction that takes the next.
        """
        taken = await self._next(room_id, take=not self._stopping)
        worked, left = taken is not None and bool(taken.cancelled), most
        before: Done | None = None
        while taken is not None and taken.entry is not None:
            worked = True
            point("send:taken")
            left = None if left is None else left - 1
            done, ahead = await together(
                self._try(taken.entry, taken),
                self._meanwhile(room_id, before, taken.entry, take=not (self._stopping or left == 0)),
            )
            before, again = None, done.state == "again"
            if ahead is not None and not (again or self._stopping) and await self._still_goes(ahead):
                before, taken = done, ahead
            else:
                go_on = not (again or self._stopping or left == 0)
                taken = await self._next(room_id, done, ahead, take=go_on)
            if again:
                break
            self._pauses.end(room_id)
        return worked

    async def _next(
        self, room_id: str, done: Done | None = None, unsent: Taken | None = None, *, take: bool
    ) -> Taken | None:
        async def following(tx: Tx, now: datetime, told: set[str]) -> Taken | None:
            if unsent is not None:
                await outbox.put_back(tx, unsent)
            while take:
                taken = await outbox.take(tx, room_id, now, self._transport.device_id)
                for entry in taken.cancelled:
                    told.update(await self._tell(tx, entry, now))
                if await waits_for_morning(tx, taken, now):
                    continue
                if taken.entry is None or await self._allowed(tx, taken.entry):
                    return replace(taken, silent=await silent(tx, taken.entry, now))
                told.update(await self._tell(tx, await outbox.cancel(tx, taken.entry, "private", now), now))
            return None

        return await self._settling(room_id, done, following)

    async def _meanwhile(
        self, room_id: str, before: Done | None, flying: Entry, *, take: bool
    ) -> Taken | None:
        async def following(tx: Tx, now: datetime, _: set[str]) -> Taken | None:
            if not take:
                return None
            ahead = await outbox.take_ahead(tx, room_id, now, self._transport.device_id, flying)
            return replace(ahead, silent=await silent(tx, ahead.entry, now)) if ahead else None

        return await self._settling(room_id, before, following)

    async def _still_goes(self, ahead: Taken) -> bool:
        now = self._clock.now()
        return await self._database.ask(lambda tx: outbox.still_goes(tx, ahead, now))

    async def _settling(self, room_id: str, done: Done | None, following: Following) -> Taken | None:
        """Settle a row, and do what follows in the same transaction."""
        told: set[str] = set()

        async def whole(tx: Tx) -> Taken | None:
            now = self._clock.now()
            if done is not None:
                told.update(await self._settle(tx, done, now))
            return await following(tx, now, told)

        found = await self._database.transact(whole)
        if done is not None:
            if done.unreadable is not None:
                self._unreadable[room_id] = done.unreadable
            point("send:settled")
        if told - {room_id}:
            self.wake()
        return found

    async def _allowed(self, tx: Tx, entry: Entry) -> bool:
        """Private words go into a direct chat with that person only."""
        payload = entry.payload
        if not isinstance(payload, Say | Poll | ClosePoll) or payload.private_with is None:
            return True
        room = await rooms.load(tx, entry.room_id)
        return room is not None and room.direct_with(self._transport.user_id) == payload.private_with

    async def _settle(self, tx: Tx, done: Done, now: datetime) -> set[str]:
        entry = done.entry
        match done.state:
            case "sent":
                settled = await outbox.settle_sent(tx, entry, done.event_id, now, len(done.unreadable or ()))
                await self._note_readers(tx, entry.room_id, done.unreadable)
            case "failed":
                settled = await outbox.settle_failed(tx, entry, done.reason, now)
            case "cancelled":
                settled = await outbox.cancel(tx, entry, done.reason, now)
            case _:
                return set()
        return await self._tell(tx, settled, now)

    async def _note_readers(self, tx: Tx, room_id: str, devices: tuple[str, ...] | None) -> None:
        """Remember whose devices could not read the message, if that has changed."""
        if devices is not None and self._unreadable.get(room_id) != devices:
            await unreadable.replace(tx, room_id, devices)

    async def _tell(self, tx: Tx, entry: Entry, now: datetime) -> set[str]:
        """Those whom it concerns hear what became of the row; the rooms that have something to send now."""
        if entry.dispatch is None and entry.origin_room is None:
            return set()
        said = await self._router.settled(tx, entry, now)
        for outgoing in said:
            await outbox.add(tx, outgoing, entry.source, now)
        return {outgoing.room_id for outgoing in said}

    async def _try(self, entry: Entry, taken: Taken) -> Done:
        """One try; never raises but LoggedOut."""
        try:
            return await self._work(entry, taken)
        except Unavailable as error:
            counted = isinstance(
                entry.payload, Say | Relay | File | Redact | Poll | ClosePoll
            )  # by the account
            wait = self._pauses.begin(entry.room_id, error.retry_after, everywhere=counted)
            if self._clock.now() > entry.deadline:
                await self._deeds.in_vain(entry)
                return Done(entry, "failed", reason="expired")
            log.warning("row %s waits for the homeserver, next try in %.0f s", entry.id, wait)
            return Done(entry, "again")
        except Refused as error:
            log.warning("row %s was refused: %s", entry.id, error)
            await self._deeds.in_vain(entry)
            return Done(entry, "failed", reason="refused")
        except Exception as error:
            if waits(error) or isinstance(error, LoggedOut):
                raise
            log.exception("sending row %s failed", entry.id)
            return self._odd(entry)

    def _odd(self, entry: Entry) -> Done:
        """A mistake of the program: after three tries the row goes, so that the next ones can."""
        tries = self._strange.pop(entry.id, 0) + 1
        if tries >= inlet.MAX_TRIES:
            return Done(entry, "failed", reason="bug")
        self._strange[entry.id] = tries
        self._pauses.begin(entry.room_id, None)
        return Done(entry, "again")

    async def _work(self, entry: Entry, taken: Taken) -> Done:
        payload = entry.payload
        match payload:
            case Say() | Relay() | File() | Poll() | ClosePoll():
                return await self._post(entry, payload, taken)
            case Redact():
                target = _target(payload.target, taken)
                if target is None:
                    return Done(entry, "cancelled", reason="gone")
                await self._transport.redact(entry.room_id, target, self._transaction(entry))
            case Preview() | None:
                return Done(entry, "cancelled", reason="empty")
            case _:
                await self._deeds.do(entry, payload)
        return Done(entry, "sent")

    async def _post(self, entry: Entry, payload: Posted, taken: Taken) -> Done:
        mark = ids.marker(self._router.house.key, entry.source, entry.room_id, entry.what)
        if taken.too_late or self._in_doubt(entry):
            since = (entry.first_try or entry.created_at) - timedelta(minutes=10)
            found = await self._transport.find(entry.room_id, mark, since)
            if found is not None:
                return Done(entry, "sent", event_id=found)
            if taken.too_late:
                return Done(entry, "cancelled", reason=entry.reason or "twinning")
        letter = await self._letter(entry, payload, taken)
        if letter is None:
            return Done(entry, "cancelled", reason="gone")
        point("send:before-request")
        sent: Sent = await self._transport.send(entry.room_id, letter, self._transaction(entry), mark)
        self._carrier.done(entry.id)
        point("send:after-request")
        if sent.unreadable:
            log.warning("row %s: %s devices cannot read it", entry.id, len(sent.unreadable))
        return Done(entry, "sent", event_id=sent.event_id, unreadable=sent.unreadable)

    async def _letter(self, entry: Entry, payload: Posted, taken: Taken) -> Letter | None:
        """What is sent; None for the end of a poll that is not there."""
        catalogs = self._router.house.catalogs
        if isinstance(payload, Poll):
            return compose_poll(payload, catalogs)
        if isinstance(payload, ClosePoll):
            asked = payload.poll
            mark = ids.marker(self._router.house.key, asked.source, asked.room_id, asked.what)
            found = await self._transport.find(entry.room_id, mark, payload.since)
            return Closed(found, catalogs.say(payload.text, payload.language)) if found else None
        thread, reply = _target(payload.thread, taken), _target(payload.reply_to, taken)
        if isinstance(payload, File):
            return await self._carrier.carried(entry.id, payload, thread, reply)
        post = compose(
            payload, catalogs, self._clock.now(), (thread, reply, _target(payload.replaces, taken))
        )
        return replace(post, notice=True) if taken.silent else post

    def _in_doubt(self, entry: Entry) -> bool:
        if entry.tries < 2 or entry.first_try is None:
            return False
        old = self._clock.now() - entry.first_try > REMEMBERED_FOR
        return old or entry.device_id not in (None, self._transport.device_id)

    def _transaction(self, entry: Entry) -> str:
        return ids.transaction_id(self._router.house.key, entry.source, entry.room_id, entry.what)


def _target(ref: Ref | None, taken: Taken) -> str | None:
    """The event id that a reference stands for, None if there is none."""
    return taken.targets.get(ref) if isinstance(ref, RowRef) else ref
