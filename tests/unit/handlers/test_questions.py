"""To which question a "yes" belongs."""

from __future__ import annotations

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


async def test_a_yes_answers_the_newest_question(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    await twins.ask(MILWAUKEE, DORA, "Well done!", thread=root)
    await twins.ask(MILWAUKEE, CARL, "!group forget")
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    await twins.ask(MILWAUKEE, CARL, "yes")
    assert [relay.words.text for relay in await relays(twins, MANILA)] == ["What now?"]


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


async def test_a_reply_to_something_else_answers_the_newest_question(twins: Stage) -> None:
    (root, _) = await _threads(twins)
    await twins.ask(MILWAUKEE, CARL, "What now?", thread=root)
    assert "It stays here" in await twins.ask(MILWAUKEE, CARL, "no", reply_to="$elsewhere")
