"""What may come of decrypting: an event, no key yet, or something that is not what it claims to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from nio.crypto import OlmDevice

from bot.domain.trust import Standing
from bot.matrix.wire import loads

Json: TypeAlias = "dict[str, Any]"


class Drop(StrEnum):
    """Why something was dropped."""

    PLAINTEXT = "plaintext"
    HIDDEN_STATE = "state in an encrypted event"
    NOT_THE_SENDERS = "the device is not the sender's"
    REPEATED = "the ciphertext came before"
    ELSEWHERE = "made for another room"
    MALFORMED = "malformed"
    BROKE = "broke its reading"


class NoKey(Exception):
    """The message cannot be read yet: its room key, or the keys of its sender's device, are not there."""

    def __init__(self, session_id: str, *, owner_of: str | None = None) -> None:
        super().__init__("the key is not there")
        self.session_id = session_id
        self.owner_of = owner_of
        """The Curve25519 key whose device the sender is not known to have, if that is what is missing."""


class Forged(Exception):
    """What came is not what it claims to be, or is malformed. The text holds nothing of it."""

    def __init__(self, text: str, why: Drop = Drop.MALFORMED) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """A decrypted event, the device that wrote it, and what is known of that device."""

    type: str
    content: Json
    device: OlmDevice
    standing: Standing = Standing.UNSIGNED


def parsed(text: str, room_id: str, device: OlmDevice) -> Opened:
    """The decrypted event in a decrypted text. Raises Forged."""
    try:
        inner = loads(text)
    except ValueError:
        raise Forged("the decrypted event is malformed") from None
    if not isinstance(inner, dict):
        raise Forged("the decrypted event is malformed")
    if inner.get("room_id") != room_id:
        raise Forged("the event was encrypted for another room", Drop.ELSEWHERE)
    kind, content = inner.get("type"), inner.get("content")
    if not isinstance(kind, str) or not isinstance(content, dict):
        raise Forged("the decrypted event is malformed")
    if "state_key" in inner:
        raise Forged("the decrypted event claims to be state", Drop.HIDDEN_STATE)
    return Opened(kind, content, device)
