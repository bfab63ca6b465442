"""Which round a command in a group's room is about."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.audit import Audit
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing
from bot.domain.text import Listing, t
from bot.handlers.audit.circle import Circle, circle_of
from bot.handlers.context import Context, Given
from bot.handlers.refusal import refuse
from bot.storage import audits


def number_of(typed: str) -> int:
    """The number in `12`, or `manila-12`."""
    return int(typed.rpartition("-")[2][:9])


async def pick(
    ctx: Context, given: Given, *, place: str = "in", fits: Callable[[Audit], bool] = lambda one: one.is_open
) -> tuple[Group, Circle] | list[Outgoing]:
    """The group and the round meant, or the answer why there is none."""
    group = ctx.group
    if group is None:
        return []
    typed = given.get("N")
    known = [
        circle
        for audit in await audits.of_group(ctx.tx, group.id)
        if (circle := await circle_of(ctx.tx, audit)).members[group.id].place == place
    ]
    possible = [circle for circle in known if fits(circle.audit)]
    if typed is not None:
        wanted = number_of(typed)
        found = next((circle for circle in possible if circle.audit.number == wanted), None)
        if found is not None:
            return group, found
        if any(one.number == wanted for one in await audits.of_group(ctx.tx, group.id)):
            return await refuse(
                ctx,
                t("That is not possible with round {number} now.", number=str(wanted)),
                t("{command} shows how things stand.", command=f"!audit {wanted}"),
            )
        return await refuse(ctx, t("Your group has no round {number}.", number=str(wanted)))
    if len(possible) == 1:
        return group, possible[0]
    if possible:
        numbers = Listing(tuple(circle.number for circle in possible))
        return await refuse(ctx, t("Which round? Add its number: {numbers}.", numbers=numbers))
    return await refuse(ctx, t("There is no round for which that is possible now."))
