"""A home that was upgraded is followed into the new room when that is real and a steward has confirmed it."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, RoomLeft
from bot.domain.trust import Standing
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, group, only
from tests.unit.pipeline.theatre import Theatre
from tests.unit.pipeline.upgrades import NEW, ask, enter, invite, said, state, tombstone, upgraded

ZOE = "@zoe:there.example"


async def _home(theatre: Theatre) -> str:
    """Where Milwaukee's home is."""
    async with theatre.database.tx() as tx:
        return str(await tx.value("SELECT room_id FROM grp WHERE handle = 'milwaukee'"))


async def test_the_old_room_asks_for_an_invitation_once(theatre: Theatre) -> None:
    await tombstone(theatre, quiet=False)
    words = await said(theatre, MILWAUKEE)
    assert "This room has been replaced by a new one" in words
    assert "What your twins send waits" in words
    await state(theatre, MILWAUKEE, "m.room.member", {"membership": "join"}, DORA, DORA)
    assert await said(theatre, MILWAUKEE) == ""


async def test_a_steward_of_the_old_room_may_call_the_bot_into_the_new_one(theatre: Theatre) -> None:
    await tombstone(theatre)
    theatre.router.house = theatre.house_without_inviters()
    await invite(theatre, DORA)
    assert theatre.transport.left == [(NEW, "")]
    await invite(theatre, CARL)
    assert theatre.transport.room(NEW).joined
    await enter(theatre)
    assert "Shall the group move here?" in await said(theatre, NEW)
    assert len(theatre.transport.left) == 1


async def test_nobody_calls_the_bot_into_a_room_that_no_tombstone_names(theatre: Theatre) -> None:
    theatre.router.house = theatre.house_without_inviters()
    await invite(theatre, CARL)
    assert theatre.transport.left == [(NEW, "")]


async def test_a_room_that_does_not_name_its_predecessor_is_left_again(theatre: Theatre) -> None:
    await tombstone(theatre)
    theatre.router.house = theatre.house_without_inviters()
    await invite(theatre, CARL)
    await enter(theatre, old=None)
    await said(theatre, NEW)
    assert [room for room, _ in theatre.transport.left] == [NEW]


@pytest.mark.parametrize("answer", ["yes", "!group move"])
async def test_the_group_moves_when_a_steward_confirms(theatre: Theatre, answer: str) -> None:
    await tombstone(theatre)
    await enter(theatre)
    asked = await said(theatre, NEW)
    assert "This room replaces the home of Milwaukee Tenants" in asked
    assert "!group create" not in asked
    assert await _home(theatre) == MILWAUKEE
    confirmed = await ask(theatre, NEW, CARL, answer)
    assert "is the home of Milwaukee Tenants now" in confirmed
    assert await _home(theatre) == NEW
    assert "active until" in await ask(theatre, NEW, DORA, "!twin")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    assert "We won." in await said(theatre, NEW)
    assert "New here" not in confirmed


async def test_a_no_moves_nothing_and_it_can_be_done_later(theatre: Theatre) -> None:
    await upgraded(theatre)
    assert "!group move" in await ask(theatre, NEW, CARL, "no")
    assert await _home(theatre) == MILWAUKEE
    await ask(theatre, NEW, CARL, "yes")
    assert await _home(theatre) == MILWAUKEE
    await ask(theatre, NEW, CARL, "!group move")
    assert await _home(theatre) == NEW


async def test_only_stewards_of_the_old_room_confirm(theatre: Theatre) -> None:
    await tombstone(theatre)
    await enter(theatre, people=(ZOE, DORA, CARL))
    await said(theatre, NEW)
    for person in (DORA, ZOE):  # in a room of version 12 its creator stands above all levels
        assert await ask(theatre, NEW, person, "yes") == ""
        assert "for a steward of the room which this one replaces" in await ask(
            theatre, NEW, person, "!group move"
        )
    assert await _home(theatre) == MILWAUKEE
    await ask(theatre, NEW, CARL, "yes")
    assert await _home(theatre) == NEW


async def test_a_steward_who_comes_into_the_new_room_later_is_asked_too(theatre: Theatre) -> None:
    await tombstone(theatre)
    await enter(theatre, people=(DORA,))
    await said(theatre, NEW)
    await state(theatre, NEW, "m.room.member", {"membership": "join"}, CARL, CARL)
    assert await said(theatre, NEW) == ""
    await ask(theatre, NEW, CARL, "yes")
    assert await _home(theatre) == NEW


async def test_a_yes_after_a_day_moves_nothing(theatre: Theatre) -> None:
    await upgraded(theatre)
    await theatre.tick(hours=24)
    await state(theatre, NEW, "m.room.member", {"membership": "join"}, DORA, DORA)
    await ask(theatre, NEW, CARL, "yes")
    assert await _home(theatre) == MILWAUKEE


async def test_a_yes_from_a_device_that_does_not_count_moves_nothing(theatre: Theatre) -> None:
    await upgraded(theatre)
    await theatre.say(NEW, CARL, "yes", standing=Standing.UNSIGNED)
    await theatre.say(NEW, CARL, "!group move", standing=Standing.CHANGED)
    assert await _home(theatre) == MILWAUKEE


