"""Replies in a shared thread, who reads it, and how it ends."""

from __future__ import annotations

import pytest

from bot.domain.outgoing import Relay, RowRef
from tests.unit.handlers.cast import ANA, CARL, DORA, EVA, MADRID, MANILA, MILWAUKEE, code_of, heard, relays
from tests.unit.stage import Stage


async def become_three(stage: Stage) -> None:
    """Manila is twinned with Milwaukee and with Madrid."""
    code = await code_of(stage, MADRID, EVA)
    await stage.ask(MANILA, ANA, f"!twin propose {code}")
    await stage.ask(MADRID, EVA, "!twin accept manila")
    for room in (MANILA, MILWAUKEE, MADRID):
        await stage.deliver(room)


async def _post(stage: Stage, room_id: str, what: str, source: str | None = None) -> str:
    """The event id of the bot's newest post of a kind in a room."""
    async with stage.database.tx() as tx:
        return str(
            await tx.value(
                "SELECT event_id FROM outbox WHERE room_id = ? AND what = ? AND source = coalesce(?, source)"
                " ORDER BY id DESC",
                room_id,
                what,
                source,
            )
        )


async def _thread(stage: Stage, *rooms: str) -> str:
    """Manila's dispatch, delivered everywhere, where nobody is asked before they answer; its event id."""
    for room, steward in ((MANILA, ANA), (MILWAUKEE, CARL), (MADRID, EVA)):
        await stage.ask(room, steward, "!group set threadconfirm off")
    source = await stage.say(MANILA, ANA, "!dispatch Ganamos.")
    for room in (MILWAUKEE, *rooms, MANILA):
        await stage.deliver(room)
    return source


async def test_a_reply_in_the_thread_arrives_as_a_reply_to_the_copy(twins: Stage) -> None:
    await _thread(twins)
    root, there = await _post(twins, MANILA, "ack"), await _post(twins, MILWAUKEE, "copy")
    first = await twins.say(MILWAUKEE, DORA, "Congratulations!", thread=there)
    await twins.deliver(MANILA)
    copy = await _post(twins, MANILA, "voice", first)
    second = await twins.say(MANILA, ANA, "Gracias.", thread=root, reply_to=copy)
    [relay] = await relays(twins, MILWAUKEE)
    assert relay.reply_to == first  # a relay leads back to its source
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "Y otra cosa.", thread=root, reply_to=second)
    [relay] = await relays(twins, MILWAUKEE)
    assert relay.reply_to == RowRef(second, MILWAUKEE, "voice")  # one's own message to its relay


async def test_a_reply_to_an_edited_post_finds_the_post(twins: Stage) -> None:
    await _thread(twins)
    first = await twins.say(MILWAUKEE, DORA, "Hi", thread=await _post(twins, MILWAUKEE, "copy"))
    await twins.deliver(MANILA)
    edit = await twins.say(MILWAUKEE, DORA, "Hello", edits=first)
    await twins.deliver(MANILA)
    async with twins.database.tx() as tx:
        event = str(
            await tx.value(
                "SELECT event_id FROM outbox WHERE what LIKE 'voice:edit:%' || ?", edit.lstrip("$")
            )
        )
    await twins.say(MANILA, ANA, "Hola.", thread=await _post(twins, MANILA, "ack"), reply_to=event)
    [relay] = await relays(twins, MILWAUKEE)
    assert relay.reply_to == first


async def test_an_answer_by_command_is_a_reply_too(twins: Stage) -> None:
    source = await _thread(twins)
    voice = await twins.say(MANILA, ANA, "Hola.", thread=await _post(twins, MANILA, "ack"))
    await twins.deliver(MILWAUKEE)
    await twins.say(MILWAUKEE, DORA, "!answer Hi.", reply_to=await _post(twins, MILWAUKEE, "voice"))
    [relay] = await relays(twins, MANILA)
    assert (relay.reply_to, relay.thread) == (voice, RowRef(source, MANILA, "ack"))
    await twins.deliver(MANILA)
    await twins.say(MILWAUKEE, DORA, "!answer Hi again.", reply_to=await _post(twins, MILWAUKEE, "copy"))
    [relay] = await relays(twins, MANILA)
    assert relay.reply_to == RowRef(source, MANILA, "ack")


