"""What several nouns ask of twins: who they are, and how one group names another."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.group import Group
from bot.domain.text import Listing
from bot.domain.twinning import Twinning
from bot.storage import groups, twinnings
from bot.storage.db import Tx


@dataclass(frozen=True, slots=True)
class Twin:
    """A twin as a group sees it: their twinning and the other group."""

    twinning: Twinning
    group: Group

    def alias_for(self, reader: Group) -> str:
        """The twin's handle as `reader`, the other side, sees it."""
        return self.twinning.alias_for(reader.id)

    def alias_of(self, writer: Group) -> str:
        """The handle of `writer`, the other side, as this twin sees it."""
        return self.twinning.alias_of(writer.id)


async def twins_of(tx: Tx, group: Group) -> list[Twin]:
    """A group's open twinnings (proposed, active, paused) with the other side's group."""
    known = [(twinning, twinning.other(group.id)) for twinning in await twinnings.open_of(tx, group.id)]
    others = await groups.load_all(tx, [other for _, other in known])
    return [Twin(twinning, others[other]) for twinning, other in known if other in others]


async def named_by(tx: Tx, group: Group, typed: str) -> Twin | None:
    """The twin whose handle, or number in `!twin`, was typed."""
    wanted = unicodedata.normalize("NFKC", typed).casefold().strip(" #.,!“”\"'")
    known = await twins_of(tx, group)
    numbers = await twinnings.numbers(tx, group.id)
    for twin in known:
        if wanted in (twin.alias_for(group), str(numbers[twin.twinning.id])):
            return twin
    return None


def aliases(twins: Iterable[Twin], reader: Group) -> Listing:
    """The twins' handles as a group sees them, to be listed in a sentence."""
    return Listing(tuple(twin.alias_for(reader) for twin in twins))
