"""`!action debrief`: what worked, what did not, what was learned; it crosses, and stays with the action."""

from __future__ import annotations

from bot.domain import action as rules
from bot.domain.action import LONGEST_DEBRIEF, Action, Move, Question
from bot.domain.group import Group
from bot.domain.outgoing import Outgoing, Relay
from bot.domain.text import Text, Words, t, tn
from bot.handlers.action.names import NUMBER, Seen, connected, find, known_as, members, not_now, status, title
from bot.handlers.context import Argument, Command, Context, Given, Shape, Theme
from bot.handlers.parting import in_parts
from bot.handlers.refusal import refuse
from bot.i18n import fold
from bot.storage import actions
from bot.storage.actions import Said
from bot.storage.db import Tx

QUESTIONS = {
    Question.WORKED: t("worked"),
    Question.FAILED: t("failed"),
    Question.LEARNED: t("learned"),
}
WHAT = "|".join(Question)


def _header(question: Question, name: str, number: str) -> Text:
    match question:
        case Question.WORKED:
            return t("{name} · action {number} · what worked", name=name, number=number)
        case Question.FAILED:
            return t("{name} · action {number} · what did not work", name=name, number=number)
        case Question.LEARNED:
            return t("{name} · action {number} · what we have learned", name=name, number=number)


async def _debrief(ctx: Context, given: Given) -> list[Outgoing]:
    seen = await find(ctx, given)
    if not isinstance(seen, Seen):
        return seen
    action, group = seen.action, seen.group
    if not action.allows(Move.DEBRIEF):
        if action.allows(Move.DONE):
            return await refuse(
                ctx, t("Say first that it took place: {command}", command=f"!action done {action.number}")
            )
        return await not_now(ctx, seen, Move.DEBRIEF)
    question, text = _question(ctx, given.get(WHAT)), (given.get("TEXT") or "").strip()
    if question is None:
        choices = ", ".join(ctx.house.catalogs.say(word, ctx.language) for word in QUESTIONS.values())
        return await refuse(
            ctx,
            t("After the number I understand: {choices}", choices=choices),
            t("Usage: {usage}", usage=DEBRIEF.usage),
        )
    if not any(c.isalnum() for c in text) or len(text) > LONGEST_DEBRIEF:
        return await refuse(
            ctx,
            tn(
                "Write what you want to say, in at most {count} character.",
                "Write what you want to say, in at most {count} characters.",
                LONGEST_DEBRIEF,
            ),
        )
    await actions.add_debrief(ctx.tx, action.id, Said(group.id, question, text, group.language), ctx.now)
    changed = rules.debrief(action, group.id)
    await actions.save(ctx.tx, changed)
    crossing = await _relays(ctx, changed, group, question, text)
    line = (
        t("Kept with {title}, and sent to your twins.", title=title(action))
        if crossing
        else t("Kept with {title}; it goes to nobody, since no twinning is active.", title=title(action))
    )
    return [*ctx.reply(line, await status(ctx.tx, changed, group)), *crossing]


def _question(ctx: Context, typed: str | None) -> Question | None:
    for question, word in QUESTIONS.items():
        if typed is not None and fold(typed) in (
            question.value,
            fold(ctx.house.catalogs.say(word, ctx.language)),
        ):
            return question
    return None


async def _relays(
    ctx: Context, action: Action, group: Group, question: Question, text: str
) -> list[Outgoing]:
    """The words, for those who take part and are twins of the group that wrote them."""
    twinnings, found = await connected(ctx.tx, group), []
    for reader in await members(ctx.tx, action):
        if reader.id not in twinnings:
            continue
        found += in_parts(
            ctx,
            Relay(
                room_id=reader.room_id,
                words=Words(text, group.language, group.name, group.among),
                target=reader.language,
                also=reader.settings.others,
                zone=reader.zone,
                written_at=ctx.sent_at or ctx.now,
                header=_header(question, group.name, str(action.number)),
                what="debrief",
                source=ctx.source,
                twinning=twinnings[reader.id],
            ),
        )
    return list(found)


async def said_of(tx: Tx, action: Action, reader: Group) -> list[Text]:
    """What was said of an action, as far as a group may read it."""
    visible = {reader.id, *await connected(tx, reader)}
    lines = []
    for one in await actions.debriefs(tx, action.id):
        if one.group in visible:
            [name] = await known_as(tx, reader, [one.group])
            words = Words(one.text, one.language)
            lines.append(
                t("{group}, {question}: {words}", group=name, question=QUESTIONS[one.question], words=words)
            )
    return lines


DEBRIEF = Command(
    words=("action", "debrief"),
    summary=t("says how an action was: what worked, what failed, what you learned"),
    theme=Theme.ACTION,
    run=_debrief,
    arguments=(NUMBER, Argument(WHAT, optional=True), Argument("TEXT", Shape.REST, optional=True)),
)
