"""From catalog languages to what leads from one to the other: packages of Argos, and other engines.

A direct way goes before one through English; among those of a kind the order of the configuration decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeAlias

from bot.domain.languages import TONGUES, tongue

Direction: TypeAlias = tuple[str, str]
"""(from, to) in the engine's codes, as a package names them."""
Pair: TypeAlias = tuple[str, str]
"""(source, target) as catalog languages."""

PIVOT = "en"
ARGOS = "argos"


@dataclass(frozen=True, slots=True)
class Leg:
    """One engine for one hop between catalog languages; `direction` names the package of Argos."""

    engine: str
    source: str
    target: str
    direction: Direction = ("", "")


@dataclass(frozen=True, slots=True)
class Offers:
    """What there is: the engines in the order of the configuration, and what each can do."""

    order: tuple[str, ...]
    packages: frozenset[Direction] = frozenset()
    others: Mapping[str, AbstractSet[Pair]] | None = None

    def legs(self, source: str, target: str) -> tuple[Leg, ...]:
        """All that lead directly from one language to the other, the first choice first."""
        found: list[Leg] = []
        for engine in self.order:
            if engine == ARGOS:
                found += [
                    Leg(engine, source, target, one) for one in _directions(source, target, self.packages)
                ]
            elif (source, target) in (self.others or {}).get(engine, ()):
                found.append(Leg(engine, source, target))
        return tuple(found)

    def routes(self, source: str, target: str) -> list[tuple[tuple[Leg, ...], ...]]:
        """All routes: each a tuple of hops, each hop a tuple of legs."""
        if source == target:
            return []
        found: list[tuple[tuple[Leg, ...], ...]] = []
        if direct := self.legs(source, target):
            found.append((direct,))
        if PIVOT not in (source, target):
            hops = self.legs(source, PIVOT), self.legs(PIVOT, target)
            if all(hops):
                found.append(hops)
        return found

    def pairs(self) -> frozenset[Pair]:
        """All pairs of catalog languages that can be translated, pivots included."""
        codes = {code for direction in self.packages for code in direction}
        usable = {each.code for each in TONGUES if codes.intersection(each.engines)}
        usable |= {code for pairs in (self.others or {}).values() for pair in pairs for code in pair}
        return frozenset((a, b) for a in usable for b in usable if self.routes(a, b))


def _directions(source: str, target: str, installed: AbstractSet[Direction]) -> Sequence[Direction]:
    """The packages for a pair, that for the very region before that for the plain language."""
    try:
        starts, ends = tongue(source).engines, tongue(target).engines
    except KeyError:
        return ()
    return [(start, end) for start in starts for end in ends if start != end and (start, end) in installed]


def served(engine_code: str) -> bool:
    """True if some catalog language is written in this engine code."""
    return any(engine_code in each.engines for each in TONGUES)
