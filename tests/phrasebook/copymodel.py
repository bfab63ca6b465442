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
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import sentencepiece

BITS = 10  # of a piece's code: vocabularies up to 1024
WAVES = 22
WIDTH = 2 * (BITS + 2 * WAVES)
LENGTH = 512


def _doubled(values: np.ndarray) -> np.ndarray:
    """Each value and its negative, so that layer norms find a mean of zero and the same size everywhere."""
    return np.concatenate([values, -values], axis=-1).astype(np.float32)


def _codes(count: int) -> np.ndarray:
    bits = (np.arange(count)[:, None] >> np.arange(BITS)[None, :]) & 1
    return np.asarray(bits * 2.0 - 1.0)


def _positions() -> np.ndarray:
    speeds = np.random.default_rng(3).uniform(0.05, np.pi, WAVES)
    angles = np.arange(LENGTH)[:, None] * speeds[None, :]
    waves = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    return _doubled(np.concatenate([np.zeros((LENGTH, BITS)), waves], axis=1))


def _select(rows: slice, scale: float) -> np.ndarray:
    """A matrix that keeps the dimensions of `rows` (and their negatives), scaled, and drops the others."""
    kept = np.zeros(WIDTH // 2)
    kept[rows] = scale
    return np.diag(np.concatenate([kept, kept])).astype(np.float32)


def _quiet(spec: Any, shapes: list[tuple[int, int]]) -> None:
    """A block that adds nothing."""
    for linear, shape in zip(spec, shapes, strict=True):
        linear.weight = np.zeros(shape, np.float32)
        linear.bias = np.zeros(shape[0], np.float32)


def _plain_norm(spec: Any) -> None:
    spec.gamma, spec.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)


def _spec(source: list[str], target: list[str]) -> Any:
    spec = ctranslate2.specs.TransformerSpec.from_config((1, 1), 1)
    code, place = slice(0, BITS), slice(BITS, None)
    encoder, decoder = spec.encoder, spec.decoder
    for half in (encoder, decoder):
        half.position_encodings.encodings = _positions()
        _plain_norm(half.layer_norm)
        layer = half.layer[0]
        for block in (layer.self_attention, layer.ffn):
            _plain_norm(block.layer_norm)
        _quiet(layer.self_attention.linear, [(3 * WIDTH, WIDTH), (WIDTH, WIDTH)])
        _quiet([layer.ffn.linear_0, layer.ffn.linear_1], [(8, WIDTH), (WIDTH, 8)])
    cross = decoder.layer[0].attention
    _plain_norm(cross.layer_norm)
    same_place = np.concatenate([_select(place, 1.0), _select(code, 1.0)])
    for linear, weight in zip(
        cross.linear, (_select(place, 12.0), same_place, _select(code, 4.0)), strict=True
    ):
        linear.weight, linear.bias = weight, np.zeros(len(weight), np.float32)
    codes = np.concatenate([_codes(len(source)), np.zeros((len(source), 2 * WAVES))], axis=1)
    encoder.embeddings[0].weight = _doubled(codes) / np.float32(np.sqrt(WIDTH))
    decoder.embeddings.weight = np.zeros((len(target), WIDTH), np.float32)
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
) -> Path:
    """Write a package file into `folder` and return its path. `twinline` goes into its metadata."""
    phrases = {a.replace(" ", "▁"): b.replace(" ", "▁") for a, b in (phrases or {}).items()}
    tokenizer = _pieces(phrases)
    processor = sentencepiece.SentencePieceProcessor(model_proto=tokenizer)
    pieces = [processor.id_to_piece(i) for i in range(processor.get_piece_size())]
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
        _spec(pieces, [both.get(piece, piece) for piece in pieces]).save(scratch)
        archive.writestr(f"{name}/metadata.json", json.dumps(metadata))
        archive.writestr(f"{name}/sentencepiece.model", tokenizer)
        for part in sorted(Path(scratch).iterdir()):
            archive.write(part, f"{name}/model/{part.name}")
    return file
