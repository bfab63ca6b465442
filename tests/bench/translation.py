"""The figures of translation: `python -m tests.bench.translation`.

Prints one table and exits 1 when a goal is missed. Speed is measured on one model of the size that Argos
ships (`translation_model`), beside CTranslate2 itself and Argos's own API in the same run; spans on the
phrasebook models and, where it is installed, on Apertium; flags on failures made on purpose. `--full` takes
more runs, `--part` only some of it.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.mt.apertium import Apertium
from bot.mt.client import WorkerTranslator
from bot.mt.packages import import_file
from tests.bench import translation_model as model
from tests.bench.common import Figure, at_least, at_most, exit_code, median, noted, table
from tests.bench.translation_quality import MODES, chats, flags, sound_pairs, spans_kept
from tests.bench.translation_speed import (
    ARGOS_API,
    CORES,
    ROOMS,
    Raw,
    argos_api,
    memory_per_model,
    own_work,
    single,
    under_load,
    unpacked,
)
from tests.phrasebook import fixtures


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"


def _times(ratio: float) -> str:
    return f"{ratio:.2f} ×"


def _share(part: float) -> str:
    return f"{part:.1%}"


def _mb(size: float) -> str:
    return f"{size:.0f} MB"


def say(text: str) -> None:
    """Progress, apart from the table."""
    print(text, file=sys.stderr, flush=True)


async def speed(folder: Path, runs: int) -> list[Figure]:
    """Speed and memory on a model of Argos's size."""
    say("building a model of Argos's size")
    file = await asyncio.to_thread(model.build, folder)
    package = await asyncio.to_thread(unpacked, file, folder / "raw")
    models_dir = folder / "models"
    await asyncio.to_thread(import_file, models_dir, file)
    figures = [at_most("own work for a message, the engine's left out", own_work(2000), 0.001, _ms)]
    ratios, lags, shares, overheads, rate, alone = [], [], [], [], [], []
    for run in range(runs):
        say(f"speed, run {run + 1} of {runs}")
        texts = model.sentences(ROOMS * 6 + 40, 100 + run)
        load, short = texts[: ROOMS * 6], texts[ROOMS * 6 :]
        raw = await asyncio.to_thread(Raw, package, CORES)
        await asyncio.to_thread(raw.seconds, short[:4])
        before = await asyncio.to_thread(raw.seconds, load)
        ones = [await asyncio.to_thread(raw.seconds, [text]) for text in short[:15]]
        translator = WorkerTranslator(models_dir, 2000, CORES)
        await translator.translate([short[15]], "en", "es")
        done = await under_load(translator, [load[room::ROOMS] for room in range(ROOMS)])
        ours = await single(translator, short[20:35])
        await translator.close()
        after = await asyncio.to_thread(raw.seconds, load)
        del raw
        ratios.append((before + after) / 2 / done.seconds)
        rate.append(len(load) / done.seconds)
        lags.append(done.lag)
        shares.append(median(ours) / median(ones))
        overheads.append(median(ours) - 1.1 * median(ones))
        alone.append(median(ours))
    figures.append(
        at_least(f"throughput with {ROOMS} rooms, beside CTranslate2 itself", median(ratios), 0.8, _times)
    )
    figures.append(noted("sentences a second with so many rooms", f"{median(rate):.1f}"))
    figures.append(
        at_most("one short message, beyond 1.1 × CTranslate2 itself", median(overheads), 0.010, _ms)
    )
    figures.append(noted("one short message", f"{_ms(median(alone))}, {_times(median(shares))}"))
    figures.append(at_most("lag of the event loop meanwhile, 99 of 100", median(lags), 0.010, _ms))
    say("Argos's own API")
    texts = model.sentences(13, 9)
    back = await asyncio.to_thread(model.build, folder, "es", "en")
    theirs, why = await asyncio.to_thread(argos_api, [file, back], texts, folder)
    if theirs is None:
        figures.append(noted("throughput beside Argos's own API", f"not measured: {why}"))
    else:
        figures.append(at_least("throughput beside Argos's own API", theirs * median(rate), 5.0, _times))
        figures.append(noted(f"{ARGOS_API}, for a message", _ms(theirs)))
    say("memory")
    figures.append(
        at_most("memory for a model", await memory_per_model(models_dir, folder, model.build), 120, _mb)
    )
    return figures


async def spans(folder: Path, count: int) -> list[Figure]:
    """What survives."""
    figures = []
    texts = chats(count, 17)
    books = await asyncio.to_thread(fixtures.phrasebook, folder / "books")
    translator = WorkerTranslator(books, 1000, CORES)
    say(f"spans of {count} messages on the phrasebook models")
    try:
        lost = await spans_kept(translator, texts)
    finally:
        await translator.close()
    what = f"messages of {count} with all spans and digits"
    figures.append(at_least(f"{what}, phrasebook", 1 - len(lost) / count, 1.0, _share))
    engine = Apertium(MODES)
    if ("en", "es") not in await engine.pairs():
        return [*figures, noted(f"{what}, Apertium", "not measured: not installed")]
    say(f"spans of {count} messages on Apertium")
    translator = WorkerTranslator(folder / "none", 1000, CORES, order=("apertium",), outside=[engine])
    try:
        lost = await spans_kept(translator, texts)
    finally:
        await translator.close()
    return [*figures, at_least(f"{what}, Apertium", 1 - len(lost) / count, 1.0, _share)]


async def warnings() -> list[Figure]:
    """What is noticed."""
    say("flags")
    pairs = await sound_pairs()
    found = await asyncio.to_thread(flags, pairs)
    missed = "".join(f", {kind}: {count} missed" for kind, count in found.missed.items())
    return [
        at_least(
            f"failures of {found.made} that are flagged", found.caught / found.made, 0.8, _share, missed
        ),
        at_most(f"false alarms in {found.sound} sound pairs", found.alarms / found.sound, 0.01, _share),
        noted("sound pairs from", ", ".join(f"{a} → {b}" for a, b in pairs)),
    ]


PARTS = ("flags", "spans", "speed")


async def measure(parts: Sequence[str], *, full: bool) -> list[Figure]:
    """The figures of these parts."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if "flags" in parts:
            figures += await warnings()
        if "spans" in parts:
            figures += await spans(folder, 10_000)
        if "speed" in parts:
            figures += await speed(folder, 5 if full else 2)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more runs")
    parser.add_argument("--part", action="append", choices=PARTS, help="only this part; may be repeated")
    args = parser.parse_args()
    began = time.monotonic()
    figures = asyncio.run(measure(args.part or PARTS, full=args.full))
    print(table("Translation", figures, [f"{CORES} cores, {time.monotonic() - began:.0f} s"]))
    return exit_code(figures)


if __name__ == "__main__":
    sys.exit(main())
