"""The vocabulary of the pipeline: what it asks of engines, and the ways from one language to another.

The pipeline itself talks to no engine. Its stages are generators: they yield a `Need`, and are sent what the
engine said, or have EngineFailed thrown in. Whoever drives them may so put the needs of many messages into
one batch, and wait for an engine without a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from bot.mt.shield import Form

Decoder: TypeAlias = Hashable
"""Stands for an engine in one direction; only who drives the pipeline knows what it means."""
Hypotheses: TypeAlias = list[list[str]]
"""For each text its translations, the best first; none for a text that the engine cannot take."""


class NoWay(Exception):
    """No usable engine leads from one language to the other."""


@dataclass(frozen=True, slots=True)
class Need:
    """Texts that an engine has to translate before the pipeline can go on, at most so many ways each."""

    decoder: Decoder
    texts: tuple[str, ...]
    hypotheses: int = 1


_T = TypeVar("_T")
Steps: TypeAlias = Generator[Need, Hypotheses, _T]


@dataclass(frozen=True, slots=True)
class Way:
    """One engine for one hop, between catalog languages.

    `form` is the shape of placeholders that it carries through; None if that is to be found out. `back` is
    the engine of the reverse direction; a `phrasebook` without one knows nothing. `hypotheses` is how many
    it can give for a sentence, which takes longer than one.
    """

    source: str
    target: str
    decoder: Decoder
    form: Form | None = None
    phrasebook: bool = False
    back: Decoder | None = None
    engine: str = ""
    hypotheses: int = 1


@dataclass(frozen=True, slots=True)
class Hop:
    """One step from language to language; the first way that works is taken. Opening one may raise NoWay."""

    source: str
    target: str
    ways: tuple[Callable[[], Way], ...]


@dataclass(slots=True)
class Plan:
    """Routes from `source` to `target`, the best first; each is one hop, or two through a pivot.

    `forms` remembers what was found out about placeholders.
    """

    source: str
    target: str
    routes: Sequence[Sequence[Hop]]
    forms: dict[Decoder, Form] = field(default_factory=dict)


def drive(steps: Steps[_T], answer: Callable[[Need], Hypotheses]) -> _T:
    """Run a pipeline to its end with an engine that answers at once. `answer` may raise EngineFailed."""
    from bot.mt.engine import EngineFailed

    try:
        need = next(steps)
        while True:
            try:
                said = answer(need)
            except EngineFailed as error:
                need = steps.throw(error)
            else:
                need = steps.send(said)
    except StopIteration as end:
        value: Any = end.value
        return value  # type: ignore[no-any-return]  # the generator's own type says what it returns
