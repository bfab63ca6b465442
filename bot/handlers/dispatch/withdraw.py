"""Taking a dispatch back: what waits is cancelled, what was sent is removed in every room.

The answers of others in the shared thread stay; the thread itself ends.
"""

from __future__ import annotations

from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Group
from bot.domain.incoming import Redaction
from bot.domain.outgoing import Outgoing, Redact, RowRef, Say
from bot.domain.text import t
from bot.domain.thread import INTRO
from bot.handlers.context import Context, Given
from bot.handlers.dispatch import consent, picture
from bot.handlers.dispatch.draft import Draft
from bot.handlers.dispatch.names import find, name_of, number_in, unknown
from bot.handlers.dispatch.report import answer
from bot.handlers.homes import home_of
from bot.handlers.refusal import refuse
from bot.handlers.removal import remove_relays
from bot.handlers.threads import end_thread
from bot.storage import approvals, dispatches, groups, moves, outbox, questions

_MOST = 100  # dispatches of a group that wait, looked through when a message is deleted


async def withdraw(ctx: Context, given: Given) -> list[Outgoing]:
    """`!dispatch withdraw N`"""
    group = ctx.group
    if group is None:
        return []
    dispatch = await find(ctx.tx, group, given["N"])
    if dispatch is None:
        return await _waiting(ctx, group, given["N"])
    if ctx.sender != dispatch.author and not ctx.is_steward:
        return ctx.reply(t("A dispatch is withdrawn by its author or by a steward."))
    name = name_of(group, dispatch)
    if dispatch.state is State.WITHDRAWN:
        return ctx.reply(t("{name} has been withdrawn.", name=name))
    out = await _take_back(ctx, dispatch)
    return [*out, *ctx.reply(t("{name} is withdrawn. I am removing it in every room.", name=name))]


async def _waiting(ctx: Context, group: Group, typed: str) -> list[Outgoing]:
    """The same for one that waits for approval."""
    number = number_in(group, typed)
    waiting = await approvals.numbered(ctx.tx, group.id, number) if number is not None else None
    if waiting is None:
        return await refuse(ctx, unknown(typed))
    if ctx.sender not in (waiting.author, waiting.asker) and not ctx.is_steward:
        return ctx.reply(t("A dispatch is withdrawn by its author or by a steward."))
    if waiting.is_open:
        await approvals.withdraw(ctx.tx, waiting)
    return ctx.reply(t("{name} has been withdrawn. Nothing was sent.", name=name_of(group, waiting)))


async def _forgotten(ctx: Context, home: str, removed: str) -> list[Outgoing]:
    """What waits for approval goes with the message that made it, or the one that asked for it."""
    group = await groups.of_room(ctx.tx, home)
    here = {home, *await moves.formerly(ctx.tx, home)}
    for waiting in await approvals.of_group(ctx.tx, group.id, _MOST) if group is not None else []:
        if not (group and waiting.is_open and waiting.draft and waiting.room_id in here):
            continue
        draft = Draft.load(waiting.draft)
        if removed in (waiting.source, draft.request, draft.edit):
            await approvals.withdraw(ctx.tx, waiting)
            line = t("{name} has been withdrawn. Nothing was sent.", name=name_of(group, waiting))
            return [Say(home, (line,), group.language, f"withdrawn:{waiting.round}", waiting.source)]
    return []


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """The message that made a dispatch was deleted, by its author or a moderator."""
    home = await moves.now_at(ctx.tx, redaction.room_id)  # where that waits which was asked before an upgrade
    asked = await consent.taken_back(ctx, redaction.redacts, home)
    asked += await _forgotten(ctx, home, redaction.redacts)
    asked += await picture.unwanted(ctx, redaction.redacts, (redaction.room_id, home))
    for room_id in (redaction.room_id, home):
        await questions.drop_source(ctx.tx, room_id, redaction.redacts)
    dispatch = await dispatches.by_source(ctx.tx, redaction.redacts)
    if dispatch is None or dispatch.state is State.WITHDRAWN:
        return asked
    if redaction.room_id not in (dispatch.room_id, *await moves.formerly(ctx.tx, dispatch.room_id)):
        return asked
    group = await groups.load(ctx.tx, dispatch.group)
    out = [*asked, *await _take_back(ctx, dispatch)]
    if group is not None:
        name = name_of(group, dispatch)
        line = t(
            "{name} is withdrawn, since its message was deleted. I am removing it in every room.", name=name
        )
        out.append(answer(group, dispatch, (line,), "ack:withdrawn"))
    return out


async def _take_back(ctx: Context, dispatch: Dispatch) -> list[Outgoing]:
    await dispatches.withdraw(ctx.tx, dispatch.id)
    copies = await outbox.copies(ctx.tx, dispatch.id)
    languages: dict[str, str] = {}
    for room_id in (dispatch.room_id, *(row.room_id for row in copies)):
        group = await home_of(ctx.tx, room_id)
        if group is None:
            continue
        languages |= dict.fromkeys((room_id, group.room_id), group.language)  # it may go on in a new room
    out = [*await remove_relays(ctx, dispatch.source), *await end_thread(ctx, dispatch, languages)]
    for room_id in languages:
        target = RowRef(dispatch.source, room_id, INTRO)
        out.append(Redact(room_id, target, what=f"redact:{INTRO}", source=dispatch.source))
    return out
