"""The next message is made ready while the one before is on its way, and nothing else changes by that."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.post import Quote
from bot.pipeline.together import together
from tests.fakes import away
from tests.unit.handlers.cast import ANA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre, until


async def _dispatches(theatre: Theatre, *texts: str) -> list[str]:
    sources = [await theatre.say(MANILA, ANA, f"!dispatch {text}") for text in texts]
    await theatre.translate()
    return sources


async def _tries(theatre: Theatre) -> list[int]:
    """How often each copy was tried, in the order in which they were promised."""
    return [row.tries for row in await theatre.rows(MILWAUKEE) if row.what == "copy"]


def _news(theatre: Theatre) -> list[str]:
    """The names of the dispatches that Milwaukee reads, in their order."""
    texts = theatre.transport.texts(MILWAUKEE)
    return [text.partition(" ")[0] for text in texts if text.startswith("manila-")]


async def _until_taken_ahead(theatre: Theatre) -> asyncio.Task[bool]:
    """Send into Milwaukee until the first message is on its way and the second is ready."""
    theatre.transport.held[MILWAUKEE] = asyncio.Event()
    sending = asyncio.create_task(theatre.sender.drain(MILWAUKEE))
    await until(lambda: theatre.transport.keys("send", MILWAUKEE))
    async with asyncio.timeout(5):
        while (await _tries(theatre))[:2] != [1, 1]:  # noqa: ASYNC110 (the database tells no event)
            await asyncio.sleep(0.005)
    return sending


async def test_the_next_message_is_taken_while_one_is_on_its_way(theatre: Theatre) -> None:
    await _dispatches(theatre, "Ganamos.", "Gracias.", "Buenos días")
    sending = await _until_taken_ahead(theatre)
    assert await _tries(theatre) == [1, 1, 0]
    assert len(theatre.transport.keys("send", MILWAUKEE)) == 1
    theatre.transport.held[MILWAUKEE].set()
    await sending
    assert _news(theatre) == ["manila-1", "manila-2", "manila-3"]
    assert await _tries(theatre) == [1, 1, 1]


async def test_when_one_has_to_wait_the_next_has_not_been_tried(theatre: Theatre) -> None:
    await _dispatches(theatre, "Ganamos.", "Gracias.")
    theatre.transport.trouble[MILWAUKEE] = away()
    sending = await _until_taken_ahead(theatre)
    theatre.transport.held[MILWAUKEE].set()
    await sending
    assert await _tries(theatre) == [1, 0]
    assert _news(theatre) == []
    theatre.clock.forward(minutes=1)
    await theatre.play()
    assert _news(theatre) == ["manila-1", "manila-2"]


async def test_a_pause_holds_from_the_moment_it_is_said(theatre: Theatre) -> None:
    await _dispatches(theatre, "Ganamos.", "Gracias.")
    sending = await _until_taken_ahead(theatre)
    await theatre.say(MANILA, ANA, "!twin pause")
    theatre.transport.held[MILWAUKEE].set()
    await sending
    assert _news(theatre) == ["manila-1"]
    copies = [row for row in await theatre.rows(MILWAUKEE) if row.what == "copy"]
    assert [row.state for row in copies] == ["sent", "cancelled"]


async def test_a_withdrawal_holds_from_the_moment_it_is_said(theatre: Theatre) -> None:
    _, second = await _dispatches(theatre, "Ganamos.", "Gracias.")
    sending = await _until_taken_ahead(theatre)
    await theatre.remove(MANILA, ANA, second)
    theatre.transport.held[MILWAUKEE].set()
    await sending
    await theatre.play()
    assert _news(theatre) == ["manila-1"]
    posts = theatre.transport.room(MILWAUKEE).posts.values()
    assert not any(
        isinstance(block, Quote) and block.text == "Thank you." for post in posts for block in post.blocks
    )


async def test_if_one_of_two_fails_the_other_is_ended() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await together(waits(), fails())
    assert ended.is_set()
