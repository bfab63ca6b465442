"""The direct chats of those who take part: who they are to a round, and what they are told there first.

Rules:
- A person has one seat in a round, whatever rooms and devices they use; a member of two groups says for which
  before anything else.
- A seat is known by its token alone; the person is found again among those who may take part.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.audit import State
from bot.domain.group import Group
from bot.domain.outgoing import Erase, Outgoing, Poll, Say
from bot.domain.text import Moment, Text, t
from bot.domain.vault import token
from bot.domain.verdict import CHOICES
from bot.handlers.audit.circle import Circle, choice_text, circle_of
from bot.handlers.context import Context, Given, Run
from bot.storage import audits, groups, people, rooms, seats
from bot.storage.seats import Seat

POLL = "poll"
LIVE = (State.COLLECTING, State.CONSENT)
_ID_BYTES = 12


def sealed(said: list[Outgoing]) -> list[Outgoing]:
    """Of what is said to somebody alone nothing stays in the outbox."""
    return [
        replace(one, sealed=True) if isinstance(one, Say) and one.private_with is not None else one
        for one in said
    ]


def in_private(run: Run) -> Run:
    """A command whose answers in a direct chat are sealed."""

    async def run_sealed(ctx: Context, given: Given) -> list[Outgoing]:
        return sealed(await run(ctx, given))

    return run_sealed


async def language_of(ctx: Context, person: str) -> str:
    """The language in which the bot speaks with somebody alone."""
    chosen = await people.language(ctx.tx, person)
    if chosen is not None:
        return chosen
    homes = await groups.of_member(ctx.tx, person)
    return homes[0].language if homes else ctx.house.language


async def chat_of(ctx: Context, person: str) -> str | None:
    """A direct chat with somebody."""
    for room_id in await rooms.direct_chats(ctx.tx, person):
        room = await rooms.load(ctx.tx, room_id)
        if room is not None and room.direct_with(ctx.house.me) == person:
            return room_id
    return None


def token_of(ctx: Context, audit: int, person: str) -> str | None:
    """Somebody's token in a round; None where its secret is gone."""
    secret = ctx.house.vault.read(audit)
    return token(secret, person) if secret is not None else None


async def seat_of(ctx: Context, circle: Circle, person: str) -> Seat | None:
    """Somebody's seat, made if there is none; None for who may not take part."""
    name = token_of(ctx, circle.audit.id, person)
    mine = await _homes(ctx, circle, person)
    if name is None or not mine:
        return None
    found = await seats.seat(ctx.tx, circle.audit.id, name)
    only = mine[0] if len(mine) == 1 else None
    if found is None or (found.group is None and only is not None):
        found = replace(found, group=only) if found is not None else Seat(circle.audit.id, name, only)
        await seats.save(ctx.tx, found)
    return found


async def _homes(ctx: Context, circle: Circle, person: str) -> list[int]:
    """The groups for which somebody may take part: of several, those in whose rooms they still are."""
    mine = await audits.homes(ctx.tx, circle.audit.id, person)
    here = {one.id for one in await groups.of_member(ctx.tx, person)} if len(mine) > 1 else set()
    return [one for one in mine if one in here] or mine


async def groups_of(ctx: Context, circle: Circle, person: str) -> list[Group]:
    """The groups of a round for which somebody could take part."""
    mine = await _homes(ctx, circle, person)
    return [group for one in mine if (group := circle.group(one)) is not None]


async def seated(ctx: Context, circle: Circle) -> list[tuple[str, Seat]]:
    """Those who have a seat, each once."""
    known = await seats.seats(ctx.tx, circle.audit.id)
    found: dict[str, Seat] = {}
    for _, person in await audits.electors(ctx.tx, circle.audit.id):
        name = token_of(ctx, circle.audit.id, person)
        if name in known:
            found[person] = known[name]
    return list(found.items())


async def whisper(
    ctx: Context, circle: Circle, person: str, *lines: Text, what: str, room_id: str | None = None
) -> list[Outgoing]:
    """Say something to somebody alone, if there is a direct chat."""
    room_id = room_id or await chat_of(ctx, person)
    if room_id is None:
        return []
    link = next(iter(circle.links.values()), None)
    return [
        Say(
            room_id,
            lines,
            await language_of(ctx, person),
            what=what,
            source=circle.source,
            notice=False,
            private_with=person,
            agreed=link,
            sealed=True,
        )
    ]


async def erased(ctx: Context, circle: Circle) -> list[Outgoing]:
    """What was said in the direct chats of the round becomes unreadable, and goes if the bot made the chat.

    The poll of another round that goes with it is asked anew.
    """
    people = [person for person, _ in await seated(ctx, circle)]
    if ctx.house.vault.read(circle.audit.id) is None:  # so nobody knows who had a seat
        people = sorted({person for _, person in await audits.electors(ctx.tx, circle.audit.id)})
    known = [one for one in await audits.all_open(ctx.tx) if one.id != circle.audit.id]
    others = [await circle_of(ctx.tx, one) for one in known if one.state is State.CONSENT]
    out: list[Outgoing] = []
    chats = [(person, chat) for person in people for chat in await rooms.direct_chats(ctx.tx, person)]
    for person, chat in chats:
        room = await rooms.load(ctx.tx, chat)
        if room is None:
            continue
        made = ctx.house.me in room.creators
        out.append(Erase(room.room_id, circle.audit.opened, ctx.now, remove=made, source=circle.source))
        for other in others if made and room.direct_with(ctx.house.me) == person else ():
            out += await ask(ctx, other, person, room.room_id, again=True)
    return out


