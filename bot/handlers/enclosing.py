"""Files that somebody sends to the twins, in a dispatch or in its thread.

Rules:
- A picture or a voice message is cleaned first; then its author is asked, once, whether it may cross, since
  people may be recognised by it. A plain text file becomes the words that it holds.
- The cleaned file waits, encrypted, for as long as its message waits for an answer or for approval, and is
  then in the outbox until it is delivered. Nothing of it is kept after that.
- It goes under the words that say whose it is, and not without them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.domain.files import Enclosed, Remote
from bot.domain.incoming import Cleaned, Redaction
from bot.domain.outgoing import Clean, File, Outgoing, Relay, RowRef
from bot.domain.rendering import Rendering
from bot.domain.text import t
from bot.handlers.context import Context
from bot.storage import enclosures, outbox, questions

ASK_FOR = timedelta(hours=24)
WAITS_FOR = timedelta(hours=24 + 24 + 72)  # two answers, and approval
FILE = "file"


def look(ctx: Context, file: Remote, topic: str, payload: str) -> list[Outgoing]:
    """Have a file cleaned for the handler of the topic."""
    return [Clean(ctx.room.room_id, file, topic, ctx.sender, payload, source=ctx.origin)]


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
    await enclosures.keep(ctx.tx, source, ctx.room.room_id, enclosed, ctx.now + WAITS_FOR)


async def drop(ctx: Context, source: str) -> None:
    """The file of a message is not needed any more."""
    await enclosures.drop(ctx.tx, source)


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
    return [replace(ctx.answer(*lines, what=f"ask:{outcome.event_id}"), source=outcome.asked_in)]


async def with_files(ctx: Context, source: str, relays: Sequence[Outgoing]) -> list[Outgoing]:
    """What relays a message, and after the last words for each room its file, if it has one."""
    enclosed = await enclosures.of(ctx.tx, source)
    if enclosed is None:
        return list(relays)
    await enclosures.drop(ctx.tx, source)
    out: list[Outgoing] = []
    last = {one.room_id: at for at, one in enumerate(relays) if isinstance(one, Relay)}
    for at, one in enumerate(relays):
        if not isinstance(one, Relay):
            out.append(one)
            continue
        out.append(_wordless(one))
        if last[one.room_id] == at:
            out.append(_file(one, enclosed))
    return out


def _wordless(relay: Relay) -> Relay:
    """A relay without words has nothing to be translated."""
    if relay.words.text.strip():
        return relay
    nothing = Rendering(None)
    return replace(relay, rendering=nothing, renderings=(nothing,) * len(relay.also))


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
    await enclosures.drop(ctx.tx, redaction.redacts)
    await outbox.not_cleaned(ctx.tx, redaction.redacts, ctx.now)
    return []
