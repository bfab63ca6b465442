"""Joint rooms: members of twins sit there, and every message is followed by its translation.

Rules:
- Confirmed by a steward of each twin, in an encrypted room where both groups have a joined member. A third
  group comes in by its own twinning with one of them; each language is translated into once.
- The language of a message is the one its writer chose, if it is one of the room's, else that of the
  writer's group, where it has several the one that the message looks like; who belongs to several of the
  groups or to none and chose none is not translated.
- Who does not want to be translated is not.
- The translation stands in the thread of the message, or as a reply under it, as the room chose, and follows
  its author's edits; a long one comes in parts. Nothing leaves the room; commands and notices are not
  translated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.domain import dispatch as rules
from bot.domain.group import Group
from bot.domain.incoming import Message, Redaction
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.parts import base_of
from bot.domain.text import Text, Words, t
from bot.domain.twinning import Twinning
from bot.handlers.context import Argument, Command, Context, Given, Noun, Place, Theme, Who
from bot.handlers.edits import author, change, own_relays, problem
from bot.handlers.parting import in_parts
from bot.handlers.refusal import refuse
from bot.handlers.removal import remove_relays
from bot.handlers.twins import Twin, twins_of
from bot.storage import groups, outbox, people, rooms, twinnings
from bot.storage.outbox import Entry
from bot.storage.twinnings import Joint, Where

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
    missing = await _missing(ctx, group, twin)
    if missing is not None:
        return await refuse(ctx, missing)
    here = {joint.twinning: joint for joint in await twinnings.joints_at(ctx.tx, ctx.room.room_id)}
    number = twin.twinning.id
    joint = here.get(number, Joint(ctx.room.room_id, number, confirmed_a=False, confirmed_b=False))
    if group.id == twin.twinning.a:
        joint = replace(joint, confirmed_a=True)
    else:
        joint = replace(joint, confirmed_b=True)
    await twinnings.save_joint(ctx.tx, joint)
    if joint.confirmed:
        lines = [
            t("This is a joint room now: every message is followed by its translation, in its thread."),
            t("Nothing that is written here goes to another room."),
            t(
                "Who does not want to be translated writes to me, in a direct chat: {command}",
                command="!translate off",
            ),
        ]
    else:
        confirm = t(
            "Now a steward of {group} has to confirm it here: {usage}",
            group=twin.group.name,
            usage=f"!joint {twin.alias_of(group)}",
        )
        lines = [confirm]
    said = ctx.answer(*lines)
    return [replace(said, also=(group.language, twin.group.language))]


def _which(found: list[tuple[Group, Twin]], wanted: str) -> Text:
    if found:
        names = ", ".join(twin.alias_for(group) for group, twin in found)
        return t("With which group? Type {usage} with one of: {names}", usage="!joint GROUP", names=names)
    if wanted:
        return t("Your group has no active twin “{name}”.", name=wanted[:40])
    return t("Your group has no active twin.")


async def _missing(ctx: Context, group: Group, twin: Twin) -> Text | None:
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
    sitting = await _sitting(ctx)
    if not sitting or message.kind not in ("m.text", "m.emote"):
        return []
    if message.edits is not None:
        return await _edited(ctx, message)
    spoken = await _languages(ctx, [group for group, _ in sitting])
    if not spoken or not message.body.strip() or await people.untranslated(ctx.tx, ctx.sender):
        return []
    readers, others = _targets(sitting, spoken)
    if readers and len(message.body) > rules.LONGEST_TEXT:
        return ctx.reply(_too_long(message.body))
    where = await twinnings.place_of(ctx.tx, ctx.room.room_id)
    relays = [
        Relay(
            room_id=ctx.room.room_id,
            words=Words(message.body, spoken[0], among=spoken if len(spoken) > 1 else ()),
            target=language,
            also=others if number == 0 else (),
            zone=reader.zone,
            written_at=message.sent_at,
            header=None,
            what=TRANSLATION if len(readers) == 1 else f"{TRANSLATION}:{language}",
            thread=message.thread or (message.event_id if where is Where.THREAD else None),
            reply_to=message.event_id,
            in_place=True,
            origin_room=ctx.room.room_id,
            twinning=twinning.id,
            by=author(ctx, message.event_id),
        )
        for number, (language, (reader, twinning)) in enumerate(readers.items())
    ]
    return [part for relay in relays for part in in_parts(ctx, relay)]


def _targets(
    sitting: list[tuple[Group, Twinning]], spoken: tuple[str, ...]
) -> tuple[dict[str, tuple[Group, Twinning]], tuple[str, ...]]:
    """The languages that have a message of their own, each with a group that reads it; and the others."""
    known: dict[str, tuple[Group, Twinning]] = {}
    for reader, twinning in sitting:
        known.setdefault(reader.language, (reader, twinning))
    for reader, twinning in sitting:
        for language in reader.languages[1:]:
            known.setdefault(language, (reader, twinning))
    wanted = [language for language in known if language != spoken[0]]
    mains = {reader.language for reader, _ in sitting}
    own = [language for language in wanted if language in mains] or wanted[:1]
    others = [language for language in known if language not in own]
    return {language: known[language] for language in own}, tuple(
        language for language in others if language != spoken[0] or len(spoken) > 1
    )


def _too_long(text: str) -> Text:
    size, limit = len(text), rules.LONGEST_TEXT
    return t("This text has {size} characters; I translate up to {limit}.", size=size, limit=limit)


async def _sitting(ctx: Context) -> list[tuple[Group, Twinning]]:
    """The groups of this joint room, each with a twinning that is active."""
    found: dict[int, tuple[Group, Twinning]] = {}
    own = {group.id for group in await groups.of_member(ctx.tx, ctx.sender)}
    for joint in await twinnings.joints_at(ctx.tx, ctx.room.room_id):
        twinning = await twinnings.load(ctx.tx, joint.twinning) if joint.confirmed else None
        if twinning is None or not twinning.is_active(ctx.now.date()):
            continue
        for side in (twinning.a, twinning.b):
            group = await groups.load(ctx.tx, side)
            with_writer = twinning.other(side) in own  # their own words are agreed on in their own twinning
            if group is not None and (side not in found or with_writer):
                found[side] = (group, twinning)
    return list(found.values())


async def _languages(ctx: Context, sitting: list[Group]) -> tuple[str, ...]:
    """The languages that the sender may write in, the likeliest first; none if nobody can tell."""
    chosen = await people.language(ctx.tx, ctx.sender)
    if chosen is not None and chosen in {language for group in sitting for language in group.languages}:
        return (chosen,)
    own = {group.id for group in await groups.of_member(ctx.tx, ctx.sender)}
    theirs = [group for group in sitting if group.id in own]
    return theirs[0].languages if len(theirs) == 1 else ()


def _names(rows: Iterable[Entry]) -> list[str]:
    """The names of the translations among these rows."""
    return [
        row.what
        for row in rows
        if base_of(row.what).partition(":")[0] == TRANSLATION
        and outbox.EDIT not in row.what
        and not row.what.endswith(outbox.LATE)
    ]


async def _edited(ctx: Context, message: Message) -> list[Outgoing]:
    """The translation follows its author's edits; it is taken away where nothing is left to translate."""
    source = message.edits or ""
    rows = await own_relays(ctx, source, *_names(await outbox.relays_of(ctx.tx, source)))
    if not rows:
        return []
    if await people.untranslated(ctx.tx, ctx.sender):
        return await remove_relays(ctx, source)
    if ctx.typed is not None:
        return ctx.reply(*problem(None))
    if len(message.body) > rules.LONGEST_TEXT:
        return ctx.reply(_too_long(message.body))
    return await change(ctx, rows, message.body)


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """A message of a joint room was deleted: its translation goes."""
    relays = await outbox.relays_of(ctx.tx, redaction.redacts)
    if not _names(row for row in relays if row.room_id == redaction.room_id):
        return []
    return await remove_relays(ctx, redaction.redacts)


