"""What survives a translation, and what is noticed when one is bad."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bot.mt.apertium import Apertium
from bot.mt.client import WorkerTranslator
from bot.mt.spans import spans, values
from bot.mt.verify import Case, digits, judge
from bot.pipeline.ports import Translation
from tests.bench.translation_failures import Pair, failures
from tests.bench.translation_pairs import PAIRS
from tests.phrasebook import phrases
from tests.unit.mt.texts import GLUE, NUMBERS, SPANS

MODES = Path("/usr/share/apertium/modes")
AT_ONCE = 40


def chats(count: int, seed: int) -> list[str]:
    """Messages as people write them: sentences, links, mentions, emoji, code, numbers, lists."""
    random = Random(seed)  # noqa: S311 - repeatable, no secret
    known = [numbered(english) for english, _ in phrases.PAIRS] + [english for english, _ in PAIRS]
    spans_of_chats = [span for span in SPANS if span.isprintable()]
    parts = (known, known, spans_of_chats, NUMBERS, ("and then", "please", "at", "with", "Rosa:"))
    found: dict[str, None] = {}
    while len(found) < count:
        pieces = [
            random.choice(random.choice(parts)) + random.choice(GLUE) for _ in range(random.randint(1, 6))
        ]
        found["".join(pieces)] = None
    return list(found)


def numbered(text: str) -> str:
    """A sentence of the phrasebook with numbers in its slots."""
    return text.replace("{1}", "1,240").replace("{2}", "18:30")


def kept(text: str, found: Translation) -> bool:
    """Whether every protected span and every digit of a message is there, as often as it was written."""
    return all(
        found.text.count(value) == text.count(value) for value in values(text, spans(text), hard=True)
    ) and not digits(text) - digits(found.text)


async def spans_kept(translator: WorkerTranslator, texts: list[str], target: str = "es") -> list[str]:
    """The messages that lost something without a flag."""
    lost: list[str] = []
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(text: str) -> None:
        async with slots:
            [found] = await translator.translate([text], "en", target)
            if not kept(text, found) and not any(segment.flags for segment in found.segments):
                lost.append(text)

    await asyncio.gather(*map(one, texts))
    return lost


@dataclass(frozen=True, slots=True)
class Flags:
    """How the flags did. `missed` counts what was not noticed, by kind."""

    caught: int
    made: int
    missed: dict[str, int]
    alarms: int
    sound: int


def flags(pairs: dict[tuple[str, str], list[Pair]]) -> Flags:
    """Failures made of the pairs from English to Spanish; false alarms among all pairs."""
    missed: dict[str, int] = {}
    caught = made = 0
    for kind, spoilt in failures(pairs["en", "es"]).items():
        unseen = [one for one in spoilt if not judge(Case.of(*one, ("en", "es"))).flags]
        made, caught = made + len(spoilt), caught + len(spoilt) - len(unseen)
        if unseen:
            missed[kind] = len(unseen)
    alarms = sum(
        bool(judge(Case.of(source, target, languages)).flags)
        for languages, sound in pairs.items()
        for source, target in sound
    )
    return Flags(caught, made, missed, alarms, sum(map(len, pairs.values())))


async def sound_pairs() -> dict[tuple[str, str], list[Pair]]:
    """Right pairs that no threshold was chosen by, Spanish to Catalan by Apertium where it is installed."""
    both = [(numbered(english), numbered(spanish)) for english, spanish in phrases.split()[1]] + list(PAIRS)
    pairs = {("en", "es"): both, ("es", "en"): [(spanish, english) for english, spanish in both]}
    engine = Apertium(MODES)
    try:
        if ("es", "ca") in await engine.pairs():
            spanish = [spanish for _, spanish in both]
            said = await engine.translate(spanish, "es", "ca")
            pairs["es", "ca"] = [(source, one[0]) for source, one in zip(spanish, said, strict=True)]
    finally:
        await engine.close()
    return pairs
