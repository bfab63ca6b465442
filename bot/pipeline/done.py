"""What came of one try of a row."""

from __future__ import annotations

from dataclasses import dataclass

from bot.storage.outbox import Entry


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a row: exactly one of sent, failed with a reason, cancelled, or to be tried again."""

    entry: Entry
    state: str
    event_id: str | None = None
    reason: str = ""
    unreadable: tuple[str, ...] | None = None
