"""`!twin`: the list of a group's twinnings, or one of them in full."""

from __future__ import annotations

from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.handlers.context import Command, Context, Given, Theme, Who
from bot.handlers.refusal import refuse
from bot.handlers.twin_states import named, renewal, state
from bot.handlers.twinning.names import GROUP, unknown
from bot.handlers.twins import Twin, aliases, named_by, twins_of
from bot.storage import twinnings

MOST = 10


async def _list(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    typed = given.get("GROUP")
    if typed is not None:
        twin = await named_by(ctx.tx, group, typed)
        if twin is None:
            return await refuse(ctx, *unknown(typed), t("{command} explains more.", command="!help twin"))
        return ctx.reply(
            *_lines(ctx, group, twin, str((await _numbers(ctx, group))[twin.twinning.id])), _check(twin)
        )
    known = await twins_of(ctx.tx, group)
    if not known:
        return ctx.reply(
            t("Your group has no twin yet."),
            t("{command} gives you a code for another group.", command="!group code"),
            t("With a code of theirs: {command}", command="!twin propose CODE"),
        )
    numbers = await _numbers(ctx, group)
    lines: list[Text] = []
    for index, twin in enumerate(known):
        more = _lines(ctx, group, twin, str(numbers[twin.twinning.id]))
        if len(lines) + len(more) > MOST:
            rest = aliases(known[index:], group)
            return ctx.reply(
                *lines, t("And {twins}: {command} shows one of them.", twins=rest, command="!twin GROUP")
            )
        lines += more
    return ctx.reply(*lines)


async def _numbers(ctx: Context, group: Group) -> dict[int, int]:
    return await twinnings.numbers(ctx.tx, group.id)


def _lines(ctx: Context, group: Group, twin: Twin, number: str) -> list[Text]:
    line = t("{number}. {twin}: {state}", number=number, twin=named(twin, group), state=state(twin, group))
    more = renewal(twin, group, ctx.now.date())
    return [line, more] if more else [line]


def _check(twin: Twin) -> Text:
    return t("Check words, the same in both rooms: {words}", words=twin.twinning.check_words)


LIST = Command(
    words=("twin",),
    summary=t("shows your twins and how things stand"),
    theme=Theme.TWIN,
    run=_list,
    who=frozenset({Who.STEWARD, Who.MEMBER}),
    arguments=(GROUP,),
)
