"""The committed phrasebook packages against the sentences they were trained for, and others."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.rendering import Flag
from bot.pipeline.ports import Translation
from tests.phrasebook import phrases
from tests.unit.mt.engines import Engine


@pytest.fixture(scope="module")
def engine(phrasebook_dir: Path) -> Engine:
    return Engine(phrasebook_dir)


def over(engine: Engine, texts: list[str], direction: tuple[str, str]) -> list[Translation]:
    return [engine.translate(text, *direction) for text in texts]


def numbered(pair: tuple[str, str]) -> tuple[str, str]:
    """Numbers of this test's own where the template has protected spans."""
    one, two = pair
    for slot, value in (("{1}", "1,240"), ("{2}", "1,300")):
        one, two = one.replace(slot, value), two.replace(slot, value)
    return one, two


@pytest.mark.parametrize("direction", [("en", "es"), ("es", "en")])
def test_every_sentence_of_the_book_is_known(engine: Engine, direction: tuple[str, str]) -> None:
    pairs = [pair if direction == ("en", "es") else pair[::-1] for pair in phrases.PAIRS]
    results = over(engine, [source for source, _ in pairs], direction)
    wrong = [(a, r.text) for (a, b), r in zip(pairs, results, strict=True) if r.text != b or r.partial]
    assert wrong == []


@pytest.mark.parametrize("direction", [("en", "es"), ("es", "en")])
def test_of_the_fillings_that_were_held_out_98_in_100_are_right(
    engine: Engine, direction: tuple[str, str]
) -> None:
    pairs = [numbered(pair if direction == ("en", "es") else pair[::-1]) for pair in phrases.split()[1]]
    results = over(engine, [source for source, _ in pairs], direction)
    right = sum(r.text == b and not r.partial for (_, b), r in zip(pairs, results, strict=True))
    assert len(pairs) > 150
    assert right >= 0.98 * len(pairs)


UNKNOWN = (
    "The zebra ate my homework.",
    "We won the election.",
    "We won the hearing yesterday.",
    "The landlord withdrew the offer.",
    "40 families left.",
    "The tenants of Berlin stand with you.",
    "We do not stand with you.",
    "The vigil does not begin at 18:00 in front of the town hall.",
    "I love pizza.",
    "asdf ghjk",
    "Nanalo kami sa pagdinig.",
    "The judge is my cousin and she likes to dance all night long.",
)


@pytest.mark.parametrize("text", UNKNOWN)
def test_a_sentence_outside_of_the_book_stands_untranslated(engine: Engine, text: str) -> None:
    translation = engine.translate(text)
    assert translation.text == text
    assert [segment.flags for segment in translation.segments] == [(Flag.UNKNOWN,)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The vigil begins at 18:00 in front of the town hall. See https://x.org/a_b",
            "La vigilia empieza a las 18:00 frente al ayuntamiento. See https://x.org/a_b",
        ),
        ("We collected ₱1,500. 😀", "Juntamos ₱1,500. 😀"),
        ("we stand with you", "estamos con ustedes"),
        ("WE WON THE HEARING.", "GANAMOS LA AUDIENCIA."),
        ("Rosa: We won the hearing.", "Rosa: Ganamos la audiencia."),
        ("Thank you, Ana!", "Gracias, Ana!"),
        ("- We won!\n- 12 families stay.\n", "- ¡Ganamos!\n- 12 familias se quedan.\n"),
        ("The meeting is on Friday at 6 pm.", "La asamblea es el viernes a las 6 pm."),
    ],
)
def test_messages_of_the_demonstration_cross(engine: Engine, text: str, expected: str) -> None:
    assert engine.said(text) == expected
