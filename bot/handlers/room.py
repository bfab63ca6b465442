"""Coming into rooms and leaving them.

Rules:
- In a room without encryption nothing is said: the bot leaves, with the reason.
- Three seconds after joining, one welcome: what the bot and its host can read, and one next command; where
  members of groups sit, in the languages of their groups, where none sits, in those that the bot speaks.
- Once a third person, joined or invited, is in a direct chat, nothing private is said there any more,
  only one sentence why.
- Removed from a group's home, the bot pauses that group's twinnings and tells the twins; removed from
  their joint room, it tells both.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain.group import Group
from bot.domain.incoming import RoomLeft
from bot.domain.outgoing import Leave, Outgoing, Say
from bot.domain.text import Text, t
from bot.domain.twinning import OPEN, State, pause
from bot.handlers.context import Context, Noun, Place
from bot.handlers.inviters import allowed
from bot.handlers.joints import tell_shared
from bot.handlers.refusal import only_encrypted
from bot.handlers.succession import may_move, succession_of
from bot.handlers.twins import twins_of
from bot.storage import enclosures, groups, outbox, questions, rooms, twinnings

SHARED = "*"  # stands for the person of a direct chat to which a third has come
MOST_LANGUAGES = 3  # of one welcome
WELCOME_DELAY = 3  # seconds; devices of newcomers have to be known first


async def changed(ctx: Context) -> list[Outgoing]:
    """The room's state changed or was read anew."""
    room = ctx.room
    if not room.joined:
        return []
    if not room.encrypted:
        if ctx.house.me in room.creators:  # a direct chat that it is making: the rest of its state is to come
            return []
        return [Leave(room.room_id, only_encrypted(), ctx.language, what=f"leave:{ctx.source}")]
    found = await succession_of(ctx.tx, room)
    with_ = room.direct_with(ctx.house.me) if found is None else None
    out = await _direct(ctx, with_)
    if room.welcomed:
        return out
    inviter = room.inviter
    onward = found is not None and inviter is not None and await may_move(ctx.tx, found, inviter)
    if inviter is not None and not allowed(ctx, inviter) and with_ != inviter and not onward:
        return [Leave(room.room_id, t("I was invited as to a direct chat, and this is none."), ctx.language)]
    await rooms.set_welcomed(ctx.tx, room.room_id)
    return [*out, *await _welcome(ctx, succeeds=found is not None)]


async def _direct(ctx: Context, with_: str | None) -> list[Outgoing]:
    """Keep in mind whose direct chat this is, and say once when it is none any more."""
    room = ctx.room
    if ctx.place in (Place.HOME, Place.JOINT):
        return []
    if with_ is not None:
        if room.was_direct_with != with_:
            await rooms.set_direct_with(ctx.tx, room.room_id, with_)
        return []
    others = room.present() - {ctx.house.me}
    if room.was_direct_with is None or room.was_direct_with == SHARED or len(others) < 2:
        return []
    await rooms.set_direct_with(ctx.tx, room.room_id, SHARED)
    line = t("Somebody else is in this room or invited to it: I say nothing private here any more.")
    return [Say(room.room_id, (line,), ctx.language, what=f"shared:{ctx.source}")]


async def _welcome(ctx: Context, *, succeeds: bool) -> list[Outgoing]:
    lines = [
        t(
            "I can read everything that is written in this room, and so can the person who hosts me: {host}.",
            host=ctx.house.host_name,
        ),
        t("Groups at risk use a room made for me and keep their own talk elsewhere."),
    ]
    languages = [ctx.language]
    if ctx.place is Place.OTHER:
        sitting = await groups.sitting_in(ctx.tx, ctx.room.room_id, ctx.house.me)
        known = [group.language for group in sitting] or [ctx.language, *ctx.house.catalogs.available()]
        languages = list(dict.fromkeys(known))[:MOST_LANGUAGES]
        lines += [] if succeeds else await _made(ctx, sitting)
    elif not succeeds:
        lines.append(t("{command} shows what I can do.", command="!help"))
    said = Say(ctx.room.room_id, tuple(lines), languages[0], what="welcome", delay=WELCOME_DELAY)
    return [replace(said, also=tuple(languages[1:]))]


async def _made(ctx: Context, sitting: list[Group]) -> list[Text]:
    """What can be made of the room: twins sit in it, or a group may have its home here."""
    here = {group.id for group in sitting}
    for group in sitting:
        for twin in await twins_of(ctx.tx, group):
            if twin.group.id in here and twin.twinning.is_active(ctx.now.date()):
                return [
                    t("If this is a joint room of twins, a steward of each types: {usage}", usage="!joint")
                ]
    usage = '!group create HANDLE "NAME"'
    return [t("To make this room a group's home, a steward types: {usage}", usage=usage)]


async def left(ctx: Context, event: RoomLeft) -> list[Outgoing]:
    """The bot is not in a room any more; whoever loses something by it in another room is told there."""
    await rooms.set_direct_with(ctx.tx, event.room_id, None)
    await questions.drop_room(ctx.tx, event.room_id)
    await enclosures.drop_room(ctx.tx, event.room_id)
    group = await groups.of_room(ctx.tx, event.room_id)
    return [*await _left_joint(ctx, event.room_id), *(await _left_home(ctx, group) if group else ())]


async def _left_home(ctx: Context, group: Group) -> list[Outgoing]:
    """The group's twinnings pause, and the twins are told."""
    out: list[Outgoing] = []
    for twin in await twins_of(ctx.tx, group):
        twinning = twin.twinning
        if twinning.state not in (State.ACTIVE, State.PAUSED):
            continue
        paused = pause(twinning, group.id)
        await twinnings.save(ctx.tx, paused, ctx.now)
        if paused.state is not twinning.state:
            out += await tell_shared(ctx, paused)
        ctx.settled += await outbox.cancel_twinning(ctx.tx, twinning.id, ctx.now)
        line = t(
            "The room of {twin} has removed me. Nothing crosses until I am back and they resume it.",
            twin=twinning.alias_for(twin.group.id),
        )
        out.append(
            Say(twin.group.room_id, (line,), twin.group.language, what=f"removed:{twinning.id}", notice=False)
        )
    return out


async def _left_joint(ctx: Context, room_id: str) -> list[Outgoing]:
    """Its twins are told that nothing is translated in their joint room any more."""
    joints = await twinnings.joints_at(ctx.tx, room_id)
    await twinnings.drop_joint(ctx.tx, room_id)
    out: list[Outgoing] = []
    for joint in joints:
        twinning = await twinnings.load(ctx.tx, joint.twinning) if joint.confirmed else None
        if twinning is None or twinning.state not in OPEN:
            continue
        for group_id in (twinning.a, twinning.b):
            reader = await groups.load(ctx.tx, group_id)
            if reader is None:
                continue
            line = t(
                "I have been removed from your joint room with {twin}: nothing is translated there any more.",
                twin=twinning.alias_for(group_id),
            )
            what = f"joint-removed:{twinning.id}:{room_id}"
            out.append(Say(reader.room_id, (line,), reader.language, what=what, notice=False))
    return out


NOUN = Noun(rooms=(changed,), left=(left,))
