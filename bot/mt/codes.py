"""From catalog languages to translation packages and back, through the table of `bot.domain.languages`."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TypeAlias

from bot.domain.languages import TONGUES, tongue

Direction: TypeAlias = tuple[str, str]
"""(from, to) in the engine's codes, as a package names them."""

PIVOT = "en"


def route(source: str, target: str, installed: AbstractSet[Direction]) -> tuple[Direction, ...]:
    """The packages that lead from one catalog language to another: one, two through English, or none."""
    try:
        starts, ends = tongue(source).engines, tongue(target).engines
    except KeyError:
        return ()
    if source == target:
        return ()
    for start in starts:
        for end in ends:
            if (start, end) in installed:
                return ((start, end),)
    for start in starts:
        for end in ends:
            if (start, PIVOT) in installed and (PIVOT, end) in installed:
                return ((start, PIVOT), (PIVOT, end))
    return ()


def pairs(installed: AbstractSet[Direction]) -> frozenset[tuple[str, str]]:
    """All pairs of catalog languages that can be translated with these packages, pivots included."""
    known = {code for direction in installed for code in direction}
    usable = [each.code for each in TONGUES if known.intersection(each.engines)]
    return frozenset((a, b) for a in usable for b in usable if route(a, b, installed))


def served(engine_code: str) -> bool:
    """True if some catalog language is written in this engine code."""
    return any(engine_code in each.engines for each in TONGUES)


def splitter_language(engine_code: str) -> str:
    """The language code that the sentence splitter knows for an engine code."""
    return {"pb": "pt", "zt": "zh", "nb": "no"}.get(engine_code, engine_code)
