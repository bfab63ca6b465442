"""Requests to compare emoji or scan codes: declined at once, so that nobody's app waits for the bot.

The bot's device is signed by its own identity, which is all that people's apps need; an account of a machine
has no eyes to compare with.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.domain.incoming import VERIFY
from bot.log import Plain
from bot.matrix.envelopes import Envelopes
from bot.matrix.http import Json
from bot.matrix.wire import moment, text_at
from bot.pipeline.ports import Refused

CANCEL = "m.key.verification.cancel"

_BEGINNINGS = (VERIFY, "m.key.verification.start")
_VALID_FOR = timedelta(minutes=10)  # Matrix specification, "Key verification framework"
_MOST = 100
_NO: Json = {"code": "m.user", "reason": "This is a bot. It takes part in no interactive verification."}

SayNo: TypeAlias = "Callable[[str, str, Json], Awaitable[None]]"  # room, event of the request, content

logger = logging.getLogger(__name__)


class Verification:
    """Collects the requests that come in; `answer` declines them."""

    def __init__(self, user_id: str) -> None:
        self._user_id = user_id
        self._devices: dict[tuple[str, str], str] = {}  # user, device → transaction
        self._rooms: dict[str, str] = {}  # event → room

    def from_devices(self, events: Iterable[object]) -> None:
        """Look for requests among to-device events."""
        for event in events:
            if not isinstance(event, dict) or event.get("type") not in _BEGINNINGS:
                continue
            sender, device = text_at(event, "sender"), text_at(event, "content", "from_device")
            transaction = text_at(event, "content", "transaction_id")
            if sender and device and transaction and len(self._devices) < _MOST:
                self._devices[sender, device] = transaction

    def in_room(self, room_id: str, event: Mapping[str, object], content: Json, now: datetime) -> None:
        """Look whether a message asks for it."""
        sent_at, event_id = moment(event.get("origin_server_ts")), text_at(event, "event_id")
        if content.get("msgtype") != VERIFY or content.get("to") != self._user_id:
            return
        if event_id and sent_at is not None and now - sent_at < _VALID_FOR and len(self._rooms) < _MOST:
            self._rooms[event_id] = room_id

    async def answer(self, envelopes: Envelopes, say_no: SayNo) -> None:
        """Decline what was asked. Raises Unavailable, LoggedOut; what was not declined is the next time."""
        if self._devices:
            asked = dict(self._devices)
            messages: defaultdict[str, dict[str, Json]] = defaultdict(dict)
            for (user, device), transaction in asked.items():
                messages[user][device] = {**_NO, "transaction_id": transaction}
            try:
                await envelopes.plain(CANCEL, messages)
            except Refused as error:
                logger.warning("a verification cannot be declined: %s", Plain(error))
            self._devices = {key: value for key, value in self._devices.items() if asked.get(key) != value}
        for event_id, room_id in list(self._rooms.items()):
            try:
                await say_no(room_id, event_id, _NO)
            except Refused as error:
                logger.warning("a verification cannot be declined: %s", Plain(error))
            del self._rooms[event_id]
