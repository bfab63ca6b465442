"""From the server's JSON to the values of `bot.domain.incoming`.

Messages come from decrypted events alone, but for requests to verify; state and redactions from real state
events and redactions.
What is malformed or not what it claims to be is dropped and counted (see `guard`), never raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from bot.domain.incoming import (
    VERIFY,
    IdentityChanged,
    Incoming,
    Invitation,
    Message,
    PollAnswer,
    Redaction,
    RoomLeft,
    RoomState,
    StateEvent,
    Undecryptable,
)
from bot.domain.trust import Standing
from bot.matrix import polls
from bot.matrix.guard import Guard
from bot.matrix.media import described
from bot.matrix.opening import Drop, Forged, NoKey, Opened
from bot.matrix.rooms import NEEDED_TYPES, STATE_TYPES
from bot.matrix.trust import change_id
from bot.matrix.wire import (
    MARKER_KEY,
    Raw,
    derived_id,
    events_in,
    is_state,
    loads,
    moment,
    text_at,
    well_formed,
)

_SPOILER = re.compile(r'<span data-mx-spoiler(?:="[^"<>]*")?>(?:(?!</?span).)*</span>', re.DOTALL)
_STATE = frozenset({*NEEDED_TYPES, "m.room.redaction"})  # what counts only when the server can see it
_FILES = ("m.image", "m.audio", "m.file", "m.video")
_KEPT = ("event_id", "sender", "origin_server_ts", "type", "content")


class Opener(Protocol):
    """`open` decrypts a room event, and raises NoKey, Forged. `asked` is told of a request to verify that
    came in clear."""

    def open(self, room_id: str, event: Raw) -> Opened: ...

    def asked(self, room_id: str, event: Raw) -> None: ...


class Reader:
    """Reads events for the account `user_id`."""

    def __init__(self, user_id: str, opener: Opener, guard: Guard) -> None:
        self.user_id = user_id
        self._opener = opener
        self._guard = guard

    def event(self, room_id: str, event: Raw) -> Incoming | None:
        """One event of a timeline (see `well_formed`); None if it is no input."""
        event_id = event.get("event_id")
        found = None
        with self._guard.reading(f"{room_id} {event_id}", event_id) as worth:
            try:
                if worth:
                    found = self._event(room_id, event)
            except Forged as error:
                self._guard.drop(error.why, event_id)
        return found

    def _event(self, room_id: str, event: Raw) -> Incoming | None:
        if is_state(event):
            return self._state(room_id, event) if event["type"] in STATE_TYPES else None
        if event.get("sender") == self.user_id:
            return None
        if event["type"] == "m.room.redaction":
            return self._redaction(room_id, event)
        if event["type"] == "m.room.encrypted" and event["content"]:
            return self._encrypted(room_id, event)
        if event["type"] == "m.room.message" and event["content"]:
            if event["content"].get("msgtype") == VERIFY:
                return self._asked(room_id, event)
            raise Forged("a message was not encrypted", Drop.PLAINTEXT)
        if event["type"] in polls.RESPONSES:
            raise Forged("the answer to a poll was not encrypted", Drop.PLAINTEXT)
        return None

    def as_it_is_now(self, room_id: str, event: Raw) -> Message | None:
        """A message with the newest edit, which the server sends along with it; None if it cannot be read."""
        message = self.event(room_id, event)
        if not isinstance(message, Message):
            return None
        unsigned = event.get("unsigned")
        relations = unsigned.get("m.relations") if isinstance(unsigned, dict) else None
        newest = well_formed([relations.get("m.replace")] if isinstance(relations, dict) else [])
        if not newest:
            return message
        edit = self.event(room_id, newest[0])
        if isinstance(edit, Undecryptable):
            return None
        if not isinstance(edit, Message) or (edit.sender, edit.edits) != (message.sender, message.event_id):
            return message
        return replace(
            message, kind=edit.kind, body=edit.body, mentions=edit.mentions, standing=edit.standing
        )

    def state(self, room_id: str, events: Iterable[Raw], *, complete: bool) -> RoomState:
        """The state section of a room."""
        known = [self.event(room_id, e) for e in events if is_state(e) and e["type"] in STATE_TYPES]
        return RoomState(room_id, tuple(e for e in known if isinstance(e, StateEvent)), complete)

    def retry(self, raw: str) -> Message | PollAnswer | None:
        """Try an Undecryptable's `raw` again; None if it still cannot be read or is no input.

        Raises ValueError if `raw` is not what an Undecryptable carried.
        """
        events = well_formed([loads(raw)])
        room_id = text_at(events[0], "room_id") if events else None
        if room_id is None:
            raise ValueError("not the JSON of an event that could not be decrypted")
        found = self.event(room_id, events[0])
        return found if isinstance(found, Message | PollAnswer) else None

    def invitation(self, room_id: str, section: object) -> Invitation | None:
        """An entry of `rooms.invite`."""
        events = events_in(section, "invite_state")
        own = [e for e in events if e["type"] == "m.room.member" and e.get("state_key") == self.user_id]
        inviter = text_at(own[-1], "sender") if own else None
        if inviter is None or own[-1]["content"].get("membership") != "invite":
            return None
        lasting = {key: value for key, value in own[-1].items() if key != "unsigned"}
        return Invitation(
            event_id=derived_id(room_id, inviter, json.dumps(lasting, sort_keys=True)),
            room_id=room_id,
            inviter=inviter,
            direct=own[-1]["content"].get("is_direct") is True,
            encrypted=True if any(e["type"] == "m.room.encryption" for e in events) else None,
        )

    def identities(self, changed: Mapping[str, str]) -> list[IdentityChanged]:
        """Of people, by their new master keys, whose identity is not the one they had."""
        return [IdentityChanged(change_id(user_id, master), user_id) for user_id, master in changed.items()]

    def left(self, room_id: str, section: object, cursor: str) -> RoomLeft:
        """An entry of `rooms.leave` in the answer that `cursor` ends."""
        events = [*events_in(section, "state"), *events_in(section, "timeline")]
        own = [e for e in events if e["type"] == "m.room.member" and e.get("state_key") == self.user_id]
        last = own[-1] if own else {}
        return RoomLeft(
            event_id=text_at(last, "event_id") or derived_id(room_id, "left", cursor),
            room_id=room_id,
            sender=text_at(last, "sender") or "",
            banned=text_at(last, "content", "membership") == "ban",
        )

    def _state(self, room_id: str, event: Raw) -> StateEvent:
        event_id, sender, sent_at = _envelope(event)
        return StateEvent(
            event_id, room_id, sender, sent_at, event["type"], event["state_key"], event["content"]
        )

    def _redaction(self, room_id: str, event: Raw) -> Redaction:
        event_id, sender, sent_at = _envelope(event)
        target = text_at(event, "redacts") or text_at(event, "content", "redacts")
        if target is None:
            raise Forged("the redaction names no event")
        return Redaction(event_id, room_id, sender, sent_at, target)

    def _encrypted(self, room_id: str, event: Raw) -> Message | PollAnswer | Undecryptable | None:
        event_id, sender, sent_at = _envelope(event)
        try:
            plain = self._opener.open(room_id, event)
        except NoKey as missing:
            kept = {key: event[key] for key in _KEPT} | {"room_id": room_id}
            return Undecryptable(event_id, room_id, sender, sent_at, missing.session_id, json.dumps(kept))
        if plain.type in _STATE:
            raise Forged("an encrypted event claims to be state", Drop.HIDDEN_STATE)
        relation = event["content"].get("m.relates_to")
        if plain.type in polls.RESPONSES:
            return self._chosen(room_id, event, plain, text_at(relation, "event_id"))
        if plain.type != "m.room.message":
            return None
        rel_type, related = text_at(relation, "rel_type"), text_at(relation, "event_id")
        answered = text_at(relation, "m.in_reply_to", "event_id")
        content = plain.content.get("m.new_content") if rel_type == "m.replace" else plain.content
        kind, body = text_at(content, "msgtype"), text_at(content, "body")
        if kind is None or body is None:
            raise Forged("the message has no text")
        if kind == VERIFY and plain.content.get("to") != self.user_id:
            return None
        thread = related if rel_type == "m.thread" else None
        if thread is not None and isinstance(relation, dict) and relation.get("is_falling_back") is True:
            fallback, answered = answered, None
        else:
            fallback = answered
        return Message(
            event_id=event_id,
            room_id=room_id,
            sender=sender,
            sent_at=sent_at,
            kind=kind,
            body=hidden(content, body if fallback is None else without_fallback(body)),
            thread=thread,
            reply_to=answered,
            edits=related if rel_type == "m.replace" else None,
            mentions=_mentions(content),
            marker=text_at(event["content"], MARKER_KEY),
            standing=plain.standing,
            file=described(content) if kind in _FILES else None,
        )

    def _chosen(self, room_id: str, event: Raw, plain: Opened, poll: str | None) -> PollAnswer:
        event_id, sender, sent_at = _envelope(event)
        chosen = polls.choices(plain.content)
        if poll is None or chosen is None:
            raise Forged("the answer to a poll is malformed")
        return PollAnswer(event_id, room_id, sender, sent_at, poll, chosen, plain.standing)

    def _asked(self, room_id: str, event: Raw) -> Message | None:
        """A request to verify, which Element sends in clear: nothing of it counts but that it was made."""
        event_id, sender, sent_at = _envelope(event)
        if event["content"].get("to") != self.user_id:
            return None
        self._opener.asked(room_id, event)
        return Message(event_id, room_id, sender, sent_at, VERIFY, "", standing=Standing.UNSIGNED)


def _envelope(event: Raw) -> tuple[str, str, datetime]:
    event_id, sender = text_at(event, "event_id"), text_at(event, "sender")
    sent_at = moment(event.get("origin_server_ts"))
    if not event_id or not sender or sent_at is None:
        raise Forged("the event is malformed")
    return event_id, sender, sent_at


def _mentions(content: object) -> frozenset[str]:
    """The users whom the message mentions on purpose."""
    mentions = content.get("m.mentions") if isinstance(content, dict) else None
    users = mentions.get("user_ids") if isinstance(mentions, dict) else None
    return (
        frozenset(user for user in users if isinstance(user, str)) if isinstance(users, list) else frozenset()
    )


def without_fallback(body: str) -> str:
    """The text of a reply without the quotation that older clients put before it."""
    lines = body.split("\n")
    quoted = 0
    while quoted < len(lines) and lines[quoted].startswith("> "):
        quoted += 1
    if quoted == 0 or quoted == len(lines) or lines[quoted] != "":
        return body
    return "\n".join(lines[quoted + 1 :])


def hidden(content: object, body: str) -> str:
    """The text, as Markdown for a spoiler where the sender's client says so in HTML alone.

    Nothing else is read from the HTML of others: what counts is the text that they typed.
    """
    formatted = text_at(content, "formatted_body")
    if (
        formatted is None
        or "||" in body
        or body.lstrip()[:1] in ("!", "/")
        or not _SPOILER.fullmatch(formatted)
    ):
        return body
    return "\n".join(f"||{line.strip()}||" if line.strip() else line for line in body.split("\n"))
