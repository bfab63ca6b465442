"""What joint rooms, and threads that end, are told of their twinning, whichever noun changes it."""

from __future__ import annotations

from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import Text, t
from bot.domain.twinning import State, Twinning
from bot.handlers.context import Context
from bot.handlers.threads import end_threads
from bot.storage import groups, twinnings


async def tell_shared(ctx: Context, twinning: Twinning, source: str = "") -> list[Outgoing]:
    """Say in joint rooms how the twinning stands now, in each side's language; an end in threads, too."""
    a, b = await groups.load(ctx.tx, twinning.a), await groups.load(ctx.tx, twinning.b)
    if a is None or b is None:
        return []
    line = _line(twinning.state, a.name, b.name)
    said: list[Outgoing] = [
        Say(
            room_id,
            (line,),
            a.language,
            what=f"joint:{twinning.id}",
            source=source,
            notice=False,
            also=(b.language,),
        )
        for room_id in await twinnings.joints_of_twinning(ctx.tx, twinning.id)
    ]
    return said + (await end_threads(ctx, twinning, a, b, source) if twinning.state is State.ENDED else [])


def _line(state: State, a: str, b: str) -> Text:
    match state:
        case State.ACTIVE:
            return t("The twinning of {a} and {b} goes on: I translate here again.", a=a, b=b)
        case State.PAUSED:
            return t(
                "The twinning of {a} and {b} is paused: I translate nothing here until it goes on.", a=a, b=b
            )
        case _:
            return t("The twinning of {a} and {b} has ended: I translate nothing here any more.", a=a, b=b)
