"""The words of a twinning: corrections of translations, agreed terms."""

from __future__ import annotations

from bot.domain.text import t
from bot.handlers.context import Argument, Command, Noun, Option, Place, Shape, Theme, Who
from bot.handlers.words import fix, terms

_WITH = (Option("with", "GROUP"),)

NOUN = Noun(
    commands=(
        Command(
            words=("fix",),
            summary=t("as a reply to a translation: corrects it, for everybody to see"),
            theme=Theme.WORDS,
            run=fix.fix,
            who=frozenset({Who.STEWARD, Who.MEMBER}),
            arguments=(Argument("TEXT", Shape.REST),),
            places=frozenset({Place.HOME, Place.JOINT}),
        ),
        Command(
            words=("fix", "undo"),
            summary=t("as a reply to a corrected translation: takes the correction back"),
            theme=Theme.WORDS,
            run=fix.undo,
            arguments=(Argument("LANGUAGE", optional=True),),
        ),
        Command(
            words=("term", "add"),
            summary=t("agrees on the translation of a word"),
            theme=Theme.WORDS,
            run=terms.add,
            arguments=(Argument("SOURCE = TARGET", Shape.PAIR),),
            options=(*_WITH, Option("in", "fr")),
        ),
        Command(
            words=("term", "keep"),
            summary=t("never translates a word"),
            theme=Theme.WORDS,
            run=terms.keep,
            arguments=(Argument("WORD", Shape.REST),),
            options=_WITH,
        ),
        Command(
            words=("term", "avoid"),
            summary=t("warns whoever writes a word to your group, before it crosses"),
            theme=Theme.WORDS,
            run=terms.avoid,
            arguments=(Argument('WORD "why"', Shape.REST),),
            options=_WITH,
        ),
        Command(
            words=("term", "list"),
            summary=t("lists the words you have agreed on with a twin"),
            theme=Theme.WORDS,
            run=terms.listing,
            arguments=(Argument("PAGE", Shape.NUMBER, optional=True),),
            options=_WITH,
            who=frozenset({Who.STEWARD, Who.MEMBER}),
        ),
        Command(
            words=("term", "remove"),
            summary=t("takes a word off that list"),
            theme=Theme.WORDS,
            run=terms.remove,
            arguments=(Argument("N", Shape.NUMBER),),
            options=_WITH,
        ),
    ),
    outcomes={fix.FETCHED: fix.fetched},
)
