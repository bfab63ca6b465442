"""The way out to the rooms. Whatever is said is encrypted: there is no branch that sends anything else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.files import Remote
from bot.domain.incoming import Message
from bot.domain.post import Asked, Attachment, Closed, Fold, Letter, Line, Post
from bot.matrix import polls
from bot.matrix.backoff import insist
from bot.matrix.crypto import Crypto
from bot.matrix.direct import direct_chat
from bot.matrix.history import History
from bot.matrix.http import Denied, Http, Json, path
from bot.matrix.inbound import Reader
from bot.matrix.machine import Machine
from bot.matrix.markup import render
from bot.matrix.media import Media, attached
from bot.matrix.rooms import Room, Rooms
from bot.matrix.sizes import STATE
from bot.matrix.verification import CANCEL
from bot.matrix.wire import MARKER_KEY, moment, text_at, well_formed
from bot.pipeline.ports import Clock, Refused, Sent, Unavailable

_LARGEST = 64_000
"""Bytes of an encrypted event's content: an event may have 65,536 with everything the servers add."""

_FALLBACK = 1_000
"""Characters that an edit, where it is too large, leaves for clients that know no edits."""

_MOST_PAGES = 500
_SKEW = timedelta(minutes=10)  # by which clocks of homeserver and bot may differ

logger = logging.getLogger(__name__)


