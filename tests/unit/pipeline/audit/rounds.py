"""Rounds of red lines on the stage: the people's direct chats, and how a round goes from phase to phase."""

from __future__ import annotations

from bot.domain.incoming import Batch
from bot.storage import audits
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

PHRASES = {
    ("en", "es"): {
        "Rent strike": "Huelga de alquileres",
        "No arrests.": "Sin detenciones.",
        "We moved it.": "Lo hemos movido.",
    },
    ("es", "en"): {
        "Huelga": "Strike",
        "Sin cámaras.": "No cameras.",
        "Nada de deudas.": "No debts.",
        "Es muy pronto.": "It is too early.",
        "Sin detenciones.": "No being arrested.",
        "En mayo.": "In May.",
    },
}
PEOPLE = (ANA, BEN, CARL, DORA)
OPEN = '!audit open "Huelga" lines=2027-01-10 until=2027-01-20'


def chat(person: str) -> str:
    """The direct chat of a person."""
    return f"!{person[1:].partition(':')[0]}-chat:here.example"


async def meet(theatre: Theatre, *people: str) -> None:
    """These people open a direct chat with the bot."""
    for person in people:
        await theatre.room(chat(person), [person])
    await theatre.play()


async def hush(theatre: Theatre) -> None:
    """What was said until now is not looked at any more."""
    await theatre.play()
    for room in theatre.transport.rooms.values():
        room.shown.clear()


async def opened(theatre: Theatre, command: str = OPEN, *, accept: bool = True) -> None:
    """Manila opens a round, and Milwaukee accepts."""
    theatre.translator.phrases = PHRASES
    await theatre.say(MANILA, ANA, command)
    await theatre.play()
    if not accept:
        return
    await theatre.say(MILWAUKEE, CARL, "!audit accept 1")
    await theatre.play()


async def tells(theatre: Theatre, person: str, text: str, **more: object) -> str:
    """A person writes in their direct chat; what the bot answers."""
    room = theatre.transport.room(chat(person))
    before = len(room.shown)
    await theatre.say(chat(person), person, text, **more)  # type: ignore[arg-type]  # passed through
    await theatre.play()
    return "\n".join(list(room.shown.values())[before:])


async def typed(theatre: Theatre, room_id: str, person: str, command: str) -> str:
    """What the bot answers in a room."""
    before = len(theatre.transport.room(room_id).shown)
    await theatre.say(room_id, person, command)
    await theatre.play()
    return "\n".join(list(theatre.transport.room(room_id).shown.values())[before:])


async def line(theatre: Theatre, person: str, text: str, choice: str = "1") -> str:
    """A person writes a red line and answers what is to become of it."""
    await tells(theatre, person, text)
    return await tells(theatre, person, choice)


async def later(theatre: Theatre, **time: float) -> None:
    """Time passes, the homeserver is heard, and the clock ticks."""
    theatre.clock.forward(**time)
    await theatre.receiver.batch(Batch("c", ()))
    await theatre.tick()
    await theatre.play()


async def to_consent(theatre: Theatre) -> None:
    """The collecting ends."""
    await later(theatre, days=6, hours=12)


async def to_verdict(theatre: Theatre) -> None:
    """The consent ends; the group that does not lead hears of it half a minute later."""
    await later(theatre, days=11)
    theatre.clock.forward(seconds=31)
    await theatre.play()


async def choose(theatre: Theatre, person: str, number: int) -> str:
    """A person types their choice, and gives no reason."""
    said = await tells(theatre, person, f"!vote {number} 1")
    await tells(theatre, person, "none")
    return said


async def everybody(theatre: Theatre, number: int) -> None:
    """All four choose the same."""
    for person in PEOPLE:
        await choose(theatre, person, number)


async def state(theatre: Theatre) -> str | None:
    """The state of the first round."""
    async with theatre.database.tx() as tx:
        audit = await audits.load(tx, 1)
    return str(audit.state) if audit is not None else None
