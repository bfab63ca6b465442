"""From what somebody writes in their direct chat to a red line, or to the reason for a ballot.

Rules:
- Nothing counts before its author has seen how others will read it, and has said what is to become of it.
- Until then it is a draft, for a day at most. One draft at a time.
- Of what circulates by its kind alone no words are kept.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace

from bot.domain import audit as rules
from bot.domain.audit import Kind, State
from bot.domain.dispatch import is_blank
from bot.domain.incoming import Previewed
from bot.domain.outgoing import Outgoing, Preview
from bot.domain.text import Language, Text, Words, t, tn
from bot.handlers.audit.circle import Circle, circle_of
from bot.handlers.audit.private import LIVE, how_to, sealed, token_of
from bot.handlers.context import Context
from bot.i18n import fold
from bot.storage import audits, people, seats
from bot.storage.seats import Draft, Line, Seat

TOPIC = "red-line"
TRANSLATING, SHOWN, KIND = "translating", "shown", "kind"
_ID_BYTES = 12
_SHORTEST_NAME = 3
KINDS = tuple(Kind)
_IN_WORDS = {
    "1": t("send, send it, send it as it is"),
    "2": t("change, change it"),
    "3": t("drop, drop it"),
}


def kind_text(kind: str) -> Text:
    """A kind of red line, in words."""
    return {
        Kind.LEGAL: t("legal trouble"),
        Kind.WORK: t("work"),
        Kind.HOUSING: t("housing"),
        Kind.RESIDENCE: t("residence papers"),
        Kind.HEALTH: t("health"),
        Kind.FAMILY: t("family"),
        Kind.MONEY: t("money"),
        Kind.PRIVACY: t("privacy"),
        Kind.OTHER: t("something else"),
    }[Kind(kind)]


async def begin(ctx: Context, circle: Circle, seat: Seat, text: str) -> list[Outgoing]:
    """Somebody has written a red line, or a reason: it is shown to them as others will read it."""
    if is_blank(text):
        return ctx.reply(t("There is nothing to read in that."))
    if fold(text).strip("().").isdecimal():  # a choice without its command, or an answer sent twice
        return ctx.reply(
            t("A number alone tells the others nothing; I have not kept it."),
            *(_more(circle) or [how_to()]),
        )
    if len(text) > rules.LONGEST_LINE:
        return ctx.reply(
            t(
                "That has {count} characters; please write it in at most {most}. I have kept nothing.",
                count=len(text),
                most=rules.LONGEST_LINE,
            )
        )
    mine = await seats.lines_of(ctx.tx, circle.audit.id, seat.token)
    if circle.audit.state is State.COLLECTING and len(mine) >= rules.MOST_LINES:
        return ctx.reply(t("You have {count} red lines; withdraw one first.", count=len(mine)))
    home = circle.group(seat.group)
    among = tuple(dict.fromkeys((ctx.language, *(home.languages if home else ()))))
    words = Words(text, among[0], among=among if len(among) > 1 else ())
    targets = _targets(circle, words)
    draft = Draft(circle.audit.id, seat.token, text, words.language, TRANSLATING if targets else SHOWN)
    await seats.save_draft(ctx.tx, draft, ctx.now)
    if not targets:
        same = t("Everybody reads it as you wrote it.")
        return ctx.reply(same, *await _question(ctx, circle, draft))
    return [
        Preview(
            ctx.room.room_id,
            words,
            tuple(targets.items()),
            topic=TOPIC,
            by=ctx.sender,
            what="preview",
            source=ctx.origin,
        )
    ]


def _targets(circle: Circle, words: Words) -> dict[str, int]:
    """The languages in which others will read it, each with a twinning whose agreed words hold."""
    found: dict[str, int] = {}
    for group in (*circle.groups, *circle.asked):
        link = circle.links.get(group.id)
        for language in group.languages:
            if link is not None and language != words.language:
                found.setdefault(language, link)
    return found


async def _drafted(ctx: Context, text: str) -> tuple[Circle, Draft] | None:
    """The draft of this text that waits for its translation."""
    for audit, _ in await audits.of_person(ctx.tx, ctx.sender):
        name = token_of(ctx, audit.id, ctx.sender)
        draft = await seats.draft(ctx.tx, audit.id, name) if name is not None else None
        if draft is not None and draft.step == TRANSLATING and draft.text == text:
            return await circle_of(ctx.tx, audit), draft
    return None


async def previewed(ctx: Context, outcome: Previewed) -> list[Outgoing]:
    """The translations are here: they are shown, and its author is asked what is to become of it."""
    found = await _drafted(ctx, outcome.text)
    if found is None or found[0].audit.state not in LIVE:
        return []
    circle, draft = found
    proofs = outcome.proofs
    backs = [one.back for one in proofs if one.back is not None and one.rendering.text is not None]
    draft = replace(
        draft,
        step=SHOWN,
        back=backs[0] if backs else "",
        language=proofs[0].source if proofs else draft.language,
    )
    await seats.save_draft(ctx.tx, draft, ctx.now)
    out: list[Outgoing] = []
    for number, proof in enumerate(proofs):
        line = t("In {language} it will be read like this:", language=Language(proof.language))
        shown = ctx.answer(line, what=f"{outcome.event_id}:{number}")
        out.append(replace(shown, source=ctx.origin, proof=proof))
    asking = ctx.answer(*await _question(ctx, circle, draft), what=f"ask:{outcome.event_id}")
    return sealed([*out, replace(asking, source=ctx.origin)])


async def _question(ctx: Context, circle: Circle, draft: Draft) -> list[Text]:
    names = await _named(ctx, circle, draft.text)
    warning = [
        t("⚠ It seems to name somebody: {names}. All groups would read that.", names=", ".join(names[:5]))
    ]
    back = [t("5. circulate these words translated there and back, so that your way of writing shows less")]
    return [
        *(warning if names else []),
        t("What shall become of it? Answer with a number; until then it does not count."),
        t("1. send it as it is"),
        t("2. change it"),
        t("3. drop it"),
        t("4. circulate only of what kind it is"),
        *(back if draft.back else []),
    ]


async def _named(ctx: Context, circle: Circle, text: str) -> list[str]:
    """The members of the groups whose names stand in the text, as it names them."""
    said = fold(text)
    capitals = frozenset(fold(word) for word in re.findall(r"\w+", text) if word[0].isupper())
    found = [
        shown
        for group in circle.groups
        for user, chosen in await people.of_room(ctx.tx, group.room_id)
        if user != ctx.house.me and (shown := _spoken_of(user, chosen, said, capitals)) is not None
    ]
    return list(dict.fromkeys(found))


def _spoken_of(user: str, chosen: str | None, said: str, capitals: frozenset[str]) -> str | None:
    """As what a text speaks of somebody: their account's name, the one they chose, or a part of these."""
    account = user[1:].partition(":")[0]
    if fold(user) in said:
        return account
    names = [one for one in (chosen, account) if one and len(one) >= _SHORTEST_NAME]
    for name in names:
        if re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", said):
            return name
    parts = [part for name in names for part in re.findall(r"[^\W\d_]+", name)]
    return next((one for one in parts if len(one) >= _SHORTEST_NAME and fold(one) in capitals), None)


