"""Edits and relations out of the ordinary: they change nothing, or what they may, and say what stays."""

from __future__ import annotations

import pytest

from bot.domain.incoming import Batch, Message
from bot.domain.outgoing import Redact
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    begin_thread,
    crossed,
    known,
    relays,
    root,
    write,
)
from tests.unit.stage import Stage


@pytest.fixture
async def thread(twins: Stage) -> Stage:
    """Manila's dispatch has arrived; nobody is asked any more where the thread goes."""
    await begin_thread(twins)
    await known(twins, ANA, BEN, CARL, DORA)
    return twins


async def _avoided(stage: Stage) -> None:
    await stage.ask(MILWAUKEE, CARL, '!term avoid huelga "say action"')
    await stage.deliver(MANILA)


async def test_an_edit_that_brings_a_word_to_avoid_stays_here(twins: Stage) -> None:
    await _avoided(twins)
    source = await twins.say(MANILA, ANA, "!dispatch Ganamos.")
    for room_id in (MANILA, MILWAUKEE, MANILA):
        await twins.deliver(room_id)
    await twins.say(MANILA, ANA, "!dispatch Ganamos la huelga.", edits=source)
    assert await relays(twins, MILWAUKEE) == []
    said = "\n".join(await twins.deliver(MANILA))
    assert "huelga" in said
    assert "say action" in said
    await twins.say(MANILA, ANA, "!dispatch Ganamos todo.", edits=source)
    assert await crossed(twins, MILWAUKEE) == ["Ganamos todo."]


async def test_a_word_to_avoid_that_was_sent_on_purpose_may_stay_in_the_edit(twins: Stage) -> None:
    await _avoided(twins)
    source = await twins.say(MANILA, ANA, "!dispatch Una huelga.")
    await twins.deliver(MANILA)
    await twins.say(MANILA, ANA, "sí")
    for room_id in (MANILA, MILWAUKEE, MANILA):
        await twins.deliver(room_id)
    await twins.say(MANILA, ANA, "!dispatch Una huelga larga.", edits=source)
    assert await crossed(twins, MILWAUKEE) == ["Una huelga larga."]


async def test_an_edit_in_the_thread_is_checked_for_words_to_avoid(thread: Stage) -> None:
    await _avoided(thread)
    source = await write(thread, MANILA, BEN, "Hola.")
    await thread.deliver(MILWAUKEE)
    await thread.say(MANILA, BEN, "Hola, huelga.", edits=source)
    assert await relays(thread, MILWAUKEE) == []
    assert "huelga" in "\n".join(await thread.deliver(MANILA))


async def test_a_reply_to_a_deleted_message_of_the_thread_crosses_without_it(thread: Stage) -> None:
    source = await write(thread, MANILA, BEN, "Hola.")
    await thread.deliver(MILWAUKEE)
    await thread.remove(MANILA, BEN, source)
    await thread.deliver(MILWAUKEE)
    await thread.say(MANILA, ANA, "¿Qué?", thread=await root(thread, MANILA), reply_to=source)
    [relay] = await relays(thread, MILWAUKEE)
    assert relay.words.text == "¿Qué?"
    assert len(await thread.deliver(MILWAUKEE)) == 1


async def test_a_message_of_the_thread_that_a_moderator_deletes_is_removed_everywhere(thread: Stage) -> None:
    source = await write(thread, MILWAUKEE, DORA, "Congratulations!")
    await thread.deliver(MANILA)
    await thread.remove(MILWAUKEE, CARL, source)
    assert [row.kind for row in await thread.waiting(MANILA)] == ["redact"]
    await thread.deliver(MANILA)
    await thread.say(MILWAUKEE, DORA, "Congratulations again!", edits=source)
    assert [one for one in await relays(thread, MANILA) if one.what == "voice"] == []


async def test_a_dispatch_that_a_moderator_deletes_is_withdrawn(twins: Stage) -> None:
    await twins.ask(MANILA, ANA, "!group set dispatch members")
    source = await twins.say(MANILA, BEN, "!dispatch Ganamos.")
    for room_id in (MANILA, MILWAUKEE):
        await twins.deliver(room_id)
    await twins.remove(MANILA, ANA, source)
    assert [row for row in await twins.waiting(MILWAUKEE) if isinstance(row.payload, Redact)]


async def test_a_thread_whose_root_is_in_another_room_is_not_shared(thread: Stage) -> None:
    await thread.member(MILWAUKEE, ANA, "join")
    await thread.deliver(MILWAUKEE)
    await thread.say(MILWAUKEE, ANA, "Desde otra sala.", thread=await root(thread, MANILA))
    assert await relays(thread, MANILA) == await relays(thread, MILWAUKEE) == []
    assert await thread.waiting(MANILA) == []


async def test_a_thread_under_a_message_of_the_thread_is_not_shared(thread: Stage) -> None:
    source = await write(thread, MILWAUKEE, DORA, "Congratulations!")
    await thread.deliver(MANILA)
    async with thread.database.tx() as tx:
        copy = str(await tx.value("SELECT event_id FROM outbox WHERE what = 'voice'"))
    await thread.say(MILWAUKEE, CARL, "Under Dora's.", thread=source)
    await thread.say(MANILA, ANA, "Debajo de la copia.", thread=copy)
    assert await relays(thread, MANILA) == await relays(thread, MILWAUKEE) == []


@pytest.mark.parametrize("relation", ["edits", "thread", "reply_to"])
async def test_a_message_that_points_to_itself_is_harmless(thread: Stage, relation: str) -> None:
    own = Message("$own", MANILA, BEN, thread.clock.now(), "m.text", "Hola.", **{relation: "$own"})  # type: ignore[arg-type]  # by name
    await thread.receiver.batch(Batch("c", (own,)))
    assert await crossed(thread, MILWAUKEE) == []
    await write(thread, MANILA, BEN, "Y sigue.")
    assert await crossed(thread, MILWAUKEE) == ["Y sigue."]