async def test_a_reply_between_two_twins_of_the_writer_finds_the_third_ones_copy(twins: Stage) -> None:
    await become_three(twins)
    await _thread(twins, MADRID)
    first = await twins.say(MANILA, ANA, "Hola.", thread=await _post(twins, MANILA, "ack"))
    await twins.deliver(MILWAUKEE)
    await twins.deliver(MADRID)
    await twins.say(
        MILWAUKEE,
        DORA,
        "Hi.",
        thread=await _post(twins, MILWAUKEE, "copy"),
        reply_to=await _post(twins, MILWAUKEE, "voice", first),
    )
    assert [one.reply_to for one in await relays(twins, MANILA)] == [first]
    assert await relays(twins, MADRID) == []  # Milwaukee and Madrid are no twins


async def test_a_reply_whose_copy_never_arrived_crosses_as_a_plain_message(twins: Stage) -> None:
    await _thread(twins)
    root = await _post(twins, MANILA, "ack")
    first = await twins.say(MANILA, ANA, "Hola.", thread=root)
    async with twins.database.tx() as tx:
        await tx.run("UPDATE outbox SET state = 'failed' WHERE source = ?", first)
    await twins.say(MANILA, ANA, "¿Leíste?", thread=root, reply_to=first)
    [relay] = await relays(twins, MILWAUKEE)
    assert relay.reply_to is None


async def test_replies_to_what_is_not_in_the_thread_cross_as_plain_messages(twins: Stage) -> None:
    await _thread(twins)
    root = await _post(twins, MANILA, "ack")
    other_room = await _post(twins, MILWAUKEE, "copy")
    for strange in ("$unknown", other_room, await _post(twins, MANILA, "intro")):
        await twins.say(MANILA, ANA, "Hola.", thread=root, reply_to=strange)
        [relay] = await relays(twins, MILWAUKEE)
        assert relay.reply_to is None
        await twins.deliver(MILWAUKEE)


async def test_a_thread_whose_root_is_in_another_room_is_none(twins: Stage) -> None:
    await _thread(twins)
    there = await _post(twins, MILWAUKEE, "copy")
    own = await twins.say(MANILA, ANA, "Hola.", thread=there)
    await twins.say(MANILA, ANA, "Hola.", thread=own)
    assert await relays(twins, MILWAUKEE) == []


async def test_a_withdrawal_ends_the_thread_and_says_so_in_it(twins: Stage) -> None:
    source = await _thread(twins)
    there = await _post(twins, MILWAUKEE, "copy")
    await twins.say(MILWAUKEE, DORA, "Congratulations!", thread=there)
    await twins.deliver(MANILA)
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch withdraw 1")
    [said] = [one for one in await heard(twins, MILWAUKEE) if one.what == "thread-ended"]
    assert said.thread == RowRef(source, MILWAUKEE, "copy")
    assert "has ended" in twins.word(said)
    assert any(one.what == "thread-ended" for one in await heard(twins, MANILA))
    await twins.deliver(MANILA)
    assert "has ended" in await twins.ask(MILWAUKEE, DORA, "Still there?", thread=there)
    assert await relays(twins, MANILA) == []


async def test_an_end_is_told_in_the_threads_that_are_in_use(twins: Stage) -> None:
    await _thread(twins)
    await twins.say(MILWAUKEE, DORA, "Hi!", thread=await _post(twins, MILWAUKEE, "copy"))
    await twins.deliver(MANILA)
    await twins.ask(MANILA, ANA, "!twin end")
    news = [one for one in await heard(twins, MILWAUKEE) if one.what.startswith("thread:")]
    assert [one.thread is not None for one in news] == [True]
    assert "Manila Tenants does not read this thread any more" in twins.word(news[0])


