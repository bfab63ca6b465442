"""`!action option`: the menu of ways to take part, what groups add to it, and what each of them picks."""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.domain import action as rules
from bot.domain.action import LONGEST_OPTION, MENU, MOST_OPTIONS, Action, Kind, Option
from bot.domain.group import Group
from bot.domain.lines import clean
from bot.domain.moments import digits
from bot.domain.outgoing import Outgoing
from bot.domain.text import Listing, Text, Words, t
from bot.handlers.action.names import NUMBER, Seen, connected, find, known_as, members, status, tell, title
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme
from bot.handlers.refusal import refuse
from bot.i18n import fold
from bot.storage import actions, groups
from bot.storage.db import Tx

WORDS = ("add", "pick")

KINDS = {
    Kind.GATHERING: t("public gathering"),
    Kind.BRIEFING: t("briefing"),
    Kind.LETTER: t("letter or petition"),
    Kind.ONLINE: t("online day"),
    Kind.AID: t("mutual aid"),
}


async def entries(tx: Tx, action: Action, reader: Group) -> dict[int, Text | Words]:
    """The menu as a group reads it: what those have added who are no twins of it, it does not see."""
    found: dict[int, Text | Words] = {number: KINDS[kind] for number, kind in enumerate(MENU, start=1)}
    visible = {reader.id, *await connected(tx, reader)}
    added = [one for one in await actions.options(tx, action.id) if one.group in visible]
    names = await groups.load_all(tx, [one.group for one in added])
    for one in added:
        found[one.number] = Words(one.text, one.language, names[one.group].name)
    return found


async def picks(tx: Tx, action: Action, reader: Group) -> list[Text]:
    """In which way each group takes part that has picked one."""
    menu, visible = await entries(tx, action, reader), {reader.id, *await connected(tx, reader)}
    lines = []
    for part in action.present:
        picked = tuple(menu[number] for number in part.picks if number in menu)
        if picked and part.group in visible:
            [name] = await known_as(tx, reader, [part.group])
            lines.append(t("{group}: {options}", group=name, options=Listing(picked)))
    return lines


async def _option(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    typed, text = given.get("add|pick"), given.get("TEXT") or ""
    if typed is None:
        return ctx.reply(*await _menu(ctx, action, group))
    if not action.open:
        return await refuse(ctx, await status(ctx.tx, action, group))
    known = ctx.house.catalogs.command_aliases(ctx.language, WORDS)
    match known.get(fold(typed), fold(typed)):
        case "add":
            return await _add(ctx, action, group, text)
        case "pick":
            return await _pick(ctx, action, group, text)
    return await refuse(
        ctx, t("I understand {choices} there.", choices="add, pick"), t("Usage: {usage}", usage=OPTION.usage)
    )


async def _menu(ctx: Context, action: Action, group: Group) -> list[Text]:
    menu = await entries(ctx.tx, action, group)
    number = action.number
    return [
        t("Ways to take part in {title}:", title=title(action)),
        *[t("{number}. {option}", number=str(one), option=option) for one, option in menu.items()],
        *await picks(ctx.tx, action, group),
        t(
            "A steward picks with {pick}, and adds another with {add}.",
            pick=f"!action option {number} pick 1,3",
            add=f'!action option {number} add "…"',
        ),
    ]


async def _add(ctx: Context, action: Action, group: Group, typed: str) -> list[Outgoing]:
    text = clean(typed.strip(" \"“”«»'"), LONGEST_OPTION)
    if text is None:
        return await refuse(
            ctx, t("Write the option in one line, with at most {most} characters.", most=LONGEST_OPTION)
        )
    words = {fold(ctx.house.catalogs.say(KINDS[kind], ctx.language)): n for n, kind in enumerate(MENU, 1)}
    if fold(text) in words:
        return await refuse(ctx, t("That is number {number} of the menu.", number=str(words[fold(text)])))
    added = await actions.options(ctx.tx, action.id)
    if len(added) >= MOST_OPTIONS:
        return await refuse(ctx, t("The menu is full: {most} were added.", most=MOST_OPTIONS))
    number = max([len(MENU), *(one.number for one in added)]) + 1
    await actions.add_option(ctx.tx, action.id, Option(number, group.id, Kind.OWN, text, group.language))
    words_said = Words(text, group.language, group.name)
    return [
        *ctx.reply(
            t("Added to the menu of {title} as number {number}.", title=title(action), number=str(number))
        ),
        *await _to_twins(
            ctx,
            action,
            group,
            lambda name: t(
                "{group} adds a way to take part in {title}, number {number}: {option}",
                group=name,
                title=title(action),
                number=str(number),
                option=words_said,
            ),
            t("Pick it with {command}", command=f"!action option {action.number} pick {number}"),
        ),
    ]


async def _pick(ctx: Context, action: Action, group: Group, typed: str) -> list[Outgoing]:
    menu = await entries(ctx.tx, action, group)
    numbers = tuple(dict.fromkeys(int(one) for one in re.findall(r"\d{1,3}", digits(typed))))
    if not numbers or not all(one in menu for one in numbers):
        return await refuse(
            ctx,
            t("Pick numbers of the menu, like {example}.", example="1,3"),
            t("{command} shows the menu.", command=f"!action option {action.number}"),
        )
    changed = rules.with_part(action, group.id, picks=numbers)
    await actions.save(ctx.tx, changed)
    picked = Listing(tuple(menu[one] for one in numbers))
    return [
        *ctx.reply(t("Your part in {title}: {options}.", title=title(action), options=picked)),
        *await _to_twins(
            ctx,
            changed,
            group,
            lambda name: t(
                "{group} takes part in {title} in this way: {options}.",
                group=name,
                title=title(action),
                options=picked,
            ),
        ),
    ]


async def _to_twins(
    ctx: Context, action: Action, writer: Group, news: Callable[[Text], Text], *more: Text
) -> list[Outgoing]:
    """What a group says of its part, to those who take part and are its twins."""
    twins = await connected(ctx.tx, writer)
    found: list[Outgoing] = []
    for reader in await members(ctx.tx, action):
        if reader.id in twins:
            [name] = await known_as(ctx.tx, reader, [writer.id])
            found.append(await tell(ctx, reader, action, news(name), *more, what="action-option"))
    return found


OPTION = Command(
    words=("action", "option"),
    summary=t("the menu of ways to take part in an action; add one, or pick yours"),
    theme=Theme.ACTION,
    run=_option,
    arguments=(
        NUMBER,
        Argument("add|pick", optional=True),
        Argument("TEXT", Shape.REST, optional=True),
    ),
)
