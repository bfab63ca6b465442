"""`!action`: what twins plan to do together, its dates, each side's part in it, and how it was."""

from __future__ import annotations

from bot.handlers.action import season
from bot.handlers.action.calendar import CALENDAR
from bot.handlers.action.debrief import DEBRIEF
from bot.handlers.action.menu import OPTION
from bot.handlers.action.moves import AGREE, CANCEL, CONFIRM, DECLINE, DONE, MOVE
from bot.handlers.action.propose import PROPOSE
from bot.handlers.action.reminders import KIND, OCCASION, REMIND
from bot.handlers.action.series import tend
from bot.handlers.action.show import LIST, SHOW
from bot.handlers.context import Noun

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
    ticks=(tend, season.plan_quarters),
    occasions={KIND: OCCASION, season.KIND: season.OCCASION},
)
