"""`!name`: the name under which a person signs, in their direct chat."""

from __future__ import annotations

from bot.domain.dispatch import Dispatch
from bot.domain.group import LONGEST_PERSON, clean_name
from bot.domain.outgoing import Outgoing
from bot.domain.text import Arg, Listing, Text, t, tn
from bot.handlers.command import plain
from bot.handlers.context import Argument, Command, Context, Given, Noun, Place, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.handlers.signing import rename, taken
from bot.i18n import fold
from bot.storage import groups, outbox, people

_MOST = 5  # dispatches that are named in an answer


async def _name(ctx: Context, given: Given) -> list[Outgoing]:
    """`!name`, `!name "NAME"`, `!name off`"""
    typed = plain(given.get("NAME") or "").strip(" \t\n\"'")
    known = await people.name(ctx.tx, ctx.sender)
    if not typed:
        return await _shown(ctx, known)
    if fold(typed) in ("off", fold(ctx.house.catalogs.say(t("off"), ctx.language))):
        return await _off(ctx, known)
    chosen = clean_name(typed)
    if len(typed) > LONGEST_PERSON:
        return await refuse(ctx, t("A name has at most {most} characters.", most=LONGEST_PERSON))
    if chosen is None:
        return await refuse(
            ctx,
            t("That cannot be a name: it has letters and digits, and is neither a link nor a command."),
        )
    if await taken(ctx, ctx.sender, chosen):
        return await refuse(
            ctx, t("“{name}” means somebody else, or a group. Please choose another name.", name=chosen)
        )
    await people.set_name(ctx.tx, ctx.sender, chosen)
    out, stay = await rename(ctx, ctx.sender, chosen)
    lines = [
        t(
            "From now on you can sign as “{name}”: add {option} to {command}.",
            name=chosen,
            option="as=name",
            command="!dispatch",
        )
    ]
    if fold(chosen) == fold(ctx.sender[1:].partition(":")[0]):
        lines.append(t("It is also the name of your account: whoever reads it can find your account by it."))
    if out:
        lines.append(t("What you have signed before is changed, too."))
    lines.append(t("Take it off everywhere with: {command}", command="!name off"))
    return [*out, *ctx.reply(*lines, *await _stays(ctx, stay))]


async def _shown(ctx: Context, known: str | None) -> list[Outgoing]:
    if known is None:
        line = t("You have chosen no name. Choose one with: {command}", command='!name "NAME"')
    else:
        line = t("You sign as “{name}” where you say so.", name=known)
    return await refuse(ctx, line, t("I never show the name of your account to another group."))


async def _off(ctx: Context, known: str | None) -> list[Outgoing]:
    await people.set_name(ctx.tx, ctx.sender, None)
    out, stay = await rename(ctx, ctx.sender, None)
    if known is None and not (out or stay):
        return ctx.reply(t("You have chosen no name."))
    lines = [t("I have forgotten your name.")]
    if out:
        lines.append(t("I am taking it off everything that you have signed."))
    return [*out, *ctx.reply(*lines, *await _stays(ctx, stay))]


async def _stays(ctx: Context, stay: list[Dispatch]) -> list[Text]:
    """Where the name cannot be changed any more, with links to the posts, and what helps."""
    if not stay:
        return []
    links: list[str] = []
    for dispatch in stay[:_MOST]:
        group = await groups.load(ctx.tx, dispatch.group)
        posts = [row.event_id for row in await outbox.by_source(ctx.tx, dispatch.source, dispatch.room_id)]
        post = next((event for event in posts if event), dispatch.source)
        name = f"{group.handle if group else '?'}-{dispatch.number}"
        links.append(f"{name} (https://matrix.to/#/{dispatch.room_id}/{post})")
    rest: list[Arg] = []
    if len(stay) > len(links):
        rest.append(tn("{count} more", "{count} more", len(stay) - len(links)))
    names = Listing((*links, *rest))
    return [
        t("I no longer have the words of these, so your name stays in them: {names}", names=names),
        t(
            "Deleting your message there, or {command}, removes a dispatch everywhere.",
            command="!dispatch withdraw N",
        ),
    ]


NOUN = Noun(
    commands=(
        Command(
            words=("name",),
            summary=t("the name under which you may sign; off takes it off everything"),
            theme=Theme.START,
            run=_name,
            who=frozenset({Who.PERSON}),
            arguments=(Argument("NAME", Shape.REST, optional=True),),
            places=frozenset({Place.DIRECT}),
        ),
    )
)
