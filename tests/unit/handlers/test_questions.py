"""To which question a "yes" belongs."""

from __future__ import annotations

import pytest

from bot.storage import outbox
from tests.unit.handlers.cast import ANA, CARL, DORA, MANILA, MILWAUKEE, relays
from tests.unit.stage import Stage


async def _threads(stage: Stage) -> list[str]:
    """The roots of the threads of two dispatches in Milwaukee's room."""
    for text in ("Ganamos la audiencia.", "Nos vemos el lunes."):
        await stage.ask(MANILA, ANA, f"!dispatch {text}")
    await stage.deliver(MILWAUKEE)
    async with stage.database.tx() as tx:
        rows = await tx.all("SELECT event_id FROM outbox WHERE what = 'copy' ORDER BY id")
    return [row[0] for row in rows]


async def _asked(stage: Stage, source: str) -> str:
    """The bot's post that asks about a message."""
    async with stage.database.tx() as tx:
        row = await outbox.by_source(tx, source, MILWAUKEE)
    event_id = row[0].event_id
    assert event_id is not None
    return event_id


async def test_a_yes_in_the_room_answers_nothing_that_was_asked_in_a_thread(twins: Stage) -> None:
    (root, other) = await _threads(twins)
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    assert "in the thread where I asked" in await twins.ask(MILWAUKEE, CARL, "yes")
    assert await twins.ask(MILWAUKEE, CARL, "yes") == "", "it is said once"
    await twins.ask(MILWAUKEE, CARL, "Yes.", thread=other)
    assert await relays(twins, MANILA) == []
    await twins.ask(MILWAUKEE, CARL, "yes", thread=root)
    assert [relay.words.text for relay in await relays(twins, MANILA)] == ["What now?"]


async def test_a_yes_directly_after_a_question_in_the_room_answers_it(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    await twins.say(MILWAUKEE, DORA, "Lunch?")
    assert "Nothing was changed" in await twins.ask(MILWAUKEE, CARL, "no")
    assert await relays(twins, MANILA) == []


@pytest.mark.parametrize(
    ("between", "more"), [("See you at eight.", {}), ("!status", {}), ("p.jpg", {"kind": "m.image"})]
)
async def test_a_yes_after_something_else_in_the_room_answers_nothing(
    twins: Stage, between: str, more: dict[str, str]
) -> None:
    command = await twins.say(MILWAUKEE, CARL, "!group forget")
    await twins.deliver(MILWAUKEE)
    await twins.ask(MILWAUKEE, CARL, between, **more)
    assert "answer as a reply to it" in await twins.ask(MILWAUKEE, CARL, "yes")
    assert await twins.ask(MILWAUKEE, CARL, "yes", reply_to="$a-friend") == ""
    assert "Done" in await twins.ask(MILWAUKEE, CARL, "yes", reply_to=await _asked(twins, command))


async def test_a_message_in_a_thread_between_ends_the_turn_of_a_question_in_the_room(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    assert "answer as a reply to it" in await twins.ask(MILWAUKEE, CARL, "yes")
    assert await relays(twins, MANILA) == []


async def test_a_question_is_answered_in_a_thread_under_it(twins: Stage) -> None:
    command = await twins.say(MILWAUKEE, CARL, "!group forget")
    await twins.deliver(MILWAUKEE)
    await twins.ask(MILWAUKEE, CARL, "Let me think")
    assert "Done" in await twins.ask(MILWAUKEE, CARL, "yes", thread=await _asked(twins, command))


async def test_what_was_asked_in_a_thread_is_answered_there_alone(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!group forget", thread="$talk")
    await twins.ask(MILWAUKEE, CARL, "yes")
    assert "Done" in await twins.ask(MILWAUKEE, CARL, "yes", thread="$talk")


async def test_a_dispatch_with_a_word_to_avoid_waits_for_the_answer_to_its_own_question(twins: Stage) -> None:
    await twins.ask(MILWAUKEE, CARL, "!term avoid strike")
    first = await twins.say(MANILA, ANA, "!dispatch The strike begins.")
    await twins.say(MANILA, ANA, "!dispatch The strike goes on.")
    await twins.deliver(MANILA)
    await twins.ask(MANILA, ANA, "sí")
    assert [relay.words.text for relay in await relays(twins, MILWAUKEE)] == ["The strike goes on."]
    await twins.ask(MANILA, ANA, "sí", reply_to=first)
    assert [relay.words.text for relay in await relays(twins, MILWAUKEE)][1:] == ["The strike begins."]


async def test_a_yes_in_reply_answers_the_question_it_replies_to(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    first = await twins.say(MILWAUKEE, CARL, "What now?", thread=root)
    await twins.deliver(MILWAUKEE)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    answer = await twins.ask(MILWAUKEE, CARL, "yes", reply_to=await _asked(twins, first))
    assert answer == ""
    assert [relay.words.text for relay in await relays(twins, MANILA)] == ["What now?"]


async def test_a_no_in_reply_to_ones_own_message_is_about_that_message(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    first = await twins.say(MILWAUKEE, CARL, "What now?", thread=root)
    await twins.deliver(MILWAUKEE)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    assert "stays here" in await twins.ask(MILWAUKEE, CARL, "no", reply_to=first)
    assert await relays(twins, MANILA) == []


async def test_a_reply_to_something_else_answers_nothing(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    assert await twins.ask(MILWAUKEE, CARL, "yes", reply_to="$elsewhere") == ""
    said = await twins.ask(MILWAUKEE, CARL, "yes", thread=root, reply_to="$elsewhere")
    assert "answer as a reply to it" in said
    assert await relays(twins, MANILA) == []
