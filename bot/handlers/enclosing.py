"""Files that somebody sends to the twins, in a dispatch or in its thread.

Rules:
- A picture or a voice message is cleaned first; then its author is asked, once, whether it may cross, since
  people may be recognised by it. A plain text file becomes the words that it holds.
- The cleaned file waits, encrypted, for as long as its message waits for an answer or for approval, and is
  then in the outbox until it is delivered. Nothing of it is kept after that.
- It goes under the words that say whose it is, and not without them.
- What its author changes in the words before it has gone is what will go. With another file in its place, or
  none, the message is forgotten; once it has gone, the words alone can be changed.
- A file waits for one thing at a time: it is not looked at again before that is answered.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.files import Enclosed, Remote
from bot.domain.ids import pseudonym
from bot.domain.incoming import Cleaned, Message, Redaction
from bot.domain.outgoing import Clean, File, Outgoing, Relay, RowRef
from bot.domain.text import Text, t
from bot.domain.thread import MEDIA
from bot.handlers.context import Context
from bot.handlers.reissue import relay_of, wordless
from bot.storage import enclosures, moves, outbox, questions
from bot.storage.outbox import Entry

ASK_FOR = timedelta(hours=24)
WAITS_FOR = timedelta(hours=24 + 24 + 72)  # two answers, and approval
FILE = "file"


async def look(ctx: Context, file: Remote, topic: str, payload: str) -> list[Outgoing]:
    """Have a file cleaned for the handler of the topic."""
    if await address(ctx, ctx.origin) is not None:
        return ctx.reply(t("I have this file already: it waits for an answer, or for approval."))
    return [Clean(ctx.room.room_id, file, topic, ctx.sender, payload, source=ctx.origin)]


async def address(ctx: Context, source: str) -> str | None:
    """Where the file of a message came from, while it is looked at or waits; None if it has none."""
    enclosed = await enclosures.of(ctx.tx, source)
    if enclosed is not None:
        return enclosed.made_from
    entry = await outbox.cleaning_of(ctx.tx, source)
    wanted = entry.payload if entry is not None else None
    return wanted.file.url if isinstance(wanted, Clean) and isinstance(wanted.file, Remote) else None


async def looked_at(ctx: Context, source: str, topics: Collection[str]) -> Entry | None:
    """The sender's request to look at the file of their message, for one of these topics."""
    entry = await outbox.cleaning_of(ctx.tx, source)
    wanted = entry.payload if entry is not None else None
    return entry if isinstance(wanted, Clean) and wanted.topic in topics and wanted.by == ctx.sender else None


def has_same(edit: Message, file: str | None) -> bool:
    """Whether a message, as it is edited now, has the file from this address still; None: it had none."""
    if file is None:
        return edit.kind not in MEDIA
    return edit.file is not None and edit.file.file.url == file


def mark_of_file(ctx: Context, source: str, file: str) -> str:
    """By which the file of a message is known again; it tells nothing to those without the key."""
    return pseudonym(ctx.house.key, f"file:{source}", file) if file else ""


def kept_from_change(ctx: Context, edit: Message, rows: Sequence[Entry]) -> list[Text]:
    """Why an edit of a message that was relayed cannot be: another file is not put in the place of one."""
    relays = [relay for row in rows if (relay := relay_of(row)) is not None]
    mark = next((relay.file for relay in relays), "")
    file = edit.file.file.url if edit.file is not None else ""
    if mark == mark_of_file(ctx, edit.edits or "", file) and bool(mark) == (edit.kind in MEDIA):
        return []
    return [
        t("Your change was not relayed: I can change the words under a picture or voice message, no file."),
        t("To take back what was relayed, delete your message; then write it anew."),
    ]


async def blurred(ctx: Context, source: str, topic: str, payload: str) -> list[Outgoing]:
    """Have the waiting picture of a message made so that nobody is recognised."""
    enclosed = await enclosures.of(ctx.tx, source)
    if enclosed is None:
        return ctx.reply(t("I do not have this picture any more. Please send it again."))
    clean = Clean(
        ctx.room.room_id, enclosed.content, topic, ctx.sender, payload, blur=True, what="blur", source=source
    )
    return [clean]


