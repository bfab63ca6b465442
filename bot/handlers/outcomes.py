"""What came of the work that a handler had asked for, and what people choose in polls.

Rules:
- An outcome reaches the handler of its topic, if the person for whom it was asked is still in the room. If
  the group has moved into another room meanwhile, it is handled there.
- What an author has changed while their file was looked at stands in the row of the outbox.
- A poll's answer counts in a direct chat alone, from the person of that chat, and from a device that counts;
  from any other device it is refused each time with a sentence. Where the poll is nobody's any more, that is
  said, and nothing of it stays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from bot.domain.incoming import Cleaned, Fetched, Opened, PollAnswer, Previewed
from bot.domain.outgoing import Clean, Outgoing
from bot.domain.text import t
from bot.handlers.context import Context, Place
from bot.handlers.router import Router, storable
from bot.handlers.standing import trusted, why_not
from bot.storage import enclosures, inlet, moves, outbox, rooms
from bot.storage.db import Tx

Came: TypeAlias = Fetched | Previewed | Cleaned | Opened | PollAnswer


async def came(router: Router, tx: Tx, event: Came, now: datetime) -> list[Outgoing]:
    """Pass one of these on to whom it concerns."""
    match event:
        case Fetched():
            return await _fetched(router, tx, event, now)
        case Previewed():
            return await _previewed(router, tx, event, now)
        case Cleaned():
            return await _cleaned(router, tx, event, now)
        case Opened():
            if event.room_id is not None:
                await rooms.opened(tx, event.room_id, event.user_id, router.house.me)
            return await _opened(router, tx, event, now)
        case PollAnswer():
            await inlet.drop_undecrypted(tx, event.event_id)
            return await _poll_answer(router, tx, event, now)


async def _fetched(router: Router, tx: Tx, outcome: Fetched, now: datetime) -> list[Outgoing]:
    """A message that a handler asked for has come, or cannot be read."""
    ctx = await _where_it_is_now(router, tx, outcome, now, outcome.asked_in)
    handlers = [n.outcomes[outcome.topic] for n in router.nouns if outcome.topic in n.outcomes]
    if ctx is None:
        return []
    message = storable(outcome.message) if outcome.message is not None else None
    outcome = replace(outcome, message=message)
    if message is not None and message.sender == ctx.sender and not await trusted(ctx, message.standing):
        return ctx.reply(why_not(message.standing))
    return await router.each(ctx, [partial(h, ctx, outcome) for h in handlers])


async def _previewed(router: Router, tx: Tx, outcome: Previewed, now: datetime) -> list[Outgoing]:
    """Words that a handler wanted to see translated have been."""
    ctx = await _where_it_is_now(router, tx, outcome, now, outcome.asked_in)
    handlers = [n.previews[outcome.topic] for n in router.nouns if outcome.topic in n.previews]
    if ctx is None:
        return []
    return await router.each(ctx, [partial(h, ctx, outcome) for h in handlers])


async def _cleaned(router: Router, tx: Tx, outcome: Cleaned, now: datetime) -> list[Outgoing]:
    """A file is clean, or cannot cross; unless its message was taken back meanwhile."""
    row = await outbox.load(tx, int(outcome.event_id.partition(":")[2]))
    if row is None or not row.is_open or not isinstance(row.payload, Clean):
        return []
    ctx = await _where_it_is_now(router, tx, outcome, now, outcome.event_id)
    if ctx is None:
        await enclosures.drop(tx, outcome.asked_in)
        return []
    ctx.origin, outcome = outcome.asked_in, replace(outcome, payload=row.payload.payload)
    handlers = [n.cleaned[outcome.topic] for n in router.nouns if outcome.topic in n.cleaned]
    return await router.each(ctx, [partial(h, ctx, outcome) for h in handlers])


async def _where_it_is_now(
    router: Router, tx: Tx, outcome: Fetched | Previewed | Cleaned, now: datetime, source: str
) -> Context | None:
    """The context in which an outcome is handled; None if the person for whom it was asked has left."""
    room_id = await moves.now_at(tx, outcome.room_id)
    ctx = await router.context_of(tx, now, source, outcome.by, room_id)
    if room_id == outcome.room_id:
        return ctx if ctx.room.has(outcome.by) else None
    ctx.moved = True
    asked = await rooms.load(tx, outcome.room_id)
    return ctx if ctx.room.has(outcome.by) or (asked is not None and asked.has(outcome.by)) else None


async def _opened(router: Router, tx: Tx, outcome: Opened, now: datetime) -> list[Outgoing]:
    """A direct chat that a handler asked for is there, or there can be none: then the room is unknown."""
    ctx = await router.context_of(tx, now, outcome.event_id, outcome.user_id, outcome.room_id or "")
    handlers = [n.opened[outcome.topic] for n in router.nouns if outcome.topic in n.opened]
    return await router.each(ctx, [partial(h, ctx, outcome) for h in handlers])


async def _poll_answer(router: Router, tx: Tx, answer: PollAnswer, now: datetime) -> list[Outgoing]:
    """Somebody has chosen in a poll: the first noun whose poll it is has it."""
    ctx = await router.context_of(tx, now, answer.event_id, answer.sender, answer.room_id)
    ctx.sent_at = answer.sent_at
    if ctx.place is not Place.DIRECT or ctx.room.direct_with(router.house.me) != answer.sender:
        return []
    if not ctx.room.has(answer.sender):
        return []
    if not await trusted(ctx, answer.standing):
        return ctx.reply(why_not(answer.standing))
    for noun in router.nouns:
        for handler in noun.polls:
            done = await handler(ctx, answer)
            if done is not None:
                return done
    ended = t("That counts for nothing: this poll has ended, or is not one of mine.")
    return [replace(ctx.answer(ended), sealed=True, reply_to=None)]
