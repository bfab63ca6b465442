"""Rooms whose rows wait until the homeserver may be asked again."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.pipeline.ports import Clock

FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0  # seconds
LONGEST_BESIDE_WISH = 2.0  # that is waited where the homeserver asks for less
LIMITED_FOR = timedelta(seconds=60)


@dataclass(slots=True)
class _Pause:
    """`asked`: the homeserver itself named the time."""

    until: datetime
    failures: int
    asked: bool


class Pauses:
    """Until when each room pauses: longer with every failure in a row, or as long as the homeserver asks.

    Where it asks to send less, that holds for all rooms: it counts what an account sends.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pauses: dict[str, _Pause] = {}
        self._everywhere: datetime | None = None
        self._asked_at: datetime | None = None

    def begin(self, room_id: str, wish: float | None, *, everywhere: bool = False) -> float:
        """After a failure; `wish` is the homeserver's, in seconds, for all rooms if `everywhere`.

        Returns the seconds until the next try.
        """
        failures = self._pauses[room_id].failures + 1 if room_id in self._pauses else 1
        wait: float = min(FIRST_WAIT * 2.0 ** min(failures - 1, 20), LONGEST_WAIT)
        wait *= random.uniform(0.8, 1.2)  # noqa: S311 (jitter)
        wait = max(min(wait, LONGEST_BESIDE_WISH), wish) if wish is not None else wait
        until = self._clock.now() + timedelta(seconds=wait)
        self._pauses[room_id] = _Pause(until, failures, asked=wish is not None)
        if everywhere and wish is not None:
            self._everywhere, self._asked_at = until, self._clock.now()
        return wait

    @property
    def limited(self) -> bool:
        """Whether the homeserver has asked to send less, lately."""
        asked, now = self._asked_at, self._clock.now()
        return asked is not None and asked <= now < asked + LIMITED_FOR

    def end(self, room_id: str) -> None:
        """Something was sent."""
        self._pauses.pop(room_id, None)

    def shorten(self) -> None:
        """The homeserver is back: who waits by themselves, and not since it asked to, waits no more."""
        now = self._clock.now()
        for pause in self._pauses.values():
            if not pause.asked:
                pause.until = now

    def lasting(self, rooms: Collection[str]) -> dict[str, datetime]:
        """Which of the rooms pause now, and until when. Other rooms, with nothing to send, are forgotten."""
        now = self._clock.now()
        self._pauses = {room: pause for room, pause in self._pauses.items() if room in rooms}
        found = {room: pause.until for room, pause in self._pauses.items() if pause.until > now}
        if self.limited and self._everywhere is not None and self._everywhere > now:
            return dict.fromkeys(rooms, self._everywhere) | {
                room: max(until, self._everywhere) for room, until in found.items()
            }
        return found
