"""Following into the new room, with what waits for the old one."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import t
from bot.handlers import newcomers
from bot.handlers.context import Context, Given, Place
from bot.handlers.refusal import refuse
from bot.handlers.succession import Succession, may_move, succession_of
from bot.handlers.upgrade.carry import carry
from bot.storage import approvals, enclosures, groups, introduced, moves, outbox, questions, twinnings


async def command(ctx: Context, given: Given) -> list[Outgoing]:
    """`!group move`"""
    if ctx.place in (Place.HOME, Place.JOINT) and ctx.room.successor is not None:
        return await refuse(ctx, t("Please type this in the new room, once I am there."))
    found = await succession_of(ctx.tx, ctx.room)
    if found is None:
        return await refuse(
            ctx,
            t("This room does not replace a group's home or a joint room, as far as the server tells."),
            t("It does when the old room was upgraded, and I had not left it."),
        )
    if not await may_move(ctx.tx, found, ctx.sender):
        return await refuse(ctx, t("That is for a steward of the room which this one replaces."))
    return await _follow(ctx, found)


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    """A steward's answer in the new room."""
    found = await succession_of(ctx.tx, ctx.room)
    if found is None or not await may_move(ctx.tx, found, ctx.sender):
        return []
    if not yes:
        return ctx.reply(t("Good. Nothing moves; {command} does it later.", command="!group move"))
    return await _follow(ctx, found)


async def _follow(ctx: Context, found: Succession) -> list[Outgoing]:
    old, new = found.old.room_id, found.new.room_id
    await moves.record(ctx.tx, old, new, ctx.now)
    await questions.move(ctx.tx, old, new)
    await enclosures.move(ctx.tx, old, new)
    await questions.drop_topic(ctx.tx, new, "group-move")
    if found.joints:
        await twinnings.move_joint(ctx.tx, old, new)
    out: list[Outgoing] = []
    if found.group is not None:
        ctx.group = await groups.move(ctx.tx, found.group, new)
        ctx.place, ctx.language = Place.HOME, ctx.group.language
        await introduced.move(ctx.tx, old, new)
        await approvals.remind_again(ctx.tx, ctx.group.id)
        waiting = await outbox.take_over(ctx.tx, old)
        await outbox.release(ctx.tx, old)
        out = [*await carry(ctx, ctx.group, old, waiting), *await newcomers.look(ctx)]
        done = t("This room is the home of {name} now; what was waiting comes here.", name=ctx.group.name)
    else:
        done = t("This is your joint room now: every message is followed by its translation, in its thread.")
    stays = t("What was sent before stays in the old room.")
    return [*out, *ctx.reply(done, stays), *_pointer(ctx, found)]


def _pointer(ctx: Context, found: Succession) -> list[Outgoing]:
    """Where everything is now, said in the old room, if it takes messages still."""
    old = found.old
    if not (old.joined and old.may_write(ctx.house.me)):
        return []
    line = t("From now on I work in the new room: {link}", link=f"https://matrix.to/#/{found.new.room_id}")
    return [replace(Say(old.room_id, (line,), ctx.language, what="moved"), notice=False)]
