"""A Matrix session with just enough around it: collects what comes in, remembers it as the inlet does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from bot.clock import SystemClock
from bot.demo.synapse import Account
from bot.domain.incoming import Batch, Incoming, Invitation, Message
from bot.domain.post import Line, Post
from bot.matrix.outbound import MatrixTransport
from bot.matrix.session import MatrixSession, SessionSettings

T = TypeVar("T")


class SessionHost:
    """One account's session in one folder; `start` after `stop` goes on where it was."""

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
        self.cursor: str | None = None
        self.events: list[Incoming] = []
        self.batches: list[Batch] = []
        self.session: MatrixSession | None = None
        self.task: asyncio.Task[None] | None = None
        self._joins = joins
        self._seen: set[str] = set()
        self._news = asyncio.Condition()

    async def start(self) -> None:
        settings = SessionSettings(
            self.homeserver, self.account.user_id, lambda: self.account.password, self.folder
        )
        session = MatrixSession(settings, SystemClock(), self._known, self.pinned)
        await session.start()
        self.session = session
        self.task = asyncio.create_task(session.inbound.run(self.cursor, self._handle))

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
        for event in batch.events:
            if self._joins and isinstance(event, Invitation):
                await self.transport.join(event.room_id)
            event_id = getattr(event, "event_id", "")
            if event_id not in self._seen:
                self._seen.add(event_id)
                self.events.append(event)
        self.cursor = batch.cursor
        self.batches.append(batch)
        async with self._news:
            self._news.notify_all()

    async def until(self, condition: Callable[[], T], within: float = 30.0) -> T:
        """Wait until the condition, looked at after each batch, holds."""
        async with asyncio.timeout(within), self._news:
            while not (value := condition()):
                await self._news.wait()
            return value

    async def wait_in(self, room_id: str) -> None:
        """Wait until the room's state has come, with the bot in it."""
        await self.until(
            lambda: any(
                getattr(e, "type", "") == "m.room.member"
                and e.room_id == room_id
                and e.state_key == self.account.user_id
                and e.content.get("membership") == "join"
                for e in self.state()
            )
        )

    def state(self) -> list[object]:
        found: list[object] = []
        for event in self.events:
            found += getattr(event, "events", [event])
        return found

    def messages(self, room_id: str) -> list[Message]:
        return [event for event in self.events if isinstance(event, Message) and event.room_id == room_id]

    async def hear(self, room_id: str, text: str, within: float = 30.0) -> Message:
        """Wait for a message that contains the text."""
        return await self.until(
            lambda: next((m for m in self.messages(room_id) if text in m.body), None),
            within,  # type: ignore[arg-type,return-value]
        )

    async def say(self, room_id: str, text: str, txn: str | None = None) -> str:
        txn = txn or f"txn-{text}"
        return (await self.transport.send(room_id, Post((Line(text),)), txn, f"marker-{txn}")).event_id
