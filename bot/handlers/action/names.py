"""Which action a person means, and how actions, their days and the groups in them are named in a room."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.domain.action import Action, Move, State
from bot.domain.group import Group
from bot.domain.ids import pseudonym
from bot.domain.moments import everywhere
from bot.domain.outgoing import Outgoing, Say
from bot.domain.season import When
from bot.domain.text import Arg, Day, Listing, Moment, Text, Words, t
from bot.domain.twinning import State as Twinned
from bot.handlers.context import Argument, Context, Given, Shape
from bot.handlers.refusal import refuse
from bot.handlers.twin_states import named
from bot.handlers.twins import twins_of
from bot.storage import actions, groups
from bot.storage.db import Tx

SHOWN = 40  # characters of what was typed, where it is repeated
NUMBER = Argument("N", Shape.NUMBER)


@dataclass(frozen=True, slots=True)
class Seen:
    """An action as one of its groups sees it."""

    action: Action
    group: Group


async def find(ctx: Context, given: Given) -> Seen | list[Outgoing]:
    """The action that a group knows by the number typed, or the answer that there is none."""
    group, typed = ctx.group, given["N"]
    if group is None:
        return []
    digits = typed.rpartition("-")[2]
    number = int(digits) if digits.isdecimal() and len(digits) <= 9 else 0
    action = await actions.numbered(ctx.tx, group.id, number)
    if action is None or action.part(group.id) is None:
        return await refuse(
            ctx,
            t("Your group has no action {number}.", number=typed[:SHOWN]),
            t("{command} shows your actions.", command="!actions"),
        )
    return Seen(action, group)


def person_of(ctx: Context) -> str:
    """The sender's pseudonym, by which a change is known to be theirs."""
    return pseudonym(ctx.house.key, "action", ctx.sender)


async def not_seen(ctx: Context, seen: Seen) -> list[Outgoing] | None:
    """The answer to somebody who wrote before they can have known the date; None if they can."""
    action = seen.action
    if action.seen(ctx.sent_at, person_of(ctx)):
        return None
    return await refuse(
        ctx,
        t(
            "Nothing was changed: somebody has just moved action {number} to {when}.",
            number=str(action.number),
            when=when_in(action.when, seen.group),
        ),
        t("If you still want that, type it again."),
    )


async def not_now(ctx: Context, seen: Seen, move: Move) -> list[Outgoing]:
    """The answer that an action does not allow this now."""
    return await refuse(
        ctx,
        t("{command} is not possible now.", command=f"!action {move} {seen.action.number}"),
        await line(ctx.tx, seen.action, seen.group),
    )


async def ready(ctx: Context, given: Given, move: Move) -> Seen | list[Outgoing]:
    """The action for a move that depends on its date, or the answer why the move is not made."""
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    answer = await not_seen(ctx, seen)
    if answer is not None:
        return answer
    return seen if seen.action.allows(move) else await not_now(ctx, seen, move)


def title(action: Action, by: str = "") -> Words:
    """The title, in the words of those who proposed it."""
    return Words(action.title, action.language, by)


def when_in(when: When, group: Group) -> Moment | Day:
    """The day, or the moment by the clocks of a group."""
    begins = when.begins
    return Day(when.day) if begins is None else Moment(begins, group.zone)


def on_clocks(when: When, members: Iterable[Group]) -> list[Text]:
    """The moment by the clocks of all groups, where they differ."""
    begins = when.begins
    if begins is None:
        return [t("It is a whole day, which begins for each group in its own time.")]
    moments = everywhere(begins, [group.zone for group in members])
    if len(moments.items) < 2:
        return []
    return [t("By the clocks of all groups: {moments}.", moments=Listing(moments.items))]


async def members(tx: Tx, action: Action) -> list[Group]:
    """The groups that take part, the one that proposed it first."""
    known = await groups.load_all(tx, [part.group for part in action.present])
    return sorted(known.values(), key=lambda group: (group.id != action.proposer, group.id))


async def known_as(tx: Tx, reader: Group, others: Iterable[int]) -> list[Text]:
    """How a group knows others: its twins by name; of anybody else it learns no name."""
    twins = {twin.group.id: named(twin, reader) for twin in await twins_of(tx, reader)}
    found = [t("you") if one == reader.id else twins.get(one, t("another group")) for one in others]
    return _each_once(found)


def _each_once(texts: Iterable[Text]) -> list[Text]:
    found: list[Text] = []
    for text in texts:
        if text not in found:
            found.append(text)
    return found


async def names(tx: Tx, reader: Group, others: Iterable[int]) -> Listing:
    """The same, to be listed in a sentence."""
    return Listing(tuple(await known_as(tx, reader, others)))


async def connected(tx: Tx, group: Group) -> dict[int, int]:
    """The groups to which words may cross from a group now, each with the twinning by which."""
    return {
        twin.group.id: twin.twinning.id
        for twin in await twins_of(tx, group)
        if twin.twinning.state is Twinned.ACTIVE
    }


async def agreed_between(tx: Tx, reader: Group, writer: int) -> int | None:
    """The twinning by whose agreed words something is translated for a group."""
    return (await connected(tx, reader)).get(writer)


async def state(tx: Tx, action: Action, reader: Group) -> Text:
    """Where an action stands, for one of its groups, and what can be typed next."""
    number, part = action.number, action.part(reader.id)
    match action.state:
        case State.PROPOSED if part is not None and not part.agreed:
            return t("proposed; agree with {command}", command=f"!action agree {number}")
        case State.PROPOSED:
            waits = await names(tx, reader, action.waits_for(Move.AGREE))
            return t("proposed; {groups} have not agreed yet", groups=waits)
        case State.AGREED if part is not None and not part.confirmed:
            return t("not confirmed; confirm with {command}", command=f"!action confirm {number}")
        case State.AGREED:
            waits = await names(tx, reader, action.waits_for(Move.CONFIRM))
            return t("not confirmed by: {groups}", groups=waits)
        case State.CONFIRMED | State.HELD:
            held = action.state is State.HELD
            return t("held: an audit has not ended in consent") if held else t("confirmed")
        case State.DONE:
            return t("done; look back with {command}", command=f"!action debrief {number}")
        case _:
            return t("cancelled") if action.state is State.CANCELLED else t("done, and looked back on")


async def line(tx: Tx, action: Action, reader: Group) -> Text:
    """An action in one line."""
    return t(
        "{number} · {title} · {when} · {state}",
        number=str(action.number),
        title=title(action),
        when=when_in(action.when, reader),
        state=await state(tx, action, reader),
    )


async def tell(ctx: Context, reader: Group, action: Action, *lines: Text, what: str, source: str = "") -> Say:
    """An announcement in a group's room, in its language; phones ring."""
    agreed = await agreed_between(ctx.tx, reader, action.proposer)
    return Say(reader.room_id, lines, reader.language, what=what, source=source, notice=False, agreed=agreed)


def on_day(when: When, group: Group) -> Arg:
    """The day alone, as a group's calendar has it."""
    return Day(when.day_in(group.zone))


async def status(tx: Tx, action: Action, reader: Group) -> Text:
    """Where an action stands, in a sentence of its own."""
    return t("Action {number}: {state}", number=str(action.number), state=await state(tx, action, reader))
