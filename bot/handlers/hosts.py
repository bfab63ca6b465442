"""Telling the hosts something, each in their direct chat, if there is one."""

from __future__ import annotations

from collections.abc import Callable

from bot.domain.outgoing import Outgoing, RowRef, Say
from bot.domain.text import Text
from bot.handlers.context import Context
from bot.storage import groups, outbox, people, rooms


async def tell_hosts(
    ctx: Context, line: Callable[[str], Text], what: str, source: str, instead_of: str = ""
) -> list[Outgoing]:
    """The line, worded for a reader's time zone, once for each host.

    What is still to be said under the source `instead_of` is not said then.
    """
    out: list[Outgoing] = []
    for host in sorted(ctx.house.hosts):
        chats = [
            room_id for room_id in await rooms.direct_chats(ctx.tx, host) if await _holds(ctx, room_id, host)
        ]
        if not chats:
            continue
        homes = await groups.of_member(ctx.tx, host)
        language = await people.language(ctx.tx, host) or (homes[0].language if homes else ctx.house.language)
        zone = homes[0].zone if homes else "UTC"
        earlier = RowRef(instead_of, chats[0], what)
        row = await outbox.find(ctx.tx, earlier)
        unsaid = row is not None and row.state == "waiting" and row.tries == 0
        out.append(
            Say(
                room_id=chats[0],
                lines=(line(zone),),
                language=language,
                what=what,
                source=source,
                replaces=earlier if unsaid else None,
                notice=False,
                private_with=host,
            )
        )
    return out


async def _holds(ctx: Context, room_id: str, host: str) -> bool:
    """Whether the room is a direct chat with the host now."""
    room = await rooms.load(ctx.tx, room_id)
    return room is not None and room.direct_with(ctx.house.me) == host
