"""The shared thread: what goes to the other side, what stays, and who is asked first."""

from __future__ import annotations

import pytest

from bot.domain.dispatch import LONGEST_TEXT
from bot.domain.outgoing import Redact, RowRef
from bot.storage import outbox
from tests.unit.handlers.cast import (
    ANA,
    BEN,
    CARL,
    DORA,
    MANILA,
    MILWAUKEE,
    begin_thread,
    crossed,
    heard,
    known,
    relays,
    root,
    said,
    write,
)
from tests.unit.handlers.cast import count as rows_in
from tests.unit.stage import Stage


@pytest.fixture
async def thread(twins: Stage) -> Stage:
    """Manila's first dispatch has arrived in Milwaukee."""
    return await begin_thread(twins)


# The first time


async def test_the_first_message_waits_for_its_author_s_yes(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Congratulations!")
    (question,) = await thread.deliver(MILWAUKEE)
    assert "Manila Tenants" in question
    assert "yes" in question
    assert await crossed(thread, MANILA) == []
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Congratulations!"]


@pytest.mark.parametrize("answer", ["yes", "Yes.", "YES!", "  yes  "])
async def test_yes_is_understood_in_english(thread: Stage, answer: str) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, DORA, answer)
    assert await crossed(thread, MANILA) == ["Hello"]


@pytest.mark.parametrize("answer", ["sí", "si", "SÍ.", "yes", "Sí!"])
async def test_yes_is_understood_in_the_room_s_language_and_in_english(thread: Stage, answer: str) -> None:
    await write(thread, MANILA, BEN, "Gracias")
    await write(thread, MANILA, BEN, answer)
    assert await crossed(thread, MILWAUKEE) == ["Gracias"]


@pytest.mark.parametrize(("room_id", "who", "answer"), [(MILWAUKEE, DORA, "no"), (MANILA, BEN, "No.")])
async def test_no_keeps_it_here_and_forgets_it(thread: Stage, room_id: str, who: str, answer: str) -> None:
    await write(thread, room_id, who, "Hello")
    await thread.deliver(room_id)
    await write(thread, room_id, who, answer)
    assert len(await thread.deliver(room_id)) == 1
    assert await crossed(thread, MANILA) == await crossed(thread, MILWAUKEE) == []
    assert await rows_in(thread, "question") == 0


async def test_after_a_yes_nobody_is_asked_again(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "One")
    await write(thread, MILWAUKEE, DORA, "yes")
    await thread.deliver(MILWAUKEE)
    await write(thread, MILWAUKEE, DORA, "Two")
    assert await crossed(thread, MANILA) == ["One", "Two"]
    assert await thread.deliver(MILWAUKEE) == []


async def test_after_a_no_one_is_asked_again(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "One")
    await write(thread, MILWAUKEE, DORA, "no")
    await thread.deliver(MILWAUKEE)
    await write(thread, MILWAUKEE, DORA, "Two")
    assert "Shall your message go there?" in "\n".join(await thread.deliver(MILWAUKEE))


async def test_nobody_answers_for_another(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, CARL, "yes")
    assert await crossed(thread, MANILA) == []


