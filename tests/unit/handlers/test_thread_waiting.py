"""What waits in a shared thread: in which order it goes, and what is never taken for a message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.outgoing import RowRef
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    begin_thread,
    count,
    crossed,
    heard,
    known,
    root,
    said,
    write,
)
from tests.unit.stage import Stage

ALSO = "other group, please write a whole sentence"


@pytest.fixture
async def thread(twins: Stage) -> Stage:
    return await begin_thread(twins)


async def test_what_waits_goes_in_the_order_in_which_it_was_written(thread: Stage) -> None:
    for text in ("One", "Two", "Three"):
        await write(thread, MILWAUKEE, DORA, text)
    asked = [one for one in await heard(thread, MILWAUKEE) if one.what == "ask"]
    assert len(asked) == 1, "it asks once"
    await write(thread, MILWAUKEE, DORA, "yes")
    await write(thread, MILWAUKEE, DORA, "Four")
    assert await crossed(thread, MANILA) == ["One", "Two", "Three", "Four"]


async def test_each_that_waits_is_told_so(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "One")
    assert "waits, too" in await said(thread, MILWAUKEE, DORA, "Two")


async def test_nothing_overtakes_what_waits_because_of_a_word(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, "!term avoid strike")
    assert "asks to avoid" in await said(thread, MILWAUKEE, DORA, "The strike")
    assert "waits, too" in await said(thread, MILWAUKEE, DORA, "begins")
    assert "waits, too" in await said(thread, MILWAUKEE, DORA, "A strike, too")
    assert "waits, too" in await said(thread, MILWAUKEE, DORA, "at ten")
    assert await crossed(thread, MANILA) == []
    assert "asks to avoid" in await said(thread, MILWAUKEE, DORA, "yes"), "it asks about the next one"
    assert await crossed(thread, MANILA) == ["The strike", "begins"]
    await write(thread, MILWAUKEE, DORA, "no")
    assert await crossed(thread, MANILA) == ["The strike", "begins", "at ten"]


async def test_one_that_is_deleted_makes_way_for_those_behind_it(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, "!term avoid strike")
    first = await write(thread, MILWAUKEE, DORA, "The strike")
    await write(thread, MILWAUKEE, DORA, "begins")
    await thread.remove(MILWAUKEE, CARL, first)
    assert await crossed(thread, MANILA) == ["begins"]


async def test_a_first_message_that_is_deleted_has_the_next_one_asked_about(thread: Stage) -> None:
    first = await write(thread, MILWAUKEE, DORA, "One")
    await write(thread, MILWAUKEE, DORA, "Two")
    await thread.deliver(MILWAUKEE)
    await thread.remove(MILWAUKEE, DORA, first)
    assert "Shall your message go there?" in "\n".join(await thread.deliver(MILWAUKEE))
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Two"]


async def test_a_no_to_the_first_drops_all_that_waits(thread: Stage) -> None:
    for text in ("One", "Two", "no", "yes"):
        await write(thread, MILWAUKEE, DORA, text)
    assert await crossed(thread, MANILA) == []
    assert await count(thread, "question") == 0


async def test_all_that_waited_is_forgotten_after_a_day(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "One")
    thread.clock.forward(hours=20)
    await write(thread, MILWAUKEE, DORA, "Two")
    await thread.deliver(MILWAUKEE)
    await thread.tick(hours=4)
    assert len(await thread.deliver(MILWAUKEE)) == 2
    assert ALSO in await said(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []
    assert await count(thread, "question") == 0


async def test_a_yes_in_one_thread_releases_nothing_in_another(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "to the first")
    first = await root(thread, MILWAUKEE)
    await thread.ask(MANILA, ANA, "!dispatch Otra.")
    await thread.deliver(MILWAUKEE)
    await write(thread, MILWAUKEE, DORA, "to the second")
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["to the second"]
    await thread.say(MILWAUKEE, DORA, "and more", thread=first)
    await thread.say(MILWAUKEE, DORA, "yes", thread=first)
    assert await crossed(thread, MANILA) == ["to the second", "to the first", "and more"]


async def test_a_yes_in_a_thread_that_has_ended_says_so(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.ask(MANILA, ANA, "!dispatch withdraw 1")
    assert "This thread has ended" in await said(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []


# A bare answer is no message


@pytest.mark.parametrize(
    "answer",
    ["yes", "Yes.", "YES!", "y", "yeah", "yep", "yes please", "Yes, please!", "sí", "Sí, por favor", "claro"],
)
async def test_a_yes_in_either_language_releases_and_is_never_relayed(thread: Stage, answer: str) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, DORA, answer)
    assert await crossed(thread, MANILA) == ["Hello"]
    assert ALSO in await said(thread, MILWAUKEE, DORA, answer)
    assert await crossed(thread, MANILA) == ["Hello"]


@pytest.mark.parametrize("answer", ["no", "No.", "n", "nope", "no thanks", "No, thank you", "no gracias"])
async def test_after_a_no_neither_no_nor_yes_is_relayed(thread: Stage, answer: str) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    assert "It stays here" in await said(thread, MILWAUKEE, DORA, answer)
    for later in (answer, "yes", "sí"):
        assert ALSO in await said(thread, MILWAUKEE, DORA, later)
    assert await crossed(thread, MANILA) == []
    assert "Shall your message go there?" in await said(thread, MILWAUKEE, DORA, "Hello again")
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Hello again"]


@pytest.mark.parametrize("emoji", ["👍", "👍🏽", "✅", "❤️", "..."])
async def test_an_emoji_is_no_answer_and_no_message_while_something_waits(thread: Stage, emoji: str) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    assert "in words" in await said(thread, MILWAUKEE, DORA, emoji)
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Hello"]
    await write(thread, MILWAUKEE, DORA, emoji)
    assert await crossed(thread, MANILA) == ["Hello", emoji]


async def test_later_a_yes_to_the_other_group_is_a_message(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, DORA, "yes")
    thread.clock.forward(minutes=11)
    await write(thread, MILWAUKEE, DORA, "Yes!")
    assert await crossed(thread, MANILA) == ["Hello", "Yes!"]


async def test_a_yes_of_somebody_who_was_asked_nothing_is_a_message(thread: Stage) -> None:
    await known(thread, CARL)
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, CARL, "yes")
    assert await crossed(thread, MANILA) == ["yes"]


async def test_a_yes_by_command_while_it_waits_is_no_message(thread: Stage) -> None:
    await thread.ask(MILWAUKEE, DORA, "!answer Hello")
    assert "as a reply to it" in await thread.ask(MILWAUKEE, DORA, "!answer yes")
    assert await count(thread, "question") == 1


# One consent for each group


async def test_who_is_in_two_groups_consents_in_each(thread: Stage) -> None:
    await thread.member(MANILA, DORA, "join")
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, DORA, "yes")
    await thread.deliver(MANILA)
    assert "Solo" not in await said(thread, MANILA, DORA, "Hola")
    assert await crossed(thread, MILWAUKEE) == []
    await write(thread, MANILA, DORA, "sí")
    assert await crossed(thread, MILWAUKEE) == ["Hola"]
    await write(thread, MANILA, DORA, "¿Cómo están?")
    assert await crossed(thread, MILWAUKEE) == ["Hola", "¿Cómo están?"]


# Beside the thread


async def test_under_the_message_that_made_the_dispatch_each_is_told_once_where_the_thread_is(
    twins: Stage,
) -> None:
    source = await twins.say(MANILA, ANA, "!dispatch Ganamos.")
    await twins.deliver(MANILA)
    for who in (BEN, BEN, ANA, BEN):
        await twins.say(MANILA, who, "¡Qué bien!", thread=source)
    told = await heard(twins, MANILA)
    assert [(one.thread, one.reply_to) for one in told] == [(source, RowRef(source, MANILA, "ack"))] * 2
    assert all("stays here" in one.lines[0].source for one in told)
    assert await crossed(twins, MILWAUKEE) == ["Ganamos."]
    twins.clock.at += timedelta(days=1)
    await twins.deliver(MANILA)
    await twins.ask(MANILA, ANA, "!dispatch withdraw 1")
    assert await twins.ask(MANILA, CARL, "¿Y ahora?", thread=source) == ""


# Which dispatch


async def test_with_several_dispatches_an_answer_without_a_number_asks_which(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, "!dispatch Otra.")
    await thread.deliver(MILWAUKEE)
    asked = await thread.ask(MILWAUKEE, DORA, "!answer Hello")
    assert "manila-2 (Manila Tenants) and manila-1 (Manila Tenants)" in asked
    assert await crossed(thread, MANILA) == []
    await thread.ask(MILWAUKEE, DORA, "!answer manila-1 Hello")
    assert await crossed(thread, MANILA) == ["Hello"]


async def test_what_was_withdrawn_or_is_old_is_not_asked_about(thread: Stage) -> None:
    await known(thread, DORA)
    thread.clock.forward(days=31)
    for text in ("Otra.", "Y otra."):
        await thread.ask(MANILA, ANA, f"!dispatch {text}")
    await thread.ask(MANILA, ANA, "!dispatch withdraw 2")
    await thread.deliver(MILWAUKEE)
    assert "manila-3" in await thread.ask(MILWAUKEE, DORA, "!answer Hello")
    assert await crossed(thread, MANILA) == ["Hello"]
