"""Changing what was relayed: the same post with other words, or with another translation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.domain.outgoing import Relay, RowRef
from bot.domain.rendering import Rendering
from bot.storage.outbox import EDIT, Entry


def relay_of(row: Entry) -> Relay | None:
    """What the row is a relay of; without words once it was sent."""
    return row.payload if isinstance(row.payload, Relay) else row.frame


def reissue(
    row: Entry, text: str, cause: str, known: Mapping[str, Rendering] = MappingProxyType({})
) -> Relay | None:
    """The edit of a relayed post, caused by the event `cause`; beside the `known` renderings, by their
    languages, it is translated anew.

    None if the post cannot be changed: it never arrived, or what it was has been forgotten.
    """
    relay = relay_of(row)
    if relay is None or not (row.is_open or row.state == "sent"):
        return None
    return wordless(
        replace(
            replace(relay, rendering=None, renderings=()).translated(known),
            words=replace(relay.words, text=text),
            what=f"{row.what}{EDIT}{cause}",
            source=row.source,
            replaces=RowRef(row.source, row.room_id, row.what),
        )
    )


def wordless(relay: Relay) -> Relay:
    """The relay; without words, as with a file it may be, there is nothing to be translated."""
    if relay.words.text.strip():
        return relay
    nothing = Rendering(None)
    return replace(relay, rendering=nothing, renderings=(nothing,) * len(relay.also))
