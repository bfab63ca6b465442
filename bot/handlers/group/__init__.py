"""`!group`: a room becomes a group's home, its settings, its codes, and forgetting all of it."""

from __future__ import annotations

from bot.handlers.context import Noun
from bot.handlers.group import forget
from bot.handlers.group.code import CODE, forget_codes
from bot.handlers.group.create import CREATE
from bot.handlers.group.settings import SET, SHOW

NOUN = Noun(
    commands=(CREATE, SHOW, SET, CODE, forget.FORGET),
    answers={forget.TOPIC: forget.answered},
    grave=frozenset({forget.TOPIC}),
    ticks=(forget_codes,),
)
