"""A homeserver that limits what is sent: its wish holds for all rooms, which then take turns."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.outgoing import Relay, Say
from bot.domain.text import Words, t, tn
from bot.pipeline.pauses import Pauses
from bot.pipeline.ports import Sent, Unavailable
from bot.pipeline.turns import Turns
from bot.storage import outbox
from tests.fakes import FakeClock
from tests.unit.handlers.cast import ANA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre

ROOMS = [f"!{number}:here.example" for number in range(5)]
EVERY = 5.0  # seconds that the server wants between two messages


class Limit:
    """The server's: so many messages at once, then one every few seconds. Notes what was asked too early."""

    def __init__(self, theatre: Theatre, burst: int) -> None:
        self.left, self.theatre, self.order = burst, theatre, list[str]()
        self.free = theatre.clock.now()
        self.too_early: list[datetime] = []
        self._send = theatre.transport.send

    async def send(self, room_id: str, post: object, txn_id: str, marker: str) -> Sent:
        now = self.theatre.clock.now()
        if self.left == 0 and now < self.free:
            self.too_early.append(now)
            raise Unavailable("too much", (self.free - now).total_seconds())
        self.left = max(0, self.left - 1)
        self.free = now + timedelta(seconds=EVERY)
        self.order.append(room_id)
        return await self._send(room_id, post, txn_id, marker)  # type: ignore[arg-type]  # passed through


def _relay(theatre: Theatre, room_id: str, number: int, *, urgent: bool = False) -> Relay:
    return Relay(
        room_id=room_id,
        words=Words(f"number {number}", "en"),
        target="en",
        zone="UTC",
        written_at=theatre.clock.now(),
        header=None,
        source=f"${room_id}{number}",
        origin_room="!origin:here.example",
        urgent=urgent,
    )


async def _play(theatre: Theatre, wanted: int, limit: Limit) -> float:
    """Run the loop until so much was sent; the seconds it took by the clock, which stands while it works."""
    began = theatre.clock.now()
    async with theatre.running():
        for _ in range(1000):
            await asyncio.sleep(0.02)
            if len(limit.order) >= wanted:
                break
            theatre.clock.forward(seconds=0.5)
            theatre.sender.wake()
    assert len(limit.order) == wanted
    return (theatre.clock.now() - began).total_seconds()


@pytest.fixture
async def limit(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> Limit:
    for room_id in ROOMS:
        theatre.transport.room(room_id)
    found = Limit(theatre, burst=2)
    monkeypatch.setattr(theatre.transport, "send", found.send)
    return found


async def test_rooms_take_turns_and_none_asks_before_its_time(theatre: Theatre, limit: Limit) -> None:
    """The first room has most to say; the wish of the server costs no more than it has to."""
    async with theatre.database.tx() as tx:
        for number in range(8):
            await outbox.add(tx, _relay(theatre, ROOMS[0], number), "$x", theatre.clock.now())
        for room_id in ROOMS[1:]:
            for number in range(2):
                await outbox.add(tx, _relay(theatre, room_id, number), "$x", theatre.clock.now())
    seconds = await _play(theatre, 16, limit)
    assert seconds <= 14 * EVERY * 1.2
    limited = limit.order[6:]  # several rooms are served at the same time before the first wish
    assert all(room_id in limited[:5] for room_id in ROOMS[1:] if limited.count(room_id))
    assert limited.count(ROOMS[0]) >= 5
    # Once several at the same time, before the wish is known; then once for each message, right after the one
    # before. Nobody asks while it is known that it is too early.
    assert len(limit.too_early) <= 8 + 16


async def test_what_is_urgent_goes_before_the_turns_of_others(theatre: Theatre, limit: Limit) -> None:
    async with theatre.database.tx() as tx:
        for room_id in ROOMS:
            for number in range(2):
                await outbox.add(tx, _relay(theatre, room_id, number), "$x", theatre.clock.now())
    async with theatre.running():
        for _ in range(40):
            await asyncio.sleep(0.02)
            theatre.sender.wake()
    before = len(limit.order)
    async with theatre.database.tx() as tx:
        for number in (7, 8):
            await outbox.add(tx, _relay(theatre, ROOMS[4], number, urgent=True), "$u", theatre.clock.now())
    await _play(theatre, 12, limit)
    assert limit.order[before : before + 2] == [ROOMS[4]] * 2


async def test_a_room_that_waits_for_something_else_gives_its_turn_away() -> None:
    turns = Turns()
    [share] = turns.shares(["a", "b"], (), limited=True)
    assert (share.rooms, share.most) == (("a", "b"), 1)
    assert turns.shares(["c"], (), limited=True) == []
    turns.taken("a")
    assert turns.ended(share), "c has become ready meanwhile"
    [share] = turns.shares(["a", "b", "c"], {"c"}, limited=True)
    assert share.rooms == ("c", "b", "a")


def test_the_wish_of_a_server_is_obeyed_everywhere_and_forgotten_after_a_while() -> None:
    clock = FakeClock()
    pauses = Pauses(clock)
    assert pauses.begin("a", 7.0, everywhere=True) == pytest.approx(7.0)
    assert set(pauses.lasting(["a", "b"])) == {"a", "b"}
    assert pauses.limited
    clock.forward(seconds=7)
    assert pauses.lasting(["a", "b"]) == {}
    for _ in range(8):
        assert pauses.begin("a", 0.1) <= 2.0
    clock.forward(seconds=61)
    assert not pauses.limited


async def test_the_author_is_told_how_long_it_takes(theatre: Theatre) -> None:
    """Twelve a minute: what waits for its turn is counted; a room in trouble is not."""
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.translate()
    async with theatre.database.tx() as tx:
        done = Say(ROOMS[0], (t("Your name: {name}", name="x"),), "en")
        for number in range(12):
            await outbox.add(tx, replace(done, what=f"x{number}"), "$x", theatre.clock.now())
        await tx.run("UPDATE outbox SET state = 'sent' WHERE room_id = ?", ROOMS[0])
        now = int(theatre.clock.now().timestamp() * 1000)
        await tx.run("UPDATE outbox SET settled_at = ? WHERE room_id = ?", now, ROOMS[0])
        ack = await tx.one("SELECT * FROM outbox WHERE room_id = ? AND what = 'ack'", MANILA)
        assert ack is not None
        await outbox.settle_sent(tx, outbox.entry_of(ack), "$ack", theatre.clock.now())
    await theatre.tick(seconds=25)
    async with theatre.database.tx() as tx:
        [row] = await tx.all("SELECT * FROM outbox WHERE room_id = ? AND what = 'ack:waiting'", MANILA)
    payload = outbox.entry_of(row).payload
    assert isinstance(payload, Say)
    said = theatre.word(payload)
    takes = tn(
        "That takes about {count} minute more: my homeserver lets me send only so much at a time.",
        "That takes about {count} minutes more: my homeserver lets me send only so much at a time.",
        1,
    )
    assert theatre.catalogs.say(takes, "es") in said
    assert payload.first
    assert MILWAUKEE not in said
