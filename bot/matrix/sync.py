"""The sync loop: the way in. Our own cursor, nothing skipped, nothing from before the bot came.

Order within a batch, per room: the state, then what a gap left out (without state, which the state
section holds already), then the timeline. What several rooms bring comes in the order of the server's times,
so that of two messages in two rooms the earlier one counts first. Keys are on disk before a batch is handed
over. An answer that could not be worked on is asked for again with the same cursor, and repeating it is
harmless. So is an answer with larger gaps than the memory should hold: the oldest part of them is handed
over, until nothing is left.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.domain.incoming import Batch, Incoming, Message, PollAnswer
from bot.log import Plain
from bot.matrix import history
from bot.matrix.backoff import Pace, pause
from bot.matrix.crypto import Crypto
from bot.matrix.history import Gap, History
from bot.matrix.http import Http, Oversized, path
from bot.matrix.inbound import Reader
from bot.matrix.rooms import NEEDED_TYPES, Rooms
from bot.matrix.sizes import MISSED, NEWS, STATE
from bot.matrix.wire import Raw, events_in, is_state, loads, starts_stay, text_at, well_formed
from bot.pipeline.ports import Clock, LoggedOut, Refused, Unavailable

Seen: TypeAlias = "Callable[[Sequence[str]], Awaitable[set[str]]]"

WAIT = 30.0
"""Seconds the server holds an answer back while there is nothing new."""

_GRACE = 30.0  # seconds more until an answer counts as lost
_MOST_MISSED = 100_000  # events of one room

_FIRST = datetime.min.replace(tzinfo=UTC)
_MANY = 100  # to-device events; Synapse puts no more into one answer
_NONE: dict[str, list[str]] = {"types": []}

_ONLY_KEYS = {"presence": _NONE, "account_data": _NONE, "room": {"rooms": []}}


def _filter(events: int) -> Raw:
    """What is asked for, with at most so many events of each room; with one, of no members but senders."""
    lazily = events == 1
    return {
        "presence": _NONE,
        "account_data": _NONE,
        "room": {
            "ephemeral": _NONE,
            "account_data": _NONE,
            "state": {"types": list(NEEDED_TYPES), "lazy_load_members": lazily},
            "timeline": {"limit": events, "lazy_load_members": lazily},
        },
    }


logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Section:
    """One joined room of an answer, as raw events."""

    room_id: str
    state: list[Raw]
    complete: bool
    gap: list[Raw] = field(default_factory=list)
    timeline: list[Raw] = field(default_factory=list)
    unfinished: bool = False
    now: list[Raw] | None = None  # its state after all of it, where that has to be asked for


class SyncLoop:
    """Asks for news and hands them on. `seen` says which event ids were handled before."""

    def __init__(
        self, http: Http, crypto: Crypto, rooms: Rooms, reader: Reader, clock: Clock, seen: Seen
    ) -> None:
        self._http = http
        self._crypto = crypto
        self._rooms = rooms
        self._reader = reader
        self._clock = clock
        self._seen = seen
        self._user_id = reader.user_id
        self._known: set[str] = set()  # rooms whose whole state came by sync
        self._fresh: set[str] = set()  # Megolm sessions whose keys came since the last batch
        self._changed: dict[str, str] = {}  # identities that the batch tells of
        self._upkeep: asyncio.Task[None] | None = None
        self._events = history.PAGE  # of each room in an answer
        self._room_left = MISSED
        self._reached: dict[str, str] = {}  # room → up to which event a large gap has been handed over
        self._handing: dict[str, str] = {}  # the same once the batch is handled
        self._left: Raw | None = None  # an answer that came while the keys were kept up
        self.chores: tuple[Callable[[], Awaitable[None]], ...] = (crypto.keep_up,)
        """What is done beside the loop after each batch; may raise Unavailable, Refused."""
        self.last_sync: datetime | None = None
        """When the last batch was handled."""
        self.trouble: str | None = None
        """Why there has been no batch since: a sentence for the host."""
        self.reading_back = False
        """Whether a gap is being filled, which may take a while."""

    async def run(self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]]) -> None:
        """Hand over batches from `cursor` on until cancelled. Raises LoggedOut and what `handle` raises."""
        failures, full, pace = 0, True, Pace(self._clock)
        self.reading_back = False
        try:
            while True:
                asked = self._clock.now()
                try:
                    answer = await pace.ask(self._answer(cursor, handle, full=full))
                    batch = await self._batch(answer, cursor, asked, full=full)
                except (Unavailable, Refused) as error:
                    failures, self.reading_back, self.trouble = failures + 1, False, str(error)
                    if isinstance(error, Oversized):  # what does not fit is asked for as a gap
                        self._events = history.fewer(self._events)
                    wait = pause(failures, getattr(error, "retry_after", None))
                    logger.warning("no news from the homeserver: %s; next try in %.0f s", Plain(error), wait)
                    await self._clock.sleep(wait)
                    continue
                self.reading_back = False
                await handle(batch)
                self._crypto.handled()
                self._crypto.trust.told(self._changed)
                self._reached.update(self._handing)
                self.trouble, failures = None, 0
                if batch.synced:
                    self.last_sync, self._events = self._clock.now(), history.PAGE
                    cursor, full = batch.cursor, False
                    self._reached.clear()
                self._fresh.clear()
                self._keep_up(answer)
                await pace.rest()
        finally:
            if self._upkeep is not None:
                self._upkeep.cancel()
                self._upkeep = self._left = None  # the loop may run again

    async def retry(self, raw: str) -> Message | PollAnswer | None:
        """Try an Undecryptable's `raw` again; None if it still cannot be read.

        Raises Unavailable, Refused, LoggedOut; ValueError if `raw` is something else.
        """
        sender = text_at(loads(raw), "sender")
        await self._crypto.devices.refresh([sender] if sender else [])
        message = self._reader.retry(raw)
        self._crypto.guard.save()
        return message

    async def _answer(
        self, cursor: str | None, handle: Callable[[Batch], Awaitable[None]], *, full: bool
    ) -> Raw:
        """The next answer. What is found out about people's identities while the server has nothing new is
        handed on meanwhile."""
        trust = self._crypto.trust
        asking = asyncio.create_task(self._ask(cursor, full=full))
        news = asyncio.create_task(trust.news.wait())
        try:
            while cursor is not None and not full and not asking.done():
                await asyncio.wait({asking, news}, return_when=asyncio.FIRST_COMPLETED)
                if asking.done():
                    break
                changed = dict(trust.changed)
                await handle(Batch(cursor, tuple(self._reader.identities(changed)), synced=False))
                trust.told(changed)
                news = asyncio.create_task(trust.news.wait())
            return await asking
        finally:
            asking.cancel()
            news.cancel()
            await asyncio.gather(asking, news, return_exceptions=True)

    async def _ask(self, cursor: str | None, *, full: bool) -> Raw:
        query = {"filter": _dumped(_filter(self._events)), "timeout": str(int(WAIT * 1000))}
        if cursor is not None:
            query["since"] = cursor
        if full:
            query["full_state"] = "true"
        return await self._sync(query)

    async def _sync(self, query: dict[str, str]) -> Raw:
        answer = await self._http.call("GET", "/sync", query=query, timeout=WAIT + _GRACE, most=NEWS)
        if not isinstance(answer.get("next_batch"), str):
            raise Unavailable("the answer to a sync names no next one")
        return answer

    async def _batch(self, answer: Raw, cursor: str | None, asked: datetime, *, full: bool) -> Batch:
        self._room_left, self._handing = MISSED, {}
        await self._take_keys(answer)
        rooms = answer.get("rooms")
        sections = [
            await self._joined(room_id, section, cursor, full=full)
            for room_id, section in _rooms_of(rooms, "join").items()
        ]
        await self._crypto.devices.refresh(_senders(sections))
        self._fresh |= self._crypto.arrived()
        self._changed = dict(self._crypto.trust.changed)
        events: list[Incoming] = [*self._reader.identities(self._changed)]
        events += heapq.merge(*(self._read(section) for section in sections), key=_sent_at)
        if cursor is not None and any(section.unfinished for section in sections):
            self._crypto.guard.save()
            return Batch(cursor, tuple(events), frozenset(self._fresh), synced=False)
        for room_id, left in _rooms_of(rooms, "leave").items():
            self._rooms.forget(room_id)
            self._known.discard(room_id)
            events.append(self._reader.left(room_id, left, answer["next_batch"]))
        invitations = (self._reader.invitation(*item) for item in _rooms_of(rooms, "invite").items())
        events += [invitation for invitation in invitations if invitation is not None]
        self._crypto.guard.save()
        return Batch(answer["next_batch"], tuple(events), frozenset(self._fresh), asked=asked)

    async def _take_keys(self, answer: Raw) -> None:
        """Take the keys of an answer, and those that did not fit into it, before anything is read.

        The further answers bring nothing but keys; the cursor stays with the first one.
        """
        self._fresh |= self._crypto.receive(answer)
        last, more = answer, len(events_in(answer, "to_device")) >= _MANY
        while more:
            query = {"filter": _dumped(_ONLY_KEYS), "timeout": "0", "since": last["next_batch"]}
            last = await self._sync(query)
            self._fresh |= self._crypto.receive(last)
            more = bool(events_in(last, "to_device")) and last["next_batch"] != query["since"]

    async def _joined(self, room_id: str, joined: Any, cursor: str | None, *, full: bool) -> _Section:
        """Bring a room's view up to date and fill its gap."""
        timeline, start = events_in(joined, "timeline"), _gap_start(joined)
        section = _Section(room_id, events_in(joined, "state"), full or room_id not in self._known)
        changed = [event for event in timeline if is_state(event)]
        if (
            self._events == 1
        ):  # the members have to be asked for; where that fails, those stay that were known
            section.now = await self._state_now(room_id)
            section.complete = section.complete and section.now is not None
            section.state = section.now or section.state
        elif timeline and (section.state or changed):
            section.now = await self._state_now(room_id)
        if section.now is not None and not section.complete and start is None:
            section.state = []  # older than what is known
        (self._rooms.replace if section.complete else self._rooms.update)(room_id, section.state)
        self._rooms.update(room_id, changed)
        if section.now is not None:
            self._rooms.replace(room_id, section.now)
        self._known.add(room_id)
        came = any(starts_stay(event, self._user_id) for event in timeline)
        if cursor is not None and start is not None and not came:
            gap = await self._gap(room_id, start, cursor)
            section.gap, came = gap.events(), gap.came
            section.unfinished = not gap.whole
        section.timeline = [] if section.unfinished else timeline
        if came or cursor is None:
            _only_since_joined(section, self._user_id)
        return section

    async def _state_now(self, room_id: str) -> list[Raw] | None:
        """The state of a room as it holds now; None if that is not told. Raises Unavailable, LoggedOut."""
        where = path("/rooms/{room}/state", room=room_id)
        try:
            found = await self._http.call_list("GET", where, most=STATE)
        except (Refused, Oversized) as error:
            logger.warning("the state of %s is not told: %s", room_id, Plain(error))
            return None
        return well_formed(found)

    async def _gap(self, room_id: str, start: str, since: str) -> Gap:
        """What came between `since` and `start`, as far as there is room for it, from the oldest on."""
        gap, missed = Gap(self._room_left), 0
        token = start if self._room_left > 0 else None
        gap.whole = token is not None
        pages, reached = History(self._http, self._clock, room_id), self._reached.get(room_id, "")
        while token is not None and missed < _MOST_MISSED and not gap.ended:
            chunk, token = await self._page(pages, room_id, token, since)
            self.reading_back = True
            seen = await self._seen([str(event.get("event_id")) for event in chunk if not is_state(event)])
            gap.add(chunk, {*seen, reached}, self._user_id)
            missed += max(1, len(chunk))
        if token is not None and not gap.ended:
            logger.error("a gap in %s has no end; what came before is left out", room_id)
        self._room_left -= gap.size
        newest = gap.newest()
        if newest is not None and not gap.whole:
            self._handing[room_id] = newest
        return gap

    async def _page(
        self, pages: History, room_id: str, token: str, since: str
    ) -> tuple[list[Raw], str | None]:
        """One page backwards, newest first, and where the next one begins, if there is one.

        A server that refuses a page would refuse it for ever: what lies there is given up, aloud.
        """
        query = {"from": token, "to": since}
        try:
            page = await pages.page(query)
        except Refused:
            del query["to"]
            try:
                page = await pages.page(query)
            except Refused as error:
                logger.error("a gap in %s cannot be filled: %s", room_id, Plain(error))  # noqa: TRY400 - a sentence, no trace
                return [], None
        end = page.get("end")
        return well_formed(page.get("chunk")), end if isinstance(end, str) and end != token else None

    def _read(self, section: _Section) -> list[Incoming]:
        events: list[Incoming] = []
        if section.state or section.complete:
            events.append(self._reader.state(section.room_id, section.state, complete=section.complete))
        raws = [event for event in section.gap if not is_state(event)] + section.timeline
        read = (self._reader.event(section.room_id, event) for event in raws)
        events += [event for event in read if event is not None]
        if section.now is not None and not section.unfinished:
            events.append(self._reader.state(section.room_id, section.now, complete=True))
        return events

    def _keep_up(self, answer: Raw) -> None:
        """Refill one-time keys and mend broken sessions beside the loop, one at a time."""
        if self._upkeep is not None:
            if not self._upkeep.done():
                self._left = answer
                return
            self._upkeep.result()
        self._upkeep = asyncio.create_task(self._keep_up_now(answer))

    async def _keep_up_now(self, answer: Raw) -> None:
        await self._kept_up(answer)
        while self._left is not None:
            answer, self._left = self._left, None
            await self._kept_up(answer)

    async def _kept_up(self, answer: Raw) -> None:
        counts, unused = (
            answer.get(f"device_{name}") for name in ("one_time_keys_count", "unused_fallback_key_types")
        )
        try:
            if isinstance(counts, dict):
                left = counts.get("signed_curve25519", 0)
                fallback = isinstance(unused, list) and "signed_curve25519" not in unused
                await self._crypto.refill(left if isinstance(left, int) else 0, fallback=fallback)
            for chore in self.chores:
                await chore()
        except (Unavailable, Refused, LoggedOut) as error:
            logger.warning("keys could not be kept up: %s", Plain(error))


