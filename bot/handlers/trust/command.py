"""`!trust NAME`: a steward confirms a member whose identity has changed, or who is new in the room."""

from __future__ import annotations

import regex

from bot.domain.outgoing import Outgoing
from bot.domain.text import Listing, Text, t
from bot.handlers.command import plain
from bot.handlers.context import Context, Given
from bot.handlers.newcomers import let_go
from bot.handlers.refusal import refuse
from bot.handlers.trust.identity import acknowledge
from bot.storage import identities, introduced

SHOWN = 40
_USER = regex.compile(r"@[!-9;-~]+:[\w.:\[\]-]+")


async def trust(ctx: Context, given: Given) -> list[Outgoing]:
    """`!trust NAME`"""
    room_id = ctx.room.room_id
    changed = {one.user_id: one for one in await identities.waiting(ctx.tx, room_id)}
    new = set(await introduced.held(ctx.tx, room_id))
    waiting = sorted(changed.keys() | new)
    meant = _meant(ctx, given["NAME"])
    if not meant:
        return await refuse(
            ctx, t("Nobody here is called “{name}”.", name=given["NAME"].strip()[:SHOWN]), *_who(waiting)
        )
    if len(meant) > 1:
        return await refuse(
            ctx,
            t("Which of them? Type {command} with one of: {people}", command="!trust", people=_list(meant)),
        )
    (person,) = meant
    if person == ctx.sender and person in new:
        return await refuse(ctx, t("You are new here yourself: another steward has to confirm you."))
    if person not in waiting:
        return await refuse(
            ctx, t("There is nothing to confirm about {person}.", person=person), *_who(waiting)
        )
    out: list[Outgoing] = []
    lines: list[Text] = []
    if person in changed:
        await identities.acknowledge(ctx.tx, person)
        out.append(acknowledge(room_id, changed[person]))
        lines.append(
            t(
                "The new identity of {person} is confirmed: I write to their devices and heed them again.",
                person=person,
            )
        )
    if person in new:
        await introduced.release(ctx.tx, room_id, person)
        await let_go(ctx, room_id)
        lines.append(t("{person} is confirmed as a member.", person=person))
        lines += _still(sorted(new - {person}))
    return [*out, *ctx.reply(*lines)]


def _meant(ctx: Context, typed: str) -> list[str]:
    """The members who are meant: mentioned, or named by user id or the part of it before the colon."""
    members = {user for user in ctx.room.present() if user != ctx.house.me}
    mentioned = sorted(ctx.mentions & members)
    if mentioned:
        return mentioned
    ids = _USER.findall(typed)
    if ids:
        return [user for user in dict.fromkeys(ids) if user in members]
    wanted = plain(typed).strip(" \t\n\"'.,:;").removeprefix("@").casefold()
    return sorted(user for user in members if user[1:].partition(":")[0].casefold() == wanted)


def _who(waiting: list[str]) -> list[Text]:
    if not waiting:
        return [t("Nobody here waits to be confirmed.")]
    return [t("To be confirmed here: {people}", people=_list(waiting))]


def _still(new: list[str]) -> list[Text]:
    if not new:
        return [t("What your twins send does not wait any more.")]
    return [t("What your twins send still waits for: {people}", people=_list(new))]


def _list(people: list[str]) -> Listing:
    return Listing(tuple(people))