@pytest.mark.parametrize("threads", [1, 3])
async def test_a_pause_and_its_end_are_told_once_in_each_room(twins: Stage, threads: int) -> None:
    for _ in range(threads):
        await _thread(twins)
        await twins.say(MILWAUKEE, DORA, "Hi!", thread=await _post(twins, MILWAUKEE, "copy"))
        await twins.deliver(MANILA)
    for move, said in (("pause", "has paused"), ("resume", "has resumed")):
        await twins.say(MANILA, ANA, f"!twin {move}")
        [there] = await twins.deliver(MILWAUKEE)
        assert said in there
        assert len(await twins.deliver(MANILA)) == 1


async def test_a_thread_that_nobody_used_for_a_fortnight_hears_nothing(twins: Stage) -> None:
    await _thread(twins)
    await twins.say(MILWAUKEE, DORA, "Hi!", thread=await _post(twins, MILWAUKEE, "copy"))
    await twins.deliver(MANILA)
    twins.clock.forward(days=15)
    await twins.ask(MANILA, ANA, "!twin end")
    assert not [one for one in await heard(twins, MILWAUKEE) if one.what.startswith("thread:")]


async def test_the_top_of_a_thread_names_all_who_read_it(twins: Stage) -> None:
    await become_three(twins)
    code = await code_of(twins, MADRID, EVA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await twins.ask(MADRID, EVA, "!twin accept milwaukee")
    await twins.deliver(MILWAUKEE)
    await twins.say(MANILA, ANA, "!dispatch Ganamos.")
    said = "\n".join(await twins.deliver(MILWAUKEE))
    assert "read by: Manila Tenants and Vecinas de Madrid." in said


async def test_a_new_twinning_between_readers_is_told_once_with_what_they_read(twins: Stage) -> None:
    await become_three(twins)
    await _thread(twins, MADRID)
    await twins.say(MANILA, ANA, "Hola.", thread=await _post(twins, MANILA, "ack"))
    await twins.deliver(MILWAUKEE)
    await twins.deliver(MADRID)
    code = await code_of(twins, MADRID, EVA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await twins.say(MADRID, EVA, "!twin accept milwaukee")
    [said] = await twins.deliver(MILWAUKEE)
    assert "Both of you read the shared threads that you both have already." in said


async def test_new_twins_without_a_thread_hear_of_none(twins: Stage) -> None:
    await become_three(twins)
    await _thread(twins)
    await twins.say(MANILA, ANA, "Hola.", thread=await _post(twins, MANILA, "ack"))
    await twins.deliver(MILWAUKEE)
    await twins.deliver(MADRID)
    async with twins.database.tx() as tx:  # Madrid was not a twin yet when the dispatch went out
        await tx.run("DELETE FROM outbox WHERE room_id = ?", MADRID)
    code = await code_of(twins, MADRID, EVA)
    await twins.ask(MILWAUKEE, CARL, f"!twin propose {code}")
    await twins.say(MADRID, EVA, "!twin accept milwaukee")
    assert "shared threads" not in "\n".join(await twins.deliver(MILWAUKEE))


async def test_a_dispatch_for_some_twins_goes_to_them_alone(twins: Stage) -> None:
    await become_three(twins)
    await twins.say(MANILA, ANA, "!dispatch Solo para ustedes. to=madrid")
    assert await relays(twins, MILWAUKEE) == []
    assert [one.words.text for one in await relays(twins, MADRID)] == ["Solo para ustedes."]
    for room in (MADRID, MANILA):
        await twins.deliver(room)
    await twins.say(MANILA, ANA, '!dispatch Para las dos. to="madrid, 1"')
    assert len(await relays(twins, MILWAUKEE)) == len(await relays(twins, MADRID)) == 1


async def test_a_dispatch_for_somebody_unknown_goes_nowhere(twins: Stage) -> None:
    said = await twins.ask(MANILA, ANA, "!dispatch Hola. to=oaxaca")
    assert "oaxaca" in said
    assert await relays(twins, MILWAUKEE) == []


async def test_a_message_of_the_thread_is_relayed_with_no_more_than_it_needs(twins: Stage) -> None:
    await _thread(twins)
    await twins.say(MILWAUKEE, DORA, "Hi", thread=await _post(twins, MILWAUKEE, "copy"))
    [relay] = await relays(twins, MANILA)
    assert isinstance(relay, Relay)
    assert DORA not in repr(relay)
