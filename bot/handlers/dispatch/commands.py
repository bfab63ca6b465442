"""The commands of dispatches."""

from __future__ import annotations

from bot.domain.text import t
from bot.handlers.context import Argument, Command, Option, Place, Shape, Theme, Who
from bot.handlers.dispatch import aloud, approve, report, send, withdraw
from bot.handlers.look import looked_for

_ANYONE = frozenset({Who.STEWARD, Who.MEMBER})  # each handler looks who may, since the group decides

COMMANDS = (
    Command(
        words=("dispatch",),
        summary=t("sends news to your twins; deleting your message takes it back"),
        theme=Theme.DISPATCH,
        run=send.send,
        who=_ANYONE,
        arguments=(Argument("TEXT", Shape.REST, optional=True),),
        options=(
            Option("to", "GROUP"),
            Option("as", "group|member|name"),
            Option("urgent", "yes"),
            Option("preview", "yes"),
        ),
        places=frozenset({Place.HOME, Place.JOINT}),
        notes=(
            looked_for(),
            t(
                "Written under a picture, a voice message or a plain text file, or as a reply to one, it "
                "sends that file too. I clean it first and ask its author; videos, PDF and office "
                "files stay here."
            ),
        ),
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
        summary=t("shows one of your group's dispatches; as a card to be read aloud, also a twin's"),
        theme=Theme.DISPATCH,
        run=report.show,
        who=_ANYONE,
        arguments=(Argument("N", Shape.NUMBER), Argument("PAGE", Shape.NUMBER, optional=True)),
        options=(Option("card", "yes"),),
    ),
    Command(
        words=("read",),
        summary=t("tells a twin that you have read their dispatch aloud, and where"),
        theme=Theme.DISPATCH,
        run=aloud.read,
        who=_ANYONE,
        arguments=(Argument("N"), Argument("WHERE", Shape.REST, optional=True)),
    ),
    Command(
        words=("approve",),
        summary=t("lets a dispatch go that waits for a second pair of eyes; so does a reply “yes”"),
        theme=Theme.DISPATCH,
        run=approve.approve,
        who=_ANYONE,
        arguments=(Argument("N", Shape.NUMBER),),
    ),
    Command(
        words=("hold",),
        summary=t("stops a dispatch that waits for a second pair of eyes, and says why"),
        theme=Theme.DISPATCH,
        run=approve.hold,
        who=_ANYONE,
        arguments=(Argument("N", Shape.NUMBER), Argument("WHY", Shape.REST)),
    ),
    Command(
        words=("dispatches",),
        summary=t("lists your group's last dispatches and what became of them"),
        theme=Theme.DISPATCH,
        run=report.overview,
        who=_ANYONE,
        arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
    ),
)
