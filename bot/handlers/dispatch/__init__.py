"""`!dispatch`: news from a group to its twins, what became of it, changing it, and taking it back."""

from __future__ import annotations

from bot.handlers.context import Noun
from bot.handlers.dispatch import ask, edit, report, send, withdraw
from bot.handlers.dispatch.commands import COMMANDS

NOUN = Noun(
    commands=COMMANDS,
    texts=(edit.edited,),
    redactions=(withdraw.deleted,),
    answers={ask.TOPIC: send.confirmed},
    expired={ask.TOPIC: send.expired},
    previews={ask.TOPIC: ask.previewed},
    outcomes={send.FETCHED: send.fetched},
    ticks=(report.waiting,),
    settled=(report.told,),
)
