"""Whom a group trusts: members whose identity has changed, members who are new, and `!trust`."""

from __future__ import annotations

from bot.domain.text import t
from bot.handlers import newcomers
from bot.handlers.context import Argument, Command, Noun, Shape, Theme
from bot.handlers.trust import identity
from bot.handlers.trust.command import trust

NOUN = Noun(
    commands=(
        Command(
            words=("trust",),
            summary=t("confirms a member whose identity has changed, or who is new here"),
            theme=Theme.GROUP,
            run=trust,
            arguments=(Argument("NAME", Shape.REST),),
        ),
    ),
    identities=(identity.changed,),
    rooms=(newcomers.look,),
    ticks=(identity.accept_old, newcomers.give_up),
)