async def answered(ctx: Context, circle: Circle, seat: Seat, draft: Draft, text: str) -> list[Outgoing]:
    """What somebody says to the question about their draft."""
    said = _number_of(ctx, text)
    if draft.step == TRANSLATING:
        return ctx.reply(
            t("One moment: I am still translating what you wrote before. I have not kept this message.")
        )
    if draft.step == KIND:
        number = int(said) if said.isdecimal() and len(said) == 1 else 0
        if not 1 <= number <= len(KINDS):
            return ctx.reply(t("Please answer with a number from 1 to {most}.", most=len(KINDS)), *_kinds())
        return await _count(ctx, circle, seat, kind=KINDS[number - 1])
    if said == "1" or (said == "5" and draft.back):
        words = draft.text if said == "1" else draft.back
        return await _count(ctx, circle, seat, text=words, language=draft.language)
    if said in ("2", "3"):
        await seats.drop_draft(ctx.tx, circle.audit.id, seat.token)
        again = [t("Dropped. Write it anew.")]
        return ctx.reply(*(again if said == "2" else [t("Dropped."), *_more(circle)]))
    if said == "4":
        await seats.save_draft(ctx.tx, replace(draft, step=KIND, text="", back=""), ctx.now)
        return ctx.reply(t("Of what kind is it? Answer with a number."), *_kinds())
    first = t("First answer what shall become of what you wrote before.")
    kept = t("I have not kept this message.")
    return ctx.reply(first, *([kept] if text else []), *await _question(ctx, circle, draft))


async def done(ctx: Context, circle: Circle, seat: Seat) -> list[Outgoing]:
    """Somebody has no more red lines, or none; unless one waits for their answer."""
    draft = await seats.draft(ctx.tx, circle.audit.id, seat.token)
    if draft is not None:
        return await answered(ctx, circle, seat, draft, "")
    await seats.save(ctx.tx, replace(seat, done=True))
    many = len(await seats.lines_of(ctx.tx, circle.audit.id, seat.token))
    return ctx.reply(
        tn("Thank you. You have {count} red line.", "Thank you. You have {count} red lines.", many),
        t("You can still write more until the collecting ends. Then I ask you here for your consent."),
    )


def _number_of(ctx: Context, text: str) -> str:
    """The number that was answered, also where it was put in words; else what was said, folded."""
    said = fold(text).strip("().")
    for number, words in _IN_WORDS.items():
        if said in map(fold, ctx.house.catalogs.say(words, ctx.language).split(",")):
            return number
    return said


def _kinds() -> list[Text]:
    return [
        t("{number}. {choice}", number=str(index), choice=kind_text(one))
        for index, one in enumerate(KINDS, 1)
    ]


async def _count(
    ctx: Context, circle: Circle, seat: Seat, *, kind: str = "", text: str = "", language: str = ""
) -> list[Outgoing]:
    """It counts from now on."""
    is_line = circle.audit.state is State.COLLECTING
    line = Line(
        secrets.token_urlsafe(_ID_BYTES),
        seat.token,
        0,
        seat.group,
        kind,
        text,
        language,
        "" if is_line else "given",
    )
    await seats.drop_draft(ctx.tx, circle.audit.id, seat.token)
    await seats.add_line(ctx.tx, circle.audit.id, line)
    if not is_line:
        await seats.save(ctx.tx, replace(seat, step=""))
        return ctx.reply(t("Thank you. It is shown with the verdict, without your name."))
    many = len(await seats.lines_of(ctx.tx, circle.audit.id, seat.token))
    return ctx.reply(
        tn("It counts. You have {count} red line.", "It counts. You have {count} red lines.", many),
        *_more(circle),
    )


def _more(circle: Circle) -> list[Text]:
    if circle.audit.state is not State.COLLECTING:
        return []
    return [
        t("Write the next one, or {done}. {list} shows yours.", done="!redline done", list="!redline list")
    ]
