"""The clock: twinnings end on their date, and ended ones are forgotten after a while."""

from __future__ import annotations

from datetime import timedelta

from bot.domain import twinning as rules
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.domain.twinning import State, Twinning
from bot.handlers.context import Context
from bot.handlers.joints import tell_shared
from bot.handlers.twin_states import named
from bot.handlers.twinning.names import tell
from bot.handlers.twins import Twin
from bot.storage import groups, outbox, twinnings

REMEMBERED_FOR = timedelta(days=30)


async def end_due(ctx: Context) -> list[Outgoing]:
    """End what is past its end date: both rooms are told, what waits is cancelled."""
    found: list[Outgoing] = []
    for twinning in await twinnings.past_end(ctx.tx, ctx.now.date()):
        ended = rules.end(twinning)
        await twinnings.save(ctx.tx, ended, ctx.now)
        ctx.settled += await outbox.cancel_twinning(ctx.tx, twinning.id, ctx.now)
        a, b = await groups.load(ctx.tx, twinning.a), await groups.load(ctx.tx, twinning.b)
        if a is not None and b is not None:
            found += [_told(twinning, a, b), _told(twinning, b, a)]
            found += await tell_shared(ctx, ended, f"twinning:{twinning.id}")
    await twinnings.forget_before(ctx.tx, ctx.now - REMEMBERED_FOR)
    return found


def _told(twinning: Twinning, reader: Group, other: Group) -> Outgoing:
    name = named(Twin(twinning, other), reader)
    lines: tuple[Text, ...] = (
        t("Your twinning with {twin} has reached its end date and has ended.", twin=name),
        t("To go on, start anew with a fresh code: {command}", command="!group code"),
    )
    if twinning.state is State.PROPOSED:
        lines = (
            t(
                "The twinning proposed with {twin} was not accepted before its end date. It is off.",
                twin=name,
            ),
        )
    return tell(Twin(twinning, reader), *lines, what="twin-ended", source=f"twinning:{twinning.id}")
