"""What its writer is warned of before a text crosses: what could endanger somebody, words better avoided."""

from __future__ import annotations

from collections.abc import Iterable

import regex

from bot.domain.group import Group
from bot.domain.text import Text, Words, t
from bot.handlers.context import Context
from bot.handlers.look import look, sentences
from bot.handlers.twins import Twin
from bot.i18n import territory_of
from bot.storage import words
from bot.storage.words import Kind


async def avoided(ctx: Context, readers: Iterable[Twin], text: str) -> list[Text]:
    """One sentence for each word of the text that one of its readers asked to avoid."""
    found: list[Text] = []
    for twin in readers:
        for term in await words.terms(ctx.tx, twin.twinning.id):
            if term.kind is not Kind.AVOID or term.group != twin.group.id or not _holds(text, term.word):
                continue
            if term.other:
                found.append(
                    t(
                        "{group} asks to avoid “{word}”: {why}",
                        group=twin.group.name,
                        word=term.word,
                        why=Words(term.other, term.language, twin.group.name),
                    )
                )
            else:
                found.append(t("{group} asks to avoid “{word}”.", group=twin.group.name, word=term.word))
    return found


async def doubts(ctx: Context, group: Group, readers: Iterable[Twin], text: str) -> list[Text]:
    """One sentence for each kind of thing in the text that could endanger somebody, or is better avoided."""
    twins = list(readers)
    zones = [group.zone, *(twin.group.zone for twin in twins)]
    regions = {territory: None for zone in zones if (territory := territory_of(zone)) is not None}
    return [*sentences(look(text, list(regions))), *await avoided(ctx, twins, text)]


async def added_doubts(
    ctx: Context, group: Group, readers: Iterable[Twin], text: str, before: str | None
) -> list[Text]:
    """What is doubtful in a text and was not in what it said `before`, if that is known."""
    twins = list(readers)
    known = await doubts(ctx, group, twins, before) if before is not None else []
    return [line for line in await doubts(ctx, group, twins, text) if line not in known]


async def new_doubts(
    ctx: Context, group: Group, readers: Iterable[Twin], text: str, before: str | None = None
) -> list[Text]:
    """Why an edit stays here: what is doubtful in it; `before` is the text until now, if it is known."""
    found = await added_doubts(ctx, group, readers, text, before)
    if not found:
        return []
    return [
        *found[:8],
        t("Your change was not relayed. What was relayed stays as it was."),
        t("To send it anyway, delete your message and write it anew: then I ask you."),
    ]


def _holds(text: str, word: str) -> bool:
    """Whether the word stands in the text as a whole word, in any case."""
    return (
        regex.search(
            rf"(?<![\p{{L}}\p{{N}}]){regex.escape(word)}(?![\p{{L}}\p{{N}}])", text, regex.IGNORECASE
        )
        is not None
    )
