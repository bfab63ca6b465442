"""A Matrix session with just enough around it: collects what comes in, remembers it as the inlet does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from bot.clock import SystemClock
from bot.demo.synapse import Account
from bot.domain.incoming import Batch, Incoming, Invitation, Message, RoomState, StateEvent
from bot.domain.post import Line, Post
from bot.domain.trust import Audience, Policy
from bot.matrix.opening import Drop
from bot.matrix.outbound import MatrixTransport
from bot.matrix.session import MatrixSession, SessionSettings

T = TypeVar("T")


def post(text: str) -> Post:
    """A message of one line."""
    return Post((Line(text),))


class SessionHost:
    """One account's session in one folder; `start` after `stop` goes on where it was.

    `fails` lets the handling of that many batches fail, as a crash would. `policies` are those of rooms where
    another than SIGNED holds, `known` the people of rooms where only these are given keys.
    """

    def __init__(
        self,
        homeserver: str,
        account: Account,
        folder: Path,
        *,
        joins: bool = True,
        pinned: Iterable[str] = (),
    ) -> None:
        self.homeserver = homeserver
        self.account = account
        self.folder = folder
        self.pinned = tuple(pinned)
        self.policies: dict[str, Policy] = {}
        self.known: dict[str, frozenset[str]] = {}
        self.cursor: str | None = None
        self.events: list[Incoming] = []
        self.sessions: set[str] = set()
        self.session: MatrixSession | None = None
        self.task: asyncio.Task[None] | None = None
        self.fails = 0
        self._joins = joins
        self._failure: Exception | None = None
        self._seen: set[str] = set()
        self._news = asyncio.Condition()

    @property
    def user_id(self) -> str:
        return self.account.user_id

    async def connect(self) -> None:
        """Start the session without listening yet."""
        settings = SessionSettings(self.homeserver, self.user_id, lambda: self.account.password, self.folder)
        session = MatrixSession(settings, SystemClock(), self._known, self.pinned, self._audience)
        await session.start()
        self.session = session

    async def _audience(self, room_id: str) -> Audience:
        return Audience(self.policies.get(room_id, Policy.SIGNED), self.known.get(room_id))

    async def start(self) -> None:
        await self.connect()
        self.listen()

    def listen(self) -> None:
        assert self.session is not None
        self.task = asyncio.create_task(self._listen(self.session))

    async def _listen(self, session: MatrixSession) -> None:
        self._failure = None
        try:
            await session.inbound.run(self.cursor, self._handle)
        except Exception as error:
            self._failure = error
            async with self._news:
                self._news.notify_all()
            raise

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await self.task
            self.task = None
        if self.session is not None:
            await self.session.close()
            self.session = None

    @property
    def transport(self) -> MatrixTransport:
        assert self.session is not None
        return self.session.transport

    async def _known(self, ids: Sequence[str]) -> set[str]:
        return self._seen.intersection(ids)

    async def _handle(self, batch: Batch) -> None:
        if self.fails:
            self.fails -= 1
            raise RuntimeError("the handling failed")
        for event in batch.events:
            if self._joins and isinstance(event, Invitation):
                await self.transport.join(event.room_id)
            event_id = event.room_id if isinstance(event, RoomState) else getattr(event, "event_id", "")
            if isinstance(event, RoomState) or event_id not in self._seen:
                self._seen.add(event_id)
                self.events.append(event)
        self.sessions |= batch.sessions
        self.cursor = batch.cursor
        async with self._news:
            self._news.notify_all()

    async def until(self, condition: Callable[[], T | None], within: float = 30.0) -> T:
        """Wait until the condition, looked at after each batch, holds."""
        async with asyncio.timeout(within), self._news:
            while not (value := condition()):
                await self._news.wait()
                if self._failure is not None:
                    raise self._failure
            return value

    async def wait_in(self, room_id: str) -> None:
        """Wait until the session has seen the bot in the room."""
        await self.until(lambda: self.membership(room_id, self.user_id) == "join")

    async def wait_member(self, room_id: str, user_id: str, membership: str = "join") -> None:
        await self.until(lambda: self.membership(room_id, user_id) == membership)

    def membership(self, room_id: str, user_id: str) -> object:
        found: object = None
        for event in self.events:
            for state in event.events if isinstance(event, RoomState) else (event,):
                if isinstance(state, StateEvent) and (state.room_id, state.type, state.state_key) == (
                    room_id,
                    "m.room.member",
                    user_id,
                ):
                    found = state.content.get("membership")
        return found

    def dropped(self, why: Drop) -> int:
        """How many the session has dropped for that reason since it started."""
        assert self.session is not None
        return self.session.dropped[why]

    def of(self, kind: type[T], room_id: str) -> list[T]:
        """The events of one kind in a room."""
        return [e for e in self.events if isinstance(e, kind) and getattr(e, "room_id", None) == room_id]

    def bodies(self, room_id: str) -> list[str]:
        return [message.body for message in self.of(Message, room_id)]

    async def hear(self, room_id: str, text: str, within: float = 30.0) -> Message:
        """Wait for a message that contains the text."""
        return await self.until(
            lambda: next((m for m in self.of(Message, room_id) if text in m.body), None), within
        )

    async def say(self, room_id: str, text: str) -> str:
        """Send one line; returns the event id."""
        return (await self.transport.send(room_id, post(text), f"txn {text}", f"marker {text}")).event_id
