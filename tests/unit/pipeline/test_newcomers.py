"""Who can newly read a home room is announced before the next words that they could read."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, RoomLeft, RoomState, StateEvent
from bot.handlers.standing import audience_of
from tests.fakes import ME, away, text_of
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE, count
from tests.unit.pipeline.theatre import Theatre

ZOE, YAN = "@zoe:there.example", "@yan:there.example"
NEW = "New here, and able to read what I say from now on"


async def _hold(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set newmembers hold")
    await theatre.play()
    theatre.transport.room(MILWAUKEE).shown.clear()


async def _said(theatre: Theatre, room_id: str = MILWAUKEE) -> list[str]:
    """What was said into a room since the last look."""
    await theatre.play()
    texts = theatre.transport.texts(room_id)
    theatre.transport.room(room_id).shown.clear()
    return texts


async def _state(theatre: Theatre, room_id: str, people: dict[str, str], *, complete: bool) -> None:
    """The server describes a room anew."""
    events = [
        StateEvent(f"$again:{u}", room_id, u, theatre.clock.now(), "m.room.member", u, {"membership": m})
        for u, m in people.items()
    ]
    await theatre.receiver.batch(Batch("c", (RoomState(room_id, tuple(events), complete),)))


@pytest.mark.parametrize("membership", ["join", "invite"])
async def test_somebody_new_is_announced_before_the_words_that_waited(
    theatre: Theatre, membership: str
) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.translate()
    await theatre.member(MILWAUKEE, ZOE, membership, CARL)
    first, second, *_ = await _said(theatre)
    assert first == f"{NEW}: {ZOE}."
    assert "We won." in second
    post = next(p for p in theatre.transport.room(MILWAUKEE).posts.values() if text_of(p) == first)
    assert not post.notice


async def _may_read(theatre: Theatre, room_id: str = MILWAUKEE) -> frozenset[str] | None:
    """Who is given the room's keys; None if everybody in it is."""
    async with theatre.database.reading() as tx:
        return (await audience_of(tx, room_id, ME)).known


async def test_somebody_new_gets_keys_only_once_the_room_has_been_told(theatre: Theatre) -> None:
    assert await _may_read(theatre) == frozenset({CARL, DORA})
    await theatre.member(MILWAUKEE, ZOE, "join", CARL)
    assert await _may_read(theatre) == frozenset({CARL, DORA})
    await _said(theatre)
    assert await _may_read(theatre) == frozenset({CARL, DORA, ZOE})
    await theatre.member(MILWAUKEE, ZOE, "leave")
    assert await _may_read(theatre) == frozenset({CARL, DORA})


async def test_in_a_room_that_is_no_home_everybody_gets_keys(theatre: Theatre) -> None:
    assert await _may_read(theatre, "!elsewhere:here.example") is None


async def test_whoever_was_there_at_the_beginning_is_not_announced(theatre: Theatre) -> None:
    await theatre.member(MILWAUKEE, DORA, "join")
    await theatre.member(MILWAUKEE, ME, "join")
    await _state(theatre, MILWAUKEE, {ME: "join", CARL: "join", DORA: "join"}, complete=True)
    assert await _said(theatre) == []


async def test_an_invited_person_is_not_announced_again_when_they_come(theatre: Theatre) -> None:
    await theatre.member(MILWAUKEE, ZOE, "invite", CARL)
    assert len(await _said(theatre)) == 1
    await theatre.member(MILWAUKEE, ZOE, "join")
    assert await _said(theatre) == []


async def test_who_leaves_and_comes_again_is_announced_again(theatre: Theatre) -> None:
    for _ in range(2):
        await theatre.member(MILWAUKEE, ZOE, "join")
        assert await _said(theatre) == [f"{NEW}: {ZOE}."]
        await theatre.member(MILWAUKEE, ZOE, "leave")
        assert await _said(theatre) == []


@pytest.mark.parametrize("membership", ["knock", "ban", "leave"])
async def test_who_cannot_read_is_not_announced(theatre: Theatre, membership: str) -> None:
    await theatre.member(MILWAUKEE, ZOE, membership)
    assert await _said(theatre) == []


async def test_who_came_while_the_bot_was_away_is_announced(theatre: Theatre) -> None:
    await _state(theatre, MILWAUKEE, {ZOE: "join"}, complete=False)
    assert await _said(theatre) == [f"{NEW}: {ZOE}."]
    await _state(theatre, MILWAUKEE, {ME: "join", CARL: "join", YAN: "join"}, complete=True)
    assert await _said(theatre) == [f"{NEW}: {YAN}."]


async def test_many_who_come_at_once_are_announced_in_one_message(theatre: Theatre) -> None:
    for number in range(25):
        await theatre.member(MILWAUKEE, f"@p{number:02}:there.example", "join")
    (said,) = await _said(theatre)
    assert "@p09:there.example" in said
    assert "and 15 more" in said
    assert "@p10:" not in said


async def test_somebody_who_comes_after_a_failed_try_is_announced_in_a_message_of_their_own(
    theatre: Theatre,
) -> None:
    theatre.transport.trouble[MILWAUKEE] = away()
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.play()
    await theatre.member(MILWAUKEE, YAN, "join")
    theatre.clock.forward(minutes=1)
    assert await _said(theatre) == [f"{NEW}: {ZOE}.", f"{NEW}: {YAN}."]


