"""`!group create`: a room becomes a group's home."""

from __future__ import annotations

from bot.domain import group as rules
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers.context import Argument, Command, Context, Given, Option, Place, Shape, Theme, Who
from bot.handlers.group.settings import EXAMPLE_ZONE, languages_of, zone_default, zone_is, zone_of
from bot.handlers.group.values import SHOWN
from bot.handlers.refusal import No, refuse
from bot.handlers.spoken import language_is
from bot.storage import groups, introduced

DEFAULT_ZONE = "UTC"


async def _create(ctx: Context, given: Given) -> list[Outgoing]:
    if ctx.group is not None:
        return await refuse(
            ctx,
            t("This room is the home of {name} already.", name=ctx.group.name),
            t("{command} shows its settings.", command="!group"),
        )
    if ctx.place is Place.DIRECT:
        return await refuse(
            ctx,
            t("Only you and I are in this room, so it is a direct chat and cannot be a group's home."),
            t("Invite the others first, or type this in the room where your group is, with me in it."),
        )
    if not ctx.is_steward:
        return await refuse(
            ctx,
            t(
                "{command} is for stewards: members with power level 50 or more in this room.",
                command="!group create",
            ),
        )
    try:
        handle, name = _handle(given["HANDLE"]), _name(given["NAME"])
        typed_language, typed_zone = given.get("language"), given.get("zone")
        languages = languages_of(ctx, typed_language) if typed_language else [ctx.house.language]
        zone = zone_of(typed_zone) if typed_zone else DEFAULT_ZONE
    except No as no:
        return await refuse(ctx, *no.lines)
    group = await groups.create(ctx.tx, handle, name, ctx.room.room_id, languages[0], zone, ctx.now)
    if languages[1:]:
        group = group.speaking(*languages)
        await groups.save(ctx.tx, group)
    await introduced.add(ctx.tx, group.room_id, ctx.room.present() - {ctx.house.me})
    ctx.language = group.language
    return ctx.reply(
        t("This room is now the home of {name}; its handle is {handle}.", name=name, handle=handle),
        language_is(group),
        zone_is(group) if typed_zone else zone_default(),
        t(
            "Dispatches are sent by stewards; {command} opens it to every member.",
            command="!group set dispatch members",
        ),
        t("Next: {command} gives you a code for the group you want as your twin.", command="!group code"),
    )


def _handle(typed: str) -> str:
    handle = rules.clean_handle(typed)
    if handle is None:
        raise No(
            t("“{handle}” cannot be a handle.", handle=typed[:SHOWN]),
            t(
                "A handle is a short name of 2 to 16 letters or digits, without blanks, like {example}.",
                example="manila",
            ),
        )
    return handle


def _name(typed: str) -> str:
    name = rules.clean_name(typed)
    if name is None:
        raise No(
            t(
                "The group's name can have up to {count} letters, digits, blanks and the signs {signs}, "
                "begins with a letter or digit, and is no web address.",
                count=rules.LONGEST_NAME,
                signs=" ".join(rules.NAME_SIGNS),
            )
        )
    return name


CREATE = Command(
    words=("group", "create"),
    summary=t("makes this room the home of your group"),
    theme=Theme.GROUP,
    run=_create,
    who=frozenset({Who.STEWARD, Who.PERSON}),  # in a direct chat it explains itself
    arguments=(Argument("HANDLE"), Argument("NAME", Shape.QUOTED)),
    options=(Option("language", "es"), Option("zone", EXAMPLE_ZONE)),
    places=frozenset({Place.OTHER, Place.HOME}),
)
