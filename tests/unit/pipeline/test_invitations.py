"""Strangers can neither make the bot join nor make it work, however many invitations they send."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.domain.incoming import Batch, Invitation, RoomLeft
from bot.handlers.invitation import MOST_ACCEPTED, MOST_DECLINED
from tests.fakes import away
from tests.unit.handlers.cast import CARL, DORA, MILWAUKEE, count
from tests.unit.pipeline.theatre import Theatre
from tests.unit.stage import HOST

ZOE = "@zoe:there.example"
CHAT = "!chat:here.example"


async def _invite(
    theatre: Theatre,
    number: int = 1,
    inviter: str = ZOE,
    *,
    direct: bool = False,
    encrypted: bool | None = True,
) -> str:
    room_id = f"!room{number}:there.example"
    theatre.transport.room(room_id, joined=False).invited = True
    invitation = Invitation(theatre._id("i"), room_id, inviter, direct, encrypted)
    await theatre.receiver.batch(Batch("c", (invitation,)))
    return room_id


async def _flood(theatre: Theatre, size: int, inviter: str = ZOE, first: int = 1) -> None:
    for number in range(first, first + size):
        await _invite(theatre, number, inviter)


async def _rows(theatre: Theatre) -> dict[str, int]:
    """How many rows each table has."""
    async with theatre.database.tx() as tx:
        tables = [row[0] for row in await tx.all("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {table: await count(theatre, table) for table in tables}


@pytest.mark.parametrize("direct", [True, False])
@pytest.mark.parametrize("encrypted", [True, False, None])
async def test_a_strangers_invitation_is_declined_without_a_word(
    theatre: Theatre, direct: bool, encrypted: bool | None
) -> None:
    room_id = await _invite(theatre, direct=direct, encrypted=encrypted)
    await theatre.play()
    assert theatre.transport.left == [(room_id, "")]
    assert theatre.transport.keys("join", room_id) == []


async def test_a_blocked_server_cannot_hide_behind_the_name_of_an_allowed_one(theatre: Theatre) -> None:
    for number, inviter in enumerate(
        ("@a:evil-here.example", "@a:here.example.evil", "@here.example:evil.example", "here.example", "@a")
    ):
        await _invite(theatre, number, inviter)
    await theatre.play()
    assert len(theatre.transport.left) == 5


async def test_a_member_may_invite_into_a_direct_chat_only(theatre: Theatre) -> None:
    theatre.router.house = replace(theatre.router.house, inviters=frozenset())
    assert await _invite(theatre, 1, DORA) in [room for room, _ in await _left(theatre)]
    room_id = await _invite(theatre, 2, DORA, direct=True)
    await theatre.play()
    assert theatre.transport.keys("join", room_id) != []
    await theatre.member(MILWAUKEE, DORA, "leave")
    assert await _invite(theatre, 3, DORA, direct=True) in [room for room, _ in await _left(theatre)]


async def _left(theatre: Theatre) -> list[tuple[str, str]]:
    await theatre.play()
    return theatre.transport.left


async def test_somebody_allowed_hears_why_an_unencrypted_room_is_declined(theatre: Theatre) -> None:
    await _invite(theatre, inviter=CARL, encrypted=False)
    assert "encrypted rooms only" in (await _left(theatre))[0][1]


async def test_of_a_flood_so_many_are_declined_in_a_minute_and_the_others_cost_nothing(
    theatre: Theatre,
) -> None:
    before = await _rows(theatre)
    await _flood(theatre, 10 * MOST_DECLINED)
    await theatre.play()
    assert len(theatre.transport.left) == MOST_DECLINED
    after = await _rows(theatre)
    grown = {table for table in after if after[table] > before[table]}
    assert grown == {"seen", "invitations"}
    assert after["invitations"] == before["invitations"] + 1
    await theatre.tick(minutes=1)
    await _flood(theatre, 2, first=1000)
    assert len(await _left(theatre)) == MOST_DECLINED + 2


async def test_nothing_is_kept_of_a_declined_invitation_also_when_the_server_says_that_it_is_over(
    theatre: Theatre,
) -> None:
    room_id = await _invite(theatre)
    await theatre.play()
    await theatre.receiver.batch(Batch("c", (RoomLeft("$over", room_id, ZOE, banned=False),)))
    async with theatre.database.tx() as tx:
        for table in ("room", "member", "outbox"):
            assert await tx.value(f"SELECT COUNT(*) FROM {table} WHERE room_id = ?", room_id) == 0  # noqa: S608 (constants)


async def test_a_decline_that_fails_is_tried_again_and_then_forgotten(theatre: Theatre) -> None:
    room_id = await _invite(theatre)
    theatre.transport.trouble[room_id] = away(2)
    await theatre.play()
    assert theatre.transport.left == []
    for _ in range(2):
        theatre.clock.forward(minutes=1)
        await theatre.play()
    assert theatre.transport.left == [(room_id, "")]
    assert await count(theatre, "outbox WHERE what = 'decline'") == 0


async def test_words_cross_in_the_middle_of_a_flood(theatre: Theatre) -> None:
    await _flood(theatre, 3 * MOST_DECLINED)
    await theatre.say("!manila:here.example", "@ana:here.example", "!dispatch Ganamos.")
    await _flood(theatre, 3 * MOST_DECLINED, first=500)
    await theatre.play()
    assert "We won." in theatre.read(MILWAUKEE)


async def test_even_those_who_may_cannot_make_it_join_without_end(theatre: Theatre) -> None:
    await _flood(theatre, MOST_ACCEPTED + 2, CARL)
    await theatre.play()
    joined = [room for room, found in theatre.transport.rooms.items() if "there" in room and found.joined]
    assert len(joined) == MOST_ACCEPTED
    assert ["again in a minute" in why for _, why in theatre.transport.left] == [True, True]
    await theatre.tick(minutes=1)
    room_id = await _invite(theatre, 1000, CARL)
    await theatre.play()
    assert theatre.transport.room(room_id).joined


async def test_an_invitation_that_comes_twice_is_answered_once(theatre: Theatre) -> None:
    invitation = Invitation("derived:1", "!room:there.example", ZOE, direct=False, encrypted=None)
    for _ in range(3):
        await theatre.receiver.batch(Batch("c", (invitation,)))
    assert len(await _left(theatre)) == 1


async def test_the_log_counts_them_once_their_minute_is_over(
    theatre: Theatre, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot.handlers.invitation")
    await _flood(theatre, MOST_DECLINED + 5)
    await _invite(theatre, 999, CARL)
    await theatre.tick()
    assert caplog.messages == []
    await theatre.tick(minutes=1)
    await theatre.tick(minutes=1)
    assert caplog.messages == [f"invitations: 1 accepted, {MOST_DECLINED} declined, 5 not answered"]
    assert await count(theatre, "invitations") == 0


async def test_each_host_is_told_of_a_flood_once_a_day(theatre: Theatre) -> None:
    await theatre.room(CHAT, [HOST])
    theatre.clock.forward(seconds=5)
    await theatre.play()
    theatre.transport.room(CHAT).shown.clear()
    await _flood(theatre, MOST_DECLINED)
    await theatre.tick(minutes=1)
    await theatre.play()
    assert theatre.read(CHAT) == ""
    for _ in range(2):
        await _flood(theatre, MOST_DECLINED + 7)
        await theatre.tick(minutes=1)
        await theatre.play()
    (said,) = theatre.transport.texts(CHAT)
    assert "flood me with invitations: 7 " in said
    await theatre.tick(days=1)
    await _flood(theatre, MOST_DECLINED + 9)
    await theatre.tick(minutes=1)
    await theatre.play()
    assert len(theatre.transport.texts(CHAT)) == 2
