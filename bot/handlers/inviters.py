"""Whose invitations the host allows: accounts and servers of the configuration, and the hosts themselves."""

from __future__ import annotations

from bot.handlers.context import Context


def allowed(ctx: Context, inviter: str) -> bool:
    """Whether the bot comes wherever this person invites it."""
    inviters = ctx.house.inviters | ctx.house.hosts
    return inviter.startswith("@") and (inviter in inviters or inviter.partition(":")[2] in inviters)
