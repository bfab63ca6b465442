"""Promise G17 in small: an attacker's program over the disk of ended rounds finds nothing it looks for."""

from __future__ import annotations

from pathlib import Path
from random import Random

from bot.domain.vault import veils
from bot.storage import inlet
from tests.bench import redlines_attack as attack
from tests.unit.handlers.cast import BEN, MANILA
from tests.unit.pipeline.audit.rounds import PEOPLE, chat, meet, opened
from tests.unit.pipeline.theatre import Theatre


async def test_the_disk_of_ended_rounds_tells_no_more_than_the_sheets(
    theatre: Theatre, tmp_path: Path
) -> None:
    random = Random(17)  # noqa: S311 (a fixed seed)
    await meet(theatre, *PEOPLE)
    for number in (1, 2, 3):
        truth = await attack.held_round(theatre, random, number)
        assert truth.secret
        image = await attack.image_of(theatre, tmp_path)
        assert attack.traces(image, truth) == []
        sheets = attack.from_the_sheets(truth, random)
        for name in ("gaps between rows", "keys on the disk", "what lies beside"):
            guess = attack.STRATEGIES[name](image, truth, sheets)
            assert guess == sheets, name


async def test_the_attacker_finds_what_a_careless_program_would_leave(
    theatre: Theatre, tmp_path: Path
) -> None:
    random = Random(17)  # noqa: S311 (a fixed seed)
    await meet(theatre, *PEOPLE)
    truth = await attack.held_round(theatre, random, 1)
    sheets = attack.from_the_sheets(truth, random)
    (words, author), *_ = truth.authors.items()
    (tmp_path / "left.log").write_text(f"{author} wrote: {words}")
    image = await attack.image_of(theatre, tmp_path)
    guess = attack.STRATEGIES["what lies beside"](image, truth, sheets)
    assert guess.authors[words] == author
    (tmp_path / "left.key").write_bytes(truth.secret)
    assert attack.traces(await attack.image_of(theatre, tmp_path), truth)


async def test_events_of_direct_chats_are_remembered_under_names_that_end_with_the_round(
    theatre: Theatre,
) -> None:
    await meet(theatre, *PEOPLE)
    await theatre.say(chat(BEN), BEN, "before")
    await opened(theatre)
    said = await theatre.say(chat(BEN), BEN, "during")
    in_the_room = await theatre.say(MANILA, BEN, "in the room")
    async with theatre.database.tx() as tx:
        kept = {row[0]: row[1] for row in await tx.all("SELECT event_id, at FROM seen")}
        assert said not in kept
        assert in_the_room in kept
        assert await inlet.is_seen(tx, said, theatre.vault)
        assert await inlet.seen_among(tx, [said, "$other"], theatre.vault) == {said}
        assert kept[veils(theatre.vault, said)[-1]] % 86_400_000 == 0
        theatre.vault.create(99)  # another round is opened
        assert await inlet.is_seen(tx, said, theatre.vault)
        now = theatre.clock.now()
        await inlet.mark_seen(tx, "$said-in-both", now, room_id=chat(BEN), vault=theatre.vault)
        theatre.vault.destroy(1)
        assert not await inlet.is_seen(tx, said, theatre.vault)
        assert await inlet.is_seen(tx, "$said-in-both", theatre.vault)
