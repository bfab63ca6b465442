"""A translation package written by hand: it copies its input, but for phrases that it knows.

No training: one layer, whose decoder looks at each step at the source piece of the same position and says
that piece. A phrase is one piece, with its translation at the same place of the target vocabulary; all
other text falls through as bytes, so that unknown text comes out bit by bit. Serves where a test needs a real
engine with a predictable answer.
"""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import sentencepiece

LENGTH = 512


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the model is. `bits` of a piece's code bound the vocabulary, `waves` tell positions apart.

    All layers but the last of each half add nothing, but take their time.
    """

    bits: int = 10
    waves: int = 22
    layers: int = 1
    inner: int = 8

    @property
    def width(self) -> int:
        return 2 * (self.bits + 2 * self.waves)


SMALL = Shape()


def _doubled(values: np.ndarray) -> np.ndarray:
    """Each value and its negative, so that layer norms find a mean of zero and the same size everywhere."""
    return np.concatenate([values, -values], axis=-1).astype(np.float32)


def _codes(count: int, shape: Shape) -> np.ndarray:
    bits = (np.arange(count)[:, None] >> np.arange(shape.bits)[None, :]) & 1
    return np.asarray(bits * 2.0 - 1.0)


def _positions(shape: Shape) -> np.ndarray:
    speeds = np.random.default_rng(3).uniform(0.05, np.pi, shape.waves)
    angles = np.arange(LENGTH)[:, None] * speeds[None, :]
    waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    return _doubled(np.concatenate([np.zeros((LENGTH, shape.bits)), waves], axis=1))


def _select(rows: slice, scale: float, shape: Shape) -> np.ndarray:
    """A matrix that keeps the dimensions of `rows` (and their negatives), scaled, and drops the others."""
    kept = np.zeros(shape.width // 2)
    kept[rows] = scale
    return np.diag(np.concatenate([kept, kept])).astype(np.float32)


_random = np.random.default_rng(11)


def _next_to_nothing(*shape: int) -> np.ndarray:
    """Weights too small to matter, no two alike: equal ones would be stored once."""
    return _random.standard_normal(shape, dtype=np.float32) * np.float32(1e-7)


def _quiet(spec: Any, shapes: list[tuple[int, int]]) -> None:
    """A block that adds nothing."""
    for linear, shape in zip(spec, shapes, strict=True):
        linear.weight = _next_to_nothing(*shape)
        linear.bias = np.zeros(shape[0], np.float32)


def _plain_norm(spec: Any, shape: Shape) -> None:
    spec.gamma, spec.beta = np.ones(shape.width, np.float32), np.zeros(shape.width, np.float32)


def _spec(source: list[str], target: list[str], shape: Shape) -> Any:
    width, inner = shape.width, shape.inner
    spec = ctranslate2.specs.TransformerSpec.from_config((shape.layers, shape.layers), 1)
    encoder, decoder = spec.encoder, spec.decoder
    for half in (encoder, decoder):
        half.position_encodings.encodings = _positions(shape)
        _plain_norm(half.layer_norm, shape)
        for layer in half.layer:
            for block in (layer.self_attention, layer.ffn):
                _plain_norm(block.layer_norm, shape)
            _quiet(layer.self_attention.linear, [(3 * width, width), (width, width)])
            _quiet([layer.ffn.linear_0, layer.ffn.linear_1], [(inner, width), (width, inner)])
    for layer in decoder.layer:
        _plain_norm(layer.attention.layer_norm, shape)
        _quiet(layer.attention.linear, [(width, width), (2 * width, width), (width, width)])
    code, place = slice(0, shape.bits), slice(shape.bits, None)
    same_place = np.concatenate([_select(place, 1.0, shape), _select(code, 1.0, shape)])
    weights = (_select(place, 12.0, shape), same_place, _select(code, 4.0, shape))
    for linear, weight in zip(decoder.layer[-1].attention.linear, weights, strict=True):
        linear.weight = weight
    codes = np.concatenate([_codes(len(source), shape), np.zeros((len(source), 2 * shape.waves))], axis=1)
    encoder.embeddings[0].weight = _doubled(codes) / np.float32(np.sqrt(width))
    decoder.embeddings.weight = _next_to_nothing(len(target), width)
    decoder.projection.weight = _doubled(codes)
    decoder.projection.bias = np.zeros(len(target), np.float32)
    spec.config.add_source_eos = True
    spec.register_source_vocabulary(source)
    spec.register_target_vocabulary(target)
    spec.validate()
    spec.optimize(quantization="int8")
    return spec


def _pieces(phrases: Mapping[str, str]) -> bytes:
    """A tokenizer that knows the phrases and writes all else as bytes, white space kept."""
    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a b"]),
        model_writer=out,
        vocab_size=1000,
        hard_vocab_limit=False,
        byte_fallback=True,
        user_defined_symbols=list(dict.fromkeys([*phrases, *phrases.values()])),
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        minloglevel=2,
    )
    return out.getvalue()


def build(
    folder: Path,
    source: str = "en",
    target: str = "es",
    phrases: Mapping[str, str] | None = None,
    twinline: Mapping[str, object] | None = None,
    shape: Shape = SMALL,
    vocabulary: int = 0,
) -> Path:
    """Write a package file into `folder` and return its path. `twinline` goes into its metadata.

    The vocabulary is filled up to so many pieces.
    """
    phrases = {a.replace(" ", "▁"): b.replace(" ", "▁") for a, b in (phrases or {}).items()}
    tokenizer = _pieces(phrases)
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer)
    pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
    pieces += [f"▁filler{number}" for number in range(vocabulary - len(pieces))]
    both = {**{b: a for a, b in phrases.items()}, **phrases}
    name = f"translate-{source}_{target}-0_1"
    metadata: dict[str, object] = {"package_version": "0.1", "from_code": source, "to_code": target}
    if twinline is not None:
        metadata["twinline"] = dict(twinline)
    file = folder / f"{name}.argosmodel"
    with (
        tempfile.TemporaryDirectory() as scratch,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        _spec(pieces, [both.get(piece, piece) for piece in pieces], shape).save(scratch)
        archive.writestr(f"{name}/metadata.json", json.dumps(metadata))
        archive.writestr(f"{name}/sentencepiece.model", tokenizer)
        for part in sorted(Path(scratch).iterdir()):
            archive.write(part, f"{name}/model/{part.name}")
    return file
