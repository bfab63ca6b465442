"""Long texts on their way: every part once, in order, and what the author wrote last stands in the end."""

from __future__ import annotations

import random

import pytest

from bot.domain.dispatch import LONGEST_TEXT
from bot.domain.parts import parts
from bot.domain.post import Fold, Quote
from tests.fakes import away
from tests.unit.handlers.cast import ANA, BEN, CARL, MANILA, MILWAUKEE
from tests.unit.pipeline.test_edited import JOINT, stands
from tests.unit.pipeline.theatre import Theatre


def lines(text: str) -> str:
    """A text with one part of sentences that the translator knows, and two that nobody knows."""
    return "\n\n".join(["Ganamos.\n" * 500, *(f"{text}{n} " * (7_000 // (len(text) + 2)) for n in (1, 2))])


async def play(theatre: Theatre) -> None:
    """The parts of a text are translated one after the other."""
    for _ in range(8):
        await theatre.play()


async def test_each_part_comes_in_order_translated_with_its_own_original(theatre: Theatre) -> None:
    text = "\n\n".join(["Ganamos.\n" * 500, "Gracias.\n" * 500])
    await theatre.say(MANILA, ANA, f"!dispatch {text}")
    await play(theatre)
    posts = list(theatre.transport.room(MILWAUKEE).posts.values())
    shown = [block.text for post in posts for block in post.blocks if isinstance(block, Quote)]
    assert [part.split("\n")[0] for part in shown] == ["We won.", "Thank you."]
    folds = [block.text for post in posts for block in post.blocks if isinstance(block, Fold)]
    assert folds == list(parts(text))
    assert "manila-1 (1/" in theatre.transport.texts(MILWAUKEE)[0]


async def test_the_author_hears_of_the_delivery_after_the_last_part(theatre: Theatre) -> None:
    await theatre.say(MILWAUKEE, CARL, f"!dispatch {lines('word')}")
    await theatre.play()
    assert "was delivered" not in theatre.read(MILWAUKEE)
    await play(theatre)
    assert theatre.read(MILWAUKEE).count("was delivered") == 1


async def test_urgent_parts_keep_their_order(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, "!dispatch Gracias.")
    await theatre.say(MANILA, ANA, f"!dispatch {lines('palabra')} urgent=yes")
    await play(theatre)
    read = [text for text in theatre.transport.texts(MILWAUKEE) if "Manila Tenants\n" in text]
    assert [text.split(" ·")[0] for text in read] == [
        "manila-2 (1/3)",
        "manila-2 (2/3)",
        "manila-2 (3/3)",
        "manila-1",
    ]


async def test_no_part_comes_twice_when_answers_are_lost_and_the_process_dies(theatre: Theatre) -> None:
    text = lines("palabra")
    await theatre.say(MANILA, ANA, f"!dispatch {text}")
    for _ in range(8):
        theatre.transport.lost[MILWAUKEE] = away(1)
        await theatre.play()
        theatre.start()
        theatre.clock.forward(minutes=10)
    await play(theatre)
    keys = theatre.transport.keys("send", MILWAUKEE)
    assert len(keys) > len(set(keys))
    assert len(stands(theatre, MILWAUKEE)) == len(parts(text))


async def test_forty_thousand_characters_arrive_whole(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, f"!dispatch {'x' * LONGEST_TEXT}")
    await play(theatre)
    assert "".join(stands(theatre, MILWAUKEE)) == "x" * LONGEST_TEXT


async def test_a_part_that_an_edit_adds_says_so(theatre: Theatre) -> None:
    source = await theatre.say(MANILA, ANA, "!dispatch Ganamos.")
    await play(theatre)
    await theatre.say(MANILA, ANA, f"!dispatch {lines('palabra')}", edits=source)
    await play(theatre)
    added = [text for text in theatre.transport.texts(MILWAUKEE) if "Added later" in text]
    assert [text.split(" ·")[0] for text in added] == ["manila-1 (2/3)", "manila-1 (3/3)"]


async def test_an_added_part_that_does_not_arrive_is_told(theatre: Theatre) -> None:
    source = await theatre.say(MILWAUKEE, CARL, "!dispatch Good morning")
    await play(theatre)
    await theatre.say(MILWAUKEE, CARL, f"!dispatch {lines('word')}", edits=source)
    await theatre.say(MANILA, ANA, "!twin pause")
    await play(theatre)
    assert theatre.read(MILWAUKEE).count("Your change of this message did not reach Manila Tenants.") == 1


async def test_parts_keep_their_order_beside_what_another_group_waits_for(theatre: Theatre) -> None:
    await theatre.say(MANILA, ANA, f"!dispatch {lines('palabra')}")
    await theatre.say(MANILA, ANA, "!dispatch Gracias.")
    await play(theatre)
    heads = [text.split(" ·")[0] for text in theatre.transport.texts(MILWAUKEE) if "Manila Tenants\n" in text]
    assert heads == ["manila-1 (1/3)", "manila-1 (2/3)", "manila-1 (3/3)", "manila-2"]


@pytest.mark.parametrize("seed", range(8))
async def test_random_long_edits_withdrawals_and_crashes_end_in_equal_states(
    theatre: Theatre, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 (a repeatable history)

    def text() -> str:
        words = [chance.choice(("foo", "bar", "baz")) for _ in range(chance.randrange(1, 5))]
        return "\n\n".join(f"{word} " * chance.choice((1, 1_700)) for word in words)

    said: dict[str, str] = {}
    for _ in range(20):
        new = text()
        if not said or chance.random() < 0.3:
            said[await theatre.say(MANILA, ANA, f"!dispatch {new}")] = new
        elif chance.random() < 0.75:
            source = chance.choice(list(said))
            await theatre.say(MANILA, ANA, f"!dispatch {new}", edits=source)
            said[source] = new
        else:
            source = chance.choice(list(said))
            await theatre.remove(MANILA, ANA, source)
            del said[source]
        match chance.randrange(6):
            case 0:
                await play(theatre)
            case 1:
                await theatre.translate()
            case 2:
                theatre.transport.lost[MILWAUKEE] = away(1)
                await theatre.play()
                theatre.start()
            case 3:
                theatre.transport.trouble[MILWAUKEE] = away(1)
                await theatre.play()
            case _:
                pass
        theatre.clock.forward(seconds=chance.choice((1, 20, 400)))
    for _ in range(4):
        theatre.clock.forward(minutes=10)
        await play(theatre)
    there = [part.rstrip() for one in said.values() for part in parts(one)]
    assert sorted(one.rstrip() for one in stands(theatre, MILWAUKEE)) == sorted(there)


async def test_of_a_long_text_its_author_sees_the_first_part_before_it_goes(theatre: Theatre) -> None:
    text = lines("word")
    await theatre.say(MILWAUKEE, CARL, f"!dispatch {text} preview=yes")
    await theatre.play()
    assert "It is long: this was the first of 3 parts." in theatre.transport.texts(MILWAUKEE)[-1]
    assert not stands(theatre, MANILA)
    await theatre.say(MILWAUKEE, CARL, "yes")
    await play(theatre)
    assert len(stands(theatre, MANILA)) == 3


async def test_a_part_that_had_nothing_to_translate_is_said_once_it_has(theatre: Theatre) -> None:
    await theatre.room(JOINT, [ANA], [BEN, CARL])
    await theatre.say(JOINT, ANA, "!joint milwaukee")
    await theatre.say(JOINT, CARL, "!joint manila")
    links = "\n".join(f"https://example.org/{number}" for number in range(230))
    source = await theatre.say(JOINT, BEN, "Ganamos.\n" * 500 + "\n" + links)
    await play(theatre)
    assert [text.split("\n")[0] for text in stands(theatre, JOINT)] == ["We won."]
    assert "Part 1 of 2" in theatre.read(JOINT)
    await theatre.say(JOINT, BEN, "Ganamos.\n" * 500 + "\nGracias.\n" + links, edits=source)
    await play(theatre)
    assert [text.split("\n")[0] for text in stands(theatre, JOINT)] == ["We won.", "Thank you."]
