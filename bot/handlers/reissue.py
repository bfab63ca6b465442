"""Changing what was relayed: the same post with other words, or with another translation."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.outgoing import Relay, RowRef
from bot.domain.rendering import Rendering
from bot.storage.outbox import EDIT, Entry


def reissue(row: Entry, text: str, cause: str, rendering: Rendering | None = None) -> Relay | None:
    """The edit of a relayed post, caused by the event `cause`; without a rendering it is translated anew.

    None if the post cannot be changed: it never arrived, or what it was has been forgotten.
    """
    relay = row.payload if isinstance(row.payload, Relay) else row.frame
    if relay is None or not (row.is_open or row.state == "sent"):
        return None
    return replace(
        relay,
        words=replace(relay.words, text=text),
        rendering=rendering,
        what=f"{row.what}{EDIT}{cause}",
        source=row.source,
        replaces=RowRef(row.source, row.room_id, row.what),
    )