async def invite(ctx: Context, circle: Circle, group: Group) -> list[Outgoing]:
    """Greet those of a group who have a direct chat already."""
    out: list[Outgoing] = []
    for elector, person in await audits.electors(ctx.tx, circle.audit.id):
        if elector == group.id and (room_id := await chat_of(ctx, person)) is not None:
            out += await greet(ctx, circle, person, room_id)
    return out


async def greet(ctx: Context, circle: Circle, person: str, room_id: str) -> list[Outgoing]:
    """What somebody is told in their direct chat, once in each phase."""
    phase = f"{circle.audit.state}:{circle.audit.round}"
    seat = await seat_of(ctx, circle, person)
    if circle.audit.state not in LIVE or seat is None or seat.told == phase:
        return []
    await seats.save(ctx.tx, replace(seat, told=phase))
    hello = await whisper(
        ctx,
        circle,
        person,
        *await hello_lines(ctx, circle, seat, person),
        what=f"hello:{phase}",
        room_id=room_id,
    )
    poll = await ask(ctx, circle, person, room_id) if seat.group is not None else []
    return hello + poll


async def hello_lines(ctx: Context, circle: Circle, seat: Seat, person: str) -> list[Text]:
    """What somebody has to know now."""
    home = circle.group(seat.group)
    lines = [t("Round {number} of red lines: {title}", number=circle.number, title=circle.title)]
    if home is None:
        return [*lines, *which_group(await groups_of(ctx, circle, person))]
    if circle.audit.state is State.COLLECTING:
        return [
            *lines,
            t(
                "What can you not risk or accept? Write it here until {moment}, one message for each.",
                moment=Moment(circle.audit.lines, home.zone),
            ),
            t("I show you how others will read it; it counts only after your answer."),
            t(
                "I and my host, {host}, can read it; nobody in any room is told who wrote it.",
                host=ctx.house.host_name,
            ),
            t(
                "At the end I remove what was said here about it if I opened this chat, yours where I may; "
                "else please delete yours yourself."
            ),
            t("When that is all: {command}", command="!redline done"),
        ]
    return [
        *lines,
        t(
            "Do you consent? Choose until {moment}; you can change it until then.",
            moment=Moment(circle.audit.until, home.zone),
        ),
        t("An objection holds, whatever the majority. Nobody is told who chose what."),
        t(
            "The sheet of red lines stands in your group's room; there {command} shows it.",
            command=f"!audit {circle.number}",
        ),
        t("In the poll, or by typing {first} to {last}:", first=vote(1), last=vote(4)),
        *(choice_line(number) for number in range(1, 5)),
    ]


def vote(number: int, circle: Circle | None = None) -> str:
    """How a choice is typed; the round is named where several ask."""
    return f"!vote {number} {circle.number}" if circle is not None else f"!vote {number}"


def how_to(circle: Circle | None = None) -> Text:
    """How one chooses; the round is named where several ask."""
    return t(
        "To choose, use the poll or type {first} to {last}.", first=vote(1, circle), last=vote(4, circle)
    )


def how_to_all(circles: Sequence[Circle]) -> list[Text]:
    """How one chooses in each of these rounds."""
    return [how_to(one) for one in circles] if len(circles) > 1 else [how_to()] * len(circles)


def choice_line(number: int) -> Text:
    """One choice with its number."""
    return t("{number}. {choice}", number=str(number), choice=choice_text(CHOICES[number - 1]))


def which_group(known: list[Group]) -> list[Text]:
    """Ask somebody for which of their groups they take part."""
    return [
        t("You are a member of several groups here. For which one do you take part? Answer with its number."),
        *(t("{number}. {name}", number=str(index), name=one.name) for index, one in enumerate(known, 1)),
    ]


def poll_name(answers: tuple[str, ...]) -> str:
    """The name of a poll in the outbox, which nobody else's has, nor an earlier one of the same round."""
    return f"{POLL}:{answers[0]}"


async def ask(
    ctx: Context, circle: Circle, person: str, room_id: str, *, again: bool = False
) -> list[Outgoing]:
    """The poll in somebody's direct chat, while consent is asked.

    `again`: in another poll, where there was one, whose answers count as well: one may be on its way.
    """
    seat = await seat_of(ctx, circle, person)
    if circle.audit.state is not State.CONSENT or seat is None or (again and not seat.answers):
        return []
    if again or not seat.answers:
        fresh = tuple(secrets.token_urlsafe(_ID_BYTES) for _ in CHOICES)
        seat = replace(seat, answers=(*fresh, *seat.answers))
        await seats.save(ctx.tx, seat)
    answers = seat.answers[: len(CHOICES)]
    return [
        Poll(
            room_id,
            person,
            t("Round {number}: do you consent?", number=circle.number),
            tuple((one, choice_text(choice)) for one, choice in zip(answers, CHOICES, strict=True)),
            await language_of(ctx, person),
            hint=t("Or type {first} to {last}.", first=vote(1), last=vote(4)),
            what=poll_name(answers),
            source=circle.source,
        )
    ]
