"""Names for things that happen once: transaction ids and markers.

Both are keyed with the installation's key, so that nobody without it can tell which messages of
two rooms belong together.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

_SEPARATOR = b"\x00"


def _keyed(key: bytes, *parts: str) -> str:
    digest = hmac.new(key, _SEPARATOR.join(part.encode() for part in parts), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def transaction_id(key: bytes, source: str, room_id: str, what: str) -> str:
    """The Matrix transaction id of a message, the same on every try.

    Source: Client-Server API, "Transaction identifiers".
    """
    return _keyed(key, "transaction", source, room_id, what)


def marker(key: bytes, source: str, room_id: str, what: str) -> str:
    """The opaque mark by which the bot finds its own message again, different in every room."""
    return _keyed(key, "marker", source, room_id, what)


def mark_of(event_id: str) -> str:
    """A short mark of an event, for names of what it caused."""
    return hashlib.sha256(event_id.encode(errors="replace")).hexdigest()[:12]


def pseudonym(key: bytes, scope: str, person: str) -> str:
    """A person's name within a scope, which leads back to nobody without the key."""
    return _keyed(key, "pseudonym", scope, person)
