"""Which rooms are sent to next. While the homeserver limits what is sent they take turns, a message each."""

from __future__ import annotations

import itertools
from collections.abc import Container
from dataclasses import dataclass

IN_A_ROW = 16  # messages into a room, before the rooms that wait for their turn get it


@dataclass(frozen=True, slots=True)
class Share:
    """Work for one task: up to `most` messages into the first of these rooms that has something to send."""

    rooms: tuple[str, ...]
    most: int


class Turns:
    """Without a limit every room is a share of its own; with one, a single task serves the rooms in turns."""

    def __init__(self) -> None:
        self._count = itertools.count(1)
        self._last: dict[str, int] = {}
        self._running: Share | None = None
        self._withheld = False

    def shares(self, ready: list[str], urgent: Container[str], *, limited: bool) -> list[Share]:
        """What to begin now. `urgent` are the rooms whose next message is."""
        if not limited:
            self._last.clear()
            return [Share((room_id,), IN_A_ROW) for room_id in ready]
        if self._running is not None or not ready:
            self._withheld = bool(ready)
            return []
        order = sorted(ready, key=lambda room_id: (room_id not in urgent, self._last.get(room_id, 0)))
        self._running = Share(tuple(order), 1)
        return [self._running]

    def taken(self, room_id: str) -> None:
        """The room has had its turn."""
        self._last[room_id] = next(self._count)

    def ended(self, share: Share) -> bool:
        """A share is done; whether rooms have become ready meanwhile."""
        if share is not self._running:
            return False
        withheld, self._running, self._withheld = self._withheld, None, False
        return withheld
