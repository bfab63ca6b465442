"""Quiet hours: what arrives in them does not ring."""

from __future__ import annotations

from datetime import datetime

from bot.domain.group import is_quiet
from bot.domain.outgoing import Relay, Say
from bot.storage import groups
from bot.storage.db import Tx
from bot.storage.outbox import Entry


async def silent(tx: Tx, entry: Entry | None, now: datetime) -> bool:
    """Whether the message arrives in its group's quiet hours and must not ring."""
    payload = entry.payload if entry is not None else None
    if not isinstance(payload, Relay) and (not isinstance(payload, Say) or payload.notice):
        return False
    group = await groups.of_room(tx, payload.room_id)
    if group is None or (isinstance(payload, Relay) and payload.urgent):
        return False
    return is_quiet(group.settings.quiet, group.zone, now)
