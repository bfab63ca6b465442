"""`!audit join`, `!redline` and what goes wrong in a group's room: ways into the direct chat."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.audit import Audit, State
from bot.domain.incoming import Message, Opened
from bot.domain.outgoing import OpenDirect, Outgoing, Redact
from bot.domain.text import Listing, Text, t, tn
from bot.handlers.audit import drafts
from bot.handlers.audit.circle import PLACE, Circle, circle_of
from bot.handlers.audit.drafts import kind_text
from bot.handlers.audit.pick import number_of
from bot.handlers.audit.private import LIVE, greet, hello_lines, in_private, sealed, seat_of, whisper
from bot.handlers.audit.talk import chosen, is_late, live_of, turn_to
from bot.handlers.context import Argument, Command, Context, Given, Place, Shape, Theme, Who
from bot.handlers.refusal import refuse
from bot.i18n import fold
from bot.storage import audits, outbox, seats
from bot.storage.seats import Seat

JOIN_TOPIC, SLIP_TOPIC = "audit-join", "audit-slip"
SHOWN = 20
LONGEST_SHOWN = 160  # characters of a red line, in one's list
_MEMBERS = frozenset({Who.STEWARD, Who.MEMBER, Who.PERSON})
_ANYWHERE = frozenset({Place.HOME, Place.JOINT, Place.DIRECT})


async def _join(ctx: Context, given: Given) -> list[Outgoing]:
    known = await live_of(ctx)
    typed = given.get("N")
    circles = [one for one in known if typed is None or one.audit.number == number_of(typed)]
    if not circles and known:
        numbers = Listing(tuple(one.number for one in known))
        return await refuse(
            ctx,
            t(
                "There is no round {number} in which you may take part now.",
                number=str(number_of(typed or "")),
            ),
            t("You can in: {numbers}.", numbers=numbers),
        )
    if not circles:
        return await refuse(ctx, *await _cannot(ctx))
    if ctx.place is not Place.DIRECT:
        return [
            OpenDirect(ctx.sender, JOIN_TOPIC),
            Redact(ctx.room.room_id, ctx.origin, what="redact:join"),
            *ctx.reply(
                t("I write to you in a direct chat; that can take a minute. Accept my invitation there.")
            ),
        ]
    if len(circles) == 1 or typed is not None:
        return await turn_to(ctx, known, circles[0])
    found = await chosen(ctx, circles, "")
    return found if not isinstance(found, tuple) else await turn_to(ctx, circles, found[0])


async def _cannot(ctx: Context) -> list[Text]:
    """Why somebody cannot take part now."""
    if ctx.group is not None and any(
        one.state in LIVE for one in await audits.of_group(ctx.tx, ctx.group.id)
    ):
        return [
            t("You may not take part in this round: you came to the group after it had accepted."),
            t("You can watch it in your group's room."),
        ]
    return [t("There is no round of red lines now in which you may take part.")]


async def joined(ctx: Context, outcome: Opened) -> list[Outgoing]:
    """The direct chat for somebody who typed `!audit join` in a room is there."""
    if ctx.place is not Place.DIRECT:
        return []
    out: list[Outgoing] = []
    for circle in await _live_for(ctx, outcome.user_id):
        out += await _greeted(ctx, circle, outcome.user_id)
    why = t(
        "Next time open {link} instead: in the room everybody saw that you take part.",
        link=f"{PLACE}{ctx.house.me}",
    )
    said = replace(ctx.answer(why, what="audit-link"), reply_to=None, private_with=outcome.user_id)
    return sealed([*out, said])


async def _greeted(ctx: Context, circle: Circle, person: str) -> list[Outgoing]:
    """What somebody who asks for it is told in their direct chat, once more if they have been told before."""
    said = await greet(ctx, circle, person, ctx.room.room_id)
    seat = None if said else await seat_of(ctx, circle, person)
    if seat is None:
        return said
    again = await hello_lines(ctx, circle, seat, person)
    return await whisper(ctx, circle, person, *again, what=f"hello:{ctx.source}", room_id=ctx.room.room_id)


async def _live_for(ctx: Context, person: str) -> list[Circle]:
    known = [audit for audit, _ in await audits.of_person(ctx.tx, person) if audit.state in LIVE]
    return [await circle_of(ctx.tx, one) for one in known if ctx.house.vault.read(one.id) is not None]


async def met(ctx: Context) -> list[Outgoing]:
    """A room's state changed: if it is a direct chat now, its person is told of the rounds."""
    person = ctx.room.direct_with(ctx.house.me) if ctx.place is Place.DIRECT else None
    if person is None or not ctx.room.has(person):
        return []
    out: list[Outgoing] = []
    for circle in await _live_for(ctx, person):
        out += await greet(ctx, circle, person, ctx.room.room_id)
    return out


