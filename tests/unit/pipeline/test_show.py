"""`!dispatch show N`: the words of a dispatch as their author meant them to look, rebuilt and not copied."""

from __future__ import annotations

from bot.domain.post import Line, Post, Quote
from bot.matrix.markup import render
from tests.unit.handlers.cast import BEN, CARL, DORA, MANILA, MILWAUKEE
from tests.unit.pipeline.theatre import Theatre


async def _shown(theatre: Theatre, text: str, page: str = "") -> Post:
    await theatre.say(MILWAUKEE, CARL, f"!dispatch {text}")
    await theatre.play()
    await theatre.say(MILWAUKEE, DORA, f"!dispatch show 1{page}")
    await theatre.play()
    return list(theatre.transport.room(MILWAUKEE).posts.values())[-1]


async def test_its_words_are_shown_formatted(theatre: Theatre) -> None:
    post = await _shown(theatre, "**We won.**\n\n- one\n- [two](https://example.org/a)")
    plain, rich = render(post)
    assert post.notice
    assert "<strong>We won.</strong>" in rich
    assert "<li>one</li>" in rich.replace("\n", "")
    assert "https://example.org/a" in rich
    assert "│ **We won.**" in plain
    assert plain.startswith("milwaukee-1:\nmanila: delivered")


async def test_no_markup_of_its_author_is_copied(theatre: Theatre) -> None:
    typed = "<h1>manila-9</h1> <img> **us**"
    _, rich = render(await _shown(theatre, typed))
    assert "<h1>" not in rich
    assert "<img" not in rich
    assert "&lt;h1&gt;manila-9" in rich


async def test_no_line_of_it_passes_for_the_bots(theatre: Theatre) -> None:
    post = await _shown(theatre, "We won.\nmanila: not delivered")
    assert Quote("We won.\nmanila: not delivered", "en") in post.blocks
    assert not any(isinstance(one, Line) and "not delivered" in one.text for one in post.blocks)


async def test_it_is_shown_in_the_language_in_which_it_was_written(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.play()
    await theatre.say(MILWAUKEE, CARL, "!group set language es")
    await theatre.say(MILWAUKEE, CARL, "!dispatch show 1")
    await theatre.play()
    post = list(theatre.transport.room(MILWAUKEE).posts.values())[-1]
    assert post.blocks[-1] == Quote("We won.", "en")


async def test_its_words_are_erased_once_they_were_shown(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!group set keep 0")
    await theatre.say(MILWAUKEE, CARL, "!group set keep 1")
    await _shown(theatre, "We **won** the hearing.")
    async with theatre.database.tx() as tx:
        rows = [tuple(row) for row in await tx.all("SELECT * FROM outbox")]
    assert rows
    assert "hearing" not in str(rows)


async def test_another_groups_dispatch_is_not_shown(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, "!dispatch We won.")
    await theatre.say(MANILA, BEN, "!dispatch show 1")
    await theatre.play()
    post = list(theatre.transport.room(MANILA).posts.values())[-1]
    assert not any(isinstance(one, Quote) for one in post.blocks if one.text == "We won.")
    assert "no " in render(post)[0].casefold()
