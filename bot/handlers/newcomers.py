"""Who can newly read a home room is announced there before the next relay that they could read.

Rules:
- Whoever is joined or invited can read. Those who were there at `!group create` are known.
- The announcement goes before everything that waits for the room, in one message as long as it has not
  been sent.
- Where the group wants it (`newmembers hold`), relays into the room wait until a steward trusts each of
  them, or they have left; after a week they are given up, and their authors are told.
- When the bot comes back into a home room, it names those who are there, and nothing waits for that.
"""

from __future__ import annotations

from bot.domain.group import Group, NewMembers
from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.text import Listing, Text, t, tn
from bot.handlers.context import Context
from bot.storage import introduced, outbox

WHAT = "newcomers"
MOST_NAMES = 10


async def look(ctx: Context) -> list[Outgoing]:
    """A room's state has changed: who is new in it, and who is gone?"""
    group = ctx.group
    if group is None or not ctx.room.joined:
        return []
    present = ctx.room.present() - {ctx.house.me}
    known = await introduced.known(ctx.tx, group.room_id)
    gone, new = known - present, present - known
    if gone:
        await introduced.drop(ctx.tx, group.room_id, gone)
        await let_go(ctx, group.room_id)
    if not new:
        return []
    hold = group.settings.newmembers is NewMembers.HOLD and bool(known)
    earlier = await _unsaid(ctx, group.room_id)
    source = earlier or f"{ctx.source}:{min(new)}"
    await introduced.add(ctx.tx, group.room_id, new, source, held=hold)
    people = await introduced.announced_by(ctx.tx, group.room_id, source)
    return [_announcement(group, people, source, hold=hold, again=earlier is not None)]


async def let_go(ctx: Context, room_id: str) -> None:
    """Let relays into the room go on, if they wait for nobody any more."""
    if not await introduced.held(ctx.tx, room_id):
        await outbox.release(ctx.tx, room_id)


async def give_up(ctx: Context) -> list[Outgoing]:
    """The clock: what has waited for a week has failed; what has no reason to wait any more goes on."""
    for entry in await outbox.overdue(ctx.tx, ctx.now):
        ctx.settled.append(await outbox.settle_failed(ctx.tx, entry, "held", ctx.now))
    for room_id in await outbox.rooms_held(ctx.tx):
        await outbox.release(ctx.tx, room_id)
    return []


async def _unsaid(ctx: Context, room_id: str) -> str | None:
    """The event of an announcement that has not been sent yet, if there is one."""
    for source in await introduced.sources(ctx.tx, room_id):
        row = await outbox.find(ctx.tx, RowRef(source, room_id, WHAT))
        if row is not None and row.state == "waiting" and row.tries == 0:
            return source
    return None


def _announcement(group: Group, people: list[str], source: str, *, hold: bool, again: bool) -> Say:
    lines: list[Text] = [
        t("New here, and able to read what I say from now on: {people}.", people=_names(people))
    ]
    if hold:
        lines.append(
            t(
                "What your twins send waits until a steward confirms them with {command}, or they leave.",
                command="!trust NAME",
            )
        )
    return Say(
        room_id=group.room_id,
        lines=tuple(lines),
        language=group.language,
        what=WHAT,
        source=source,
        replaces=RowRef(source, group.room_id, WHAT) if again else None,
        notice=False,
        first=True,
    )


def _names(people: list[str]) -> Listing:
    """The first of them by name, the others by number."""
    if len(people) <= MOST_NAMES:
        return Listing(tuple(people))
    more = len(people) - MOST_NAMES
    return Listing((*people[:MOST_NAMES], tn("{count} more", "{count} more", more)))