class MatrixTransport:
    """The port `Transport` on a Matrix session."""

    def __init__(
        self, http: Http, machine: Machine, crypto: Crypto, rooms: Rooms, reader: Reader, clock: Clock
    ) -> None:
        self._http = http
        self._reader = reader
        self._machine = machine
        self._crypto = crypto
        self._rooms = rooms
        self._clock = clock
        self._media = Media(http)
        self._made: dict[str, str] = {}  # direct chats of which the sync may not show all yet, and with whom
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def user_id(self) -> str:
        return self._machine.user_id

    @property
    def device_id(self) -> str:
        return self._machine.device_id

    async def send(self, room_id: str, post: Letter, txn_id: str, marker: str) -> Sent:
        """Send one message; calls for one room are worked on one after the other, in their order.

        A post that does not fit one event goes without what only clients without edits need, without its
        formatted part, without the folds that can be spared; if it still does not, it is refused. Raises
        Unavailable, Refused, LoggedOut.
        """
        return await self._send(room_id, txn_id, lambda: self._fitting(room_id, post, marker))

    async def _send(self, room_id: str, txn_id: str, encrypted: Callable[[], Json]) -> Sent:
        """Send what `encrypted` gives, once the room's key is where it belongs."""
        async with self._turns[room_id]:
            room = await self._room(room_id)
            if not self._rooms.encrypted(room_id):
                raise Refused(f"{room_id} is not encrypted")
            unreadable = await self._crypto.prepare(room_id, room)
            where = path("/rooms/{room}/send/m.room.encrypted/{txn}", room=room_id, txn=txn_id)
            answer = await self._http.call("PUT", where, encrypted())
            event_id = text_at(answer, "event_id")
            if event_id is None:
                raise Unavailable("the answer to a message names no event")
            return Sent(event_id, unreadable)

    async def decline_verification(self, room_id: str, event_id: str, content: Json) -> None:
        """End a verification that was asked for in a room. Raises Unavailable, Refused, LoggedOut."""

        def encrypted() -> Json:
            relation = {"rel_type": "m.reference", "event_id": event_id}
            return {**self._crypto.encrypt(room_id, CANCEL, content), "m.relates_to": relation}

        name = hashlib.sha256(f"decline {event_id}".encode()).hexdigest()
        await self._send(room_id, name, encrypted)

    async def _room(self, room_id: str) -> Room:
        """The room as the sync shows it, or as the server gives it when the sync has not come to it yet."""
        room = self._rooms.get(room_id)
        if room is None or not self._whole(room_id, room):
            where = path("/rooms/{room}/state", room=room_id)
            state = await insist(self._clock, lambda: self._http.call_list("GET", where, most=STATE))
            if room is not None or self._rooms.get(room_id) is None:  # else the sync has come to it meanwhile
                self._rooms.replace(room_id, well_formed(state))
            room = self._rooms.get(room_id)
        if room is None or room.members.get(self.user_id) != "join":
            self._rooms.forget(room_id)
            raise Refused(f"the bot is not in {room_id}")
        return room

    async def upload(self, pieces: AsyncIterator[bytes], size: int) -> Remote:
        """Put a file on the media server, encrypted, under no name. Raises as `send` does."""
        return await self._media.upload(pieces, size)

    def download(self, url: str, limit: int) -> AsyncIterator[bytes]:
        """The bytes of a file of a media server. Raises Unavailable, TooLarge, Refused, LoggedOut."""
        return self._media.download(url, limit)

    def _whole(self, room_id: str, room: Room) -> bool:
        """Whether the sync shows all of a room that the bot has just made: it may have looked too early."""
        user_id = self._made.get(room_id)
        if user_id is not None and user_id in room.members and self._rooms.encrypted(room_id):
            del self._made[room_id]
        return room_id not in self._made

    def _fitting(self, room_id: str, post: Letter, marker: str) -> Json:
        relation = _relation(post)
        for kind, inner in _forms(post, self.user_id):
            content = self._crypto.encrypt(room_id, kind, inner)
            content[MARKER_KEY] = marker
            if relation:
                content["m.relates_to"] = relation
            if len(json.dumps(content)) <= _LARGEST:
                return content
        raise Refused("the message is too large for one event")

    async def redact(self, room_id: str, event_id: str, txn_id: str) -> None:
        """Remove a message. An event that is gone already is no error. Raises Unavailable, Refused."""
        where = path("/rooms/{room}/redact/{event}/{txn}", room=room_id, event=event_id, txn=txn_id)
        try:
            await self._http.call("PUT", where, {})
        except Denied as error:
            if error.status != 404:
                raise

    async def find(self, room_id: str, marker: str, since: datetime) -> str | None:
        """The id of our own message that carries the marker, back to `since` (10 minutes of skew allowed)."""
        async for event in self._backwards(room_id, since):
            if event.get("sender") == self.user_id and text_at(event, "content", MARKER_KEY) == marker:
                return str(event["event_id"])
        return None

    async def _backwards(self, room_id: str, since: datetime) -> AsyncIterator[Json]:
        """The events of a room, newest first, back to `since` and a little further."""
        history, query = History(self._http, self._clock, room_id), dict[str, str]()
        for _ in range(_MOST_PAGES):
            page = await history.page(query)
            chunk = well_formed(page.get("chunk"))
            for event in chunk:
                yield event
            sent = [at for at in (moment(event.get("origin_server_ts")) for event in chunk) if at is not None]
            end = page.get("end")
            if not isinstance(end, str) or end == query.get("from") or (sent and max(sent) < since - _SKEW):
                return
            query["from"] = end

    async def fetch(self, room_id: str, event_id: str) -> Message | None:
        """A message of the room, read anew with its newest edit; None if it is gone, no message, or cannot be
        decrypted."""
        where = path("/rooms/{room}/event/{event}", room=room_id, event=event_id)
        try:
            found = well_formed([await self._http.call("GET", where)])
        except Denied:
            return None
        if not found or found[0].get("event_id") != event_id:
            return None
        sender = text_at(found[0], "sender")
        await self._crypto.devices.refresh([sender] if sender else [])
        message = self._reader.as_it_is_now(room_id, found[0])
        self._crypto.guard.save()
        return message

    async def acknowledge(self, user_id: str, change: str) -> None:
        """Pin the new identity of a person: their devices get keys again from the next message on.

        Raises Unavailable, Refused, LoggedOut.
        """
        await self._crypto.acknowledge(user_id, change)

    async def join(self, room_id: str) -> None:
        """Enter a room. Raises Unavailable, Refused, LoggedOut."""
        await self._http.call("POST", path("/rooms/{room}/join", room=room_id), {})

    async def open_direct(self, user_id: str, marker: str) -> str:
        """Make an encrypted room for the bot and one person, and return its id.

        Nobody but the bot can invite a third. Raises Unavailable, Refused, LoggedOut.
        """
        answer = await self._http.call("POST", "/createRoom", direct_chat(user_id, marker))
        room_id = text_at(answer, "room_id")
        if room_id is None:
            raise Unavailable("the answer to a new room names none")
        self._made[room_id] = user_id
        return room_id

    async def opened(self, user_id: str, marker: str) -> str | None:
        """The room of an earlier `open_direct`, in which the bot still is. Raises Unavailable, LoggedOut."""
        answer = await self._http.call("GET", "/joined_rooms")
        joined = answer.get("joined_rooms")
        for room_id in joined if isinstance(joined, list) else []:
            room = self._rooms.get(str(room_id))
            if room is not None and set(room.members) - {self.user_id, user_id}:
                continue
            where = path("/rooms/{room}/state/m.room.create", room=str(room_id))
            try:
                create = await insist(self._clock, lambda where=where: self._http.call("GET", where))  # type: ignore[misc]  # no inference
            except Refused:
                continue
            if create.get(MARKER_KEY) == marker:
                return str(room_id)
        return None

    async def erase(self, room_id: str, since: datetime, until: datetime, *, remove: bool) -> None:
        """Destroy the keys that open what was said in the room, and then remove messages if wanted.

        Raises Unavailable, also while a message of the room is being handled; Refused, LoggedOut. The keys do
        not wait for the homeserver.
        """
        async with self._turns[room_id]:
            self._crypto.forget_said(room_id)
        if remove:
            async for event_id in self._said(room_id, since, until):
                name = hashlib.sha256(f"erase {event_id}".encode()).hexdigest()
                try:
                    await self.redact(room_id, event_id, name)
                except Denied as error:  # a message of the person's, where the bot has no power
                    logger.info("a message stays: %s", error)

    async def _said(self, room_id: str, since: datetime, until: datetime) -> AsyncIterator[str]:
        """The encrypted events of a room from that time that have not been removed."""
        async for event in self._backwards(room_id, since):
            at = moment(event.get("origin_server_ts"))
            if event["type"] == "m.room.encrypted" and event["content"] and at is not None and at <= until:
                yield str(event.get("event_id"))

    async def leave(self, room_id: str, reason: str) -> None:
        """Leave a room or decline an invitation and forget it; not being in it is no error."""
        body = {"reason": reason} if reason else {}
        for what, content in (("leave", body), ("forget", {})):
            try:
                await self._http.call("POST", path("/rooms/{room}/" + what, room=room_id), content)
            except Denied as error:
                if error.status not in {400, 403, 404}:
                    raise
        self._rooms.forget(room_id)


