"""All nouns, in the order in which texts are offered to them; help is made of the others."""

from __future__ import annotations

from bot.handlers import (
    about,
    action,
    audit,
    dispatch,
    group,
    help,  # noqa: A004 (the noun's name)
    invitation,
    joint,
    ledger,
    outage,
    person,
    reminders,
    room,
    thread,
    trust,
    twinning,
    unread,
    upgrade,
    verification,
    words,
)
from bot.handlers.context import Noun
from bot.handlers.registry import commands_of

NOUN = help.noun(lambda: commands_of(all_nouns()))

_OTHERS = (
    verification.NOUN,
    unread.NOUN,
    about.NOUN,
    invitation.NOUN,
    room.NOUN,
    outage.NOUN,
    person.NOUN,
    group.NOUN,
    trust.NOUN,
    upgrade.NOUN,
    twinning.NOUN,
    audit.NOUN,
    dispatch.NOUN,
    thread.NOUN,
    words.NOUN,
    joint.NOUN,
    reminders.NOUN,
    ledger.NOUN,
    action.NOUN,
)


def all_nouns() -> tuple[Noun, ...]:
    """Everything that the router knows."""
    return (NOUN, *_OTHERS, ledger.noun(lambda: _OTHERS))
