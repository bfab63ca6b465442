"""A dispatch with a picture, a voice message or a text file, which is cleaned first.

It is made with `!dispatch` in what is written under the file, or as a reply to one's own file.
"""

from __future__ import annotations

import json
from dataclasses import replace

from bot.domain.files import Attached, Refusal
from bot.domain.incoming import Message
from bot.domain.outgoing import Outgoing
from bot.domain.text import t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.unclean import refused

TOPIC = "dispatch-file"
BLURRED = "dispatch-blurred"


def look(ctx: Context, draft: Draft, file: Attached) -> list[Outgoing]:
    """Have the file cleaned."""
    kept = {"draft": draft.dump(), "event": ctx.origin, "at": (ctx.sent_at or ctx.now).isoformat()}
    return enclosing.look(ctx, file.file, TOPIC, json.dumps(kept))


def of_reply(ctx: Context, draft: Draft, message: Message) -> list[Outgoing]:
    """`!dispatch` as a reply to a file."""
    if message.file is None:
        return ctx.reply(*refused(Refusal.VIDEO if message.kind == "m.video" else Refusal.KIND))
    if message.sender != ctx.sender:
        return ctx.reply(t("Only who has sent a picture or file can send it on. Nothing was sent."))
    ctx.origin, ctx.sent_at = message.event_id, message.sent_at
    return look(ctx, replace(draft, text=message.file.caption), message.file)
