"""`!twin`: two groups become twins, pause, resume, end and renew it."""

from __future__ import annotations

from bot.handlers.context import Noun
from bot.handlers.twinning.ending import end_due
from bot.handlers.twinning.listing import LIST
from bot.handlers.twinning.moves import END, PAUSE, RENEW, RESUME
from bot.handlers.twinning.propose import ACCEPT, DECLINE, PROPOSE
from bot.handlers.twinning.sunset import KIND, OCCASION, plan_ends

NOUN = Noun(
    commands=(LIST, PROPOSE, ACCEPT, DECLINE, PAUSE, RESUME, END, RENEW),
    ticks=(end_due, plan_ends),
    occasions={KIND: OCCASION},
)