async def _redline(ctx: Context, given: Given) -> list[Outgoing]:
    text = given.get("TEXT")
    if ctx.place is not Place.DIRECT:
        if text is None:
            return await _join(ctx, Given({}))
        return _slip(ctx) if await live_of(ctx) else await refuse(ctx, *await _cannot(ctx))
    found = await _mine(ctx)
    if not isinstance(found, tuple):
        return found
    circle, seat = found
    if text is None:
        return await _listed(ctx, circle, seat)
    late = is_late(ctx, circle.audit)
    if late is not None or circle.audit.state is not State.COLLECTING:
        return ctx.reply(late or _over(circle))
    draft = await seats.draft(ctx.tx, circle.audit.id, seat.token)
    if draft is not None:
        return await drafts.answered(ctx, circle, seat, draft, "")
    return await drafts.begin(ctx, circle, seat, text)


def _over(circle: Circle) -> Text:
    return t(
        "Red lines are not collected any more in round {number}; I have kept nothing.", number=circle.number
    )


async def _mine(ctx: Context) -> tuple[Circle, Seat] | list[Outgoing]:
    circles = await live_of(ctx)
    if not circles:
        return await refuse(ctx, t("There is no round of red lines now in which you may take part."))
    return await chosen(ctx, circles, "")


async def _list(ctx: Context, given: Given) -> list[Outgoing]:
    found = await _mine(ctx)
    return await _listed(ctx, *found) if isinstance(found, tuple) else found


async def _listed(ctx: Context, circle: Circle, seat: Seat) -> list[Outgoing]:
    mine = await seats.lines_of(ctx.tx, circle.audit.id, seat.token)
    if not mine:
        return ctx.reply(t("You have no red line in round {number}.", number=circle.number))
    lines: list[Text] = []
    for one in mine:
        number, flat = str(one.mine), " ".join(one.text.split())
        short = flat if len(flat) <= LONGEST_SHOWN else flat[: LONGEST_SHOWN - 1] + "…"
        if one.kind:
            lines.append(t("{number}. only its kind: {kind}", number=number, kind=kind_text(one.kind)))
        else:
            lines.append(t("{number}. “{words}”", number=number, words=short))
    return ctx.reply(*lines, t("Take one back with: {command}", command="!redline withdraw N"))


async def _withdraw(ctx: Context, given: Given) -> list[Outgoing]:
    found = await _mine(ctx)
    if not isinstance(found, tuple):
        return found
    circle, seat = found
    if circle.audit.state is not State.COLLECTING and circle.audit.round == 1:
        return ctx.reply(
            t("The red lines have been circulated; they can be withdrawn when the round is revised.")
        )
    mine = await seats.lines_of(ctx.tx, circle.audit.id, seat.token)
    one = next((one for one in mine if one.mine == number_of(given["N"])), None)
    if one is None:
        return await refuse(ctx, t("You have no red line {number}.", number=given["N"][:SHOWN]))
    await seats.drop_line(ctx.tx, circle.audit.id, one.id)
    left = len(mine) - 1
    return ctx.reply(
        tn("Withdrawn. You have {count} red line.", "Withdrawn. You have {count} red lines.", left)
    )


async def _done(ctx: Context, given: Given) -> list[Outgoing]:
    found = await _mine(ctx)
    if not isinstance(found, tuple):
        return found
    circle, seat = found
    if circle.audit.state is not State.COLLECTING:
        return ctx.reply(_over(circle))
    return await drafts.done(ctx, circle, seat)


