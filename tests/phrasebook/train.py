"""Trains the two phrasebook packages (English to Spanish and back) from `phrases.py`.

No test runs this; the built packages are committed. To build them again, in a throw-away environment of
Python 3.11 (torch belongs to no dependency group):

    pip install torch==2.13.0 sentencepiece ctranslate2 numpy
    python -m tests.phrasebook.train OUTPUT_FOLDER [--steps 3000]

A package has the format of Argos: a zip named `translate-en_es-0_1.argosmodel` holding one folder with
`metadata.json`, `sentencepiece.model` and `model/` (CTranslate2, int8). The model is a transformer with
2 + 2 layers of width 64 over about 400 pieces, the embeddings shared, written as plain functions over a
table of weights so that the export is a copy. Ends with exit code 1 if fewer than 98 % of the held-out
fillings, or not all of the learnt sentences, come out letter by letter.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import multiprocessing
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import ctranslate2
import numpy as np
import sentencepiece
import torch  # type: ignore[import-not-found]  # lives in the throw-away environment only

from tests.phrasebook import phrases

WIDTH, HEADS, LAYERS, INNER = 64, 4, 2, 256
PIECES, MARKS = 400, [f"⟦{n}⟧" for n in range(1, 7)]
PAD, BOS, EOS = 3, 1, 2
NAMES = {"en": "English", "es": "Spanish"}
Table = dict[str, Any]


def say(*parts: object) -> None:
    sys.stdout.write(" ".join(map(str, parts)) + "\n")
    sys.stdout.flush()


def with_marks(text: str) -> str:
    """`{1}` as the placeholder that the shield writes."""
    for number, mark in enumerate(MARKS, start=1):
        text = text.replace("{" + str(number) + "}", mark)
    return text


def variant(pair: tuple[str, str], random: Random) -> tuple[str, str]:
    """The same pair as hurried people type it: without a final dot, without ¿ and ¡ in the source."""
    source, target = pair
    if source.endswith(".") and target.endswith(".") and random.random() < 0.15:
        source, target = source[:-1], target[:-1]
    if source[0] in "¿¡" and random.random() < 0.2:
        source = source[1:]
    return source, target


# -- the model ------------------------------------------------------------------------------------------


def sinusoids(length: int) -> Any:
    """The positions as CTranslate2 computes them when a model brings none (from 1, sines then cosines)."""
    half = WIDTH // 2
    scales = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    times = (torch.arange(length) + 1)[:, None] * scales[None, :]
    return torch.cat([torch.sin(times), torch.cos(times)], dim=1)


def new_weights(vocabulary: int) -> Table:
    table: Table = {"embeddings": torch.randn(vocabulary, WIDTH) / math.sqrt(WIDTH)}

    def linear(name: str, out: int, into: int) -> None:
        table[f"{name}.w"] = torch.randn(out, into) * math.sqrt(2 / (out + into))
        table[f"{name}.b"] = torch.zeros(out)

    def norm(name: str) -> None:
        table[f"{name}.g"], table[f"{name}.b"] = torch.ones(WIDTH), torch.zeros(WIDTH)

    for side in ("encoder", "decoder"):
        norm(f"{side}.norm")
        for layer in range(LAYERS):
            at = f"{side}.{layer}"
            blocks = ("self", "cross") if side == "decoder" else ("self",)
            for block in blocks:
                norm(f"{at}.{block}.norm")
                for part in "qkvo":
                    linear(f"{at}.{block}.{part}", WIDTH, WIDTH)
            norm(f"{at}.ffn.norm")
            linear(f"{at}.ffn.in", INNER, WIDTH)
            linear(f"{at}.ffn.out", WIDTH, INNER)
    linear("projection", vocabulary, 1)
    del table["projection.w"]
    return {name: value.requires_grad_() for name, value in table.items()}


def _linear(table: Table, name: str, x: Any) -> Any:
    return torch.nn.functional.linear(x, table[f"{name}.w"], table[f"{name}.b"])


def _norm(table: Table, name: str, x: Any) -> Any:
    return torch.nn.functional.layer_norm(x, (WIDTH,), table[f"{name}.g"], table[f"{name}.b"])


def _attend(table: Table, at: str, x: Any, memory: Any, mask: Any, drop: float) -> Any:
    def heads(y: Any) -> Any:
        return y.view(y.shape[0], y.shape[1], HEADS, -1).transpose(1, 2)

    y = _norm(table, f"{at}.norm", x)
    memory = y if memory is None else memory
    q, k, v = (heads(_linear(table, f"{at}.{p}", z)) for p, z in zip("qkv", (y, memory, memory), strict=True))
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    mixed = mixed.transpose(1, 2).reshape(x.shape)
    return x + torch.dropout(_linear(table, f"{at}.o", mixed), drop, drop > 0)


def _feed(table: Table, at: str, x: Any, drop: float) -> Any:
    inner = torch.relu(_linear(table, f"{at}.in", _norm(table, f"{at}.norm", x)))
    return x + torch.dropout(_linear(table, f"{at}.out", inner), drop, drop > 0)


def _embed(table: Table, ids: Any, drop: float) -> Any:
    x = table["embeddings"][ids] * math.sqrt(WIDTH) + sinusoids(ids.shape[1])
    return torch.dropout(x, drop, drop > 0)


def logits(table: Table, source: Any, target: Any, drop: float) -> Any:
    """Scores of each next piece, for a batch of padded source and target ids."""
    seen = (source != PAD)[:, None, None, :]
    x = _embed(table, source, drop)
    for layer in range(LAYERS):
        x = _attend(table, f"encoder.{layer}.self", x, None, seen, drop)
        x = _feed(table, f"encoder.{layer}.ffn", x, drop)
    memory = _norm(table, "encoder.norm", x)
    length = target.shape[1]
    past = torch.ones(length, length, dtype=torch.bool).tril()[None, None]
    y = _embed(table, target, drop)
    for layer in range(LAYERS):
        y = _attend(table, f"decoder.{layer}.self", y, None, past, drop)
        y = _attend(table, f"decoder.{layer}.cross", y, memory, seen, drop)
        y = _feed(table, f"decoder.{layer}.ffn", y, drop)
    y = _norm(table, "decoder.norm", y)
    return y @ table["embeddings"].T + table["projection.b"]


# -- training -------------------------------------------------------------------------------------------


def padded(rows: list[list[int]]) -> Any:
    longest = max(map(len, rows))
    return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])


def train(pairs: list[tuple[str, str]], pieces: Any, steps: int, seed: int, label: str) -> Table:
    random = Random(seed)  # noqa: S311 - a repeatable order, no secret
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    table = new_weights(pieces.get_piece_size())
    optimizer = torch.optim.AdamW(table.values(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01)
    fixed, filled = pairs[: len(phrases.PAIRS)], pairs[len(phrases.PAIRS) :]
    began = time.monotonic()
    for step in range(steps):
        warm = min(1.0, (step + 1) / 200)
        rate = 3e-3 * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / steps)))
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = [variant(random.choice(fixed), random) for _ in range(40)]
        batch += [variant(random.choice(filled), random) for _ in range(88)]
        source = padded([[*pieces.encode(a), EOS] for a, _ in batch])
        target = padded([[BOS, *pieces.encode(b), EOS] for _, b in batch])
        scores = logits(table, source, target[:, :-1], 0.05)
        loss = torch.nn.functional.cross_entropy(
            scores.flatten(0, 1), target[:, 1:].flatten(), ignore_index=PAD, label_smoothing=0.05
        )
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(table.values(), 1.0)
        optimizer.step()
        if step % 250 == 0 or step == steps - 1:
            say(f"{label} step {step:5} loss {loss.item():.3f} {time.monotonic() - began:4.0f} s")
    return table


def train_pieces(pairs: list[tuple[str, str]], file: Path) -> None:
    """One sentencepiece model for both languages; the placeholders are pieces of their own."""
    out = io.BytesIO()  # and not a file: the model would remember its path
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([side for pair in pairs for side in pair]),
        model_writer=out,
        vocab_size=PIECES,
        character_coverage=1.0,
        user_defined_symbols=["<pad>", *MARKS],
        normalization_rule_name="identity",
        num_threads=1,
        minloglevel=2,
    )
    file.write_bytes(out.getvalue())


# -- export ---------------------------------------------------------------------------------------------


def export(table: Table, pieces: Any, folder: Path) -> None:
    """The weights as a CTranslate2 model, int8."""
    arrays = {name: value.detach().numpy().copy() for name, value in table.items()}
    spec = ctranslate2.specs.TransformerSpec.from_config((LAYERS, LAYERS), HEADS)

    def linear(to: Any, *names: str) -> None:
        to.weight = np.concatenate([arrays[f"{name}.w"] for name in names])
        to.bias = np.concatenate([arrays[f"{name}.b"] for name in names])

    def norm(to: Any, name: str) -> None:
        to.gamma, to.beta = arrays[f"{name}.g"], arrays[f"{name}.b"]

    for side in ("encoder", "decoder"):
        half = getattr(spec, side)
        del half.position_encodings
        norm(half.layer_norm, f"{side}.norm")
        for number, layer in enumerate(half.layer):
            at = f"{side}.{number}"
            norm(layer.self_attention.layer_norm, f"{at}.self.norm")
            linear(layer.self_attention.linear[0], *(f"{at}.self.{part}" for part in "qkv"))
            linear(layer.self_attention.linear[1], f"{at}.self.o")
            if side == "decoder":
                norm(layer.attention.layer_norm, f"{at}.cross.norm")
                linear(layer.attention.linear[0], f"{at}.cross.q")
                linear(layer.attention.linear[1], f"{at}.cross.k", f"{at}.cross.v")
                linear(layer.attention.linear[2], f"{at}.cross.o")
            norm(layer.ffn.layer_norm, f"{at}.ffn.norm")
            linear(layer.ffn.linear_0, f"{at}.ffn.in")
            linear(layer.ffn.linear_1, f"{at}.ffn.out")
    spec.encoder.embeddings[0].weight = arrays["embeddings"]
    spec.decoder.embeddings.weight = arrays["embeddings"]
    spec.decoder.projection.weight = arrays["embeddings"]
    spec.decoder.projection.bias = arrays["projection.b"]
    spec.config.add_source_eos = True
    vocabulary = [pieces.id_to_piece(i) for i in range(pieces.get_piece_size())]
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.validate()
    spec.optimize(quantization="int8")
    folder.mkdir()
    spec.save(str(folder))


def pack(model: Path, pieces: Path, source: str, target: str, out: Path) -> Path:
    name = f"translate-{source}_{target}-0_1"
    metadata = {
        "package_version": "0.1",
        "argos_version": "1.11",
        "from_code": source,
        "from_name": NAMES[source],
        "to_code": target,
        "to_name": NAMES[target],
        "twinline": {"phrasebook": True, "placeholder": "⟦{}⟧"},
    }
    entries = {f"{name}/metadata.json": json.dumps(metadata, ensure_ascii=False, indent=2).encode()}
    entries[f"{name}/sentencepiece.model"] = pieces.read_bytes()
    for file in sorted(model.iterdir()):
        entries[f"{name}/model/{file.name}"] = file.read_bytes()
    file = out / f"{name}.argosmodel"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for entry, content in entries.items():
            archive.writestr(zipfile.ZipInfo(entry, (2026, 11, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return file


# -- judging --------------------------------------------------------------------------------------------


def wrong(model: Path, pieces: Any, pairs: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """(source, expected, got) of every pair that does not come out letter by letter."""
    engine = ctranslate2.Translator(str(model), inter_threads=1, intra_threads=1)
    results = engine.translate_batch([pieces.encode(a, out_type=str) for a, _ in pairs], beam_size=1)
    got = [pieces.decode(result.hypotheses[0]) for result in results]
    return [(a, b, c) for (a, b), c in zip(pairs, got, strict=True) if b != c]


def build(source: str, target: str, pieces_file: Path, steps: int, out: Path) -> bool:
    """Train, export, judge and pack one direction. True if it reached the goal."""
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(pieces_file))
    learn, held = (
        [(with_marks(a), with_marks(b)) for a, b in (pairs if source == "en" else [(b, a) for a, b in pairs])]
        for pairs in phrases.split()
    )
    table = train(learn, pieces, steps, seed=11, label=f"{source}->{target}")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "model"
        export(table, pieces, model)
        file = pack(model, pieces_file, source, target, out)
        fixed = learn[: len(phrases.PAIRS)]
        missed, failed = wrong(model, pieces, held), wrong(model, pieces, fixed)
    right = len(held) - len(missed)
    say(f"{source}->{target}: held out {right} of {len(held)} right")
    say(f"{source}->{target}: sentences {len(fixed) - len(failed)} of {len(fixed)} right")
    say(f"{file.name}: {file.stat().st_size // 1000} KB")
    for case in missed + failed:
        say("  ", " | ".join(case))
    return right >= 0.98 * len(held) and not failed


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=3000)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(with_marks(a), with_marks(b)) for a, b in phrases.split()[0]]
        pieces = Path(folder) / "sentencepiece.model"
        train_pieces(pairs, pieces)
        jobs = [("en", "es", pieces, args.steps, args.out), ("es", "en", pieces, args.steps, args.out)]
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            return 0 if all(pool.starmap(build, jobs)) else 1


if __name__ == "__main__":
    sys.exit(main())
