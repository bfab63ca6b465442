"""`!term`: the words that two twins agree on."""

from __future__ import annotations

import regex

from bot.domain import glossary as rules
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, Words, t
from bot.handlers.command import plain
from bot.handlers.context import Context, Given
from bot.handlers.paging import page_of
from bot.handlers.refusal import refuse
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.storage import words
from bot.storage.words import Kind, Term

SHOWN = 10

_PAIR = regex.compile(r"(.+?)\s*(?:=|->|→)\s*(.+)", regex.DOTALL)
_AVOID = regex.compile(r'(?:"([^"]+)"|(\S+))(?:\s+"?([^"]+?)"?)?')


async def add(ctx: Context, given: Given) -> list[Outgoing]:
    """`!term add SOURCE = TARGET`: SOURCE in the own group's language, TARGET in the twin's.

    `in=` names another language of the twin's room, or else of the own one.
    """
    pair = _PAIR.fullmatch(plain(given["SOURCE = TARGET"]).strip())
    if pair is None:
        return await refuse(
            ctx, t("Write it like this: {usage}", usage="!term add rent strike = huelga de alquileres")
        )
    found = await _twin(ctx, given)
    if not isinstance(found, tuple):
        return found
    group, twin = found
    language, other_language = group.language, twin.group.language
    typed = given.get("in")
    named = ctx.house.catalogs.match(typed) if typed is not None else other_language
    if named in twin.group.languages:
        other_language = named
    elif named in group.languages:
        language = named
    else:
        return await refuse(ctx, t("Neither of you reads “{language}”.", language=(typed or "")[:40]))
    if language == other_language:
        return await refuse(ctx, t("You and {group} write in the same language.", group=twin.group.name))
    word, other = pair[1].strip(' "'), pair[2].strip(' "')
    return await _add(ctx, group, twin, Term(0, Kind.TERM, word, language, other, other_language, group.id))


async def keep(ctx: Context, given: Given) -> list[Outgoing]:
    """`!term keep WORD`: it is never translated, in either direction."""
    found = await _twin(ctx, given)
    if not isinstance(found, tuple):
        return found
    group, twin = found
    word = plain(given["WORD"]).strip(' "')
    return await _add(ctx, group, twin, Term(0, Kind.KEEP, word, group.language, "", "", group.id))


async def avoid(ctx: Context, given: Given) -> list[Outgoing]:
    """`!term avoid WORD "why"`: whoever writes it to this group is warned before it crosses."""
    typed = _AVOID.fullmatch(plain(given['WORD "why"']).strip())
    if typed is None:
        return await refuse(ctx, t("Write it like this: {usage}", usage='!term avoid WORD "why"'))
    found = await _twin(ctx, given)
    if not isinstance(found, tuple):
        return found
    group, twin = found
    word, why = (typed[1] or typed[2]).strip(), (typed[3] or "").strip()[: rules.LONGEST_WHY]
    return await _add(ctx, group, twin, Term(0, Kind.AVOID, word, group.language, why, "", group.id))


async def _add(ctx: Context, group: Group, twin: Twin, term: Term) -> list[Outgoing]:
    if (
        not term.word
        or max(len(term.word), len(term.other) if term.kind is Kind.TERM else 0) > rules.LONGEST_TERM
    ):
        return await refuse(ctx, t("A term can have up to {limit} characters.", limit=rules.LONGEST_TERM))
    if len(await words.terms(ctx.tx, twin.twinning.id)) >= rules.MOST_TERMS:
        return await refuse(ctx, t("The list is full: {limit} words.", limit=rules.MOST_TERMS))
    number = await words.add(ctx.tx, twin.twinning.id, term)
    line = t(
        "Agreed with {twin}, number {number}: {term}",
        twin=twin.alias_for(group),
        number=str(number),
        term=_worded(term),
    )
    return ctx.reply(line)


def _worded(term: Term) -> Text:
    match term.kind:
        case Kind.TERM:
            return t("“{word}” = “{other}”", word=term.word, other=term.other)
        case Kind.KEEP:
            return t("“{word}” is not translated", word=term.word)
        case Kind.AVOID if term.other:
            why = Words(term.other, term.language)
            return t("“{word}” is better avoided: {why}", word=term.word, why=why)
        case Kind.AVOID:
            return t("“{word}” is better avoided", word=term.word)


async def listing(ctx: Context, given: Given) -> list[Outgoing]:
    """`!term list [PAGE]`"""
    found = await _twin(ctx, given)
    if not isinstance(found, tuple):
        return found
    group, twin = found
    known = await words.terms(ctx.tx, twin.twinning.id)
    if not known:
        return ctx.reply(t("You and {twin} have not agreed on any words yet.", twin=twin.alias_for(group)))
    page = page_of(given.get("PAGE"))
    pages = -(-len(known) // SHOWN)
    page = max(1, min(page, pages))
    lines = [
        t("{number}. {term}", number=str(term.number), term=_worded(term))
        for term in known[(page - 1) * SHOWN : page * SHOWN]
    ]
    if pages > 1:
        lines.append(
            t(
                "Page {page} of {pages}; the next: {command}",
                page=page,
                pages=pages,
                command=f"!term list {page % pages + 1}",
            )
        )
    return ctx.reply(*lines)


async def remove(ctx: Context, given: Given) -> list[Outgoing]:
    """`!term remove N`"""
    found = await _twin(ctx, given)
    if not isinstance(found, tuple):
        return found
    _, twin = found
    number = given["N"].rpartition("-")[2][:9]
    if await words.remove(ctx.tx, twin.twinning.id, int(number)):
        return ctx.reply(t("Number {number} is off the list.", number=number))
    return await refuse(
        ctx, t("There is no number {number} on the list; see {command}.", number=number, command="!term list")
    )


async def _twin(ctx: Context, given: Given) -> tuple[Group, Twin] | list[Outgoing]:
    """The twin whose list it is: named by `with=`, or the only one."""
    group = ctx.group
    if group is None:
        return []
    known = await twins_of(ctx.tx, group)
    typed = given.get("with")
    named = await named_by(ctx.tx, group, typed) if typed is not None else None
    wanted = known if typed is None else [named] if named is not None else []
    if len(wanted) == 1:
        return group, wanted[0]
    if not known:
        return await refuse(ctx, t("Your group has no twin yet."))
    return await refuse(
        ctx,
        t("With which group? Add {option} and one of: {twins}", option="with=", twins=aliases(known, group)),
    )
