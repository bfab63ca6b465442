"""Rooms whose rows wait until the homeserver may be asked again."""

from __future__ import annotations

import random
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pipeline.ports import Clock

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0  # seconds


@dataclass(slots=True)
class _Pause:
    """`asked`: the homeserver itself named the time."""

    until: datetime
    failures: int
    asked: bool


class Pauses:
    """Until when each room pauses: longer with every failure in a row, or as long as the homeserver asks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pauses: dict[str, _Pause] = {}

    def begin(self, room_id: str, wish: float | None) -> float:
        """After a failure; `wish` is the homeserver's, in seconds. Returns the seconds until the next try."""
        failures = self._pauses[room_id].failures + 1 if room_id in self._pauses else 1
        wait: float = min(FIRST_WAIT * 2.0 ** min(failures - 1, 20), LONGEST_WAIT)
        wait *= random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
        wait = max(wait, wish) if wish is not None else wait
        until = self._clock.now() + timedelta(seconds=wait)
        self._pauses[room_id] = _Pause(until, failures, asked=wish is not None)
        return wait

    def end(self, room_id: str) -> None:
        """Something was sent."""
        self._pauses.pop(room_id, None)

    def shorten(self) -> None:
        """The homeserver is back: who waits by themselves, and not since it asked to, waits no more."""
        now = self._clock.now()
        for pause in self._pauses.values():
            if not pause.asked:
                pause.until = now

    def lasting(self, rooms: Container[str]) -> dict[str, datetime]:
        """Which of the rooms pause now, and until when. Other rooms, with nothing to send, are forgotten."""
        now = self._clock.now()
        self._pauses = {room: pause for room, pause in self._pauses.items() if room in rooms}
        return {room: pause.until for room, pause in self._pauses.items() if pause.until > now}
