"""The models of this machine as an engine like the others: sentences in, hypotheses out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.mt.client import WorkerTranslator
from bot.mt.codes import ARGOS, Offers
from bot.mt.engine import EngineFailed, Limits
from bot.mt.packages import PackageError, installed
from bot.pipeline.ports import NoModel, TranslatorDown


class Argos:
    """The packages of `models_dir`, in a worker process of its own."""

    name = ARGOS
    limits = Limits(texts=256, characters=50_000, calls=4, hypotheses=4)

    def __init__(self, models_dir: Path, memory_cap_mb: int = 600, threads: int = 1) -> None:
        self._models_dir = models_dir
        self._worker = WorkerTranslator(models_dir, memory_cap_mb, threads)

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """The pairs that a package translates by itself. Raises EngineFailed."""
        offers = Offers((ARGOS,), frozenset(await self._directions()))
        return frozenset(pair for pair in offers.pairs() if offers.legs(*pair))

    async def translate(
        self, texts: Sequence[str], source: str, target: str, hypotheses: int = 1
    ) -> list[list[str]]:
        """What the model says. Raises EngineFailed."""
        try:
            return await self._worker.hypotheses(texts, source, target, hypotheses)
        except (NoModel, TranslatorDown) as error:
            raise EngineFailed(f"argos: {error}") from error

    async def close(self) -> None:
        """End the worker."""
        await self._worker.close()

    async def _directions(self) -> set[tuple[str, str]]:
        try:
            found = await asyncio.to_thread(installed, self._models_dir)
        except PackageError as error:
            raise EngineFailed(str(error)) from error
        return {(one.source, one.target) for one in found}
