"""What was said in a room, as the server gives it: newest first, a page at a time."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Collection, Mapping
from functools import partial

from bot.matrix.backoff import insist
from bot.matrix.http import Http, Json, Oversized, path
from bot.matrix.sizes import HISTORY
from bot.matrix.wire import Raw, is_state, starts_stay, text_at
from bot.pipeline.ports import Clock

PAGE = 100
"""Events that are asked for at once; Synapse gives no more."""


def fewer(events: int) -> int:
    """How many events to ask for after so many were too large together."""
    return max(1, events // 4)


class History:
    """The pages of one room; with fewer events from the first one on that is too large."""

    def __init__(self, http: Http, clock: Clock, room_id: str) -> None:
        self._http = http
        self._clock = clock
        self._where = path("/rooms/{room}/messages", room=room_id)
        self._events = PAGE

    async def page(self, query: Mapping[str, str]) -> Json:
        """A page backwards. Raises Unavailable, Refused, LoggedOut."""
        while True:
            wanted = {"dir": "b", **query, "limit": str(self._events)}
            ask = partial(self._http.call, "GET", self._where, query=wanted, most=HISTORY)
            try:
                return await insist(self._clock, ask)
            except Oversized:
                if self._events == 1:
                    raise
                self._events = fewer(self._events)


class Gap:
    """What a sync left out of a room, as far as it fits into `room` bytes, from the oldest on."""

    def __init__(self, room: int) -> None:
        self.size = 0
        self.whole = True
        """Whether all of it is here."""
        self.ended = False
        """Whether nothing older is wanted."""
        self.came = False
        """Whether the user entered the room within it."""
        self._room = room
        self._pages: deque[tuple[int, list[Raw]]] = deque()  # newest first

    def add(self, chunk: list[Raw], known: Collection[str], user_id: str) -> None:
        """The next page, newest first; it ends at what is known, and where the user entered the room."""
        page: list[Raw] = []
        for event in chunk:
            self.came = starts_stay(event, user_id)
            self.ended = self.came or event.get("event_id") in known
            if self.came or not (self.ended or is_state(event)):  # the state section holds the state
                page.append(event)
            if self.ended:
                break
        size = sum(len(json.dumps(event, ensure_ascii=False)) for event in page)
        self._pages.append((size, page))
        self.size += size
        while self.size > self._room:
            self.size -= self._pages.popleft()[0]
            self.whole = False

    def events(self) -> list[Raw]:
        """Oldest first."""
        return [event for _, page in reversed(self._pages) for event in reversed(page)]

    def newest(self) -> str | None:
        """The id of the newest event."""
        return next((text_at(event, "event_id") for _, page in self._pages for event in page), None)