async def keep(ctx: Context, source: str, enclosed: Enclosed) -> None:
    """The file waits for its message to cross."""
    before = await enclosures.of(ctx.tx, source)
    if before is not None and not enclosed.made_from:  # it was made from that one
        enclosed = replace(enclosed, made_from=before.made_from)
    await enclosures.keep(ctx.tx, source, ctx.room.room_id, enclosed, ctx.now + WAITS_FOR)


async def keep_on(ctx: Context, source: str) -> None:
    """What the message waits for begins anew: its file, if it has one, waits as long."""
    enclosed = await enclosures.of(ctx.tx, source)
    if enclosed is not None:
        await keep(ctx, source, enclosed)


async def drop(ctx: Context, source: str) -> None:
    """The file of a message is not needed any more, nor looked at."""
    await enclosures.drop(ctx.tx, source)
    await outbox.not_cleaned(ctx.tx, source, ctx.now)


async def waits(ctx: Context, source: str) -> bool:
    """Whether a message has a file, so that it needs no words."""
    return await enclosures.of(ctx.tx, source) is not None


async def ask(ctx: Context, outcome: Cleaned, enclosed: Enclosed, topic: str, payload: str) -> list[Outgoing]:
    """Ask the author, once, whether a picture or recording may cross."""
    await keep(ctx, outcome.asked_in, enclosed)
    await questions.ask(
        ctx.tx, ctx.room.room_id, ctx.sender, topic, outcome.asked_in, payload, ctx.now + ASK_FOR,
        thread=ctx.thread,
    )  # fmt: skip
    if enclosed.form.picture is None:
        lines = [
            t("The voice in it can be recognised: send? Answer “yes” or “no”."),
            t("I have taken off everything that was written into the file."),
        ]
    else:
        lines = [
            t("People may be recognisable in it: send? Answer “yes”, “no” or “blur”."),
            t("With “blur” all of it becomes coarse blocks: I do not look for faces, and would miss some."),
            t("I have taken off place, time, camera and all else that is not seen. What is seen stays."),
        ]
    if enclosed.still:
        lines.append(t("It moves, and is too long for me: only its first picture would go."))
    if ctx.moved:
        lines.insert(0, t("This is about the file that you sent in the old room."))
    return [replace(ctx.answer(*lines, what=f"ask:{outcome.event_id}"), source=outcome.asked_in)]


async def with_files(ctx: Context, source: str, relays: Sequence[Outgoing]) -> list[Outgoing]:
    """What relays a message, and after the last words for each room its file, if it has one."""
    enclosed = await enclosures.of(ctx.tx, source)
    if enclosed is None:
        return list(relays)
    await enclosures.drop(ctx.tx, source)
    mark = mark_of_file(ctx, source, enclosed.made_from)
    out: list[Outgoing] = []
    last = {one.room_id: at for at, one in enumerate(relays) if isinstance(one, Relay)}
    for at, one in enumerate(relays):
        if not isinstance(one, Relay):
            out.append(one)
            continue
        out.append(wordless(replace(one, file=mark)))
        if last[one.room_id] == at:
            out.append(_file(one, enclosed))
    return out


def _file(relay: Relay, enclosed: Enclosed) -> File:
    base = relay.what.partition("#")[0]
    return File(
        room_id=relay.room_id,
        content=enclosed.content,
        form=enclosed.form,
        what=f"{base}#{FILE}",
        source=relay.source,
        reply_to=RowRef(relay.source, relay.room_id, base),
        thread=relay.thread,
        origin_room=relay.origin_room,
        dispatch=relay.dispatch,
        twinning=relay.twinning,
        by=relay.by,
        urgent=relay.urgent,
    )


async def taken_back(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """A message was deleted: its file is neither looked at nor kept."""
    here = {redaction.room_id, await moves.now_at(ctx.tx, redaction.room_id)}
    if await enclosures.room_of(ctx.tx, redaction.redacts) in here:
        await enclosures.drop(ctx.tx, redaction.redacts)
    looked = await outbox.cleaning_of(ctx.tx, redaction.redacts)
    if looked is not None and looked.room_id in here:
        await outbox.not_cleaned(ctx.tx, redaction.redacts, ctx.now)
    return []
