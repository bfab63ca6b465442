"""What its author is asked before a dispatch goes: about words better avoided, and about its translation.

Rules:
- With `preview=yes` they are shown, for each language, what will be read there, and that translated back.
  Of a long text it is the first part. Until then their "yes" counts for nothing; words that were changed
  meanwhile are shown anew.
- What is shown counts like what is carried: to translate it costs as much.
- A translator that is down is no reason to wait: it is said, and a "yes" sends.
- The words wait for the answer for a day at most.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.dispatch import CONSENT_FOR
from bot.domain.group import Group
from bot.domain.incoming import Previewed
from bot.domain.outgoing import Outgoing, Preview
from bot.domain.parts import parts
from bot.domain.text import Language, Text, Words, t
from bot.handlers import enclosing
from bot.handlers.context import Context
from bot.handlers.dispatch.draft import Draft
from bot.handlers.rates import too_much
from bot.handlers.twins import Twin, aliases, twins_of
from bot.handlers.warning import added_doubts, doubts
from bot.storage import questions
from bot.storage.questions import Turn

TOPIC = "dispatch-warned"
_MOST_WARNINGS = 9


async def meant(ctx: Context, group: Group, draft: Draft) -> list[Twin]:
    """The twins that a dispatch is for."""
    return [twin for twin in await twins_of(ctx.tx, group) if not draft.to or twin.group.id in draft.to]


async def ask(ctx: Context, group: Group, active: Sequence[Twin], draft: Draft) -> list[Outgoing] | None:
    """Show the translation first, or ask about words that a twin asked to avoid; None if neither."""
    warnings = [] if draft.looked else await doubts(ctx, group, active, draft.text)
    preview = draft.preview and draft.text.strip() != ""
    if not (warnings or preview):
        return None
    asked = ctx.sender if warnings else draft.asker or ctx.sender
    targets = _targets(group, active) if preview else {}
    stays = await too_much(ctx, group, parts(draft.text)[0]) if targets else []
    if stays:
        await enclosing.drop(ctx, ctx.origin)
        return ctx.reply(*stays)
    sent_at = (ctx.sent_at or ctx.now).isoformat()
    await questions.ask(
        ctx.tx,
        ctx.room.room_id,
        asked,
        TOPIC,
        ctx.origin,
        json.dumps({"draft": draft.dump(), "event": ctx.origin, "at": sent_at, "author": ctx.sender}),
        ctx.now + CONSENT_FOR,
        thread=ctx.thread,
        behind=bool(targets),
    )
    if not targets:
        same = [t("All of them read it as you wrote it.")] if preview else []
        return _asking(ctx, [*same, *warnings], "ask")
    return [
        Preview(
            room_id=ctx.room.room_id,
            words=Words(parts(draft.text)[0], group.language, group.name, group.among),
            targets=tuple(targets.items()),
            topic=TOPIC,
            by=asked,
            what=f"preview:{ctx.source}",
            source=ctx.origin,
        )
    ]


async def ask_again(ctx: Context, group: Group, draft: Draft, before: str) -> list[Outgoing]:
    """Its author has changed the words that wait for their "yes": ask about what was not in them `before`."""
    readers = [twin for twin in await meant(ctx, group, draft) if twin.twinning.is_active(ctx.now.date())]
    found = await added_doubts(ctx, group, readers, draft.text, before)
    return _asking(ctx, found, f"ask:{ctx.source}") if found else []


def _targets(group: Group, active: Sequence[Twin]) -> dict[str, int]:
    """The languages into which it is translated, each with a twinning."""
    found: dict[str, int] = {}
    for twin in active:
        for language in twin.group.languages:
            if group.among or language != group.language:
                found.setdefault(language, twin.twinning.id)
    return found


async def previewed(ctx: Context, outcome: Previewed) -> list[Outgoing]:
    """The translations are here: they are shown, and now the author is asked."""
    group, waiting = ctx.group, await questions.pending(ctx.tx, ctx.room.room_id, ctx.sender, ctx.now)
    asked = next((one for one in waiting if (one.topic, one.source) == (TOPIC, outcome.asked_in)), None)
    if group is None or asked is None or asked.turn is not Turn.BEHIND:
        return []
    draft = Draft.load(json.loads(asked.payload)["draft"])
    several = len(parts(draft.text))
    if parts(draft.text)[0] != outcome.text:
        return []
    everyone = await meant(ctx, group, draft)
    active = [twin for twin in everyone if twin.twinning.is_active(ctx.now.date())]
    await questions.open_next(ctx.tx, asked, asked.payload)
    ctx.origin, ctx.thread = asked.source, asked.thread
    out: list[Outgoing] = []
    for number, proof in enumerate(outcome.proofs):
        readers = [twin for twin in active if proof.language in twin.group.languages]
        line = t(
            "{twins} will read this, in {language}:",
            twins=aliases(readers, group),
            language=Language(proof.language),
        )
        shown = ctx.answer(line, what=f"{outcome.event_id}:{number}")
        out.append(replace(shown, source=ctx.origin, proof=proof))
    warnings = [] if draft.looked else await doubts(ctx, group, active, draft.text)
    return out + _asking(ctx, warnings, f"ask:{outcome.event_id}", several)


def _asking(ctx: Context, lines: Sequence[Text], what: str, several: int = 1) -> list[Outgoing]:
    question = t("Send it anyway? Answer “yes” or “no”.") if lines else t("Send it? Answer “yes” or “no”.")
    beginning = [t("It is long: this was the first of {count} parts.", count=several)] if several > 1 else []
    asking = ctx.answer(*beginning, *lines[:_MOST_WARNINGS], question, what=what)
    return [replace(asking, source=ctx.origin)]  # as the question's, so that a reply to it finds it
