"""`!fix`: whoever knows better corrects a translation; the room sees who did, a steward can undo it.

Where a room has several languages, the one that is meant stands before the text, else it is the first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

import regex

from bot.domain import dispatch as rules
from bot.domain import languages
from bot.domain.alignment import pairs
from bot.domain.incoming import Fetched
from bot.domain.outgoing import Fetch, Outgoing, Relay
from bot.domain.parts import is_part, parts
from bot.domain.rendering import Rendering
from bot.domain.text import Language, t
from bot.domain.thread import COPY
from bot.handlers import command
from bot.handlers.context import Context, Given
from bot.handlers.parting import fingerprint
from bot.handlers.refusal import refuse
from bot.handlers.reissue import reissue, relay_of
from bot.storage import dispatches, outbox, seats, words
from bot.storage.outbox import Entry

FETCHED = "fix"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to stand in a language of a post (a row of the outbox); None: what stood there before."""

    row: int
    text: str | None
    target: str = ""  # the first


_HEAD = regex.compile(r"\s*\S+\s+(?:(?:[\p{L}\p{M}\p{N}-]+-)?\d{1,9}\s+)?")


async def fix(ctx: Context, given: Given) -> list[Outgoing]:
    """`!fix TEXT`, as a reply to a translation."""
    text = given.get("TEXT") or ""
    if rules.size(text) > rules.LONGEST_PART:
        return await refuse(
            ctx,
            t(
                "This text has {size} bytes; a correction can have {limit}.",
                size=rules.size(text),
                limit=rules.LONGEST_PART,
            ),
        )
    return await _start(ctx, text, undo=False)


async def undo(ctx: Context, given: Given) -> list[Outgoing]:
    """`!fix undo [LANGUAGE]`, as a reply to a corrected translation; for stewards."""
    return await _start(ctx, given.get("LANGUAGE") or "", undo=True)


async def _start(ctx: Context, typed: str, *, undo: bool) -> list[Outgoing]:
    row = await outbox.by_event(ctx.tx, ctx.reply_to) if ctx.reply_to else None
    if row is None or row.kind != "relay" or row.room_id != ctx.room.room_id or row.twinning is None:
        several = ctx.group is not None and ctx.group.among
        usage = "!fix [LANGUAGE] TEXT" if several else "!fix TEXT"
        return await refuse(ctx, t("Reply to a translation of mine with {usage}", usage=usage))
    frame = relay_of(row)
    if frame is None:
        return ctx.reply(t("That message cannot be changed any more."))
    target, text = _meant(frame, typed)
    if undo and text:
        return await refuse(ctx, t("Usage: {usage}", usage="!fix undo [LANGUAGE]"))
    if target == frame.words.language and target in frame.also:
        return await refuse(
            ctx, t("That was written in {language}; there is no translation.", language=Language(target))
        )
    wish = Wish(row.id, None if undo else text, target)
    if (is_part(row.what, COPY) and row.dispatch is not None) or row.source.startswith("audit:"):
        original = await _kept(ctx, row)
        if original is None:
            return await refuse(ctx, t("I no longer have the words of the original."))
        return await _apply(ctx, row, original, wish)
    return [
        Fetch(
            ctx.room.room_id,
            row.source,
            topic=FETCHED,
            by=ctx.sender,
            payload=json.dumps(asdict(wish)),
            at=row.origin_room or "",
        )
    ]


async def _kept(ctx: Context, row: Entry) -> str | None:
    """The words of a dispatch, or of a red line, as long as they are kept."""
    if row.dispatch is None:
        line = await seats.posted(ctx.tx, row.source, row.what)
        return line.text if line is not None else None
    dispatch = await dispatches.load(ctx.tx, row.dispatch)
    return dispatch.original if dispatch is not None else None


def _meant(relay: Relay, typed: str) -> tuple[str, str]:
    """The language of the post that is meant, and the text."""
    first, *rest = typed.split(maxsplit=1)[:2] or [""]
    code = languages.find(first)
    if relay.also and code is not None and code.code in relay.translations:
        return code.code, "".join(rest)
    return relay.target, typed


async def fetched(ctx: Context, outcome: Fetched) -> list[Outgoing]:
    """The original is here, or gone."""
    wish = Wish(**json.loads(outcome.payload))
    row = await outbox.load(ctx.tx, wish.row)
    if row is None or outcome.message is None:
        return ctx.reply(t("I no longer have the words of the original."))
    original = outcome.message.body
    if command.typed(original, []) is not None:
        original = _HEAD.sub("", original, count=1)
    return await _apply(ctx, row, original, wish)


async def _apply(ctx: Context, row: Entry, original: str, wish: Wish) -> list[Outgoing]:
    frame, text = relay_of(row), wish.text
    if frame is None or row.twinning is None:
        return ctx.reply(t("That message cannot be changed any more."))
    texts = parts(original)
    if frame.part > len(texts):
        return ctx.reply(t("I no longer have the words of the original."))
    original, language, target = texts[frame.part - 1], frame.words.language, wish.target or frame.target
    name = ctx.sender[1:].partition(":")[0]
    if text is not None:
        made = await words.correct(ctx.tx, row.twinning, language, target, original, text, ctx.now)
        await words.correct_parts(ctx.tx, made, pairs(original, text))
        said = t("{name} has corrected this translation; I keep it in mind.", name=name)
    elif await words.undo(ctx.tx, row.twinning, language, target, original):
        text = await words.corrected(ctx.tx, row.twinning, language, target, original)
        said = t("{name} has taken the last correction back.", name=name)
    else:
        return await refuse(ctx, t("Nobody has corrected this translation."))
    known = {target: Rendering(text, corrected_by=name)} if text is not None else {}
    edit = reissue(row, original, ctx.source, known)
    if edit is None:
        return ctx.reply(t("That message cannot be changed any more."))
    mark = fingerprint(ctx, edit, original) if len(texts) > 1 else ""
    return [replace(edit, parts=len(texts), fingerprint=mark), *ctx.reply(said)]
