"""Engines: what turns sentences into sentences, and nothing more.

All of them are behind one small protocol. Everything that makes a translation fit to rely on (spans,
glossary, checks) is done around them and the same for all; see `message`. Text goes nowhere but to the
engines that the configuration names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


class EngineFailed(Exception):
    """The engine cannot be reached, died, took too long or answered nonsense.

    The text is for the log, and holds nothing of what was to be translated or was answered.
    """


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may hold: texts, characters of all of them together, calls at a time.

    `hypotheses` is the most that it gives for a text.
    """

    texts: int
    characters: int
    calls: int
    hypotheses: int = 1


class Engine(Protocol):
    """One way to translate, by its name in the configuration."""

    @property
    def name(self) -> str: ...

    @property
    def limits(self) -> Limits: ...

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The (source, target) pairs of catalog languages that it translates itself, without a pivot.

        Raises EngineFailed while that cannot be known.
        """
        ...

    async def translate(
        self, texts: Sequence[str], source: str, target: str, hypotheses: int = 1
    ) -> list[list[str]]:
        """For each sentence at most so many translations, the best first; none if it cannot take it.

        Raises EngineFailed.
        """
        ...

    async def close(self) -> None: ...
