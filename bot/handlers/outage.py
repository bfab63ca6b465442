"""The homeserver is not heard: each host is told, once when it is noticed and once when it is over."""

from __future__ import annotations

from bot.domain.incoming import Outage
from bot.domain.outgoing import Outgoing
from bot.domain.text import Moment, Text, t
from bot.handlers.context import Context, Noun
from bot.handlers.hosts import tell_hosts


async def told(ctx: Context, outage: Outage) -> list[Outgoing]:
    """Tell the hosts."""

    def begun(zone: str) -> Text:
        return t(
            "I have had no news from the homeserver since {moment}. I connect anew and keep trying; nothing "
            "is lost meanwhile.",
            moment=Moment(outage.since, zone),
        )

    def over(zone: str) -> Text:
        return t(
            "I hear from the homeserver again; I had had no news since {moment}.",
            moment=Moment(outage.since, zone),
        )

    if not outage.over:
        return await tell_hosts(ctx, begun, "outage", outage.event_id)
    beginning = Outage(outage.since, over=False).event_id
    return await tell_hosts(ctx, over, "outage", outage.event_id, instead_of=beginning)


NOUN = Noun(outages=(told,))
