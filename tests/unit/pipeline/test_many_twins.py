"""One dispatch to twenty twins in several languages: translated once a language, each twin on its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.text import t
from bot.pipeline.ports import Refused
from tests.fakes import FakeTranslator, away
from tests.unit.handlers.cast import ANA, MANILA, code_of, open_groups
from tests.unit.pipeline.theatre import PHRASES, Theatre

LANGUAGES = ("en", "es", "fr", "pt", "de")
TWINS = {f"t{number}": f"!t{number}:here.example" for number in range(20)}
SAID = {"en": "We won.", "fr": "On a gagné.", "pt": "Ganhamos.", "de": "Wir haben gewonnen."}


def _language(handle: str) -> str:
    return LANGUAGES[int(handle[1:]) % len(LANGUAGES)]


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Theatre]:
    """Manila (Spanish) and its twenty twins, four in each language."""
    theatre = await Theatre.build(tmp_path)
    others = {("es", language): {"Ganamos.": said} for language, said in SAID.items()}
    theatre.translator = FakeTranslator({**PHRASES, **others})
    theatre.start()
    await open_groups(theatre)
    for handle, room in TWINS.items():
        steward = f"@{handle}:here.example"
        await theatre.room(room, [steward], [f"@m{handle}:here.example"])
        await theatre.ask(room, steward, f'!group create {handle} "Group {handle}"')
        code = await code_of(theatre, room, steward)
        await theatre.ask(MANILA, ANA, f"!twin propose {code}")
        await theatre.ask(room, steward, "!twin accept manila")
        async with theatre.database.tx() as tx:  # there are no catalogs of all of them
            await tx.run("UPDATE grp SET language = ? WHERE room_id = ?", _language(handle), room)
    for room in (MANILA, *TWINS.values()):
        await theatre.deliver(room)
    theatre.translator.calls.clear()
    yield theatre
    await theatre.close()


def _has(theatre: Theatre, handle: str) -> bool:
    wanted = SAID.get(_language(handle), "Ganamos.")
    return f"{theatre.read(TWINS[handle])}\n".count(f"{wanted}\n") == 1


async def test_each_language_is_translated_into_once(many: Theatre) -> None:
    await many.say(MANILA, ANA, "!dispatch Ganamos.")
    await many.play()
    assert [handle for handle in TWINS if not _has(many, handle)] == []
    asked = Counter(target for texts, _, target in many.translator.calls if "Ganamos." in texts)
    assert asked == dict.fromkeys(SAID, 1)


async def test_an_edit_for_twenty_twins_is_translated_once_a_language(many: Theatre) -> None:
    source = await many.say(MANILA, ANA, "!dispatch Gracias.")
    await many.play()
    many.translator.calls.clear()
    await many.say(MANILA, ANA, "!dispatch Ganamos.", edits=source)
    await many.play()
    assert [handle for handle in TWINS if not _has(many, handle)] == []
    asked = Counter(target for texts, _, target in many.translator.calls if "Ganamos." in texts)
    assert asked == dict.fromkeys(SAID, 1)


async def test_a_slow_a_broken_and_a_paused_twin_delay_no_other(many: Theatre) -> None:
    many.transport.trouble[TWINS["t3"]] = away(50)
    many.transport.trouble[TWINS["t4"]] = [Refused("M_FORBIDDEN")]
    await many.ask(TWINS["t5"], "@t5:here.example", "!twin pause")
    await many.deliver(MANILA)
    await many.say(MANILA, ANA, "!dispatch Ganamos.")
    await many.play()
    late = ["t3", "t4", "t5"]
    assert [handle for handle in TWINS if not _has(many, handle)] == late
    for command in ("!dispatches", "!dispatch show 1"):
        before = len(many.read(MANILA))
        await many.say(MANILA, ANA, command)
        await many.play()
        said = many.read(MANILA)[before:]
        for handle in TWINS.keys() - set(late):
            assert many.catalogs.say(t("{twin}: delivered", twin=handle), "es") in said
        waits = t("{twin}: still waiting to be sent, I keep trying", twin="t3")
        refused = t("{twin}: not delivered, their room does not take my messages", twin="t4")
        assert many.catalogs.say(waits, "es") in said
        assert many.catalogs.say(refused, "es") in said
    many.transport.trouble.clear()
    many.clock.forward(minutes=10)
    await many.play()
    assert [handle for handle in TWINS if not _has(many, handle)] == ["t4", "t5"]


async def test_a_language_without_a_model_holds_up_no_other(many: Theatre) -> None:
    many.translator.phrases = {
        pair: known for pair, known in many.translator.phrases.items() if pair[1] != "de"
    }
    await many.say(MANILA, ANA, "!dispatch Ganamos.")
    await many.play()
    without = [handle for handle in TWINS if _language(handle) == "de"]
    assert [handle for handle in TWINS if not _has(many, handle)] == without
    assert all("Ganamos." in many.read(TWINS[handle]) for handle in without)


async def test_for_some_of_them_nobody_else_gets_it(many: Theatre) -> None:
    await many.say(MANILA, ANA, "!dispatch to=t7,t9 Ganamos.")
    await many.play()
    assert [handle for handle in TWINS if _has(many, handle)] == ["t7", "t9"]
