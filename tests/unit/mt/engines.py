"""Engines that answer at once, and plans that lead over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bot.domain.glossary import NO_GLOSSARY, Glossary
from bot.mt.argos import Models
from bot.mt.codes import Offers
from bot.mt.message import Trace, translate
from bot.mt.shield import Form
from bot.mt.ways import Hop, Hypotheses, Need, Plan, Way, drive
from bot.pipeline.ports import Translation

Says = Callable[[Sequence[str]], list[list[str]]]
FORM = Form("⟦{}⟧")


def way(
    says: Says,
    source: str = "en",
    target: str = "es",
    *,
    book: bool = False,
    back: Says | None = None,
    hypotheses: int = 1,
) -> Way:
    """An engine that is a function."""
    return Way(source, target, says, FORM, phrasebook=book, back=back, hypotheses=hypotheses)


def _same(one: Way) -> Way:
    return one


def plan(*hops: Way | Sequence[Way]) -> Plan:
    """A plan with one route over these hops; a hop may have several engines."""
    listed = [[hop] if isinstance(hop, Way) else list(hop) for hop in hops]
    route = [
        Hop(ways[0].source, ways[0].target, tuple(partial(_same, one) for one in ways)) for ways in listed
    ]
    return Plan(listed[0][0].source, listed[-1][0].target, [route])


def answer(need: Need) -> Hypotheses:
    """What a function that stands for an engine says."""
    assert callable(need.decoder)
    said: Hypotheses = need.decoder(need.texts)
    return [one[: need.hypotheses] for one in said]


def said(
    text: str, *hops: Way | Sequence[Way], glossary: Glossary = NO_GLOSSARY, trace: Trace | None = None
) -> Translation:
    """A message over these hops."""
    return drive(translate(text, plan(*hops), glossary, trace), answer)


class Engine:
    """Real models of a folder, in this process."""

    def __init__(self, models_dir: Path, cap_mb: int = 500) -> None:
        self.models = Models(models_dir, cap_mb, 1)
        self._forms: dict[object, Form] = {}

    def plan(self, source: str = "en", target: str = "es") -> Plan:
        """What leads from one language to the other now."""
        routes = Offers(("argos",), frozenset(self.models.usable())).routes(source, target)
        hops = [
            [
                Hop(
                    legs[0].source,
                    legs[0].target,
                    tuple(partial(self.models.way, leg.source, leg.target, leg.direction) for leg in legs),
                )
                for legs in route
            ]
            for route in routes
        ]
        return Plan(source, target, hops, self._forms)

    def translate(self, text: str, source: str = "en", target: str = "es") -> Translation:
        """A message. Raises NoWay."""
        return drive(translate(text, self.plan(source, target)), self.answer)

    def answer(self, need: Need) -> Hypotheses:
        """What a model says."""
        return self.models.of(need.decoder).decode(need.texts, need.hypotheses)  # type: ignore[arg-type]  # only Local here

    def said(self, text: str, source: str = "en", target: str = "es") -> str:
        """The words of a translated message."""
        return self.translate(text, source, target).text
