"""Long texts cross in parts: every part arrives, and follows its author, also after downtime."""

from __future__ import annotations

from tests.integration.conftest import Cast, Home


def _text(*names: str) -> str:
    """A text with one part for each name."""
    return "\n\n".join(f"{name} " * (7_000 // (len(name) + 1)) for name in names)


def _parts(home: Home) -> list[tuple[str, str]]:
    """The parts that the group's room shows: the number of each, and its words."""
    found = []
    for shown in home.member.screen(home.room):
        header, *lines = shown.body.split("\n")
        if header.startswith("manila-1 ("):
            words = " ".join(line.strip("│ ") for line in lines if line.startswith("│"))
            found.append((header.partition("(")[2].partition(")")[0], words))
    return found


async def test_the_parts_of_a_long_text_follow_it(cast: Cast) -> None:
    process = await cast.bot()
    await process.start()
    manila, oaxaca = await cast.twins(process)

    async def reads(*expected: tuple[str, str]) -> None:
        def same() -> bool:
            return [(number, words[:3]) for number, words in _parts(oaxaca)] == list(expected)

        await oaxaca.member.wait_until(same, 60, "these parts")

    source = await manila.steward.say(manila.room, f"!dispatch {_text('one', 'two', 'six')}")
    await reads(("1/3", "one"), ("2/3", "two"), ("3/3", "six"))
    await manila.steward.wait_for(manila.room, "manila-1 was delivered to oaxaca")
    await process.stop()
    await manila.steward.edit(manila.room, source, f"!dispatch {_text('one', 'ten')}")
    await process.start()
    await reads(("1/3", "one"), ("2/2", "ten"))
    await process.stop()
    await manila.steward.redact(manila.room, source)
    await process.start()
    await reads()


async def test_forty_thousand_characters_without_a_blank_arrive(cast: Cast) -> None:
    process = await cast.bot()
    await process.start()
    manila, oaxaca = await cast.twins(process)
    await manila.steward.say(manila.room, f"!dispatch {'x' * 40_000}")
    await oaxaca.member.wait_until(lambda: len(_parts(oaxaca)) == 6, 60, "six parts")
    assert [number for number, _ in _parts(oaxaca)] == [f"{n}/6" for n in range(1, 7)]
    assert "".join(words for _, words in _parts(oaxaca)) == "x" * 40_000
