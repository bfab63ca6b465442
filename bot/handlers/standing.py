"""Whose devices count: before anything else is done with a message, the router asks here.

Rules:
- What a group has chosen holds in its home room; in a joint room unsigned devices count only if both groups
  have chosen so; in a direct chat, if one of the person's groups has.
- A message that would have done something is answered with one sentence, once an hour per person and
  room; everything else from such a device meets silence.
"""

from __future__ import annotations

from datetime import timedelta

from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.room import Room
from bot.domain.text import Text, t
from bot.domain.thread import ROOTS
from bot.domain.trust import Audience, Policy, Standing, counts
from bot.handlers.context import Context, Place
from bot.storage import groups, identities, introduced, outbox, questions, rooms, twinnings
from bot.storage.db import Reading

WARN_EVERY = timedelta(hours=1)


async def policy_of(tx: Reading, room_id: str, me: str) -> Policy:
    """Which devices of its members a room works with: keys go to them, and their words count."""
    group = await groups.of_room(tx, room_id)
    return group.settings.devices if group is not None else await _policy_elsewhere(tx, room_id, me)


async def _policy_elsewhere(tx: Reading, room_id: str, me: str) -> Policy:
    """The same for a room that is no home."""
    joints = await twinnings.joints_at(tx, room_id)
    if joints:
        chosen = {await _joint_policy(tx, joint.twinning) for joint in joints}
        return Policy.ALL if chosen == {Policy.ALL} else Policy.SIGNED
    room = await rooms.load(tx, room_id) or Room.unknown(room_id)
    return await _personal_policy(tx, room.direct_with(me))


async def audience_of(tx: Reading, room_id: str, me: str) -> Audience:
    """Who is given the room's keys: in a home room, those of whom it has been told.

    All who are there when the bot comes back, since the first message names them.
    """
    group = await groups.of_room(tx, room_id)
    if group is None:
        return Audience(await _policy_elsewhere(tx, room_id, me))
    return Audience(group.settings.devices, frozenset(await introduced.announced(tx, room_id)) or None)


async def _joint_policy(tx: Reading, twinning_id: int) -> Policy:
    twinning = await twinnings.load(tx, twinning_id)
    sides = (twinning.a, twinning.b) if twinning is not None else ()
    both = [await groups.load(tx, side) for side in sides]
    chosen = [side.settings.devices for side in both if side is not None]
    return Policy.ALL if chosen == [Policy.ALL, Policy.ALL] else Policy.SIGNED


async def _personal_policy(tx: Reading, person: str | None) -> Policy:
    homes = await groups.of_member(tx, person) if person is not None else []
    return Policy.ALL if any(home.settings.devices is Policy.ALL for home in homes) else Policy.SIGNED


async def trusted(ctx: Context, standing: Standing) -> bool:
    """Whether words from such a device of the sender count in this room."""
    if standing is not Standing.UNSIGNED:
        return counts(standing, Policy.ALL)
    if ctx.place is Place.OTHER:
        return counts(standing, await _personal_policy(ctx.tx, ctx.sender))
    return counts(standing, await policy_of(ctx.tx, ctx.room.room_id, ctx.house.me))


async def distrusted(ctx: Context, message: Message, *, command: bool) -> list[Outgoing]:
    """All that is said to a message whose device does not count. `command`: it is a known one."""
    if not ctx.room.has(ctx.sender) or not (command or await _would_do(ctx, message)):
        return []
    if not await identities.warn(
        ctx.tx, ctx.room.room_id, ctx.sender, ctx.now, not_since=ctx.now - WARN_EVERY
    ):
        return []
    return ctx.reply(why_not(message.standing))


def why_not(standing: Standing) -> Text:
    """Why words from such a device do not count, and what to do."""
    if standing is Standing.CHANGED:
        return t(
            "I did nothing with this message, since your identity in Matrix is a new one: a steward of your "
            "group confirms it with {command}, or I accept it by myself after 7 days.",
            command="!trust NAME",
        )
    return t(
        "I did nothing with this message, since its device is not verified: in Element, open Settings → "
        "Sessions, verify this session, and write it again."
    )


async def _would_do(ctx: Context, message: Message) -> bool:
    """Whether the message would have done something or been answered, were its device trusted."""
    if ctx.place in (Place.DIRECT, Place.JOINT):
        return True
    if ctx.house.catalogs.answer(message.body, ctx.language) is not None and await questions.pending(
        ctx.tx, ctx.room.room_id, ctx.sender, ctx.now
    ):
        return True
    if message.edits is not None and await outbox.relays_of(ctx.tx, message.edits):
        return True
    root = await outbox.by_event(ctx.tx, message.thread) if message.thread is not None else None
    return root is not None and root.what in ROOTS
