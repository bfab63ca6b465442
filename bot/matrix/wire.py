"""What is read from and written to the JSON of Matrix in more than one place."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

from bot.log import Plain

Raw: TypeAlias = "dict[str, Any]"

_ID = re.compile(
    r"@[!-9;-~]{1,100}:[A-Za-z0-9.:\[\]-]{1,200}|\$[A-Za-z0-9_-]{43}|\$[!-9;-~]{1,100}:[A-Za-z0-9.:-]{1,200}"
)

_DIGITS = 400  # of a number that is taken for one

MARKER_KEY = "org.twinline.marker"
"""Where the bot's own opaque marker stands in the unencrypted part of an encrypted event."""


def loads(text: bytes | str) -> Any:
    """JSON with every string made encodable. Raises ValueError, also for what is nested beyond reason."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        value = _parsed(text)
        return _encodable(value) if "\\ud" in text or "\\uD" in text else value
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _parsed(text: str) -> Any:
    """JSON, in which a number may have more digits than Python reads."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except ValueError:  # one event of one person must not spoil what came with it
        return json.loads(text, parse_int=_number)


def _number(digits: str) -> int:
    return int(digits) if len(digits) <= _DIGITS else 0


def _encodable(value: Any) -> Any:
    """The value with lone surrogates replaced: they are legal in JSON and in nothing else."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    if isinstance(value, dict):
        return {_encodable(key): _encodable(item) for key, item in value.items()}
    return value


def shown_id(value: object) -> str:
    """A user's or event's id as the log may show it; a server may put anything where an id belongs."""
    proper = isinstance(value, str) and _ID.fullmatch(value) is not None
    return Plain(value if proper else "somebody or something without a proper id")


def text_at(value: object, *keys: str) -> str | None:
    """The string at `value[key][key]…`, None if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else None


def moment(milliseconds: object) -> datetime | None:
    """A Matrix time stamp as an aware time in UTC, None if it is none."""
    if not isinstance(milliseconds, int) or isinstance(milliseconds, bool):
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def events_in(section: object, key: str) -> list[Raw]:
    """The well-formed events of `section[key]["events"]`: objects with a type and a content."""
    part = section.get(key) if isinstance(section, Mapping) else None
    events = part.get("events") if isinstance(part, Mapping) else None
    return well_formed(events)


def well_formed(events: object) -> list[Raw]:
    """Those of a list that are objects with a type and a content."""
    listed = events if isinstance(events, list) else []
    return [
        event
        for event in listed
        if isinstance(event, dict)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("content"), dict)
    ]


def is_state(event: Raw) -> bool:
    """Whether the event is a real state event."""
    return isinstance(event.get("state_key"), str)


def starts_stay(event: Raw, user_id: str) -> bool:
    """Whether with this event the user entered the room (not: changed their profile in it)."""
    if event["type"] != "m.room.member" or event.get("state_key") != user_id:
        return False
    if event["content"].get("membership") != "join":
        return False
    return text_at(event, "unsigned", "prev_content", "membership") != "join"


def derived_id(*parts: str) -> str:
    """An id for what the server gives none."""
    return "derived:" + hashlib.sha256("\0".join(parts).encode()).hexdigest()
