"""Whose words are sent first: groups take turns, rooms take turns, and what is urgent goes before."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.outgoing import Relay
from bot.domain.text import Words
from bot.storage import outbox
from bot.storage.outbox.holding import hold
from tests.unit.pipeline.theatre import Theatre

ROOM, LOUD, QUIET = "!room:here.example", "!loud:here.example", "!quiet:here.example"


def _relay(theatre: Theatre, origin: str, number: int, *, urgent: bool = False) -> Relay:
    return Relay(
        room_id=ROOM,
        words=Words(f"{origin} {number}", "en"),
        target="en",
        zone="UTC",
        written_at=theatre.clock.now(),
        header=None,
        source=f"${origin}{number}",
        origin_room=origin,
        urgent=urgent,
    )


async def _add(theatre: Theatre, *relays: Relay) -> None:
    async with theatre.database.tx() as tx:
        for one in relays:
            await outbox.add(tx, one, one.source, theatre.clock.now())


async def test_a_flood_from_one_group_does_not_hold_up_another(theatre: Theatre) -> None:
    theatre.transport.room(ROOM)
    await _add(theatre, *(_relay(theatre, LOUD, number) for number in range(50)))
    await _add(theatre, *(_relay(theatre, QUIET, number) for number in range(3)))
    await theatre.send()
    texts = theatre.transport.texts(ROOM)
    assert len(texts) == 53
    assert max(texts.index(f"{QUIET} {number}") for number in range(3)) < 8
    assert [text for text in texts if text.startswith(LOUD)] == [f"{LOUD} {number}" for number in range(50)]


async def test_the_turns_hold_for_what_comes_while_a_flood_is_being_sent(theatre: Theatre) -> None:
    theatre.transport.room(ROOM)
    await _add(theatre, *(_relay(theatre, LOUD, number) for number in range(50)))
    await theatre.sender.drain(ROOM, 20)
    assert len(theatre.transport.texts(ROOM)) == 20
    await _add(theatre, _relay(theatre, QUIET, 0))
    await _add(theatre, _relay(theatre, LOUD, 50))
    await theatre.sender.drain(ROOM, 2)
    assert f"{QUIET} 0" in theatre.transport.texts(ROOM)


async def test_the_translator_works_in_the_order_of_the_turns(theatre: Theatre) -> None:
    flood = [replace(_relay(theatre, LOUD, number), target="es") for number in range(100)]
    await _add(theatre, *flood, replace(_relay(theatre, QUIET, 0), target="es"))
    async with theatre.database.reading() as tx:
        first = await outbox.translating(tx, theatre.clock.now(), 2)
    assert {row.origin_room for row in first} == {LOUD, QUIET}


async def test_what_is_urgent_goes_first(theatre: Theatre) -> None:
    theatre.transport.room(ROOM)
    await _add(theatre, *(_relay(theatre, LOUD, number) for number in range(5)))
    await _add(theatre, _relay(theatre, QUIET, 0, urgent=True))
    await theatre.send()
    assert theatre.transport.texts(ROOM)[0] == f"{QUIET} 0"


async def test_what_comes_after_words_that_stand_aside_does_not_overtake_them(theatre: Theatre) -> None:
    theatre.transport.room(ROOM)
    await _add(theatre, *(_relay(theatre, LOUD, number) for number in range(5)))
    waiting = await theatre.rows(ROOM)
    async with theatre.database.tx() as tx:
        await hold(tx, *waiting)
    await _add(theatre, _relay(theatre, LOUD, 5))
    async with theatre.database.tx() as tx:
        await outbox.release(tx, ROOM)
    await theatre.send()
    assert theatre.transport.texts(ROOM) == [f"{LOUD} {number}" for number in range(6)]


async def test_a_clock_that_is_put_back_changes_no_order_and_keeps_nothing_waiting(theatre: Theatre) -> None:
    theatre.transport.room(ROOM)
    await _add(theatre, _relay(theatre, LOUD, 0), _relay(theatre, LOUD, 1))
    theatre.clock.forward(hours=-1)
    await _add(theatre, _relay(theatre, LOUD, 2))
    await theatre.send()
    assert theatre.transport.texts(ROOM) == [f"{LOUD} {number}" for number in range(3)]