@pytest.mark.parametrize("replacement", [None, 7, "", MILWAUKEE, "!else:here.example"])
async def test_a_tombstone_that_names_another_room_or_none_moves_nothing(
    theatre: Theatre, replacement: object
) -> None:
    await state(theatre, MILWAUKEE, "m.room.tombstone", {"replacement_room": replacement})
    await enter(theatre)
    await said(theatre, NEW)
    await ask(theatre, NEW, CARL, "yes")
    assert "does not replace" in await ask(theatre, NEW, CARL, "!group move")
    assert await _home(theatre) == MILWAUKEE


async def test_a_tombstone_that_is_no_real_state_of_the_room_moves_nothing(theatre: Theatre) -> None:
    await state(theatre, MILWAUKEE, "m.room.tombstone", {"replacement_room": NEW}, key="x")
    await theatre.say(MILWAUKEE, CARL, f'{{"replacement_room": "{NEW}"}}', kind="m.room.tombstone")
    await enter(theatre)
    assert "does not replace" in await ask(theatre, NEW, CARL, "!group move")


@pytest.mark.parametrize("create", [{}, {"predecessor": "x"}, {"predecessor": {"room_id": 7}}])
async def test_a_new_room_with_another_history_moves_nothing(
    theatre: Theatre, create: dict[str, object]
) -> None:
    await upgraded(theatre)
    await state(theatre, NEW, "m.room.create", {"room_version": "12", **create})
    assert "does not replace" in await ask(theatre, NEW, CARL, "!group move")


async def test_a_new_room_without_encryption_is_left(theatre: Theatre) -> None:
    await tombstone(theatre)
    await enter(theatre, encrypted=False)
    await theatre.play()
    assert [room for room, _ in theatre.transport.left] == [NEW]
    assert await _home(theatre) == MILWAUKEE


async def test_the_old_room_shows_the_way_if_it_takes_messages(theatre: Theatre) -> None:
    await tombstone(theatre, quiet=False)
    await enter(theatre)
    await said(theatre, NEW)
    await said(theatre, MILWAUKEE)
    await ask(theatre, NEW, CARL, "yes")
    assert f"https://matrix.to/#/{NEW}" in await said(theatre, MILWAUKEE)


async def test_where_the_bot_may_not_speak_it_does_not_try(theatre: Theatre) -> None:
    await upgraded(theatre)
    await said(theatre, MILWAUKEE)
    before = len(theatre.transport.keys("send", MILWAUKEE))
    await ask(theatre, NEW, CARL, "yes")
    assert len(theatre.transport.keys("send", MILWAUKEE)) == before


async def test_who_is_new_in_the_new_room_is_announced_there(theatre: Theatre) -> None:
    await tombstone(theatre)
    await enter(theatre, people=(CARL, DORA, ZOE))
    await said(theatre, NEW)
    assert f"New here, and able to read what I say from now on: {ZOE}." in await ask(
        theatre, NEW, CARL, "yes"
    )


async def test_in_the_old_room_the_command_says_where_to_type_it(theatre: Theatre) -> None:
    await tombstone(theatre, quiet=False)
    assert "in the new room" in await ask(theatre, MILWAUKEE, CARL, "!group move")


async def test_a_home_that_was_not_upgraded_has_nothing_to_move(theatre: Theatre) -> None:
    assert "no sustituye" in await ask(theatre, MANILA, ANA, "!group move")


async def test_the_new_room_can_be_upgraded_again(theatre: Theatre) -> None:
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")
    newer = "!newer:here.example"
    await upgraded(theatre, NEW, newer)
    assert "is the home" in await ask(theatre, newer, CARL, "!group move")
    assert await _home(theatre) == newer


async def test_leaving_the_old_room_afterwards_pauses_nothing(theatre: Theatre) -> None:
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")
    await theatre.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))
    assert (await only(theatre)).state == "active"


async def test_forgetting_the_group_leaves_the_old_room_too(theatre: Theatre) -> None:
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")
    await ask(theatre, NEW, CARL, "!group forget")
    await ask(theatre, NEW, CARL, "yes")
    assert {room for room, _ in theatre.transport.left} == {NEW, MILWAUKEE}


async def test_a_group_keeps_its_settings_and_who_is_known(theatre: Theatre) -> None:
    await ask(theatre, MILWAUKEE, CARL, "!group set keep 7")
    await upgraded(theatre)
    await ask(theatre, NEW, CARL, "yes")
    assert (await group(theatre, NEW)).settings.keep == 7


async def test_a_steward_alone_in_the_new_room_is_heard_as_in_a_room_and_not_as_in_private(
    theatre: Theatre,
) -> None:
    await tombstone(theatre)
    await enter(theatre, people=(CARL,))
    assert "Shall the group move here?" in await said(theatre, NEW)
    assert "is the home of" in await ask(theatre, NEW, CARL, "!group move")
    await state(theatre, NEW, "m.room.member", {"membership": "join"}, DORA, DORA)
    assert "nothing private" not in await said(theatre, NEW)
