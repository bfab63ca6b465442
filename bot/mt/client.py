"""The translator as the bot sees it: what can be translated, and the worker that does it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.domain.glossary import NO_GLOSSARY, Glossary
from bot.domain.rendering import Flag
from bot.log import Plain
from bot.mt import packages
from bot.mt.codes import ARGOS, PIVOT, Direction, Offers
from bot.mt.engine import Engine, EngineFailed
from bot.mt.supervisor import PAUSES, TIMEOUT, Supervisor
from bot.pipeline.ports import NoModel, Segment, Translation, TranslatorDown

log = logging.getLogger(__name__)


class WorkerTranslator:
    """The Translator port, by a worker process with the packages of `models_dir`.

    `order` names the engines, the first choice first; all but "argos" are in `outside`. Above
    `memory_cap_mb` the worker is started anew. `threads` translate at the same time. `timeout` and `pauses`
    are in seconds.
    """

    def __init__(
        self,
        models_dir: Path,
        memory_cap_mb: int,
        threads: int = 2,
        *,
        order: Sequence[str] = (ARGOS,),
        outside: Sequence[Engine] = (),
        timeout: float = TIMEOUT,
        pauses: Sequence[float] = PAUSES,
    ) -> None:
        self._models_dir = models_dir
        self._order = tuple(order)
        self._outside = {engine.name: engine for engine in outside}
        self._installed: tuple[int, frozenset[Direction]] = (-1, frozenset())
        arguments = (str(models_dir), str(memory_cap_mb), str(threads), ",".join(order))
        self._supervisor = Supervisor(arguments, memory_cap_mb, self._outside, timeout, pauses)

    @property
    def pid(self) -> int | None:
        """The worker's process id, if there is a worker."""
        process = self._supervisor.process
        return process.pid if process is not None else None

    @property
    def isolated(self) -> bool:
        """Whether the worker has a network namespace of its own."""
        process = self._supervisor.process
        return process is not None and process.isolated

    async def start(self) -> None:
        """Start the worker and wait until it is ready. A worker that does not come up is only logged."""
        await self._supervisor.start()

    async def close(self) -> None:
        """Stop the worker and the engines; who still waits gets TranslatorDown."""
        await self._supervisor.close()
        for engine in self._outside.values():
            await engine.close()

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs of catalog languages that can be translated, pivots included."""
        offers, _ = await self._offers()
        return offers.pairs()

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        """Translate whole messages between catalog languages. Raises NoModel, TranslatorDown."""
        if source == target or not texts:
            return [Translation(text, ()) for text in texts]
        answer = await self._translated(texts, source, target, glossary, {"backlog": backlog})
        found = [_translation(one) for one in answer["translations"]]
        if len(found) != len(texts):
            raise TranslatorDown("the worker lost a text")
        return found

    async def explain(
        self, texts: Sequence[str], source: str, target: str, glossary: Glossary = NO_GLOSSARY
    ) -> list[tuple[Translation, list[dict[str, Any]]]]:
        """Translate, and tell for each text what was tried. Raises NoModel, TranslatorDown."""
        answer = await self._translated(texts, source, target, glossary, {"trace": True})
        found = [_translation(one) for one in answer["translations"]]
        return list(zip(found, answer["traces"], strict=True))

    async def hypotheses(
        self, texts: Sequence[str], source: str, target: str, most: int = 1
    ) -> list[list[str]]:
        """What the models of Argos themselves say to sentences. Raises NoModel, TranslatorDown."""
        raw = {"raw": most, "only": [ARGOS]}
        answer = await self._translated(texts, source, target, NO_GLOSSARY, raw)
        return [list(one) for one in answer["hypotheses"]]

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        """Which of these languages the text is written in; None if that is not clear, or nobody answers."""
        if len(set(among)) < 2:
            return None
        try:
            answer = await self._supervisor.ask({"among": list(among), "texts": [text]})
        except TranslatorDown:
            return None
        found: str | None = answer["languages"][0]
        return found

    async def _translated(
        self, texts: Sequence[str], source: str, target: str, glossary: Glossary, more: dict[str, Any]
    ) -> dict[str, Any]:
        offers, unknown = await self._offers({source, target, PIVOT})
        if not offers.routes(source, target):
            if unknown:
                raise TranslatorDown("an engine does not say what it can do")
            raise NoModel(f"{source} → {target}")
        request = {"source": source, "target": target, "texts": list(texts), **more}
        if offers.others:
            request["outside"] = {name: sorted(pairs) for name, pairs in offers.others.items()}
            request["most"] = {name: self._outside[name].limits.hypotheses for name in offers.others}
        if glossary:
            request["glossary"] = {
                "corrections": dict(glossary.corrections),
                "terms": glossary.terms,
                "keep": glossary.keep,
            }
        answer = await self._supervisor.ask(request)
        error = answer.get("error")
        if error == "no-model":
            raise NoModel(f"{source} → {target}")
        if error is not None:
            raise TranslatorDown("the engines failed on this text")
        return answer

    async def _offers(self, among: set[str] | None = None) -> tuple[Offers, bool]:
        """What can be translated now, and whether an engine could not tell."""
        installed: frozenset[Direction] = frozenset()
        if ARGOS in self._order:
            installed = await asyncio.to_thread(self._directions)
        others, unknown = {}, False
        for name, engine in self._outside.items():
            try:
                pairs = await engine.pairs()
            except EngineFailed as error:
                log.warning("%s does not say what it can do: %s", Plain(name), Plain(error))
                unknown = True
                continue
            others[name] = frozenset(one for one in pairs if among is None or among.issuperset(one))
        return Offers(self._order, installed, others), unknown

    def _directions(self) -> frozenset[Direction]:
        changed = packages.changed(self._models_dir)
        if changed != self._installed[0]:
            try:
                found = packages.installed(self._models_dir)
            except packages.PackageError as error:
                log.warning("the list of translation packages cannot be read: %s", error)
                found = []
            self._installed = changed, frozenset((one.source, one.target) for one in found)
        return self._installed[1]


def _translation(one: dict[str, Any]) -> Translation:
    return Translation(
        text=one["text"],
        segments=tuple(
            Segment(source, target, tuple(Flag(flag) for flag in flags), corrected)
            for source, target, flags, corrected in one["segments"]
        ),
        via=one["via"],
        language=one["language"],
    )
