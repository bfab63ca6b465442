"""`!group code`: a single-use code by which another group finds this one."""

from __future__ import annotations

import secrets

from bot.domain import codes
from bot.domain.outgoing import Outgoing
from bot.domain.text import Moment, t
from bot.handlers.context import Command, Context, Given, Theme
from bot.storage import groups


async def _code(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    code = codes.draw(secrets.choice)
    expires_at = ctx.now + codes.VALID_FOR
    await groups.add_code(ctx.tx, codes.hashed(ctx.house.key, code), group.id, expires_at)
    return ctx.reply(
        t("Your group's code: {code}", code=code),
        t(
            "It works once, until {moment}. A fresh code makes this one void.",
            moment=Moment(expires_at, group.zone),
        ),
        t("Give it to the other group by another way than Matrix if you can: in person, in a call."),
        t("A steward of theirs types: {command}", command=f"!twin propose {code}"),
    )


async def forget_codes(ctx: Context) -> list[Outgoing]:
    """The clock: forget codes that expired long ago, and wrong tries that no longer count."""
    await groups.forget_codes(ctx.tx, ctx.now - codes.REMEMBERED_FOR, ctx.now - codes.TRIES_COUNT_FOR)
    return []


CODE = Command(
    words=("group", "code"),
    summary=t("gives you a fresh code for a group that you want as your twin"),
    theme=Theme.GROUP,
    run=_code,
)
