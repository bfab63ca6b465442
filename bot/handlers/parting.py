"""Long texts cross in several messages: the parts of a relay, and what an edit makes of them.

Rules:
- A part is edited where its text has changed, or the number of parts that it shows.
- What an edit adds comes at the end, and says so; what it leaves without text is removed.
- A part in which there was nothing to translate, so that it was not said, is said once there is something;
  one that was removed since nothing was left to translate comes again as a post of its own.
- A part that never arrived is added by the next edit, if another of its message has arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.domain.ids import mark_of, pseudonym
from bot.domain.outgoing import Outgoing, Redact, Relay, RowRef
from bot.domain.parts import base_of, part_name, parts
from bot.handlers.context import Context
from bot.handlers.reissue import reissue, relay_of
from bot.storage import outbox
from bot.storage.outbox import Entry


def in_parts(ctx: Context, relay: Relay) -> list[Relay]:
    """The relay, or its parts, where its words are too long for one message."""
    texts = parts(relay.words.text)
    if len(texts) == 1:
        return [relay]
    return [
        replace(
            relay,
            words=replace(relay.words, text=text),
            what=part_name(relay.what, number),
            reply_to=relay.reply_to if number == 1 or relay.in_place else None,
            part=number,
            parts=len(texts),
            fingerprint=fingerprint(ctx, relay, text),
        )
        for number, text in enumerate(texts, start=1)
    ]


def fingerprint(ctx: Context, relay: Relay, text: str) -> str:
    """By which a part's text is known again; it tells nothing about the text to those without the key."""
    return pseudonym(ctx.house.key, f"part:{relay.by}", text.encode(errors="replace").decode())


async def change(ctx: Context, rows: Sequence[Entry], text: str, cause: str) -> list[Outgoing]:
    """What an edit makes of the relays of a message, in every room; `cause` ends the names of its rows."""
    found: list[Outgoing] = []
    if not rows:
        return found
    source, texts = rows[0].source, parts(text)
    relays = await outbox.relays_of(ctx.tx, source)
    gone = await outbox.removed(ctx.tx, source)
    emptied = await outbox.removed(ctx.tx, source, outbox.EMPTIED)
    standing = [row for row in relays if (row.room_id, row.what) not in gone]
    for room_id, base in dict.fromkeys((row.room_id, base_of(row.what)) for row in rows):
        here = [row for row in rows if (row.room_id, base_of(row.what)) == (room_id, base)]
        here = [row for row in here if (row.room_id, row.what) not in gone]
        empty = _by_part(row for row in here if (row.room_id, row.what) in emptied)
        shown = _by_part(row for row in here if _stands(row) and (row.room_id, row.what) not in emptied)
        silent = _by_part(row for row in here if (row.state, row.reason) == ("cancelled", outbox.NOTHING))
        model = next(iter([*shown.values(), *silent.values(), *empty.values()]), None)
        for number, part in enumerate(texts if model is not None else (), start=1):
            mark = _print(ctx, model, part) if len(texts) > 1 else ""
            row = shown.get(number)
            if row is not None:
                made = None if _same(row, standing, mark, len(texts)) else reissue(row, part, cause)
            elif number in silent:
                made = await _said_first(ctx, silent[number], part)
            else:
                made = _added(ctx, model, base, number, part, again=number in empty)
            found += [replace(made, parts=len(texts), fingerprint=mark)] if made is not None else []
        for number, row in shown.items():
            if number > len(texts):
                found += await _remove(ctx, row, relays)
    return found


def _by_part(rows: Iterable[Entry]) -> dict[int, Entry]:
    """The last of these rows for each part."""
    return {relay.part: row for row in rows if (relay := relay_of(row)) is not None}


def _stands(row: Entry) -> bool:
    """Whether its message is there, or will be."""
    return row.is_open or row.state == "sent"


async def _said_first(ctx: Context, row: Entry, text: str) -> Relay | None:
    """In this part there was nothing to translate until now."""
    relay = relay_of(row)
    if relay is None:
        return None
    await outbox.unsaid(ctx.tx, row)
    return replace(relay, words=replace(relay.words, text=text), source=row.source)


def _same(row: Entry, relays: Iterable[Entry], mark: str, several: int) -> bool:
    """Whether a part will show these words, and this number of parts, when everything has been sent."""
    edits = [
        one
        for one in relays
        if one.room_id == row.room_id
        and one.what.startswith(row.what + outbox.EDIT)
        and _stands(one)
        and not one.reason
    ]
    relay = relay_of(max(edits, key=lambda one: one.id, default=row))
    return mark != "" and relay is not None and (relay.fingerprint, relay.parts) == (mark, several)


def _print(ctx: Context, row: Entry | None, text: str) -> str:
    relay = relay_of(row) if row is not None else None
    return fingerprint(ctx, relay, text) if relay is not None else ""


def _added(
    ctx: Context, model: Entry | None, base: str, number: int, text: str, *, again: bool
) -> Relay | None:
    """A part that the message did not have, or has `again`, like another one of its parts."""
    relay = relay_of(model) if model is not None else None
    if model is None or relay is None:
        return None
    return replace(
        relay,
        words=replace(relay.words, text=text),
        what=part_name(base, number, mark_of(ctx.source)),
        source=model.source,
        reply_to=relay.reply_to if relay.in_place else None,
        rendering=None,
        renderings=(),
        part=number,
        added=not again,
        written_at=ctx.sent_at or ctx.now,
    )


async def _remove(ctx: Context, row: Entry, relays: Iterable[Entry]) -> list[Outgoing]:
    """Nothing is left of a part: it goes, with its edits and what stands beside it."""
    ctx.settled += await outbox.cancel_post(ctx.tx, row, ctx.now)
    return [
        Redact(one.room_id, RowRef(one.source, one.room_id, one.what), f"redact:{one.what}", one.source)
        for one in relays
        if one.room_id == row.room_id
        and (one.what == row.what or one.what.startswith(row.what + ":"))
        and _stands(one)
    ]