async def _place(ctx: Context, given: Given) -> list[Outgoing]:
    """`!joint place thread|reply`"""
    sides = set()
    for joint in await twinnings.joints_at(ctx.tx, ctx.room.room_id):
        twinning = await twinnings.load(ctx.tx, joint.twinning)
        sides |= {twinning.a, twinning.b} if twinning else set()
    if not any(group.id in sides for group in await _own_groups(ctx)):
        return await refuse(ctx, t("{command} is for stewards of a group.", command="!joint place"))
    where = next((one for one in Where if one == given["thread|reply"].casefold()), None)
    if where is None:
        return await refuse(ctx, t("Usage: {usage}", usage="!joint place thread|reply"))
    await twinnings.set_place(ctx.tx, ctx.room.room_id, where)
    if where is Where.THREAD:
        return ctx.reply(t("From now on translations stand in the thread of each message."))
    return ctx.reply(t("From now on translations stand as a reply under each message."))


async def _translate(ctx: Context, given: Given) -> list[Outgoing]:
    """`!translate on|off`"""
    typed = given.get("on|off") or ""
    said = {"on": "yes", "off": "no"}.get(typed.casefold()) or ctx.house.catalogs.answer(typed, ctx.language)
    if said is None:
        return await refuse(ctx, t("Usage: {usage}", usage="!translate on|off"))
    wish = said == "no"
    await people.set_untranslated(ctx.tx, ctx.sender, untranslated=wish)
    if wish:
        return ctx.reply(
            t("What you write in joint rooms is not translated any more, in any of them."),
            t("To change it: {command}", command="!translate on"),
        )
    return ctx.reply(t("What you write in joint rooms is translated again."))


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
        Command(
            words=("joint", "place"),
            summary=t(
                "in a joint room: whether translations stand in threads, or as a reply under each message"
            ),
            theme=Theme.TWIN,
            run=_place,
            who=frozenset({Who.STEWARD}),
            arguments=(Argument("thread|reply"),),
            places=frozenset({Place.JOINT}),
        ),
        Command(
            words=("translate",),
            summary=t("whether what you write in joint rooms is translated"),
            theme=Theme.TWIN,
            run=_translate,
            who=frozenset({Who.PERSON}),
            arguments=(Argument("on|off", optional=True),),
            places=frozenset({Place.DIRECT}),
        ),
    ),
    texts=(written,),
    redactions=(deleted,),
)
