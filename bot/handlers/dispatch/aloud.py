"""Reading aloud: `!dispatch show N card=yes`, and `!read`, which tells the group that wrote it.

Rules:
- A card is in the language of the room: the translation, where somebody else wrote it. It is shown as long as
  the group that wrote it keeps the words.
- `!read` is told to the group that wrote the dispatch, with the place, in their language. Deleting the
  message takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.domain import card
from bot.domain.dispatch import Dispatch, State
from bot.domain.group import Group
from bot.domain.incoming import Previewed, Redaction
from bot.domain.moments import begin_of_day, today
from bot.domain.outgoing import Outgoing, Preview, Redact, RowRef, Say
from bot.domain.parts import parts
from bot.domain.season import quarter
from bot.domain.text import Language, Listing, Text, Words, t
from bot.handlers.context import Context, Given
from bot.handlers.dispatch.names import name_of, number_in, unknown
from bot.handlers.paging import page_of
from bot.handlers.rates import too_much
from bot.handlers.refusal import refuse
from bot.handlers.threads import root_in
from bot.handlers.twins import Twin, twins_of
from bot.handlers.warning import doubts
from bot.storage import dispatches, moves, outbox, readings, words
from bot.storage.words import Kind

TOPIC = "dispatch-card"
LONGEST_WHERE = 200
_READ = "read"


@dataclass(frozen=True, slots=True)
class _Received:
    """A dispatch as this room has it; `twin` is who wrote it, None if it is this group's own."""

    dispatch: Dispatch
    writer: Group
    name: str
    twin: Twin | None = None


async def show(ctx: Context, group: Group, given: Given) -> list[Outgoing]:
    """`!dispatch show N [PAGE] card=yes`"""
    found = await _meant(ctx, group, given["N"], own=True)
    if isinstance(found, Text):
        return await refuse(ctx, found)
    if found.dispatch.state is State.WITHDRAWN:
        return ctx.reply(t("{name} has been withdrawn.", name=found.name))
    if found.dispatch.original is None:
        return ctx.reply(t("I no longer have the words of {name}.", name=found.name))
    text, number = _page(found.dispatch.original, given.get("PAGE"))
    if found.twin is None:
        return [await _card(ctx, group, found, text, number, None)]
    return [
        Preview(
            room_id=ctx.room.room_id,
            words=Words(text, found.dispatch.language, found.writer.name, found.writer.among),
            targets=((group.language, found.twin.twinning.id),),
            topic=TOPIC,
            by=ctx.sender,
            what=f"card:{number}:{found.dispatch.id}",
        )
    ]


def _page(original: str, typed: str | None) -> tuple[str, int]:
    """The part of a long text that was asked for, and its number."""
    texts = parts(original)
    number = max(1, min(page_of(typed), len(texts)))
    return texts[number - 1], number


async def previewed(ctx: Context, outcome: Previewed) -> list[Outgoing]:
    """The translation is here: it is shown as a card."""
    group, number, dispatch_id = ctx.group, *outcome.event_id.split(":")[-2:]
    dispatch = await dispatches.load(ctx.tx, int(dispatch_id))
    if group is None or dispatch is None or dispatch.original is None or dispatch.state is State.WITHDRAWN:
        return ctx.reply(t("I no longer have the words of this dispatch."))
    found = await _received(ctx, group, dispatch)
    if found is None or not outcome.proofs:
        return []
    proof = outcome.proofs[0]
    translated = proof.rendering.text
    text = translated if translated is not None else outcome.text
    source = proof.source if translated is not None and proof.source != group.language else None
    return [await _card(ctx, group, found, text, int(number), source, stands=translated is None)]


async def _card(
    ctx: Context,
    group: Group,
    found: _Received,
    text: str,
    number: int,
    source: str | None,
    *,
    stands: bool = False,
) -> Outgoing:
    known = await _long_forms(ctx, group, found.twin)
    shown = card.lines(card.spelled(card.plain(text), known))
    count = len(parts(found.dispatch.original or ""))
    name = found.name if count == 1 else f"{found.name} ({number}/{count})"
    lines = [
        t(
            "{name}, to be read aloud in about {seconds} seconds:",
            name=name,
            seconds=card.seconds(shown),
        )
    ]
    if source is not None:
        lines.append(t("Translated by machine from {language}.", language=Language(source)))
    if stands and found.dispatch.language != group.language:
        lines.append(t("It could not be translated: this is what they wrote."))
    if number < count:
        lines.append(t("More: {command}", command=f"!dispatch show {found.name} {number + 1} card=yes"))
    quote = Words("\n\n".join(shown), group.language, found.writer.name)
    return replace(ctx.answer(*lines, what=f"card:{number}"), quote=quote)


async def _long_forms(ctx: Context, group: Group, twin: Twin | None) -> Mapping[str, str]:
    """The abbreviations of which the agreed words know the long form in the language of the room."""
    found: dict[str, str] = {}
    for one in [twin] if twin is not None else await twins_of(ctx.tx, group):
        for term in await words.terms(ctx.tx, one.twinning.id):
            sides = ((term.word, term.language), (term.other, term.other_language))
            for (short, _), (full, language) in (sides, sides[::-1]):
                here = term.kind is Kind.TERM and language == group.language
                if here and card.is_abbreviation(short) and not card.is_abbreviation(full):
                    found[short] = full
    return found


