"""`!dispatch`: news from a group to its twins, what became of it, changing it, and taking it back."""

from __future__ import annotations

from bot.handlers import edits, enclosing
from bot.handlers.context import Noun
from bot.handlers.dispatch import (
    aloud,
    answers,
    approval,
    approve,
    ask,
    consent,
    edit,
    picture,
    report,
    send,
    withdraw,
)
from bot.handlers.dispatch.commands import COMMANDS
from bot.handlers.dispatch.enclosed import BLURRED, TOPIC

NOUN = Noun(
    commands=COMMANDS,
    texts=(edit.edited, approve.answered, consent.answered_by_others),
    redactions=(withdraw.deleted, aloud.deleted, edits.taken_back, enclosing.taken_back),
    answers={ask.TOPIC: answers.confirmed, consent.TOPIC: answers.agreed, TOPIC: picture.answered},
    expired={ask.TOPIC: answers.expired, consent.TOPIC: answers.not_agreed, TOPIC: picture.expired},
    cleaned={TOPIC: picture.cleaned, BLURRED: picture.cleaned},
    blurs={TOPIC: picture.blur},
    previews={ask.TOPIC: ask.previewed, aloud.TOPIC: aloud.previewed},
    outcomes={send.FETCHED: send.fetched},
    ticks=(report.waiting, approval.tick),
    settled=(report.told,),
)
