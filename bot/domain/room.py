"""Rooms: who is in them, who may speak for a group there, what counts as a direct chat.

Rules:
- power levels come from `m.room.power_levels`; without it the creator has 100, everybody else 0.
- In rooms of version 12 and later the creators stand above all levels (Matrix specification v1.16,
  room version 12): their power is not listed and counts as infinite.
- A steward is a joined member with power 50 or more.
- A direct chat is an encrypted room whose only members, joined or invited, are the bot and one person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STEWARD_POWER = 50
_INFINITE = 2**53
_CREATORS_RULE_SINCE = 12
_PRESENT = ("join", "invite")
_DIGITS = 20  # of a number in a text; more are no level of power


@dataclass(frozen=True, slots=True)
class Room:
    """What the bot knows of a room. `members` maps user ids to "join", "invite", "leave", "ban", "knock".

    `predecessor` is the room that its create event names, `successor` the one that its tombstone names.
    """

    room_id: str
    joined: bool
    encrypted: bool
    version: str
    creators: tuple[str, ...]
    power_levels: Mapping[str, object]
    members: Mapping[str, str]
    inviter: str | None = None
    welcomed: bool = False
    was_direct_with: str | None = None
    predecessor: str | None = None
    successor: str | None = None

    @classmethod
    def unknown(cls, room_id: str) -> Room:
        """A room of which nothing is known."""
        return cls(
            room_id, joined=False, encrypted=False, version="", creators=(), power_levels={}, members={}
        )

    def has(self, user_id: str) -> bool:
        """Whether the person is a joined member."""
        return self.members.get(user_id) == "join"

    def power(self, user_id: str) -> int:
        """The person's power level as the server's state gives it."""
        if user_id in self.creators and _number(self.version) >= _CREATORS_RULE_SINCE:
            return _INFINITE
        if not self.power_levels:
            return 100 if user_id in self.creators else 0
        users = self.power_levels.get("users")
        level = users.get(user_id) if isinstance(users, Mapping) else None
        if level is None:
            level = self.power_levels.get("users_default", 0)
        return _level(level)

    def may_write(self, user_id: str) -> bool:
        """Whether the person has the power to send a message, as the room is encrypted."""
        events = self.power_levels.get("events")
        needed = events.get("m.room.encrypted") if isinstance(events, Mapping) else None
        return self.power(user_id) >= _level(
            self.power_levels.get("events_default", 0) if needed is None else needed
        )

    def is_steward(self, user_id: str) -> bool:
        """Whether the person may speak for a group whose home this room is."""
        return self.has(user_id) and self.power(user_id) >= STEWARD_POWER

    def present(self) -> frozenset[str]:
        """Everybody who is joined or invited."""
        return frozenset(user for user, membership in self.members.items() if membership in _PRESENT)

    def direct_with(self, me: str) -> str | None:
        """The one other person of a direct chat, or None if this is no direct chat."""
        others = self.present() - {me}
        if not (self.encrypted and self.joined) or len(others) != 1:
            return None
        return next(iter(others))


def _number(version: str) -> int:
    return int(version) if version.isdecimal() and len(version) <= _DIGITS else 0


def _level(value: object) -> int:
    if isinstance(value, bool):
        return 0
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= _DIGITS and value.removeprefix("-").isdecimal():
        return int(value)  # rooms before version 10 allow strings
    return 0