async def _meant(ctx: Context, group: Group, typed: str, *, own: bool) -> _Received | Text:
    """The dispatch of this room that "12" (one's own first) or "oaxaca-3" (a twin's) names."""
    mine = number_in(group, typed)
    dispatch = await dispatches.numbered(ctx.tx, group.id, mine) if mine is not None else None
    if dispatch is not None and own:
        return _Received(dispatch, group, name_of(group, dispatch))
    plain = typed.casefold()
    found: list[_Received] = []
    for twin in await twins_of(ctx.tx, group):
        handle, _, number = plain.rpartition("-")
        if handle not in ("", twin.alias_for(group)) or not number.isdecimal():
            continue
        theirs = await dispatches.numbered(ctx.tx, twin.group.id, int(number))
        received = await _received(ctx, group, theirs) if theirs is not None else None
        found += [received] if received is not None else []
    if len(found) == 1:
        return found[0]
    if found:
        return t("Which one? There are: {names}.", names=Listing(tuple(one.name for one in found)))
    if dispatch is not None:
        return t("That is your own group's. A dispatch of a twin is called as above it, like oaxaca-3.")
    return (
        unknown(typed) if mine is not None else t("No dispatch “{number}” has come here.", number=typed[:40])
    )


async def _received(ctx: Context, group: Group, dispatch: Dispatch) -> _Received | None:
    """A twin's dispatch, if it has come into this room."""
    here = {group.room_id, *await moves.formerly(ctx.tx, group.room_id)}
    copies = await outbox.copies(ctx.tx, dispatch.id)
    twins = [one for one in await twins_of(ctx.tx, group) if one.group.id == dispatch.group]
    if not twins or not any(row.room_id in here and row.state == "sent" for row in copies):
        return None
    name = f"{twins[0].alias_for(group)}-{dispatch.number}"
    return _Received(dispatch, twins[0].group, name, twins[0])


async def read(ctx: Context, given: Given) -> list[Outgoing]:
    """`!read N ["where"]`"""
    group, where = ctx.group, (given.get("WHERE") or "").strip(" \t\n\"'“”«»")
    if group is None:
        return []
    found = await _meant(ctx, group, given["N"], own=False)
    if isinstance(found, Text):
        return await refuse(ctx, found)
    problem = await _problem(ctx, group, found, where)
    if problem or found.twin is None:
        return await refuse(ctx, *problem)
    writer, dispatch, twinning = found.writer, found.dispatch, found.twin.twinning
    name = name_of(writer, dispatch)
    line = t("{group} has read {name} aloud.", group=group.name, name=name)
    if where:
        place = Words(where, group.language, group.name, group.among)
        line = t("{group} has read {name} aloud: {where}", group=group.name, name=name, where=place)
    await readings.add(ctx.tx, ctx.origin, twinning.id, dispatch.id, group.id, writer.room_id, ctx.now)
    told = Say(
        room_id=writer.room_id,
        lines=(line,),
        language=writer.language,
        also=writer.settings.others,
        what=_READ,
        source=ctx.origin,
        thread=await root_in(ctx, dispatch, writer.room_id),
        notice=False,
        agreed=twinning.id,
    )
    return [told, *ctx.reply(t("Thank you. I have told {group}.", group=writer.name))]


async def _problem(ctx: Context, group: Group, found: _Received, where: str) -> list[Text]:
    """Why it is not told."""
    if found.dispatch.state is State.WITHDRAWN:
        return [t("{name} has been withdrawn.", name=found.name)]
    if found.twin is None or not found.twin.twinning.is_active(ctx.now.date()):
        return [t("Nothing was sent: the twinning is paused.")]
    if len(where) > LONGEST_WHERE:
        return [t("Say in up to {most} characters where it was read.", most=LONGEST_WHERE)]
    doubtful = await doubts(ctx, group, [found.twin], where)
    if doubtful:
        return [*doubtful, t("Nothing was sent. Please say it without that.")]
    return await too_much(ctx, group, where)


async def deleted(ctx: Context, redaction: Redaction) -> list[Outgoing]:
    """What said that a dispatch was read aloud was deleted."""
    room_id = await readings.take_back(ctx.tx, redaction.redacts)
    if room_id is None:
        return []
    post = RowRef(redaction.redacts, room_id, _READ)
    return [Redact(room_id, post, f"redact:{_READ}", redaction.redacts)]


async def seasons(ctx: Context, group: Group) -> list[Text]:
    """What each twinning has seen in this quarter, for the list of dispatches."""
    first, _ = quarter(today(ctx.now, group.zone), group.settings.yearstart)
    since = begin_of_day(first, group.zone)
    found: list[Text] = []
    for twin in await twins_of(ctx.tx, group):
        done = await readings.season(ctx.tx, twin.twinning.id, group.id, group.room_id, since)
        if done == readings.Season(0, 0, 0, 0):
            continue
        found.append(
            t(
                "This quarter, {twin}: {sent} sent, {read} read aloud there, {answered} answered; {here} of "
                "theirs read aloud here.",
                twin=twin.alias_for(group),
                sent=done.sent,
                read=done.read,
                answered=done.answered,
                here=done.here,
            )
        )
    return found
