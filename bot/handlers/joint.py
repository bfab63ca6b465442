"""Joint rooms: members of both twins sit there, and every message is followed by its translation.

Rules:
- Confirmed by a steward of each twin, in an encrypted room where both groups have a joined member.
- The language of a message is the one its writer chose, if it is one of the two, else that of the
  writer's group; who belongs to both groups or to neither and chose none is not translated.
- The translation stands in the thread of the message. Nothing leaves the room; commands and notices
  are not translated.
"""

from __future__ import annotations

from dataclasses import replace

from bot.domain import dispatch as rules
from bot.domain.group import Group
from bot.domain.incoming import Message, Redaction
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.text import Text, Words, t
from bot.domain.twinning import Twinning
from bot.handlers.context import Argument, Command, Context, Given, Noun, Place, Theme, Who
from bot.handlers.edits import author, change, own_relays
from bot.handlers.refusal import refuse
from bot.handlers.removal import remove_relays
from bot.handlers.twins import Twin, twins_of
from bot.storage import groups, outbox, people, rooms, twinnings
from bot.storage.twinnings import Joint

TRANSLATION = "joint"


async def _own_groups(ctx: Context) -> list[Group]:
    """The groups for which the sender is a steward."""
    found = []
    for group in await groups.of_member(ctx.tx, ctx.sender):
        home = await rooms.load(ctx.tx, group.room_id)
        if home is not None and home.is_steward(ctx.sender):
            found.append(group)
    return found


async def _joint(ctx: Context, given: Given) -> list[Outgoing]:
    """`!joint GROUP`"""
    own = await _own_groups(ctx)
    if not own:
        return await refuse(ctx, t("{command} is for stewards of a group.", command="!joint"))
    wanted = (given.get("GROUP") or "").casefold()
    found: list[tuple[Group, Twin]] = []
    for group in own:
        twins = [twin for twin in await twins_of(ctx.tx, group) if twin.twinning.is_active(ctx.now.date())]
        found += [(group, twin) for twin in twins if wanted in ("", twin.alias_for(group))]
    if len(found) != 1:
        return await refuse(ctx, _which(found, wanted))
    group, twin = found[0]
    problem = await _problem(ctx, group, twin)
    if problem is not None:
        return await refuse(ctx, problem)
    joint = await twinnings.joint(ctx.tx, ctx.room.room_id)
    if joint is None or joint.twinning != twin.twinning.id:
        joint = Joint(ctx.room.room_id, twin.twinning.id, confirmed_a=False, confirmed_b=False)
    if group.id == twin.twinning.a:
        joint = replace(joint, confirmed_a=True)
    else:
        joint = replace(joint, confirmed_b=True)
    await twinnings.save_joint(ctx.tx, joint)
    if joint.confirmed:
        return ctx.reply(
            t("This is a joint room now: every message is followed by its translation, in its thread."),
            t("Nothing that is written here goes to another room."),
        )
    return ctx.reply(
        t(
            "Now a steward of {group} has to confirm it here: {usage}",
            group=twin.group.name,
            usage=f"!joint {twin.alias_of(group)}",
        )
    )


def _which(found: list[tuple[Group, Twin]], wanted: str) -> Text:
    if found:
        names = ", ".join(twin.alias_for(group) for group, twin in found)
        return t("With which group? Type {usage} with one of: {names}", usage="!joint GROUP", names=names)
    if wanted:
        return t("Your group has no active twin “{name}”.", name=wanted[:40])
    return t("Your group has no active twin.")


async def _problem(ctx: Context, group: Group, twin: Twin) -> Text | None:
    for side in (group, twin.group):
        home = await rooms.load(ctx.tx, side.room_id)
        here = ctx.room.members
        if home is None or not any(
            home.has(user) and user != ctx.house.me for user in here if ctx.room.has(user)
        ):
            return t("Nobody of {group} is in this room yet.", group=side.name)
    return None


async def written(ctx: Context, message: Message) -> list[Outgoing] | None:
    """A message in a joint room."""
    if ctx.place is not Place.JOINT:
        return None
    found = await _active(ctx)
    if found is None or message.kind not in ("m.text", "m.emote"):
        return []
    if message.edits is not None:
        return await _edited(ctx, message)
    twinning, a, b = found
    source = await _language(ctx, a, b)
    if source is None or a.language == b.language or not message.body.strip():
        return []
    size = rules.size(message.body)
    if size > rules.LONGEST_TEXT:
        return ctx.reply(
            t("This text has {size} bytes; I translate up to {limit}.", size=size, limit=rules.LONGEST_TEXT)
        )
    reader = b if source == a.language else a
    return [
        Relay(
            room_id=ctx.room.room_id,
            words=Words(message.body, source),
            target=reader.language,
            zone=reader.zone,
            written_at=message.sent_at,
            header=None,
            what=TRANSLATION,
            thread=message.thread or message.event_id,
            reply_to=message.event_id,
            in_place=True,
            origin_room=ctx.room.room_id,
            twinning=twinning.id,
            by=author(ctx, message.event_id),
        )
    ]


async def _active(ctx: Context) -> tuple[Twinning, Group, Group] | None:
    joint = await twinnings.joint(ctx.tx, ctx.room.room_id)
    twinning = await twinnings.load(ctx.tx, joint.twinning) if joint and joint.confirmed else None
    if twinning is None or not twinning.is_active(ctx.now.date()):
        return None
    a, b = await groups.load(ctx.tx, twinning.a), await groups.load(ctx.tx, twinning.b)
    return (twinning, a, b) if a and b else None


async def _language(ctx: Context, a: Group, b: Group) -> str | None:
    chosen = await people.language(ctx.tx, ctx.sender)
    if chosen in (a.language, b.language):
        return chosen
    own = {group.id for group in await groups.of_member(ctx.tx, ctx.sender)}
    in_a, in_b = a.id in own, b.id in own
    if in_a == in_b:
        return None
    return a.language if in_a else b.language


async def _edited(ctx: Context, message: Message) -> list[Outgoing]:
    """The translation follows its author's edits; it is taken away where nothing is left to translate."""
    rows = await own_relays(ctx, message.edits or "", TRANSLATION)
    if not rows:
        return []
    size = rules.size(message.body)
    if size > rules.LONGEST_TEXT:
        return ctx.reply(
            t("This text has {size} bytes; I translate up to {limit}.", size=size, limit=rules.LONGEST_TEXT)
        )
    return change(ctx, rows, message.body)


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """A message of a joint room was deleted: its translation goes."""
    relays = await outbox.relays_of(ctx.tx, redaction.redacts)
    if not any(row.what == TRANSLATION and row.room_id == redaction.room_id for row in relays):
        return []
    return await remove_relays(ctx, redaction.redacts)


NOUN = Noun(
    commands=(
        Command(
            words=("joint",),
            summary=t("in a room where members of two twins sit: translates every message in its thread"),
            theme=Theme.TWIN,
            run=_joint,
            who=frozenset({Who.STEWARD}),
            arguments=(Argument("GROUP", optional=True),),
            places=frozenset({Place.OTHER, Place.JOINT}),
        ),
    ),
    texts=(written,),
    redactions=(deleted,),
)
