"""A dispatch with a picture, a voice message or a text file, which is cleaned first.

It is made with `!dispatch` in what is written under the file, or as a reply to one's own file. Whose file
it is otherwise has agreed before, and is asked like anybody else once it is clean.
"""

from __future__ import annotations

import json
from dataclasses import replace

from bot.domain.files import Attached, Refusal
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import Text, t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.unclean import refused

TOPIC = "dispatch-file"
BLURRED = "dispatch-blurred"


async def look(ctx: Context, draft: Draft, file: Attached, thread: str | None = None) -> list[Outgoing]:
    """Have the file cleaned; its author is asked in the `thread`."""
    at = (ctx.sent_at or ctx.now).isoformat()
    kept = {"draft": draft.dump(), "event": ctx.origin, "at": at, "thread": thread}
    return await enclosing.look(ctx, file.file, TOPIC, json.dumps(kept))


async def of_reply(ctx: Context, draft: Draft, message: Message) -> list[Outgoing]:
    """`!dispatch` as a reply to one's own file."""
    if message.file is None:
        return ctx.reply(*refused(Refusal.VIDEO if message.kind == "m.video" else Refusal.KIND))
    draft = replace(draft, text=message.file.caption, request=ctx.origin)
    ctx.origin, ctx.sent_at = message.event_id, message.sent_at
    return await look(ctx, draft, message.file)


def changed() -> Text:
    """What is said when what waits is forgotten, since it is not what its author was asked about."""
    return t("I have forgotten this dispatch, since you changed it. Please write it anew.")
