"""Real translation by Apertium's dictionaries: 30 dispatches between English, Spanish and Catalan.

Needs the packages apertium, apertium-eng-spa, apertium-spa-cat and cg3 of Debian, which `.ci/run` installs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from bot.domain.rendering import Flag
from bot.mt.apertium import Apertium
from bot.mt.blocks import Kind, blocks
from bot.mt.client import WorkerTranslator
from bot.mt.spans import spans, values
from bot.mt.verify import digits
from bot.pipeline.ports import Translation
from tests.unit.handlers.cast import ANA, CARL, EVA, MADRID, MANILA, MILWAUKEE, code_of, open_groups, twin
from tests.unit.pipeline.theatre import Theatre

pytestmark = [pytest.mark.system, pytest.mark.usefixtures("no_network")]

MODES = Path("/usr/share/apertium/modes")

ENGLISH = (
    "We won the hearing. 40 families stay in their homes.",
    (
        "The march begins at 18:00 in front of the town hall.\n\n- Bring water\n- Bring your neighbours"
        "\n- Do not bring children"
    ),
    "Write to @ana:example.org or see https://example.org/a_b?c=d for the letter.",
    "We need 1,500 signatures before 2027-05-01. We have 1,240.",
    "NOBODY WAS EVICTED TODAY.",
    "Rosa: the lawyers are working for free.",
    "Is everybody safe? Please call +63 2 1234 5678 😀",
    "> The landlord raised the rent by 12 %.\n\nWe will not pay it.",
    "| Day | Place |\n|---|---|\n| Monday | the park |\n| Friday | the school |",
    "Run `make news` and send us the file flyer.pdf, please.",
)
SPANISH = (
    "Ganamos la audiencia. 40 familias se quedan en sus casas.",
    (
        "La marcha empieza a las 18:00 frente al ayuntamiento.\n\n- Traigan agua\n- Traigan a sus vecinos"
        "\n- No traigan niños"
    ),
    "Escriban a @ana:example.org o vean https://example.org/a_b?c=d para leer la carta.",
    "Necesitamos 1.500 firmas antes del 2027-05-01. Tenemos 1.240.",
    "HOY NO DESALOJARON A NADIE.",
    "Rosa: las abogadas trabajan gratis.",
    "¿Están todos a salvo? Por favor llamen al +63 2 1234 5678 😀",
    "> El propietario subió la renta un 12 %.\n\nNo la pagaremos.",
    "| Día | Lugar |\n|---|---|\n| lunes | el parque |\n| viernes | la escuela |",
    "Ejecuten `make news` y mándennos el archivo flyer.pdf, por favor.",
)
CATALAN = (
    "Hem guanyat la vista. 40 famílies es queden a casa seva.",
    (
        "La marxa comença a les 18:00 davant de l'ajuntament.\n\n- Porteu aigua\n- Porteu els veïns"
        "\n- No porteu nens"
    ),
    "Escriviu a @ana:example.org o mireu https://example.org/a_b?c=d per llegir la carta.",
    "Necessitem 1.500 signatures abans del 2027-05-01. En tenim 1.240.",
    "AVUI NO HAN DESNONAT NINGÚ.",
    "Rosa: les advocades treballen de franc.",
    "Esteu tots bé? Si us plau, truqueu al +63 2 1234 5678 😀",
    "> El propietari ha apujat el lloguer un 12 %.\n\nNo el pagarem.",
    "| Dia | Lloc |\n|---|---|\n| dilluns | el parc |\n| divendres | l'escola |",
    "Executeu `make news` i envieu-nos el fitxer flyer.pdf, si us plau.",
)
DIRECTIONS = {("en", "es"): ENGLISH, ("es", "en"): SPANISH, ("es", "ca"): SPANISH, ("ca", "es"): CATALAN}


@pytest_asyncio.fixture
async def translator(tmp_path: Path) -> AsyncIterator[WorkerTranslator]:
    built = WorkerTranslator(tmp_path / "models", 500, order=("apertium",), outside=[Apertium(MODES)])
    pairs = await built.pairs()
    assert DIRECTIONS.keys() <= pairs, "apt-get install apertium apertium-eng-spa apertium-spa-cat cg3"
    yield built
    await built.close()


def structure(text: str) -> list[str]:
    """What of a message is no words: white space, bullets, bars, code."""
    return [block.text for block in blocks(text) if block.kind is not Kind.WORDS]


def sound(text: str, found: Translation) -> None:
    """Nothing is lost, whatever the words are worth."""
    for value in values(text, spans(text), hard=True):
        assert found.text.count(value) == text.count(value), value
    assert digits(found.text) == digits(text)
    assert structure(found.text) == structure(text)
    assert not any(segment.target is None for segment in found.segments), found.segments


@pytest.mark.parametrize("direction", DIRECTIONS, ids="-".join)
async def test_spans_numbers_and_structure_survive_real_engines(
    direction: tuple[str, str], translator: WorkerTranslator
) -> None:
    texts = DIRECTIONS[direction]
    found = await translator.translate(texts, *direction)
    for text, translation in zip(texts, found, strict=True):
        sound(text, translation)
        assert translation.text != text
    doubts = [flag for translation in found for segment in translation.segments for flag in segment.flags]
    sentences = sum(len(translation.segments) for translation in found)
    assert len(doubts) <= 0.2 * sentences, doubts
    assert Flag.SPANS not in doubts


@pytest.mark.parametrize(
    ("source", "target", "text", "found"),
    [
        ("es", "ca", "veo el lunes", "veig el dilluns"),
        ("es", "ca", "veo el lunes.", "veig el dilluns."),
        ("en", "es", "He said no", "Dijo no"),
        ("en", "es", "Wait...", "Espera..."),
    ],
)
async def test_the_last_word_of_a_text_without_a_full_stop_is_not_lost(
    source: str, target: str, text: str, found: str
) -> None:
    engine = Apertium(MODES)
    try:
        assert await engine.translate([text], source, target) == [[found]]
    finally:
        await engine.close()


async def test_the_programs_of_apertium_open_no_socket(translator: WorkerTranslator) -> None:
    await translator.translate([ENGLISH[0]], "en", "es")
    names = set()
    for program in psutil.Process().children(recursive=True):
        names.add(program.name())
        assert program.net_connections("all") == []
    assert "lt-proc" in names


async def test_30_dispatches_cross_between_three_groups(tmp_path: Path, translator: WorkerTranslator) -> None:
    theatre = await Theatre.build(tmp_path)
    try:
        theatre.translator = translator  # type: ignore[assignment]  # a real one in the fake one's place
        theatre.start()
        await open_groups(theatre)
        await twin(theatre)
        async with theatre.database.tx() as tx:  # the bot itself speaks no Catalan yet
            await tx.run("UPDATE grp SET language = 'ca' WHERE room_id = ?", MADRID)
        code = await code_of(theatre, MADRID, EVA)
        await theatre.say(MANILA, ANA, f"!twin propose {code}")
        await theatre.say(MADRID, EVA, "!twin accept manila")
        await theatre.play()
        for room_id, steward, texts, question, yes in (
            (MANILA, ANA, SPANISH, "¿Lo envío de todos modos?", "sí"),
            (MILWAUKEE, CARL, ENGLISH, "Send it anyway?", "yes"),
            (MADRID, EVA, CATALAN, "Send it anyway?", "yes"),
        ):
            for text in texts:
                before = theatre.read(room_id).count(question)
                await theatre.say(room_id, steward, f"!dispatch {text}")
                await theatre.play()
                if theatre.read(room_id).count(question) > before:  # a place with its hour, an account
                    await theatre.say(room_id, steward, yes)
        await theatre.play()
        crossing = {MILWAUKEE: ("manila", SPANISH), MADRID: ("manila", SPANISH)}
        for room_id, (name, texts) in crossing.items():
            _arrived(theatre, room_id, name, texts)
        _arrived(theatre, MANILA, "milwaukee", ENGLISH)
        _arrived(theatre, MANILA, "madrid", CATALAN)
    finally:
        await theatre.close()


async def test_rooms_of_several_languages_and_previews_with_real_engines(
    tmp_path: Path, translator: WorkerTranslator
) -> None:
    theatre = await Theatre.build(tmp_path)
    try:
        theatre.translator = translator  # type: ignore[assignment]  # a real one in the fake one's place
        theatre.start()
        await open_groups(theatre)
        await twin(theatre)
        code = await code_of(theatre, MADRID, EVA)
        await theatre.say(MANILA, ANA, f"!twin propose {code}")
        await theatre.say(MADRID, EVA, "!twin accept manila")
        await theatre.say(MILWAUKEE, CARL, "!group set languages en,ca")
        await theatre.say(MADRID, EVA, "!group set languages es,ca")
        await theatre.play()
        await theatre.say(MANILA, ANA, f"!dispatch {SPANISH[0]} to=milwaukee preview=yes")
        await theatre.play()
        english, catalan, _ = theatre.transport.texts(MANILA)[-3:]
        assert "families" in english.split("\n")[1]
        assert "famílies" in catalan.split("\n")[1]
        assert "40 familias" in catalan.split("\n")[2]
        await theatre.say(MANILA, ANA, "sí")
        await theatre.play()
        [copy] = [text for text in theatre.transport.texts(MILWAUKEE) if text.startswith("manila-1 ·")]
        assert english.split("\n")[1] in copy
        assert f"Català · machine-translated from Spanish: {catalan.split(chr(10))[1]}" in copy
        assert copy.count(SPANISH[0]) == 1
        for text in (CATALAN[0], SPANISH[5]):
            await theatre.say(MADRID, EVA, f"!dispatch {text}")
        await theatre.play()
        first, second = [text for text in theatre.transport.texts(MANILA) if text.startswith("madrid-")]
        assert "40 familias" in first
        assert "catalán · original" in first
        assert second == f"madrid-2 · Vecinas de Madrid\n{SPANISH[5]}"  # it was written in their language
    finally:
        await theatre.close()


def _arrived(theatre: Theatre, room_id: str, name: str, texts: tuple[str, ...]) -> None:
    """Every dispatch is there once, translated, the original beside it."""
    shown = theatre.transport.texts(room_id)
    for number, text in enumerate(texts, start=1):
        [copy] = [one for one in shown if one.startswith(f"{name}-{number} ·")]
        translation, _, original = copy.partition("original: ")
        assert text in original
        assert "⚠ not translated" not in copy
        for value in values(text, spans(text), hard=True):
            assert translation.count(value) >= text.count(value)
