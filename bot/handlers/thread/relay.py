"""Carrying a message of a shared thread to those who read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.ids import pseudonym
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.text import Words, t
from bot.domain.thread import VOICE
from bot.handlers.context import Context
from bot.handlers.edits import author
from bot.handlers.enclosing import with_files
from bot.handlers.parting import in_parts
from bot.handlers.thread.view import Thread, counterpart
from bot.storage import dispatches


@dataclass(frozen=True, slots=True)
class Written:
    """A text for the thread: its message, when it was sent, after which command, in reply to what."""

    text: str
    source: str
    at: datetime
    typed: str = ""
    reply_to: str | None = None


async def relay(ctx: Context, thread: Thread, words: Written) -> list[Outgoing]:
    """The text, for every group that reads it."""
    dispatch, group = thread.dispatch, thread.group
    person = pseudonym(ctx.house.key, f"dispatch:{dispatch.id}", ctx.sender)
    letter = await dispatches.voice(ctx.tx, dispatch.id, group.id, person)
    relays = [
        Relay(
            room_id=twin.group.room_id,
            words=Words(words.text, group.language, group.name, group.among),
            target=twin.group.language,
            also=twin.group.settings.others,
            zone=twin.group.zone,
            written_at=words.at,
            header=t("{group} {letter}", group=twin.alias_of(group).title(), letter=letter),
            what=VOICE,
            source=words.source,
            reply_to=await counterpart(ctx, thread, words.reply_to, twin.group.room_id),
            thread=thread.root(twin.group.room_id),
            origin_room=group.room_id,
            dispatch=dispatch.id,
            twinning=twin.twinning.id,
            by=author(ctx, words.source),
            command=words.typed,
        )
        for twin in thread.readers
    ]
    parts = [part for one in relays for part in in_parts(ctx, one)]
    return [*thread.begun, *await with_files(ctx, words.source, parts)]
