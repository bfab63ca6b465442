"""The models: loaded from the packages of a folder, the least used ones dropped, decoded with caps.

Runs in the worker only. Importing argostranslate makes folders, so `XDG_*` and `ARGOS_*` point elsewhere
before it happens; `argostranslate.translate` and onnxruntime are never imported.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import argostranslate.package
import ctranslate2

from bot.mt import packages
from bot.mt.codes import Direction
from bot.mt.packages import Package
from bot.mt.shield import Form
from bot.mt.ways import NoWay, Way

BATCH = 32
BEAM = 4
"""For phrasebooks 1: they are sure of what they know, and the round trip judges the rest.

The best hypothesis alone is looked for without a length penalty, which lets the search end as soon as it is
found. With a penalty and the usual patience it ends too early: of 174 sentences that greedy search gets
right, 172; without a penalty, or with a patience of 2, all of them. Hence 2 where several are wanted.
"""
LONGEST_INPUT = 450
"""Pieces of a sentence that a model takes; positions beyond 500 do not exist in most."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Local:
    """The decoder of a package, by its name and content."""

    name: str
    file_hash: str


class _Tokenizer(Protocol):
    def encode(self, sentence: str) -> list[str]: ...

    def decode(self, tokens: list[str]) -> str: ...


@dataclass(slots=True)
class Model:
    """A loaded package. `size` is what its files weigh, in bytes; `used` orders by last use."""

    package: Package
    translator: ctranslate2.Translator
    tokenizer: _Tokenizer
    prefix: str
    size: int
    used: float = 0.0

    @property
    def decoder(self) -> Local:
        """What stands for it in the pipeline."""
        return Local(self.package.name, self.package.file_hash)

    def decode(self, sentences: Sequence[str], hypotheses: int = 1) -> list[list[str]]:
        """Hypotheses of each sentence, the best first; none for one that is too long or cannot be encoded."""
        encoded = [self._encode(sentence) for sentence in sentences]
        options: dict[str, Any] = {"beam_size": BEAM, "length_penalty": 0.0}
        if self.package.phrasebook:
            options["beam_size"] = 1
        elif hypotheses > 1:
            options |= {"num_hypotheses": min(hypotheses, BEAM), "patience": 2.0, "length_penalty": 0.2}
        order = sorted((n for n, tokens in enumerate(encoded) if tokens), key=lambda n: len(encoded[n]))
        out: list[list[str]] = [[] for _ in sentences]
        for at in range(0, len(order), BATCH):
            chunk = order[at : at + BATCH]
            results = self.translator.translate_batch(
                [encoded[n] for n in chunk],
                target_prefix=[[self.prefix]] * len(chunk) if self.prefix else None,
                replace_unknowns=not self.package.phrasebook,
                max_input_length=0,
                max_decoding_length=2 * len(encoded[chunk[-1]]) + 16,
                **options,
            )
            for n, result in zip(chunk, results, strict=True):
                out[n] = [self._decode(tokens) for tokens in result.hypotheses]
        return out

    def _encode(self, sentence: str) -> list[str]:
        if any("\ud800" <= character <= "\udfff" for character in sentence):
            return []  # a lone surrogate that no shield took out
        tokens = self.tokenizer.encode(sentence)
        return tokens if len(tokens) <= LONGEST_INPUT else []

    def _decode(self, tokens: list[str]) -> str:
        if self.prefix and tokens[:1] == [self.prefix]:
            tokens = tokens[1:]
        return self.tokenizer.decode(tokens).strip()


class Models:
    """All models of a folder. `memory_cap_mb` bounds what the loaded models may weigh together."""

    def __init__(self, models_dir: Path, memory_cap_mb: int, threads: int) -> None:
        self._models_dir = models_dir
        self._cap = memory_cap_mb * 1_000_000
        self._threads = threads
        self._loaded: dict[str, Model] = {}
        self._refused: set[tuple[str, str]] = set()
        self._lock_seen = -1
        self._packages: dict[Direction, Package] = {}

    @property
    def loaded(self) -> list[str]:
        """Names of the packages in memory, the least recently used first."""
        return sorted(self._loaded, key=lambda name: self._loaded[name].used)

    def usable(self) -> dict[Direction, Package]:
        """The package of each direction that can be used."""
        seen = packages.changed(self._models_dir)
        if seen != self._lock_seen:
            self._lock_seen = seen
            self._refused.clear()  # an import may have repaired what was refused
            self._packages = packages.best(packages.installed(self._models_dir))
        if not all(package.folder.is_dir() for package in self._packages.values()):
            self._packages = packages.best(packages.installed(self._models_dir))
        return {
            direction: package
            for direction, package in self._packages.items()
            if (package.name, package.file_hash) not in self._refused
        }

    def way(self, source: str, target: str, direction: Direction) -> Way:
        """The way by the package of a direction, its model loaded. NoWay if it cannot be used."""
        usable = self.usable()
        package = usable.get(direction)
        if package is None:
            raise NoWay(f"{source} → {target}")
        model = self._model(package)
        back = None
        if package.phrasebook and (reverse := usable.get((direction[1], direction[0]))) is not None:
            back = self._model(reverse).decoder
        return Way(
            source=source,
            target=target,
            decoder=model.decoder,
            form=Form(package.placeholder) if package.placeholder is not None else None,
            phrasebook=package.phrasebook,
            back=back,
            engine="argos",
            hypotheses=1 if package.phrasebook else BEAM,
        )

    def of(self, decoder: Local) -> Model:
        """The model behind a decoder, loaded again if it had to make room. NoWay if it is gone."""
        model = self._loaded.get(decoder.name)
        if model is not None and model.decoder == decoder:
            model.used = time.monotonic()
            return model
        package = next((one for one in self.usable().values() if one.name == decoder.name), None)
        if package is None or package.file_hash != decoder.file_hash:
            raise NoWay(decoder.name)
        return self._model(package)

    def _model(self, package: Package) -> Model:
        model = self._loaded.get(package.name)
        if model is None or model.package.file_hash != package.file_hash:
            model = self._loaded[package.name] = self._load(package)
        model.used = time.monotonic()
        return model

    def _load(self, package: Package) -> Model:
        size = sum(file.stat().st_size for file in package.folder.rglob("*") if file.is_file())
        self._make_room(size)
        if not packages.intact(self._models_dir, package):
            log.warning("%s is refused: its files are not those that were imported", package.folder)
            raise self._refused_now(package)
        try:
            own = argostranslate.package.Package(package.folder)
            translator = ctranslate2.Translator(
                str(package.folder / "model"), device="cpu", inter_threads=self._threads, intra_threads=1
            )
            own.tokenizer.encode("a")
        except (RuntimeError, ValueError, OSError, AttributeError) as error:
            log.warning("%s cannot be loaded: %s", package.folder, type(error))
            raise self._refused_now(package) from error
        return Model(package, translator, own.tokenizer, own.target_prefix or "", size)

    def _make_room(self, size: int) -> None:
        for name in self.loaded:
            if sum(model.size for model in self._loaded.values()) + size <= self._cap:
                return
            del self._loaded[name]

    def _refused_now(self, package: Package) -> NoWay:
        self._refused.add((package.name, package.file_hash))
        self._loaded.pop(package.name, None)
        return NoWay(package.name)
