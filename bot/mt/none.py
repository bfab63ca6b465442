"""The translator of installations without an engine."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.glossary import NO_GLOSSARY, Glossary, normalised
from bot.pipeline.ports import NoModel, Segment, Translation


class NoTranslator:
    """The Translator port without any engine: everything crosses untranslated, but for people's own words."""

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to stop."""

    async def pairs(self) -> frozenset[tuple[str, str]]:
        """None at all."""
        return frozenset()

    async def translate(
        self,
        texts: Sequence[str],
        source: str,
        target: str,
        glossary: Glossary = NO_GLOSSARY,
        *,
        backlog: bool = False,
    ) -> list[Translation]:
        """Raises NoModel, unless there is nothing to translate or people have done it."""
        if source == target or not texts:
            return [Translation(text, ()) for text in texts]
        own = [glossary.corrections.get(normalised(text)) for text in texts]
        found = [
            Translation(words, (Segment(text, words, corrected=True),))
            for text, words in zip(texts, own, strict=True)
            if words is not None
        ]
        if len(found) < len(texts):
            raise NoModel(f"{source} → {target}")
        return found

    async def detect(self, text: str, among: Sequence[str]) -> str | None:
        """Nothing here can tell."""
        return None