async def slipped(ctx: Context, message: Message) -> list[Outgoing] | None:
    """Something in a group's room that looks as if it were meant for the direct chat."""
    if ctx.place is not Place.HOME or ctx.group is None or message.edits:
        return None
    known = await audits.of_group(ctx.tx, ctx.group.id)
    if not any(one.state is State.COLLECTING for one in known):
        return None
    names = not message.thread and _names_itself(ctx, message.body)
    if not names and not await _answers_announcement(ctx):
        return None
    if not any(person == ctx.sender for _, person in await _electors(ctx, known)):
        return None
    return [OpenDirect(ctx.sender, SLIP_TOPIC)]


def _names_itself(ctx: Context, body: str) -> bool:
    """Whether a message begins by saying that it is a red line."""
    # Translators: how people begin a message that is their red line, with commas between.
    named = t("red line, redline, my red line")
    languages = {ctx.language, "en"}
    starts = [one for language in languages for one in ctx.house.catalogs.say(named, language).split(",")]
    return fold(body[:100]).startswith(tuple(fold(one) for one in starts))


async def _answers_announcement(ctx: Context) -> bool:
    """Whether it is a reply to the announcement of a round, or stands in the thread under it."""
    about = ctx.thread or ctx.reply_to
    row = await outbox.by_event(ctx.tx, about) if about else None
    return row is not None and row.source.startswith("audit:") and row.what == "audit-begun"


async def _electors(ctx: Context, known: list[Audit]) -> list[tuple[int, str]]:
    return [
        pair
        for one in known
        if one.state is State.COLLECTING
        for pair in await audits.electors(ctx.tx, one.id)
    ]


def _slip(ctx: Context) -> list[Outgoing]:
    """A red line was typed in a room: it is removed there if that may be, and nothing is repeated."""
    return [
        Redact(ctx.room.room_id, ctx.origin, what="redact:slip"),
        OpenDirect(ctx.sender, SLIP_TOPIC),
    ]


async def told_how(ctx: Context, outcome: Opened) -> list[Outgoing]:
    """The direct chat with somebody who wrote in a room what may have been a red line is there."""
    if ctx.place is not Place.DIRECT:
        return []
    said = ctx.answer(
        t("Was what you wrote in your group's room meant as a red line? I have not taken it as one."),
        t("Everybody there could read it. To remove it in Element: the message's menu, then Remove."),
        t("Then write it here; nobody in any room is told who wrote it."),
        what="audit-slip",
    )
    out: list[Outgoing] = [replace(said, reply_to=None, private_with=outcome.user_id, notice=False)]
    for circle in await _live_for(ctx, outcome.user_id):
        if await seat_of(ctx, circle, outcome.user_id) is not None:
            out += await greet(ctx, circle, outcome.user_id, ctx.room.room_id)
    return sealed(out)


_N = Argument("N", Shape.NUMBER, optional=True)

JOIN = Command(
    words=("audit", "join"),
    summary=t("opens the direct chat in which you take part"),
    theme=Theme.AUDIT,
    run=in_private(_join),
    who=_MEMBERS,
    arguments=(_N,),
    places=_ANYWHERE,
)
REDLINE = Command(
    words=("redline",),
    summary=t("in the direct chat: your red lines; a plain message there adds one"),
    theme=Theme.AUDIT,
    run=in_private(_redline),
    who=_MEMBERS,
    arguments=(Argument("TEXT", Shape.REST, optional=True),),
    places=_ANYWHERE,
)
LIST = Command(
    words=("redline", "list"),
    summary=t("your red lines, as they will circulate"),
    theme=Theme.AUDIT,
    run=in_private(_list),
    who=frozenset({Who.PERSON}),
    places=frozenset({Place.DIRECT}),
)
WITHDRAW = Command(
    words=("redline", "withdraw"),
    summary=t("takes one of your red lines back"),
    theme=Theme.AUDIT,
    run=in_private(_withdraw),
    who=frozenset({Who.PERSON}),
    arguments=(Argument("N", Shape.NUMBER),),
    places=frozenset({Place.DIRECT}),
)
DONE = Command(
    words=("redline", "done"),
    summary=t("says that these are all of yours"),
    theme=Theme.AUDIT,
    run=in_private(_done),
    who=frozenset({Who.PERSON}),
    places=frozenset({Place.DIRECT}),
)
