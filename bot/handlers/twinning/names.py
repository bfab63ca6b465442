"""Which twin a person means, and what every command of a twinning shares."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import Text, t
from bot.domain.twinning import Move, State, Twinning
from bot.handlers.context import Argument, Context, Given
from bot.handlers.refusal import refuse
from bot.handlers.twin_states import named, state
from bot.handlers.twins import Twin, aliases, named_by, twins_of

SHOWN = 40  # characters of what was typed, where it is repeated
GROUP = Argument("GROUP", optional=True)

_POSSIBLE: dict[Move, Callable[[Twinning, int], bool]] = {
    Move.ACCEPT: lambda one, me: one.state is State.PROPOSED and one.b == me,
    Move.DECLINE: lambda one, me: one.state is State.PROPOSED and one.b == me,
    Move.PAUSE: lambda one, me: one.allows(Move.PAUSE) and not one.paused_by(me),
    Move.RESUME: lambda one, _: one.allows(Move.RESUME),
    Move.END: lambda one, _: one.allows(Move.END),
    Move.RENEW: lambda one, _: one.allows(Move.RENEW),
}


async def pick(ctx: Context, group: Group, given: Given, move: Move) -> Twin | list[Outgoing]:
    """The twin that a command is about, or the answer why there is none."""
    command, possible = f"!twin {move}", _POSSIBLE[move]
    typed = given.get("GROUP")
    if typed is not None:
        twin = await named_by(ctx.tx, group, typed)
        if twin is None:
            return await refuse(ctx, *unknown(typed))
        if possible(twin.twinning, group.id):
            return twin
        return await refuse(
            ctx,
            t("{command} is not possible now.", command=command),
            t("{twin}: {state}", twin=named(twin, group), state=state(twin, group)),
        )
    known = await twins_of(ctx.tx, group)
    found = [twin for twin in known if possible(twin.twinning, group.id)]
    if len(found) == 1:
        return found[0]
    if found:
        return await refuse(
            ctx,
            t(
                "Which group? Type {command} and one of: {twins}.",
                command=command,
                twins=aliases(found, group),
            ),
        )
    if len(known) == 1:
        return await refuse(
            ctx,
            t("{command} is not possible now.", command=command),
            t("{twin}: {state}", twin=named(known[0], group), state=state(known[0], group)),
        )
    return await refuse(
        ctx,
        t("There is no twinning for {command} now.", command=command),
        t("{command} shows your twinnings.", command="!twin"),
    )


def unknown(typed: str) -> tuple[Text, Text]:
    """No twin has that handle or number."""
    return (
        t("Your group has no twin “{twin}”.", twin=typed[:SHOWN]),
        t("{command} shows your twinnings.", command="!twin"),
    )


def tell(twin: Twin, *lines: Text, what: str, source: str = "") -> Say:
    """An announcement in the other group's room, in its language; phones ring."""
    return Say(twin.group.room_id, lines, twin.group.language, what=what, source=source, notice=False)
