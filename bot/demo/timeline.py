"""What a person's client has received of a room, and what its screen shows.

`Seen` is one event as it arrived; `RoomView` keeps them in the room's order and applies edits and
redactions, so that `screen` is what the person reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """One event of a room, decrypted where that was possible.

    `sent_at` is the server's time, `seen_at` when this client could read it first: seconds since 1970.
    `encrypted`: it lay encrypted on the server. `readable`: the words are known (False: key missing).
    `raw` is the event as the server gave it, `content` what was in it after decryption.
    `thread`, `reply_to` (None for a thread's fallback reply) and `edits` are event ids.
    """

    event_id: str
    room_id: str
    sender: str
    type: str
    sent_at: float
    seen_at: float
    encrypted: bool
    readable: bool
    content: Mapping[str, Any]
    raw: Mapping[str, Any]

    def _text(self, key: str) -> str:
        value = self.content.get(key)
        return value if isinstance(value, str) else ""

    @property
    def body(self) -> str:
        return self._text("body")

    @property
    def formatted_body(self) -> str:
        return self._text("formatted_body")

    @property
    def msgtype(self) -> str:
        return self._text("msgtype")

    @property
    def device(self) -> str:
        """The sender's device as the encrypted event names it, empty for a plain one."""
        device = self.raw.get("content", {}).get("device_id")
        return device if self.encrypted and isinstance(device, str) else ""

    @property
    def relation(self) -> Mapping[str, Any]:
        value = self.content.get("m.relates_to")
        return value if isinstance(value, Mapping) else {}

    @property
    def thread(self) -> str | None:
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.thread" else None

    @property
    def edits(self) -> str | None:
        return self.relation.get("event_id") if self.relation.get("rel_type") == "m.replace" else None

    @property
    def reply_to(self) -> str | None:
        if self.thread is not None and self.relation.get("is_falling_back", False):
            return None
        reply = self.relation.get("m.in_reply_to")
        return reply.get("event_id") if isinstance(reply, Mapping) else None

    @property
    def is_message(self) -> bool:
        return self.type == "m.room.message"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the screen, with its last edit applied. `first` is the event that opened it."""

    event_id: str
    sender: str
    body: str
    formatted_body: str
    msgtype: str
    thread: str | None
    reply_to: str | None
    sent_at: float
    seen_at: float
    readable: bool
    encrypted: bool
    edited: bool
    first: Seen


@dataclass(slots=True)
class RoomView:
    """One room. `members` maps user ids to their membership ("join", "invite", "leave", "ban")."""

    room_id: str
    name: str = ""
    encrypted: bool = False
    members: dict[str, str] = field(default_factory=dict)
    state: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    events: list[Seen] = field(default_factory=list)
    redacted: set[str] = field(default_factory=set)
    complete: bool = True
    _known: dict[str, int] = field(default_factory=dict)

    def __contains__(self, event_id: object) -> bool:
        return event_id in self._known

    def joined(self) -> list[str]:
        return [user for user, membership in self.members.items() if membership == "join"]

    def readers(self) -> list[str]:
        """Those who get the keys of a message: joined or invited."""
        return [user for user, membership in self.members.items() if membership in ("join", "invite")]

    def joined_at(self, user_id: str) -> float:
        """When the user became a member, in seconds since 1970; 0 if that is not known."""
        event = self.state.get(("m.room.member", user_id), {})
        return float(event.get("origin_server_ts", 0)) / 1000

    def take_state(self, event: Mapping[str, Any]) -> None:
        """Apply one state event."""
        kind, key, content = event["type"], event["state_key"], event.get("content", {})
        self.state[kind, key] = event
        if kind == "m.room.member":
            self.members[key] = str(content.get("membership", "leave"))
        elif kind == "m.room.encryption":
            self.encrypted = True
        elif kind == "m.room.name":
            self.name = str(content.get("name", ""))

    def take(self, seen: Seen) -> bool:
        """Add an event, or replace one that had been unreadable. False if it is known already."""
        place = self._known.get(seen.event_id)
        if place is None:
            self._known[seen.event_id] = len(self.events)
            self.events.append(seen)
        elif not self.events[place].readable and seen.readable:
            self.events[place] = seen
        else:
            return False
        if seen.type == "m.room.redaction":
            target = seen.content.get("redacts") or seen.raw.get("redacts")
            if isinstance(target, str):
                self.redacted.add(target)
        if seen.raw.get("unsigned", {}).get("redacted_because"):
            self.redacted.add(seen.event_id)
        return True

    def unreadable(self) -> list[Seen]:
        """Encrypted events whose words are not known, redacted ones left out."""
        return [e for e in self.events if not e.readable and e.event_id not in self.redacted]

    def messages(self) -> list[Seen]:
        """Every readable message that arrived encrypted, in the room's order, edits as they came."""
        return [e for e in self.events if e.is_message and e.readable and e.encrypted]

    def screen(self) -> list[Shown]:
        """What the person reads: edits applied (only the author's own), redacted messages gone."""
        edits: dict[str, Seen] = {}
        for event in self.events:
            place = self._known.get(event.edits) if event.edits else None
            if place is None or not event.is_message or event.event_id in self.redacted:
                continue
            first = self.events[place]
            if (first.sender, first.encrypted) == (event.sender, event.encrypted):
                edits[first.event_id] = event
        return [
            _shown(event, edits.get(event.event_id))
            for event in self.events
            if event.event_id not in self.redacted
            and event.edits is None
            and (event.is_message or not event.readable)
        ]


def _shown(first: Seen, edit: Seen | None) -> Shown:
    content: Mapping[str, Any] = first.content
    if edit is not None:
        new = edit.content.get("m.new_content")
        content = new if isinstance(new, Mapping) else content
    return Shown(
        event_id=first.event_id,
        sender=first.sender,
        body=str(content.get("body", "")),
        formatted_body=str(content.get("formatted_body", "")),
        msgtype=str(content.get("msgtype", "")),
        thread=first.thread,
        reply_to=first.reply_to,
        sent_at=first.sent_at,
        seen_at=first.seen_at,
        readable=first.readable,
        encrypted=first.encrypted,
        edited=edit is not None,
        first=first,
    )


def bodies(shown: Iterable[Shown | Seen]) -> list[str]:
    """The texts alone, for comparisons."""
    return [message.body for message in shown]
