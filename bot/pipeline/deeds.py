"""What the bot does for a row of the outbox that is no message. What comes of it comes in again.

Nobody gets two direct chats: one that is there is taken, and after a try of which the end is not known the
bot looks for the room that it may have made.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from bot.domain import ids
from bot.domain.incoming import Fetched, Message, Opened
from bot.domain.outgoing import Acknowledge, Erase, Fetch, Join, Leave, OpenDirect, Outgoing
from bot.handlers.router import Router
from bot.pipeline.points import point
from bot.pipeline.ports import Refused, Transport
from bot.storage import inlet, rooms
from bot.storage.db import Database
from bot.storage.outbox import Entry

log = logging.getLogger(__name__)

Outcome: TypeAlias = Fetched | Opened


class Deeds:
    """Does what rows ask for; `came` takes the outcome into the inlet."""

    def __init__(
        self,
        database: Database,
        router: Router,
        transport: Transport,
        came: Callable[[Outcome], Awaitable[None]],
    ) -> None:
        self._database = database
        self._router = router
        self._transport = transport
        self._came = came

    async def do(self, entry: Entry, payload: Outgoing) -> None:
        """Work on a row that is no message. Raises Unavailable, Refused, LoggedOut."""
        transport = self._transport
        match payload:
            case Fetch():
                await self._fetch(entry, payload)
            case OpenDirect():
                await self._open(entry, payload)
            case Erase():
                await self._erase(payload)
            case Acknowledge():
                await transport.acknowledge(payload.user_id, payload.change)
            case Join():
                await transport.join(entry.room_id)
            case Leave():
                reason = payload.reason
                said = self._router.house.catalogs.say(reason, payload.language) if reason else ""
                await transport.leave(entry.room_id, said)
            case _:
                raise TypeError(payload.kind)

    async def in_vain(self, entry: Entry) -> None:
        """A row was given up: who waits for its outcome hears so."""
        if isinstance(entry.payload, OpenDirect):
            await self._came(_opened(entry, entry.payload, None))

    async def _fetch(self, entry: Entry, payload: Fetch) -> None:
        message = await self._read(payload.at or entry.room_id, payload.event_id)
        await self._came(
            Fetched(
                event_id=f"fetched:{entry.source}",
                room_id=entry.room_id,
                asked_in=entry.source,
                topic=payload.topic,
                by=payload.by,
                payload=payload.payload,
                message=message,
            )
        )

    async def _read(self, room_id: str, event_id: str) -> Message | None:
        try:
            return await self._transport.fetch(room_id, event_id)
        except Refused as error:
            log.warning("a message cannot be read: %s", error)
            return None

    async def _open(self, entry: Entry, payload: OpenDirect) -> None:
        user_id, transport = payload.user_id, self._transport
        room_id = await self._direct_chat(user_id)
        if room_id is None:
            mark = ids.marker(self._router.house.key, entry.source, entry.room_id, entry.what)
            if entry.tries > 1:
                room_id = await transport.opened(user_id, mark)
            if room_id is None:
                point("open:before-request")
                room_id = await transport.open_direct(user_id, mark)
                point("open:after-request")
        await self._came(_opened(entry, payload, room_id))

    async def _erase(self, payload: Erase) -> None:
        room_id = payload.room_id
        try:
            await self._transport.erase(room_id, payload.since, payload.until, remove=payload.remove)
        finally:
            async with self._database.tx() as tx:
                await inlet.drop_room(tx, room_id, payload.until)

    async def _direct_chat(self, user_id: str) -> str | None:
        """The direct chat that the person and the bot have."""
        async with self._database.tx() as tx:
            for room_id in await rooms.direct_chats(tx, user_id):
                room = await rooms.load(tx, room_id)
                if room is not None and room.direct_with(self._transport.user_id) == user_id:
                    return room_id
        return None


def _opened(entry: Entry, payload: OpenDirect, room_id: str | None) -> Opened:
    return Opened(
        event_id=f"opened:{entry.id}",
        asked_in=entry.source,
        user_id=payload.user_id,
        topic=payload.topic,
        payload=payload.payload,
        room_id=room_id,
    )
