"""`!group forget`: ends all twinnings, deletes all that is kept of a group, and leaves its rooms."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.group import Group
from bot.domain.outgoing import Leave, Outgoing, Say
from bot.domain.text import Text, t, tn
from bot.handlers.context import Command, Context, Given, Theme
from bot.handlers.twins import twins_of
from bot.storage import actions, groups, moves, outbox, questions, twinnings

TOPIC = "group-forget"
WITHIN = timedelta(minutes=15)  # short, so that a "yes" meant for something else cannot forget a group


async def _forget(ctx: Context, given: Given) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    expires_at = ctx.now + WITHIN
    await questions.ask(
        ctx.tx, ctx.room.room_id, ctx.sender, TOPIC, ctx.source, "{}", expires_at, thread=ctx.thread
    )
    return ctx.reply(
        t("This ends every twinning of {name} and deletes all that I keep of the group.", name=group.name),
        t("Then I leave this room. It cannot be undone."),
        t("Dispatches that have arrived stay where they are; withdraw them first if they should go."),
        tn(
            "If you want that, write “yes” within {count} minute.",
            "If you want that, write “yes” within {count} minutes.",
            WITHIN // timedelta(minutes=1),
        ),
    )


async def answered(ctx: Context, payload: str, *, yes: bool) -> list[Outgoing]:
    group = ctx.group
    if group is None:
        return []
    if not yes:
        return ctx.reply(t("Good. Nothing was changed."))
    if not ctx.is_steward:
        return ctx.reply(
            t(
                "{command} is for stewards: members with power level 50 or more in this room.",
                command="!group forget",
            )
        )
    if await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now):
        return ctx.reply(
            t("I have asked you something else here, too, and cannot tell which you mean."),
            t(
                "Nothing was deleted. To forget the group, answer that first, then type {command}",
                command="!group forget",
            ),
        )
    told = await _end_all(ctx, group)
    rooms = [group.room_id, *await twinnings.joints_of(ctx.tx, group.id)]
    rooms += [former for room_id in list(rooms) for former in await moves.formerly(ctx.tx, room_id)]
    for room_id in rooms:
        await outbox.forget_room(ctx.tx, room_id)
    await groups.delete(ctx.tx, group)
    reason = t("The group asked me to forget it.")
    goodbye = ctx.reply(
        t("Done: I have deleted what I kept of {name}, and told your twins.", name=group.name),
        t("I am leaving this room now. All the best."),
    )
    return [*told, *goodbye, *(Leave(room_id, reason, group.language) for room_id in rooms)]


async def _end_all(ctx: Context, group: Group) -> list[Outgoing]:
    """Cancel what waits for the group's twins; what to tell them."""
    found: list[Outgoing] = []
    own = [one for one in await actions.open_of(ctx.tx, group.id) if one.proposer == group.id]
    for twin in await twins_of(ctx.tx, group):
        cancelled = await outbox.cancel_twinning(ctx.tx, twin.twinning.id, ctx.now)
        ctx.settled += [entry for entry in cancelled if entry.origin_room != group.room_id]
        lines: tuple[Text, ...] = (
            t(
                "{name} ({alias}) has left me, so your twinning has ended.",
                name=group.name,
                alias=twin.alias_of(group),
            ),
            t("What was still waiting is not sent. What has arrived stays."),
        )
        off = len([one for one in own if one.part(twin.group.id) is not None])
        if off:
            lines += (
                tn(
                    "{count} action that it had proposed to you is off.",
                    "{count} actions that it had proposed to you are off.",
                    off,
                ),
            )
        found.append(Say(twin.group.room_id, lines, twin.group.language, what="twin-ended", notice=False))
    return found


FORGET = Command(
    words=("group", "forget"),
    summary=t("ends all twinnings, deletes everything of the group, and I leave"),
    theme=Theme.GROUP,
    run=_forget,
)
