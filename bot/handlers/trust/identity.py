"""A member's identity is a new one: the stewards are told, and nothing goes to or comes from their devices.

That lasts until a steward's `!trust NAME`, or 7 days.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.group import Group
from bot.domain.incoming import IdentityChanged
from bot.domain.outgoing import Acknowledge, Outgoing, Say
from bot.domain.text import Text, t
from bot.domain.trust import CHANGE_ACCEPTED_AFTER
from bot.handlers.context import Context
from bot.storage import groups, identities
from bot.storage.identities import Change

REMEMBERED_FOR = timedelta(
    days=38
)  # longer than seen events: a change that comes again must not pass for seen


async def changed(ctx: Context, change: IdentityChanged) -> list[Outgoing]:
    """Tell every home room in which the person is a member, once for each change."""
    if not await identities.changed(ctx.tx, change.user_id, change.event_id, ctx.now):
        return []
    lines = (
        t(
            "{person} has a new identity in Matrix: perhaps they have reset it, perhaps somebody else has "
            "their account. Please ask them in a call or in person.",
            person=change.user_id,
        ),
        t(
            "Until a steward types {command}, and for 7 days at most, I neither write to their devices nor "
            "heed them.",
            command=f"!trust {change.user_id}",
        ),
    )
    homes = await groups.of_member(ctx.tx, change.user_id)
    source = f"{change.event_id}:{ctx.now.isoformat()}"  # the same change may come again, and is said again
    return [_say(home, lines, source) for home in homes]


async def accept_old(ctx: Context) -> list[Outgoing]:
    """The clock: accept what nobody has confirmed for 7 days, and say so."""
    out: list[Outgoing] = []
    for change in await identities.waiting_since(ctx.tx, ctx.now - CHANGE_ACCEPTED_AFTER):
        await identities.acknowledge(ctx.tx, change.user_id)
        source = f"{change.event_id}:{change.at.isoformat()}:accepted"
        line = t(
            "Nobody has confirmed the new identity of {person} for 7 days. From now on I accept it.",
            person=change.user_id,
        )
        homes = await groups.of_member(ctx.tx, change.user_id)
        room_id = homes[0].room_id if homes else ""
        out.append(acknowledge(room_id, change, source))
        out += [_say(home, (line,), source) for home in homes]
    await identities.forget_before(ctx.tx, ctx.now - REMEMBERED_FOR, ctx.now - timedelta(hours=1))
    return out


def acknowledge(room_id: str, change: Change, source: str = "") -> Acknowledge:
    """Accept a person's new identity, the one that was told and no other."""
    what = f"acknowledge:{change.user_id}"
    return Acknowledge(room_id, change.user_id, what, source, change.event_id)


def _say(home: Group, lines: tuple[Text, ...], source: str) -> Say:
    return Say(home.room_id, lines, home.language, what="identity", source=source, notice=False)