async def test_a_room_that_is_no_home_hears_nothing_of_newcomers(theatre: Theatre) -> None:
    await theatre.room("!other:here.example", [CARL], [DORA])
    await theatre.play()
    await _said(theatre, "!other:here.example")
    await theatre.member("!other:here.example", ZOE, "join")
    assert await _said(theatre, "!other:here.example") == []


async def test_words_wait_until_a_steward_has_confirmed_the_newcomer(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    (said,) = await _said(theatre)
    assert "What your twins send waits until a steward confirms them with !trust NAME" in said
    await theatre.tick(seconds=30)
    assert "milwaukee: todavía espera" in "\n".join(await _said(theatre, MANILA))
    assert f"until you confirm: {ZOE}" in "\n".join(await _ask(theatre, CARL, "!status"))
    said = "\n".join(await _ask(theatre, CARL, "!trust zoe"))
    assert f"{ZOE} is confirmed as a member." in said
    assert "We won." in said
    assert "Shared thread" in said
    assert "manila-1 llegó a milwaukee" in "\n".join(await _said(theatre, MANILA))


async def _ask(theatre: Theatre, person: str, body: str) -> list[str]:
    await theatre.say(MILWAUKEE, person, body)
    return await _said(theatre)


async def test_each_newcomer_has_to_be_confirmed_and_none_confirms_themselves(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.member(MILWAUKEE, YAN, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await _said(theatre)
    assert "still waits for: @yan:there.example" in (await _ask(theatre, CARL, "!trust zoe"))[0]
    assert "for stewards" in (await _ask(theatre, YAN, "!trust yan"))[0]
    levels = {"users": {CARL: 100, YAN: 50}}
    event = StateEvent("$pl", MILWAUKEE, CARL, theatre.clock.now(), "m.room.power_levels", "", levels)
    await theatre.receiver.batch(Batch("c", (event,)))
    assert "another steward" in (await _ask(theatre, YAN, "!trust yan"))[0]
    assert "We won." in "\n".join(await _ask(theatre, CARL, "!trust yan"))


async def test_words_go_on_when_the_newcomer_leaves(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    assert "We won." not in "\n".join(await _said(theatre))
    await theatre.member(MILWAUKEE, ZOE, "leave")
    assert "We won." in "\n".join(await _said(theatre))


async def test_words_go_on_when_the_group_opens_its_door(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await _said(theatre)
    said = await _ask(theatre, CARL, "!group set newmembers open")
    assert "We won." in "\n".join(said)


async def test_answers_and_removals_do_not_wait_for_a_newcomer(theatre: Theatre) -> None:
    event = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    assert "We won." in "\n".join(await _said(theatre))
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    later = await theatre.say(MANILA, ANA, "!dispatch Gracias.")
    await theatre.play()
    await theatre.remove(MANILA, ANA, event)
    assert theatre.transport.keys("redact", MILWAUKEE) == []
    await theatre.play()
    assert len(theatre.transport.keys("redact", MILWAUKEE)) == 2
    assert any("Nothing waits" in text or "Tenants" in text for text in await _ask(theatre, CARL, "!status"))
    await theatre.remove(MANILA, ANA, later)
    await theatre.play()
    assert "Thank you." not in "\n".join(await _ask(theatre, CARL, "!trust zoe"))


async def test_words_of_a_twinning_that_ended_meanwhile_do_not_go_on(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await theatre.say(MANILA, ANA, "!twin end")
    await theatre.play()
    assert "We won." not in "\n".join(await _ask(theatre, CARL, "!trust zoe"))


async def test_what_has_waited_for_a_week_is_given_up_and_its_author_told(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "join")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await theatre.play()
    await _said(theatre, MANILA)
    await theatre.tick(days=7, minutes=1)
    assert "no entregado, tuvo que esperar" in "\n".join(await _said(theatre, MANILA))
    assert "We won." not in "\n".join(await _ask(theatre, CARL, "!trust zoe"))


async def test_a_thread_message_waits_too(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.say(MANILA, ANA, "!group set threadconfirm off")
    await theatre.play()
    root = (await theatre.row(MANILA, "copy")).event_id
    await _hold(theatre)
    await theatre.member(MILWAUKEE, ZOE, "invite", CARL)
    await _said(theatre)
    await theatre.say(MANILA, BEN, "Gracias.", thread=root)
    assert await _said(theatre) == []
    assert "Thank you." in "\n".join(await _ask(theatre, CARL, f"!trust {ZOE}"))


async def test_when_the_bot_comes_back_it_names_who_is_there_and_nothing_waits(theatre: Theatre) -> None:
    await _hold(theatre)
    await theatre.receiver.batch(Batch("c", (RoomLeft("$left", MILWAUKEE, CARL, banned=False),)))
    assert await count(theatre, "introduced WHERE room_id = '!milwaukee:here.example'") == 0
    await theatre.room(MILWAUKEE, [CARL], [ZOE])
    assert await _may_read(theatre) is None
    said = "\n".join(await _said(theatre))
    assert f"{NEW}: {CARL} and {ZOE}." in said
    assert "waits" not in said
    await _ask(theatre, CARL, "!twin resume")
    await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    assert "We won." in "\n".join(await _said(theatre))


async def test_the_members_of_homes_that_were_there_before_are_known(theatre: Theatre) -> None:
    assert await count(theatre, f"introduced WHERE user_id IN ('{CARL}', '{DORA}')") == 2
