"""What comes in. Everything that makes the bot act is one of these frozen values.

All times are aware and in UTC. For Matrix events `sent_at` is the server's `origin_server_ts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from bot.domain.clockwork import Running
from bot.domain.files import Attached, Enclosed, Refusal
from bot.domain.rendering import Proof
from bot.domain.trust import Standing

VERIFY = "m.key.verification.request"
"""The kind of a message that asks the bot to compare emoji. It may come in clear, and has no body then."""


@dataclass(frozen=True, slots=True)
class Message:
    """A decrypted room message. Plaintext never becomes a Message, but for the bare fact of a VERIFY.

    `body` has no reply fallback. `kind` is the msgtype ("m.text", "m.notice", "m.image", …).
    `edits`, `thread`, `reply_to` are event ids; `reply_to` is None for a thread's fallback reply.
    `marker` is the bot's own marker, if the event carries one in its unencrypted part. `standing` is that of
    the device that wrote it.
    """

    event_id: str
    room_id: str
    sender: str
    sent_at: datetime
    kind: str
    body: str
    thread: str | None = None
    reply_to: str | None = None
    edits: str | None = None
    mentions: frozenset[str] = frozenset()
    marker: str | None = None
    standing: Standing = Standing.SIGNED
    file: Attached | None = None


@dataclass(frozen=True, slots=True)
class IdentityChanged:
    """A person's identity is not the pinned one. `event_id` is derived from user and new identity."""

    event_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Undecryptable:
    """An encrypted event whose key is not there (yet). `raw` is the event as JSON."""

    event_id: str
    room_id: str
    sender: str
    sent_at: datetime
    session_id: str
    raw: str


@dataclass(frozen=True, slots=True)
class Redaction:
    """A real redaction event: `sender` removed `redacts`."""

    event_id: str
    room_id: str
    sender: str
    sent_at: datetime
    redacts: str


@dataclass(frozen=True, slots=True)
class StateEvent:
    """A real state event of a type that the bot needs (create, power levels, member, encryption)."""

    event_id: str
    room_id: str
    sender: str
    sent_at: datetime
    type: str
    state_key: str
    content: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class RoomState:
    """The state of a room at the start of a batch. `complete` replaces all that is known."""

    room_id: str
    events: tuple[StateEvent, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """The bot is invited. `encrypted` as far as the stripped state tells (None: it does not say).

    `event_id` is derived from room, inviter and membership event, since stripped events carry none.
    """

    event_id: str
    room_id: str
    inviter: str
    direct: bool
    encrypted: bool | None


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """The bot is no longer in the room: it left, was removed or banned."""

    event_id: str
    room_id: str
    sender: str
    banned: bool


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a Fetch: the message, or None if it is not there, not readable, or taken back.

    `event_id` is derived from the request. `topic`, `by` and `payload` are the request's; `asked_in`
    is the event that asked.
    """

    event_id: str
    room_id: str
    asked_in: str
    topic: str
    by: str
    payload: str
    message: Message | None


@dataclass(frozen=True, slots=True)
class Previewed:
    """What came of a Preview of `text`: a proof for each of its languages.

    `event_id` is derived from the request. `topic` and `by` are the request's; `asked_in` is the message
    whose words they are.
    """

    event_id: str
    room_id: str
    asked_in: str
    topic: str
    by: str
    text: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """A person has chosen in a poll: the last answer before its end counts.

    `poll` is the id of the poll's event as the server names it, so that only the ids of `answers` show what
    was chosen. `standing` is that of the device that sent it.
    """

    event_id: str
    room_id: str
    sender: str
    sent_at: datetime
    poll: str
    answers: tuple[str, ...]
    standing: Standing = Standing.SIGNED


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of a Clean: the file, the text that it turned out to be, or why it cannot cross.

    `event_id` is derived from the request. `topic`, `by` and `payload` are the request's; `asked_in` is the
    message whose file it is.
    """

    event_id: str
    room_id: str
    asked_in: str
    topic: str
    by: str
    payload: str
    found: Enclosed | str | Refusal


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of an OpenDirect: the direct chat with the person, or None if there can be none.

    `event_id` is derived from the request, `asked_in` is the event that asked; `topic` and `payload` are the
    request's.
    """

    event_id: str
    asked_in: str
    user_id: str
    topic: str
    payload: str
    room_id: str | None


@dataclass(frozen=True, slots=True)
class Outage:
    """No news from the homeserver since the given time; `over`: it has been heard again."""

    since: datetime
    over: bool

    @property
    def event_id(self) -> str:
        """The same for the same outage."""
        return f"outage:{self.since.isoformat()}:{'over' if self.over else 'begun'}"


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock's event, every 30 s and at start.

    `running`: for how long the machine has been on, as it counts itself; None where nothing counts that.
    """

    at: datetime
    running: Running | None = None


Incoming: TypeAlias = (
    Message
    | IdentityChanged
    | Undecryptable
    | Redaction
    | StateEvent
    | RoomState
    | Invitation
    | RoomLeft
    | Fetched
    | Previewed
    | PollAnswer
    | Opened
    | Cleaned
    | Outage
    | Tick
)


@dataclass(frozen=True, slots=True)
class Batch:
    """What one sync brought, oldest first per room. `cursor` is stored with the last of its events.

    `sessions` are the ids of the Megolm sessions whose keys came with it: what of them could not be
    decrypted before may be tried again. Without `synced` it is not all that a sync brought: it was found out
    while the answer to the next one is waited for, or is the older part of what was missed. `asked`: when
    the sync was asked for; whatever the server had by then has come with it (None: just now).
    """

    cursor: str
    events: tuple[Incoming, ...]
    sessions: frozenset[str] = frozenset()
    synced: bool = True
    asked: datetime | None = None