def _forms(letter: Letter, me: str) -> Iterator[tuple[str, Json]]:
    """The type and content to be encrypted, in ever smaller forms."""
    match letter:
        case Asked():
            yield polls.start(letter)
        case Closed():
            yield polls.end(letter)
        case Post():
            for content in _contents(letter, me):
                yield "m.room.message", content
        case Attachment():
            yield "m.room.message", attached(letter)


def _contents(post: Post, me: str) -> Iterator[Json]:
    """The encrypted part of a message, in ever smaller forms."""
    for shorter in _shorter(post):
        yield _content(shorter, me, formatted=True)
        if post.replaces is not None:
            yield _content(shorter, me, formatted=True, fallback=_FALLBACK)
        yield _content(shorter, me, formatted=False, fallback=_FALLBACK)


def _shorter(post: Post) -> Iterator[Post]:
    """The post, and the post without one fold more, from the last, of those that can be spared."""
    yield post
    for at in reversed(range(len(post.blocks))):
        block = post.blocks[at]
        if isinstance(block, Fold) and block.instead:
            post = replace(post, blocks=(*post.blocks[:at], Line(block.instead), *post.blocks[at + 1 :]))
            yield post


def _content(post: Post, me: str, *, formatted: bool, fallback: int | None = None) -> Json:
    """The encrypted part of a message. It mentions nobody, ever.

    `fallback`: of an edit, so many characters at most for clients that know no edits.
    """
    body, formatted_body = render(post, me)
    content: Json = {"msgtype": "m.notice" if post.notice else "m.text", "body": body, "m.mentions": {}}
    if formatted:
        content |= {"format": "org.matrix.custom.html", "formatted_body": formatted_body}
    if post.replaces is None:
        return content
    marked: Json = {**content, "body": f"* {body}"}
    if fallback is not None and len(body) > fallback:
        return {
            "msgtype": content["msgtype"],
            "body": f"* {body[:fallback]}…",
            "m.mentions": {},
            "m.new_content": content,
        }
    if formatted:
        marked["formatted_body"] = f"* {formatted_body}"
    return {**marked, "m.new_content": content}


def _relation(post: Letter) -> Json:
    """What the message belongs to: this part of an event is not encrypted."""
    if isinstance(post, Closed):
        return polls.relation(post.poll)
    if isinstance(post, Asked):
        return {}
    if isinstance(post, Post) and post.replaces is not None:
        return {"rel_type": "m.replace", "event_id": post.replaces}
    if post.thread is not None:
        return {
            "rel_type": "m.thread",
            "event_id": post.thread,
            "is_falling_back": post.reply_to is None,
            "m.in_reply_to": {"event_id": post.reply_to or post.thread},
        }
    return {"m.in_reply_to": {"event_id": post.reply_to}} if post.reply_to is not None else {}
