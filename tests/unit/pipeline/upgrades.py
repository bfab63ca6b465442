"""How a room is upgraded: what the server tells of the old one and of the new one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.incoming import Batch, Invitation, RoomState, StateEvent
from tests.fakes import ME
from tests.unit.handlers.cast import CARL, DORA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

NEW = "!new:here.example"
QUIET = {"events_default": 50, "users": {CARL: 100}}


async def state(
    theatre: Theatre, room_id: str, type_: str, content: dict[str, object], sender: str = CARL, key: str = ""
) -> None:
    """A state event of a room."""
    event = StateEvent(theatre._id("u"), room_id, sender, theatre.clock.now(), type_, key, content)
    await theatre.receiver.batch(Batch("c", (event,)))


async def tombstone(theatre: Theatre, old: str = MILWAUKEE, new: str = NEW, *, quiet: bool = True) -> None:
    """The old room is replaced; as servers do it, only people with power speak there afterwards."""
    await state(theatre, old, "m.room.tombstone", {"body": "replaced", "replacement_room": new})
    if quiet:
        await state(theatre, old, "m.room.power_levels", QUIET)


async def invite(theatre: Theatre, inviter: str = CARL, room_id: str = NEW) -> None:
    theatre.transport.room(room_id, joined=False).invited = True
    invitation = Invitation(theatre._id("i"), room_id, inviter, direct=False, encrypted=True)
    await theatre.receiver.batch(Batch("c", (invitation,)))
    await theatre.play()


async def enter(
    theatre: Theatre,
    room_id: str = NEW,
    people: Sequence[str] = (CARL, DORA),
    old: str | None = MILWAUKEE,
    *,
    encrypted: bool = True,
) -> None:
    """The bot sees the new room for the first time."""
    create: dict[str, object] = {"room_version": "12"}
    if old is not None:
        create["predecessor"] = {"room_id": old}
    at = theatre.clock.now()

    def event(type_: str, key: str, content: dict[str, object]) -> StateEvent:
        return StateEvent(theatre._id("u"), room_id, people[0], at, type_, key, content)

    events = [
        event("m.room.create", "", create),
        event("m.room.power_levels", "", {"users": {}}),
        *(event("m.room.member", user, {"membership": "join"}) for user in (ME, *people)),
    ]
    if encrypted:
        events.append(event("m.room.encryption", "", {"algorithm": "m.megolm.v1.aes-sha2"}))
    theatre.transport.room(room_id).joined = True
    await theatre.receiver.batch(Batch("c", (RoomState(room_id, tuple(events), complete=True),)))


async def upgraded(theatre: Theatre, old: str = MILWAUKEE, new: str = NEW) -> None:
    """The room is upgraded, and the bot is in both."""
    await tombstone(theatre, old, new)
    await enter(theatre, new, old=old)
    await said(theatre, new)


async def said(theatre: Theatre, room_id: str) -> str:
    """What was said into a room since the last look."""
    await theatre.play()
    theatre.clock.forward(seconds=5)
    await theatre.play()
    texts = theatre.transport.texts(room_id)
    theatre.transport.room(room_id).shown.clear()
    return "\n".join(texts)


async def ask(theatre: Theatre, room_id: str, sender: str, body: str, **more: str) -> str:
    """Somebody writes, and what is said in that room then."""
    await said(theatre, room_id)
    await theatre.say(room_id, sender, body, **more)  # type: ignore[arg-type]  # passed through
    return await said(theatre, room_id)