async def test_a_yes_from_somebody_who_left_counts_for_nothing(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.member(MILWAUKEE, DORA, "leave")
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []


async def test_the_question_expires_after_a_day_and_its_author_is_told(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.deliver(MILWAUKEE)
    await thread.tick(hours=23, minutes=59)
    assert await thread.deliver(MILWAUKEE) == []
    await thread.tick(minutes=1)
    (said,) = await thread.deliver(MILWAUKEE)
    assert "I have forgotten this message" in said
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []
    assert await rows_in(thread, "question") == 0


async def test_everybody_whose_question_expires_is_told(thread: Stage) -> None:
    """Also when it happens to several in one room at the same time."""
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MILWAUKEE, CARL, "Hello")
    await thread.deliver(MILWAUKEE)
    await thread.tick(hours=25)
    assert len(await heard(thread, MILWAUKEE)) == 2


async def test_a_group_can_switch_the_question_off(thread: Stage) -> None:
    await thread.ask(MILWAUKEE, CARL, "!group set threadconfirm off")
    await write(thread, MILWAUKEE, DORA, "Hello")
    assert await crossed(thread, MANILA) == ["Hello"]


async def test_what_was_changed_while_it_waited_crosses_as_changed(thread: Stage) -> None:
    source = await write(thread, MILWAUKEE, DORA, "Ana Lopez says hello")
    await thread.say(MILWAUKEE, DORA, "A neighbour says hello", edits=source)
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["A neighbour says hello"]


async def test_an_answer_by_command_that_was_changed_while_it_waited_is_forgotten(thread: Stage) -> None:
    source = await thread.say(MILWAUKEE, DORA, "!answer Ana Lopez says hello")
    await thread.say(MILWAUKEE, DORA, "!answer A neighbour says hello", edits=source)
    await write(thread, MILWAUKEE, DORA, "yes")
    assert "Ana Lopez says hello" not in await crossed(thread, MANILA)


async def test_the_time_of_writing_is_that_of_the_message_and_not_of_the_yes(thread: Stage) -> None:
    written = thread.clock.now()
    await write(thread, MILWAUKEE, DORA, "Hello")
    thread.clock.forward(hours=2)
    await write(thread, MILWAUKEE, DORA, "yes")
    (relay,) = await relays(thread, MANILA)
    assert relay.written_at == written


async def test_a_yes_after_a_pause_says_that_nobody_reads(thread: Stage) -> None:
    await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.ask(MILWAUKEE, CARL, "!twin pause")
    assert "Nobody else reads this thread now" in await said(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []


# What crosses


async def test_it_crosses_both_ways_under_the_bot_s_own_posts(thread: Stage) -> None:
    await known(thread, ANA, DORA)
    await write(thread, MILWAUKEE, DORA, "Hello")
    await write(thread, MANILA, ANA, "Hola")
    (there,) = await relays(thread, MANILA)
    (back,) = await relays(thread, MILWAUKEE)
    assert isinstance(there.thread, RowRef)
    assert isinstance(back.thread, RowRef)
    assert (there.thread.what, there.words.language, there.target) == ("ack", "en", "es")
    assert (back.thread.what, back.words.language, back.target) == ("copy", "es", "en")


async def test_voices_are_told_apart_by_letters_and_by_nothing_else(thread: Stage) -> None:
    await known(thread, CARL, DORA)
    for who in (DORA, CARL, DORA):
        await write(thread, MILWAUKEE, who, "Hello")
    said = [thread.word(relay) for relay in await relays(thread, MANILA)]
    assert said == ["[Milwaukee A] Hello", "[Milwaukee B] Hello", "[Milwaukee A] Hello"]


async def test_in_another_thread_the_letters_begin_anew(thread: Stage) -> None:
    await known(thread, CARL, DORA)
    await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.deliver(MANILA)
    await thread.ask(MANILA, ANA, "!dispatch Otra.")
    await thread.deliver(MILWAUKEE)
    await write(thread, MILWAUKEE, CARL, "Hello")
    assert [thread.word(relay) for relay in await relays(thread, MANILA)] == ["[Milwaukee A] Hello"]


async def test_who_wrote_is_stored_under_no_name(thread: Stage) -> None:
    await known(thread, DORA)
    await write(thread, MILWAUKEE, DORA, "Hello")
    async with thread.database.tx() as tx:
        (row,) = await tx.all("SELECT person, letter FROM voice")
    assert row["letter"] == "A"
    assert "dora" not in row["person"].casefold()


async def test_the_thread_under_a_person_s_own_message_stays_here(thread: Stage) -> None:
    await known(thread, ANA)
    own = await thread.say(MANILA, ANA, "just among us")
    await thread.say(MANILA, ANA, "a secret", thread=own)
    assert await crossed(thread, MILWAUKEE) == []


async def test_everything_else_in_the_room_stays_here(thread: Stage) -> None:
    await known(thread, ANA, DORA)
    assert await thread.ask(MILWAUKEE, DORA, "lunch?") == ""
    assert await thread.ask(MANILA, ANA, "¿comida?") == ""
    assert await crossed(thread, MANILA) == await crossed(thread, MILWAUKEE) == []


@pytest.mark.parametrize("kind", ["m.image", "m.file", "m.video", "m.audio", "m.sticker", "m.location"])
async def test_a_picture_in_the_thread_meets_one_sentence(thread: Stage, kind: str) -> None:
    await known(thread, DORA)
    await thread.say(MILWAUKEE, DORA, "p.jpg", kind=kind, thread=await root(thread, MILWAUKEE))
    [answer] = await thread.deliver(MILWAUKEE)
    assert "do not cross" in answer
    assert await crossed(thread, MANILA) == []


async def test_a_picture_elsewhere_meets_silence(thread: Stage) -> None:
    assert await thread.ask(MILWAUKEE, DORA, "p.jpg", kind="m.image") == ""


@pytest.mark.parametrize("text", ["", "  \n", "\u200b\u202e"])
async def test_nothing_to_see_does_not_cross(thread: Stage, text: str) -> None:
    await known(thread, DORA)
    await write(thread, MILWAUKEE, DORA, text)
    assert await crossed(thread, MANILA) == []


async def test_what_is_too_long_is_refused_with_its_size(thread: Stage) -> None:
    await known(thread, DORA)
    await write(thread, MILWAUKEE, DORA, "x" * (LONGEST_TEXT + 1))
    assert f"{LONGEST_TEXT + 1:,}" in "\n".join(await thread.deliver(MILWAUKEE))
    assert await crossed(thread, MANILA) == []


async def test_notices_and_the_bot_s_own_words_do_not_cross(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.say(MILWAUKEE, DORA, "beep", kind="m.notice", thread=await root(thread, MILWAUKEE))
    assert await crossed(thread, MANILA) == []


@pytest.mark.parametrize("move", ["pause", "end"])
async def test_when_the_twinning_stops_nothing_crosses_and_it_is_said(thread: Stage, move: str) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, f"!twin {move}")
    await thread.deliver(MILWAUKEE)
    await write(thread, MILWAUKEE, DORA, "Hello")
    assert "Nothing was relayed" in "\n".join(await thread.deliver(MILWAUKEE))
    assert await crossed(thread, MANILA) == []


async def test_after_a_withdrawal_the_thread_has_ended(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, "!dispatch withdraw 1")
    await write(thread, MILWAUKEE, DORA, "Hello")
    assert "This thread has ended" in "\n".join(await thread.deliver(MILWAUKEE))


# Beside the thread


async def test_a_plain_reply_stays_and_its_author_is_told_once_how_to(thread: Stage) -> None:
    await known(thread, DORA, CARL)
    post = await root(thread, MILWAUKEE)
    assert "!answer" in await thread.ask(MILWAUKEE, DORA, "Great", reply_to=post)
    assert await thread.ask(MILWAUKEE, DORA, "Really", reply_to=post) == ""
    assert "!answer" in await thread.ask(MILWAUKEE, CARL, "Great", reply_to=post)
    assert await crossed(thread, MANILA) == []


async def test_a_reply_to_something_else_meets_silence(thread: Stage) -> None:
    own = await thread.say(MILWAUKEE, CARL, "lunch?")
    assert await thread.ask(MILWAUKEE, DORA, "yes please", reply_to=own) == ""


# Answers by command


@pytest.mark.parametrize("number", ["", "manila-1 ", "MANILA-1 "])
async def test_an_answer_goes_the_same_way(thread: Stage, number: str) -> None:
    await known(thread, DORA)
    answer = await thread.ask(MILWAUKEE, DORA, f"!answer {number}Well done")
    assert "manila-1" in answer
    assert await crossed(thread, MANILA) == ["Well done"]


async def test_the_author_s_group_answers_by_its_own_number(thread: Stage) -> None:
    await known(thread, BEN)
    await thread.ask(MANILA, BEN, "!answer 1 Gracias")
    assert await crossed(thread, MILWAUKEE) == ["Gracias"]


async def test_a_number_that_is_no_dispatch_belongs_to_the_text(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MILWAUKEE, DORA, "!answer 40 families stay here too")
    assert await crossed(thread, MANILA) == ["40 families stay here too"]


async def test_without_a_number_the_newest_is_meant(thread: Stage) -> None:
    await known(thread, DORA)
    await thread.ask(MANILA, ANA, "!dispatch Otra.")
    await thread.deliver(MILWAUKEE)
    assert "manila-2" in await thread.ask(MILWAUKEE, DORA, "!answer Hello")


async def test_with_nothing_to_answer_it_says_so(twins: Stage) -> None:
    assert "no dispatch in this room" in await twins.ask(MILWAUKEE, DORA, "!answer Hello")


async def test_the_first_answer_by_command_is_asked_about_too(thread: Stage) -> None:
    assert "Shall your message go there?" in await thread.ask(MILWAUKEE, DORA, "!answer Hello")
    assert await crossed(thread, MANILA) == []
    await thread.say(MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Hello"]


# Deleting


async def test_deleted_while_it_waits_for_a_yes_it_is_forgotten(thread: Stage) -> None:
    source = await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.remove(MILWAUKEE, DORA, source)
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == []


async def test_deleted_before_it_was_sent_it_does_not_cross(thread: Stage) -> None:
    await known(thread, DORA)
    source = await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.remove(MILWAUKEE, DORA, source)
    assert await crossed(thread, MANILA) == []


@pytest.mark.parametrize("remover", [DORA, CARL])
async def test_deleted_after_delivery_its_copy_is_removed(thread: Stage, remover: str) -> None:
    await known(thread, DORA)
    source = await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.deliver(MANILA)
    await thread.remove(MILWAUKEE, remover, source)
    removals = [row.payload for row in await thread.waiting(MANILA) if isinstance(row.payload, Redact)]
    assert [removal.target for removal in removals] == [RowRef(source, MANILA, "voice")]


async def test_a_deletion_that_names_a_message_of_another_room_does_nothing(thread: Stage) -> None:
    source = await write(thread, MILWAUKEE, DORA, "Hello")
    await thread.remove(MANILA, ANA, source)
    await write(thread, MILWAUKEE, DORA, "yes")
    assert await crossed(thread, MANILA) == ["Hello"]
    await thread.remove(MANILA, ANA, source)
    assert await crossed(thread, MANILA) == ["Hello"]


async def test_a_message_that_did_not_arrive_is_told_to_its_author(thread: Stage) -> None:
    await known(thread, DORA)
    source = await write(thread, MILWAUKEE, DORA, "Hello")
    (row,) = [row for row in await thread.waiting(MANILA) if row.kind == "relay"]
    async with thread.database.tx() as tx:
        settled = await outbox.settle_failed(tx, row, "refused", thread.clock.now())
        for one in await thread.router.settled(tx, settled, thread.clock.now()):
            await outbox.add(tx, one, row.source, thread.clock.now())
    (told,) = await heard(thread, MILWAUKEE)
    assert thread.word(told) == "This message did not reach Manila Tenants."
    assert told.reply_to == source
