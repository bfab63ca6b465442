"""Reminders of a room's own, and of persons in their direct chat."""

from __future__ import annotations

from bot.handlers.context import Noun, Occasion
from bot.handlers.reminders import ask, manage, remind

KIND = remind.KIND

NOUN = Noun(
    commands=(ask.REMIND, manage.LIST, manage.LIST_TOO, manage.CANCEL, manage.SNOOZE),
    answers={ask.TOPIC: ask.answered},
    ticks=(remind.forget,),
    occasions={KIND: Occasion(remind.due, remind.mention)},
)
