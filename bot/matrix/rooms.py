"""What the session knows of each room: who is in it and how it is encrypted.

A room once seen encrypted stays encrypted, whatever the server says later.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

STATE_TYPES = (
    "m.room.create",
    "m.room.power_levels",
    "m.room.member",
    "m.room.encryption",
    "m.room.tombstone",
)
"""The state that becomes input."""

NEEDED_TYPES = (*STATE_TYPES, "m.room.history_visibility")
"""The state that the session asks for."""


@dataclass(slots=True)
class Room:
    """One joined room. `members` holds the membership ("join", "invite", …) of each user; `version` changes
    with whatever may change the readers."""

    members: dict[str, str] = field(default_factory=dict)
    visibility: str = "shared"
    encryption: Mapping[str, Any] = field(default_factory=dict)
    version: int = 0

    def readers(self) -> list[str]:
        """Who is to read what is written now: the joined, and the invited where they may see it later."""
        wanted = {"join"} if self.visibility == "joined" else {"join", "invite"}
        return sorted(user for user, membership in self.members.items() if membership in wanted)


class Rooms:
    """The joined rooms. `pinned` are the ids of rooms known to be encrypted from before."""

    def __init__(self, pinned: Iterable[str] = ()) -> None:
        self._rooms: dict[str, Room] = {}
        self._encrypted: set[str] = set(pinned)
        self._versions = itertools.count(1)

    def get(self, room_id: str) -> Room | None:
        """The room if its state is known."""
        return self._rooms.get(room_id)

    def encrypted(self, room_id: str) -> bool:
        """Whether the room was ever seen encrypted."""
        return room_id in self._encrypted

    def replace(self, room_id: str, events: Iterable[Mapping[str, Any]]) -> None:
        """The whole state of a room, as raw events."""
        room = self._rooms.setdefault(room_id, Room())
        room.members, room.visibility, room.version = {}, "shared", next(self._versions)
        self.update(room_id, events)

    def update(self, room_id: str, events: Iterable[Mapping[str, Any]]) -> None:
        """State events in their order; malformed ones change nothing."""
        room = self._rooms.setdefault(room_id, Room())
        for event in events:
            content, key = event.get("content"), event.get("state_key")
            if not isinstance(content, Mapping) or not isinstance(key, str):
                continue
            if event.get("type") == "m.room.member" and isinstance(content.get("membership"), str):
                room.members[key] = content["membership"]
                room.version = next(self._versions)
            elif event.get("type") == "m.room.history_visibility" and key == "":
                room.visibility = str(content.get("history_visibility", "shared"))
                room.version = next(self._versions)
            elif event.get("type") == "m.room.encryption" and key == "":
                self._encrypted.add(room_id)
                room.encryption = content

    def forget(self, room_id: str) -> None:
        """The bot is not in the room any more; that it was encrypted stays known."""
        self._rooms.pop(room_id, None)
