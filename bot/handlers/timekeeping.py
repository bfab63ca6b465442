"""Whether the machine's clock is believed: while it is not, a tick does nothing, and the hosts are asked."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from bot.domain.clockwork import Account, Running, believed
from bot.domain.outgoing import Outgoing
from bot.domain.text import Moment, Text, t
from bot.handlers.context import Context
from bot.handlers.hosts import tell_hosts
from bot.storage import clocks

log = logging.getLogger(__name__)

RESUME = "!host resume"


async def doubts(ctx: Context, running: Running | None) -> list[Outgoing] | None:
    """None if the clock is believed; else what the hosts are told, which they are told once."""
    if running is None:
        return None
    before = await clocks.load(ctx.tx)
    account = believed(before, ctx.now, running)
    await clocks.save(ctx.tx, account)
    if account.held_at is None:
        return None
    if before is None or before.held_at is None:
        log.error("the clock of this machine is more than a day ahead: nothing is done until a host says so")
    return await tell_hosts(ctx, _asked(account, account.held_at), "clock", f"clock:{account.at.isoformat()}")


def _asked(account: Account, shown: datetime) -> Callable[[str], Text]:
    def line(zone: str) -> Text:
        return t(
            "The clock of my machine jumped from {before} to {after}. Until you tell me that this is right, "
            "I send no reminders, end and delete nothing. Correct the clock, or confirm it with: {command}",
            before=Moment(account.at, zone),
            after=Moment(shown, zone),
            command=RESUME,
        )

    return line


async def resume(ctx: Context) -> bool:
    """A host says that the clock is right; False if it was believed anyway."""
    account = await clocks.load(ctx.tx)
    if account is None or account.held_at is None:
        return False
    await clocks.forget(ctx.tx)
    return True
