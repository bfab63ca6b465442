"""Who may send dispatches, at the moment at which it is asked."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.group import Group, Speakers
from bot.domain.text import Text, t
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft


def may(ctx: Context, group: Group) -> bool:
    """Whether the sender may speak for the group."""
    return ctx.is_steward or (group.settings.dispatch is Speakers.MEMBERS and ctx.room.has(ctx.sender))


def may_for(ctx: Context, group: Group, draft: Draft) -> bool:
    """The same for whoever wants the dispatch to be sent."""
    return may(replace(ctx, sender=draft.asker) if draft.asker else ctx, group)


def lost_right() -> Text:
    """Why it is not sent, though it was answered with "yes"."""
    return t("Nothing was sent: who asked for it may not send dispatches any more.")
