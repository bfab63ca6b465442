"""Invitations: which are accepted, and how a flood of the others is kept cheap.

Rules:
- An invitation is accepted from the accounts and servers that the host allows, and into a direct chat
  from a joined member of a group's home room or a host; into the successor of a room that was upgraded
  also from a steward of that room. Everything else is declined.
- In one minute so many are accepted and so many declined; what comes beyond is declined with a reason, or,
  from strangers, not answered at all. Of a declined invitation nothing is kept but that it was seen.
- What became of them is counted, and written to the log; each host is told of a flood once a day.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.domain.incoming import Invitation
from bot.domain.outgoing import Join, Leave, Outgoing
from bot.domain.text import Text, t, tn
from bot.handlers.context import Context, Noun
from bot.handlers.hosts import tell_hosts
from bot.handlers.inviters import allowed
from bot.handlers.refusal import only_encrypted
from bot.handlers.succession import invites_onward
from bot.storage import groups, invitations, outbox, rooms
from bot.storage.invitations import Count

log = logging.getLogger(__name__)

MOST_ACCEPTED, MOST_DECLINED = 60, 20  # in a minute


async def invited(ctx: Context, invitation: Invitation) -> list[Outgoing]:
    """Join, or decline, or do nothing about it."""
    so_far = await invitations.this_minute(ctx.tx, ctx.now)
    reason: Text | None = None
    if await _welcome(ctx, invitation):
        if invitation.encrypted is False:
            reason = only_encrypted()
        elif so_far.accepted < MOST_ACCEPTED:
            await invitations.add(ctx.tx, ctx.now, Count(accepted=1))
            await rooms.invited(ctx.tx, invitation.room_id, invitation.inviter)
            return [Join(invitation.room_id)]
        else:
            reason = t("I am being invited into many rooms just now. Please invite me again in a minute.")
    if so_far.declined >= MOST_DECLINED:
        await invitations.add(ctx.tx, ctx.now, Count(ignored=1))
        return []
    await invitations.add(ctx.tx, ctx.now, Count(declined=1))
    decline = Leave(invitation.room_id, None, what=outbox.DECLINE)
    return [replace(decline, reason=reason, language=ctx.language) if reason else decline]


async def _welcome(ctx: Context, invitation: Invitation) -> bool:
    inviter = invitation.inviter
    if allowed(ctx, inviter):
        return True
    if invitation.encrypted is False:
        return False
    if await invites_onward(ctx.tx, inviter, invitation.room_id):
        return True
    return invitation.direct and bool(await groups.of_member(ctx.tx, inviter))


async def count(ctx: Context) -> list[Outgoing]:
    """The clock: say in the log what became of invitations, and tell the hosts of a flood."""
    past = await invitations.take_past(ctx.tx, ctx.now)
    if past != Count():
        log.info(
            "invitations: %s accepted, %s declined, %s not answered",
            past.accepted,
            past.declined,
            past.ignored,
        )
    if not past.ignored:
        return []

    def flood(zone: str) -> Text:
        return tn(
            "Strangers flood me with invitations: {count} in the last minutes were more than I answer. The "
            "groups notice nothing of it, and there is nothing you have to do.",
            "Strangers flood me with invitations: {count} in the last minutes were more than I answer. The "
            "groups notice nothing of it, and there is nothing you have to do.",
            past.ignored,
        )

    return await tell_hosts(ctx, flood, "flood", f"flood:{ctx.now.date().isoformat()}")


NOUN = Noun(invitations=(invited,), ticks=(count,))
