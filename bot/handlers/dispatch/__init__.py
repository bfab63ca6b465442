"""`!dispatch`: news from a group to its twins, what became of it, and taking it back."""

from __future__ import annotations

from bot.domain.text import t
from bot.handlers.context import Argument, Command, Noun, Option, Shape, Theme, Who
from bot.handlers.dispatch import report, send, withdraw

_ANYONE = frozenset({Who.STEWARD, Who.MEMBER})  # each handler looks who may, since the group decides

NOUN = Noun(
    commands=(
        Command(
            words=("dispatch",),
            summary=t("sends news to your twins; deleting your message takes it back"),
            theme=Theme.DISPATCH,
            run=send.send,
            who=_ANYONE,
            arguments=(Argument("TEXT", Shape.REST, optional=True),),
            options=(Option("as", "group|member"),),
        ),
        Command(
            words=("dispatch", "withdraw"),
            summary=t("takes a dispatch back in every room"),
            theme=Theme.DISPATCH,
            run=withdraw.withdraw,
            who=_ANYONE,
            arguments=(Argument("N", Shape.NUMBER),),
        ),
        Command(
            words=("dispatch", "show"),
            summary=t("shows one of your group's dispatches"),
            theme=Theme.DISPATCH,
            run=report.show,
            who=_ANYONE,
            arguments=(Argument("N", Shape.NUMBER),),
        ),
        Command(
            words=("dispatches",),
            summary=t("lists your group's last dispatches and what became of them"),
            theme=Theme.DISPATCH,
            run=report.overview,
            who=_ANYONE,
        ),
    ),
    texts=(withdraw.edited,),
    redactions=(withdraw.deleted,),
    answers={send.WARNED: send.confirmed},
    expired={send.WARNED: send.expired},
    outcomes={send.FETCHED: send.fetched},
    ticks=(report.waiting,),
    settled=(report.told,),
)
