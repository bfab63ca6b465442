"""What is taken back, paused or ended between the promise and the sending of it."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.text import t
from bot.pipeline.ports import Refused
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre, until

NOT_SENT = t("{twin}: not sent, the twinning is paused or has ended", twin="milwaukee")
DELIVERED = t("{name} was delivered to {twins}.", name="manila-1", twins="milwaukee")


async def _dispatch(theatre: Theatre, text: str = "Ganamos.") -> str:
    return await theatre.say(MANILA, ANA, f"!dispatch {text}")


async def _delivered(theatre: Theatre) -> str:
    source = await _dispatch(theatre)
    await theatre.play()
    assert theatre.reads(MANILA, DELIVERED)
    return source


def _crossed(theatre: Theatre) -> bool:
    """Whether anything of the dispatch can be read in Milwaukee."""
    return "manila-1" in theatre.read(MILWAUKEE) or "Manila Tenants." in theatre.read(MILWAUKEE)


@pytest.mark.parametrize("move", ["pause", "end"])
@pytest.mark.parametrize("side", [(MANILA, ANA), (MILWAUKEE, CARL)])
async def test_what_waits_when_a_twinning_stops_does_not_cross_and_its_author_is_told(
    theatre: Theatre, side: tuple[str, str], move: str
) -> None:
    await _dispatch(theatre)
    await theatre.say(*side, f"!twin {move}")
    await theatre.play()
    assert not _crossed(theatre)
    assert theatre.reads(MANILA, NOT_SENT)
    copy = await theatre.row(MILWAUKEE, "copy")
    assert (copy.state, copy.payload) == ("cancelled", None)


async def test_what_waited_when_it_was_paused_does_not_cross_after_it_was_resumed(theatre: Theatre) -> None:
    await _dispatch(theatre)
    await theatre.say(MILWAUKEE, CARL, "!twin pause")
    await theatre.say(MILWAUKEE, CARL, "!twin resume")
    await theatre.play()
    assert not _crossed(theatre)
    assert theatre.reads(MANILA, NOT_SENT)


async def test_the_state_is_looked_at_again_when_a_row_is_taken(theatre: Theatre) -> None:
    """Also when nobody cancelled what waits."""
    await _dispatch(theatre)
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE twinning SET state = 'paused', paused_b = 1")
    await theatre.play()
    assert not _crossed(theatre)
    assert theatre.reads(MANILA, NOT_SENT)


async def test_nothing_crosses_after_the_end_date_though_no_tick_has_come(theatre: Theatre) -> None:
    await _dispatch(theatre)
    theatre.clock.forward(days=366)
    await theatre.play()
    assert not _crossed(theatre)
    assert theatre.reads(MANILA, NOT_SENT)


async def test_on_the_end_date_itself_it_still_crosses(theatre: Theatre) -> None:
    async with theatre.database.tx() as tx:
        await tx.run("UPDATE twinning SET ends_on = ?", theatre.clock.now().date().isoformat())
    await _delivered(theatre)
    assert _crossed(theatre)


async def test_a_pause_during_the_translation_holds(theatre: Theatre) -> None:
    theatre.translator.held = asyncio.Event()
    await _dispatch(theatre)
    async with theatre.running():
        await until(lambda: theatre.translator.calls)
        await theatre.say(MILWAUKEE, CARL, "!twin pause")
        theatre.translator.held.set()
        await until(lambda: theatre.reads(MANILA, NOT_SENT))
    assert not _crossed(theatre)


async def test_paused_with_a_try_in_doubt_that_had_arrived_it_counts_as_delivered(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    await theatre.say(MANILA, ANA, "!twin pause")
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert theatre.read(MILWAUKEE).count("manila-1") == 1
    copy = await theatre.row(MILWAUKEE, "copy")
    assert (copy.state, copy.event_id in theatre.transport.room(MILWAUKEE).shown) == ("sent", True)
    assert theatre.reads(MANILA, DELIVERED)


async def test_paused_with_a_try_in_doubt_that_had_not_arrived_it_stays_out(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away()
    await _dispatch(theatre)
    await theatre.play()
    await theatre.say(MANILA, ANA, "!twin pause")
    await theatre.say(MANILA, ANA, "!twin resume")
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert not _crossed(theatre)
    assert len(theatre.transport.keys("find", MILWAUKEE)) == 1
    assert theatre.reads(MANILA, NOT_SENT)


async def test_a_pause_that_comes_while_it_is_in_flight_does_not_undo_the_delivery(theatre: Theatre) -> None:
    door = theatre.transport.held[MILWAUKEE] = asyncio.Event()
    await _dispatch(theatre)
    await theatre.translate()
    sending = asyncio.create_task(theatre.send())
    await until(lambda: theatre.transport.keys("send", MILWAUKEE))
    await theatre.say(MANILA, ANA, "!twin pause")
    door.set()
    await sending
    await theatre.play()
    assert theatre.reads(MANILA, DELIVERED)


@pytest.mark.parametrize("remover", [ANA, BEN])
async def test_deleting_the_message_before_it_was_sent_is_the_end_of_it(
    theatre: Theatre, remover: str
) -> None:
    source = await _dispatch(theatre)
    await theatre.remove(MANILA, remover, source)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert theatre.transport.keys("send", MILWAUKEE) == []


async def test_what_was_withdrawn_before_it_was_sent_opens_no_thread(theatre: Theatre) -> None:
    source = await _dispatch(theatre)
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    assert len(theatre.transport.texts(MANILA)) == 1
    assert theatre.reads(
        MANILA,
        t(
            "{name} is withdrawn, since its message was deleted. I am removing it in every room.",
            name="manila-1",
        ),
    )


async def test_deleting_the_message_after_delivery_removes_every_copy(theatre: Theatre) -> None:
    source = await _delivered(theatre)
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert "Hilo" not in theatre.read(MANILA)


async def test_withdrawing_removes_every_copy(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.say(MANILA, ANA, "!dispatch withdraw 1")
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_it_can_be_taken_back_from_a_twin_that_is_paused_now(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.say(MILWAUKEE, CARL, "!twin pause")
    await theatre.say(MANILA, ANA, "!dispatch withdraw 1")
    await theatre.play()
    assert "We won." not in theatre.read(MILWAUKEE)


async def test_withdrawn_while_it_is_in_flight_it_is_removed_when_it_has_arrived(theatre: Theatre) -> None:
    door = theatre.transport.held[MILWAUKEE] = asyncio.Event()
    source = await _dispatch(theatre)
    await theatre.translate()
    sending = asyncio.create_task(theatre.send())
    await until(lambda: theatre.transport.keys("send", MILWAUKEE))
    await theatre.remove(MANILA, ANA, source)
    door.set()
    await sending
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert len(theatre.transport.keys("redact", MILWAUKEE)) == 1


async def test_withdrawn_in_doubt_it_is_found_and_removed(theatre: Theatre) -> None:
    theatre.transport.lost[MILWAUKEE] = away()
    source = await _dispatch(theatre)
    await theatre.play()
    assert _crossed(theatre)
    await theatre.remove(MANILA, ANA, source)
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_withdrawn_in_doubt_and_never_arrived_it_is_not_sent(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = away()
    source = await _dispatch(theatre)
    await theatre.play()
    await theatre.remove(MANILA, ANA, source)
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []
    assert theatre.transport.keys("redact", MILWAUKEE) == []


async def test_withdrawn_while_it_is_being_translated_it_stays_out(theatre: Theatre) -> None:
    theatre.translator.held = asyncio.Event()
    source = await _dispatch(theatre)
    async with theatre.running():
        await until(lambda: theatre.translator.calls)
        await theatre.remove(MANILA, ANA, source)
        theatre.translator.held.set()
        await until(lambda: "manila-1" in theatre.read(MANILA))
        await asyncio.sleep(0.05)
    assert theatre.transport.texts(MILWAUKEE) == []
    assert (await theatre.row(MILWAUKEE, "copy")).payload is None


async def test_withdrawn_before_its_late_translation_no_edit_comes(theatre: Theatre) -> None:
    theatre.translator.down = True
    source = await _dispatch(theatre)
    await theatre.play()
    theatre.translator.down = False
    await theatre.remove(MANILA, ANA, source)
    theatre.clock.forward(seconds=40)
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_a_withdrawal_waits_for_a_server_that_is_away(theatre: Theatre) -> None:
    source = await _delivered(theatre)
    theatre.transport.trouble[MILWAUKEE] = away(3)
    await theatre.remove(MANILA, ANA, source)
    for _ in range(5):
        await theatre.play()
        theatre.clock.forward(minutes=6)
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_a_withdrawal_survives_a_restart(theatre: Theatre) -> None:
    source = await _delivered(theatre)
    await theatre.remove(MANILA, ANA, source)
    theatre.start()
    await theatre.play()
    assert theatre.transport.texts(MILWAUKEE) == []


async def test_a_copy_that_failed_needs_no_removal(theatre: Theatre) -> None:
    theatre.transport.trouble[MILWAUKEE] = [Refused("M_FORBIDDEN")]
    source = await _dispatch(theatre)
    await theatre.play()
    await theatre.remove(MANILA, ANA, source)
    await theatre.play()
    assert theatre.transport.keys("redact", MILWAUKEE) == []


async def test_an_answer_in_the_thread_is_removed_with_its_message(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set threadconfirm off")
    await _delivered(theatre)
    root = (await theatre.row(MILWAUKEE, "copy")).event_id
    answer = await theatre.say(MILWAUKEE, DORA, "Good morning", thread=root)
    await theatre.play()
    assert "Buenos días" in theatre.read(MANILA)
    await theatre.remove(MILWAUKEE, DORA, answer)
    await theatre.play()
    assert "Buenos días" not in theatre.read(MANILA)


async def test_nobody_takes_back_a_message_from_another_room(theatre: Theatre) -> None:
    source = await _delivered(theatre)
    await theatre.remove(MILWAUKEE, CARL, source)
    await theatre.play()
    assert _crossed(theatre)
