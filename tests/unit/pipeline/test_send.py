"""The way out: order, repeats, trouble, and what authors are told."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from bot.domain.text import t
from bot.pipeline.ports import LoggedOut
from tests.fakes import away
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre, until

OTHER = "!other:here.example"


async def _dispatch(theatre: Theatre, text: str = "Ganamos.") -> str:
    return await theatre.say(MANILA, ANA, f"!dispatch {text}")


def _news(theatre: Theatre) -> list[str]:
    """The dispatches that Milwaukee reads, in their order, by their original."""
    return [text.splitlines()[-1] for text in theatre.transport.texts(MILWAUKEE) if "manila-" in text]


async def test_a_dispatch_arrives_once_with_its_translation_and_its_original(theatre: Theatre) -> None:
    await _dispatch(theatre)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == [
        "manila-1 · Manila Tenants\nWe won.\nmachine-translated from Spanish · original: Ganamos.",
        (
            "Shared thread. What is written here is translated and read by: Manila Tenants.\n"
            "Everything else in this room stays here."
        ),
    ]
    assert theatre.reads(MANILA, t("{name} was delivered to {twins}.", name="manila-1", twins="milwaukee"))


async def test_what_was_delivered_leaves_no_words_but_the_message_s_id(theatre: Theatre) -> None:
    await _dispatch(theatre)
    await theatre.play()
    copy = await theatre.row(MILWAUKEE, "copy")
    assert (copy.state, copy.payload) == ("sent", None)
    assert copy.event_id in theatre.transport.room(MILWAUKEE).shown


async def test_a_thread_hangs_under_the_bot_s_own_post(theatre: Theatre) -> None:
    await _dispatch(theatre)
    await theatre.play()
    copy, intro = await theatre.row(MILWAUKEE, "copy"), await theatre.row(MILWAUKEE, "intro")
    assert theatre.transport.room(MILWAUKEE).posts[intro.event_id or ""].thread == copy.event_id


async def test_every_try_has_the_same_transaction_id(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(3)
    await _dispatch(theatre)
    for _ in range(5):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    tries = theatre.transport.keys("send", MILWAUKEE)[:4]
    assert len(tries) == 4
    assert len(set(tries)) == 1
    assert len(_news(theatre)) == 1


async def test_different_messages_have_different_transaction_ids(theatre: Theatre) -> None:
    for _ in range(3):
        await _dispatch(theatre)
    await theatre.play()
    keys = theatre.transport.keys("send", MILWAUKEE) + theatre.transport.keys("send", MANILA)
    assert len(keys) == len(set(keys)) > 6


async def test_an_answer_that_got_lost_makes_no_second_message(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert len(_news(theatre)) == 1
    assert theatre.transport.keys("find", MILWAUKEE) == []
    assert (await theatre.row(MILWAUKEE, "copy")).state == "sent"


async def test_after_twenty_hours_it_looks_before_it_sends_again(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    theatre.clock.forward(hours=20, minutes=1)
    theatre.transport.forget_transactions()
    await theatre.play()
    assert len(_news(theatre)) == 1
    copy = await theatre.row(MILWAUKEE, "copy")
    assert copy.event_id in theatre.transport.room(MILWAUKEE).shown


async def test_after_twenty_hours_what_is_not_there_is_sent(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    theatre.clock.forward(hours=20, minutes=1)
    await theatre.play()
    assert len(theatre.transport.keys("find", MILWAUKEE)) == 1
    assert len(_news(theatre)) == 1


async def test_a_new_device_looks_before_it_sends_again(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    theatre.start(device_id="ANOTHER")
    await theatre.play()
    assert len(_news(theatre)) == 1
    assert len(theatre.transport.keys("find", MILWAUKEE)) == 1


async def test_a_new_device_sends_what_the_old_one_never_tried(theatre: Theatre) -> None:
    await _dispatch(theatre)
    theatre.start(device_id="ANOTHER")
    await theatre.play()
    assert len(_news(theatre)) == 1
    assert theatre.transport.keys("find", MILWAUKEE) == []


async def test_the_old_device_s_tries_stay_in_doubt_after_the_new_one_s(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    theatre.start(device_id="ANOTHER")
    theatre.transport.trouble[MILWAUKEE] = away(2)
    for _ in range(4):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert len(_news(theatre)) == 1


async def test_the_server_s_wish_to_wait_is_obeyed(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(1, retry_after=120.0)
    await _dispatch(theatre)
    await theatre.play()
    theatre.clock.forward(seconds=119)
    await theatre.play()
    assert len(theatre.transport.keys("send", MILWAUKEE)) == 1
    theatre.clock.forward(seconds=2)
    await theatre.play()
    assert len(_news(theatre)) == 1


async def test_without_a_wish_it_waits_longer_each_time_up_to_some_minutes(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(14)
    await _dispatch(theatre)
    await theatre.translate()
    waits = []
    for _ in range(14):
        await theatre.sender.drain(MILWAUKEE)
        until_then = theatre.sender._pauses.lasting([MILWAUKEE])[MILWAUKEE]
        pause = (until_then - theatre.clock.now()).total_seconds()
        waits.append(pause)
        theatre.clock.forward(seconds=pause)
    assert 0.5 < waits[0] < 2
    assert all(later > earlier for earlier, later in itertools.pairwise(waits[:8]))
    assert all(240 <= wait <= 360 for wait in waits[-3:])
    await theatre.play()
    assert len(_news(theatre)) == 1


async def test_when_the_server_is_back_nobody_waits_for_the_back_off_to_end(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(6)
    await _dispatch(theatre)
    for _ in range(6):
        await theatre.play()
        theatre.sender.try_again()
    await theatre.play()
    assert len(_news(theatre)) == 1


async def test_when_the_server_is_back_its_own_wish_still_holds(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(1, retry_after=60.0)
    await _dispatch(theatre)
    await theatre.play()
    theatre.sender.try_again()
    await theatre.play()
    assert _news(theatre) == []


async def test_order_is_kept_across_trouble(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away(2)
    theatre.transport.lost[MILWAUKEE] = away(2)
    for number in range(6):
        await _dispatch(theatre, f"número {number}")
    for _ in range(8):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert [text.rpartition("\n")[2].rpartition(" ")[2] for text in _news(theatre)] == [
        "words"  # untranslated, and marked so
    ] * 6
    originals = [text.splitlines()[-2] for text in theatre.transport.texts(MILWAUKEE) if "manila-" in text]
    assert originals == [f"número {number}" for number in range(6)]


async def test_people_s_words_go_before_the_bot_s_answers(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, DORA, "!dispatches")
    await _dispatch(theatre)
    await theatre.play()
    texts = theatre.transport.texts(MILWAUKEE)
    assert "manila-1" in texts[0]
    assert len(texts) == 3


async def test_a_room_that_hangs_delays_no_other(theatre: Theatre) -> None:
    theatre.transport.held[MANILA] = asyncio.Event()
    await _dispatch(theatre)
    async with theatre.running():
        await until(lambda: _news(theatre))
    assert theatre.transport.texts(MANILA) == []


async def test_a_room_in_trouble_delays_no_other(theatre: Theatre) -> None:
    theatre.transport.trouble[MANILA] = away(50)
    await _dispatch(theatre)
    async with theatre.running():
        await until(lambda: _news(theatre))
    assert theatre.transport.texts(MANILA) == []


async def test_many_rooms_go_at_the_same_time(theatre: Theatre) -> None:
    """Eight rooms are worked on together."""
    rooms = [f"!room{number}:here.example" for number in range(8)]
    for room_id in rooms:
        await theatre.room(room_id, [CARL], [DORA])
        theatre.transport.held[room_id] = asyncio.Event()
    theatre.clock.forward(seconds=5)
    async with theatre.running():
        await until(lambda: all(theatre.transport.keys("send", room_id) for room_id in rooms))
        for room_id in rooms:
            theatre.transport.held[room_id].set()
        await until(lambda: all(theatre.transport.texts(room_id) for room_id in rooms))


async def test_a_logged_out_device_ends_it_and_keeps_what_waits(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = [LoggedOut()]
    await _dispatch(theatre)
    await theatre.translate()
    with pytest.raises(LoggedOut):
        await asyncio.wait_for(theatre.sender.run(), 5)
    assert (await theatre.row(MILWAUKEE, "copy")).state == "waiting"


async def test_stopping_settles_what_is_in_flight_and_begins_nothing(theatre: Theatre) -> None:
    door = theatre.transport.held[MILWAUKEE] = asyncio.Event()
    await _dispatch(theatre)
    await _dispatch(theatre)
    await theatre.translate()
    run = asyncio.create_task(theatre.sender.run())
    await until(lambda: theatre.transport.keys("send", MILWAUKEE))
    await until(lambda: len(theatre.transport.texts(MANILA)) == 4)
    theatre.sender.stop()
    await asyncio.sleep(0.05)
    assert not run.done()
    door.set()
    await asyncio.wait_for(run, 5)
    rows = [row for row in await theatre.rows(MILWAUKEE) if row.what == "copy"]
    assert [(row.state, row.tries) for row in rows] == [("sent", 1), ("waiting", 0)]
    assert len(_news(theatre)) == 1


async def test_after_a_stop_the_rest_goes(theatre: Theatre) -> None:
    await _dispatch(theatre)
    await theatre.translate()
    theatre.sender.stop()
    await asyncio.wait_for(theatre.sender.run(), 5)
    assert _news(theatre) == []
    theatre.start()
    await theatre.play()
    assert len(_news(theatre)) == 1


async def test_it_does_not_spin_while_a_translation_is_awaited(
    theatre: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A room whose next message is being translated is looked at again when that is done."""
    await theatre.say(MILWAUKEE, CARL, "!group set language es")
    await theatre.play()
    theatre.translator.held = asyncio.Event()
    looks = 0
    ready = theatre.sender._ready

    async def counted() -> tuple[float, list[str]]:
        nonlocal looks
        looks += 1
        return await ready()

    monkeypatch.setattr(theatre.sender, "_ready", counted)
    await theatre.say(MILWAUKEE, CARL, "!group set language en")
    await _dispatch(theatre, "Ganamos.")
    await theatre.say(MILWAUKEE, CARL, "!group set language es")
    await _dispatch(theatre, "Gracias.")
    async with theatre.running():
        await asyncio.sleep(0.5)
        assert _news(theatre) == []
        assert looks < 30
        theatre.translator.held.set()
        await until(lambda: len(_news(theatre)) == 2)
