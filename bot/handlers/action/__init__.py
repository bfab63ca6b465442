"""`!action`: what twins plan to do together, its dates, each side's part in it, and how it was."""

from __future__ import annotations

import json

from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.action import season
from bot.handlers.action.calendar import CALENDAR
from bot.handlers.action.confirm import CONFIRM
from bot.handlers.action.dating import TOPIC
from bot.handlers.action.debrief import DEBRIEF
from bot.handlers.action.menu import OPTION
from bot.handlers.action.moves import AGREE, CANCEL, DECLINE, DONE, MOVE, moved
from bot.handlers.action.propose import PROPOSE, proposed
from bot.handlers.action.reminders import KIND, OCCASION, REMIND, follow_zone
from bot.handlers.action.series import tend
from bot.handlers.action.show import LIST, SHOW
from bot.handlers.context import Context, Noun


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """Somebody has said whether a date was understood."""
    if ctx.group is None:
        return []
    if not yes:
        return ctx.reply(t("Good. Nothing was changed."))
    if not ctx.is_steward:
        return ctx.reply(
            t(
                "{command} is for stewards: members with power level 50 or more in this room.",
                command="!action",
            )
        )
    asked: dict[str, str | None] = json.loads(payload)
    return await (moved(ctx, asked) if "number" in asked else proposed(ctx, asked))


NOUN = Noun(
    commands=(
        SHOW,
        LIST,
        PROPOSE,
        AGREE,
        MOVE,
        DECLINE,
        CONFIRM,
        DONE,
        CANCEL,
        REMIND,
        OPTION,
        DEBRIEF,
        CALENDAR,
    ),
    answers={TOPIC: answered},
    ticks=(tend, season.plan_quarters),
    rezoned=(follow_zone,),
    occasions={KIND: OCCASION, season.KIND: season.OCCASION},
)
