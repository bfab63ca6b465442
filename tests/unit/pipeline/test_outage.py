"""Each host is told of an outage in their direct chat, once when it is noticed and once when it is over."""

from __future__ import annotations

from datetime import datetime

from bot.domain.incoming import Outage
from tests.fakes import away
from tests.unit.handlers.cast import CARL, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre
from tests.unit.stage import HOST

CHAT, CARLS = "!chat:here.example", "!carl:here.example"


async def _open(theatre: Theatre) -> datetime:
    """A direct chat with the host, and one with somebody else."""
    await theatre.room(CHAT, [HOST])
    await theatre.room(CARLS, [CARL])
    theatre.clock.forward(seconds=5)
    await theatre.play()
    for room in theatre.transport.rooms.values():
        room.shown.clear()
    return theatre.clock.now()


async def test_each_host_is_told_in_their_direct_chat_and_nobody_else(theatre: Theatre) -> None:
    since = await _open(theatre)
    await theatre.receiver.single(Outage(since, over=False))
    await theatre.play()
    assert "no news from the homeserver since" in theatre.read(CHAT)
    assert theatre.read(CARLS) == theatre.read(MILWAUKEE) == ""
    await theatre.receiver.single(Outage(since, over=True))
    await theatre.play()
    assert "I hear from the homeserver again" in theatre.transport.texts(CHAT)[1]
    assert not any(post.notice for post in list(theatre.transport.room(CHAT).posts.values())[-2:])


async def test_the_same_outage_is_told_once(theatre: Theatre) -> None:
    since = await _open(theatre)
    for _ in range(3):
        await theatre.receiver.single(Outage(since, over=False))
    await theatre.play()
    assert len(theatre.transport.texts(CHAT)) == 1


async def test_an_outage_that_is_over_before_it_could_be_told_is_told_in_one_message(
    theatre: Theatre,
) -> None:
    since = await _open(theatre)
    await theatre.receiver.single(Outage(since, over=False))
    await theatre.receiver.single(Outage(since, over=True))
    await theatre.play()
    (said,) = theatre.transport.texts(CHAT)
    assert "I hear from the homeserver again" in said


async def test_what_could_not_be_told_during_the_outage_is_told_after_it_in_order(theatre: Theatre) -> None:
    since = await _open(theatre)
    theatre.transport.trouble[CHAT] = away()
    await theatre.receiver.single(Outage(since, over=False))
    await theatre.play()
    await theatre.receiver.single(Outage(since, over=True))
    theatre.clock.forward(minutes=1)
    await theatre.play()
    first, second = theatre.transport.texts(CHAT)
    assert "since" in first
    assert "again" in second


async def test_a_room_that_is_no_direct_chat_any_more_is_told_nothing(theatre: Theatre) -> None:
    since = await _open(theatre)
    await theatre.member(CHAT, CARL, "invite", HOST)
    await theatre.play()
    theatre.transport.room(CHAT).shown.clear()
    await theatre.receiver.single(Outage(since, over=False))
    await theatre.play()
    assert theatre.read(CHAT) == ""


async def test_without_a_direct_chat_nobody_is_told_and_nothing_breaks(theatre: Theatre) -> None:
    await theatre.receiver.single(Outage(theatre.clock.now(), over=False))
    await theatre.play()
    assert all(not room.shown for room in theatre.transport.rooms.values())


async def test_a_host_hears_it_in_their_language_and_zone(theatre: Theatre) -> None:
    since = await _open(theatre)
    await theatre.say(CHAT, HOST, "!language es")
    await theatre.play()
    theatre.transport.room(CHAT).shown.clear()
    await theatre.receiver.single(Outage(since, over=False))
    await theatre.play()
    assert "homeserver" not in theatre.read(CHAT)
    assert "4 de enero" in theatre.read(CHAT)
