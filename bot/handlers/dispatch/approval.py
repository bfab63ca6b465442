"""A second pair of eyes: who may approve a dispatch, and what is said while it waits.

Rules:
- Where the group wants it, a dispatch waits until a steward, or somebody whom they named, approves it who has
  neither written it nor wanted it sent. Rights are those of the moment of the approval.
- What is marked urgent by those whom the group has named for that goes at once, and says so.
- What its author changes is put before people anew; an approval counts for what they were shown last.
- After 4 hours the room is reminded; after 72 it is told that the dispatch is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.dispatch import APPROVAL_FOR, REMIND_AFTER
from bot.domain.group import Approval as Wanted
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Say
from bot.domain.text import Text, t
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.names import name_of
from bot.handlers.twins import Twin, aliases
from bot.handlers.warning import doubts
from bot.storage import approvals, groups
from bot.storage.approvals import Approval

POST = "approval:"  # begins the names of the posts that ask for it; then the round
_MOST_WARNINGS = 6


def is_wanted(group: Group) -> bool:
    """Whether the group's dispatches are approved."""
    return group.settings.approval is Wanted.ONE


def goes_at_once(ctx: Context, group: Group, draft: Draft) -> bool:
    """Whether it goes without a second pair of eyes, since it is urgent."""
    return draft.urgent and (draft.asker or ctx.sender) in group.settings.urgent


def has_power(ctx: Context, group: Group) -> bool:
    """Whether the sender may approve dispatches of others."""
    return ctx.is_steward or (ctx.sender in group.settings.approvers and ctx.room.has(ctx.sender))


async def wait(ctx: Context, group: Group, draft: Draft, active: Sequence[Twin]) -> list[Outgoing]:
    """The dispatch gets its number, and waits."""
    known = await approvals.by_source(ctx.tx, ctx.origin)
    if known is not None and known.is_open:
        return ctx.reply(t("That message waits for approval already."))
    waiting = await approvals.add(
        ctx.tx,
        group=group.id,
        number=await groups.next_number(ctx.tx, group.id),
        source=ctx.origin,
        room_id=group.room_id,
        author=ctx.sender,
        asker=draft.asker,
        draft=draft.dump(),
        written_at=ctx.sent_at or ctx.now,
        now=ctx.now,
    )
    return [await request(ctx, group, waiting, draft, active)]


async def request(
    ctx: Context, group: Group, waiting: Approval, draft: Draft, active: Sequence[Twin]
) -> Outgoing:
    """What the room is asked."""
    name, number = name_of(group, waiting), waiting.number
    lines = [
        t("{name} waits for approval before it goes to {twins}.", name=name, twins=aliases(active, group)),
        *(await doubts(ctx, group, active, draft.text))[:_MOST_WARNINGS],
        t(
            "Somebody who neither wrote nor asked for it approves it with {approve}, or answers this with "
            "“yes”; {hold} stops it.",
            approve=f"!approve {number}",
            hold=f"!hold {number} WHY",
        ),
        t("Without an approval it is forgotten after {hours} hours.", hours=_hours()),
    ]
    if not _anybody(ctx, group, waiting):
        lines.append(
            t(
                "Nobody here can do that now. A steward names somebody with: {command}",
                command="!group set approvers NAME",
            )
        )
    return _aloud(group, waiting, lines, f"{POST}{waiting.round}")


def _hours() -> int:
    return int(APPROVAL_FOR.total_seconds()) // 3600


def _anybody(ctx: Context, group: Group, waiting: Approval) -> bool:
    """Whether there is somebody to approve it."""
    room = ctx.room
    return any(
        room.is_steward(user) or (user in group.settings.approvers and room.has(user))
        for user in room.members
        if user not in (waiting.author, waiting.asker, ctx.house.me)
    )


def _aloud(group: Group, waiting: Approval, lines: Sequence[Text], what: str) -> Say:
    """Said to the room so that phones ring, as a reply to the message where that is in it."""
    return Say(
        room_id=group.room_id,
        lines=tuple(lines),
        language=group.language,
        what=what,
        source=waiting.source,
        reply_to=waiting.source if waiting.room_id == group.room_id else None,
        notice=False,
    )


def held(group: Group, waiting: Approval, lines: Sequence[Text], cause: str) -> Say:
    """What the room is told when it is held."""
    return _aloud(group, waiting, lines, f"held:{cause}")


async def tick(ctx: Context) -> list[Outgoing]:
    """The clock: remind, let expire, forget."""
    out: list[Outgoing] = []
    for waiting in await approvals.overdue(ctx.tx, ctx.now - APPROVAL_FOR):
        await approvals.expire(ctx.tx, waiting)
        group = await groups.load(ctx.tx, waiting.group)
        if group is not None:
            line = t(
                "Nobody approved {name} within {hours} hours, so I have forgotten it. Nothing was sent.",
                name=name_of(group, waiting),
                hours=_hours(),
            )
            out.append(_aloud(group, waiting, [line], f"expired:{waiting.round}"))
    for waiting in await approvals.to_remind(ctx.tx, ctx.now - REMIND_AFTER):
        group = await groups.load(ctx.tx, waiting.group)
        if group is not None:
            line = t(
                "{name} still waits for approval: {approve}, or answer this with “yes”.",
                name=name_of(group, waiting),
                approve=f"!approve {waiting.number}",
            )
            out.append(_aloud(group, waiting, [line], f"{POST}{waiting.round}:reminder"))
    await approvals.forget(ctx.tx, ctx.now)
    return out