def _sent_at(event: Incoming) -> datetime:
    """When the server says that it got the event; what tells how a room is comes before everything else."""
    at = getattr(event, "sent_at", None)
    return at if isinstance(at, datetime) else _FIRST


def _rooms_of(rooms: object, kind: str) -> dict[str, Any]:
    found = rooms.get(kind) if isinstance(rooms, dict) else None
    return found if isinstance(found, dict) else {}


def _gap_start(joined: object) -> str | None:
    """Where the events begin that the server left out before a timeline, None if it left out none."""
    timeline = joined.get("timeline") if isinstance(joined, dict) else None
    limited = isinstance(timeline, dict) and timeline.get("limited") is True
    return text_at(timeline, "prev_batch") if limited else None


def _dumped(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _senders(sections: list[_Section]) -> set[str]:
    """Who has written encrypted events."""
    events = (event for section in sections for event in (*section.gap, *section.timeline))
    return {str(event.get("sender")) for event in events if event["type"] == "m.room.encrypted"}


def _only_since_joined(section: _Section, user_id: str) -> None:
    """Leave nothing but state from before the user's last coming, or at all if they did not come in it."""

    def cut(events: list[Raw], at: int) -> list[Raw]:
        return [event for event in events[:at] if is_state(event)] + events[at:]

    def last(events: list[Raw]) -> int:
        return max((i for i, event in enumerate(events) if starts_stay(event, user_id)), default=len(events))

    at = last(section.timeline)
    if at < len(section.timeline):
        section.gap, section.timeline = [], cut(section.timeline, at)
    elif any(starts_stay(event, user_id) for event in section.gap):
        section.gap = cut(section.gap, last(section.gap))
    else:
        section.gap, section.timeline = [], cut(section.timeline, at)
