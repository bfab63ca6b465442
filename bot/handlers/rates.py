"""Whether somebody has had so much carried that the next message has to stay."""

from __future__ import annotations

from bot.domain import rates as rules
from bot.domain.group import Group
from bot.domain.ids import pseudonym
from bot.domain.parts import parts
from bot.domain.text import Moment, Text, t
from bot.handlers.context import Context
from bot.storage import rates


async def too_much(ctx: Context, group: Group, text: str) -> list[Text]:
    """Why this message stays here; empty if it may go, and then it is counted, a long one by its parts."""
    since = ctx.now - rules.WITHIN
    await rates.forget(ctx.tx, since)
    limits, minutes = ctx.house.rates, rules.WITHIN.seconds // 60
    person = pseudonym(ctx.house.key, "rate", ctx.sender)
    whole = pseudonym(ctx.house.key, "rate-group", str(group.id))
    free = rules.free_at(await rates.carried(ctx.tx, person, since), limits.person)
    if free is not None:
        moment = Moment(free, group.zone)
        return [
            t(
                "That was a lot at once: I carry {most} messages of one person in {minutes} minutes.",
                most=limits.person,
                minutes=minutes,
            ),
            t("This one stays here. From {moment} on I carry your messages again.", moment=moment),
        ]
    free = rules.free_at(await rates.carried(ctx.tx, whole, since), limits.group)
    if free is not None:
        moment = Moment(free, group.zone)
        return [
            t(
                "That was a lot at once: I carry {most} messages of one group in {minutes} minutes.",
                most=limits.group,
                minutes=minutes,
            ),
            t("This one stays here. From {moment} on I carry your messages again.", moment=moment),
        ]
    for who in [person] * bool(limits.person) + [whole] * bool(limits.group):
        for _ in parts(text):
            await rates.note(ctx.tx, who, ctx.now)
    return []
