"""Quiet hours: what arrives in them does not ring; a file, which cannot but ring, waits for their end."""

from __future__ import annotations

from datetime import datetime

from bot.domain.group import is_quiet, quiet_until
from bot.domain.outgoing import File, Relay, Say
from bot.storage import groups, outbox
from bot.storage.db import Tx
from bot.storage.outbox import Entry, Taken


async def waits_for_morning(tx: Tx, taken: Taken, now: datetime) -> bool:
    """Whether what was taken is a file of somebody's that comes later, since it cannot come without ringing.

    One that was tried before may be there already.
    """
    entry = taken.entry
    file = entry.payload if entry is not None else None
    if entry is None or not isinstance(file, File) or file.origin_room is None:
        return False
    group = await groups.of_room(tx, file.room_id)
    if group is None or file.urgent or entry.tries > 1:
        return False
    until = quiet_until(group.settings.quiet, group.zone, now)
    if until is None:
        return False
    await outbox.put_back(tx, taken)
    await outbox.postpone(tx, entry, until)
    return True


async def silent(tx: Tx, entry: Entry | None, now: datetime) -> bool:
    """Whether the message arrives in its group's quiet hours and must not ring."""
    payload = entry.payload if entry is not None else None
    if not isinstance(payload, Relay) and (not isinstance(payload, Say) or payload.notice):
        return False
    group = await groups.of_room(tx, payload.room_id)
    if group is None or (isinstance(payload, Relay) and payload.urgent):
        return False
    return is_quiet(group.settings.quiet, group.zone, now)
