"""How fast the translator is, beside CTranslate2 itself and beside Argos's own API, on the same model."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import ctranslate2
import sentencepiece

from bot.mt.argos import BATCH, BEAM
from bot.mt.client import WorkerTranslator
from bot.mt.message import translate
from bot.mt.packages import import_file
from bot.mt.shield import Form
from bot.mt.ways import Hop, Hypotheses, Need, Plan, Way, drive
from tests.bench import translation_model
from tests.bench.common import memory_mb, percentile
from tests.tools.lock import uv
from tests.unit.mt.texts import NUMBERS, SPANS

CORES = os.cpu_count() or 2
ROOMS = 50
ARGOS_API = "argos-translate-lt==1.12.1"


def unpacked(file: Path, folder: Path) -> Path:
    """A package's folder, unpacked into `folder`."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)
    return folder / file.stem


class Raw:
    """CTranslate2 as it is: all cores, batches of 32, nothing around it."""

    def __init__(self, package: Path, threads: int) -> None:
        self._translator = ctranslate2.Translator(
            str(package / "model"), device="cpu", inter_threads=threads, intra_threads=1
        )
        self._pieces = sentencepiece.SentencePieceProcessor(model_file=str(package / "sentencepiece.model"))

    def seconds(self, texts: Sequence[str]) -> float:
        """Seconds for so many sentences, pieces to pieces."""
        pieces = [self._pieces.encode(text, out_type=str) for text in texts]
        longest = max(map(len, pieces))
        began = time.perf_counter()
        self._translator.translate_batch(
            pieces,
            beam_size=BEAM,
            max_batch_size=BATCH,
            max_decoding_length=2 * longest + 16,
            length_penalty=0,
        )
        return time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Load:
    """What came of many rooms at once."""

    seconds: float
    lags: list[float]

    @property
    def lag(self) -> float:
        """The event loop's lag that 99 of 100 looks do not exceed, in seconds."""
        return percentile(self.lags, 0.99)


async def under_load(translator: WorkerTranslator, messages: Sequence[Sequence[str]]) -> Load:
    """Every room sends its messages one after the other, all rooms at once; the loop is watched."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(max(0.0, time.perf_counter() - began - 0.005))

    async def room(texts: Sequence[str]) -> None:
        for text in texts:
            [found] = await translator.translate([text], "en", "es")
            if found.partial:
                raise RuntimeError("the model of this benchmark is to translate everything")

    watching = asyncio.create_task(watch())
    began = time.perf_counter()
    await asyncio.gather(*map(room, messages))
    took = time.perf_counter() - began
    watching.cancel()
    return Load(took, lags)


async def single(translator: WorkerTranslator, texts: Sequence[str]) -> list[float]:
    """Seconds for each message alone."""
    took = []
    for text in texts:
        began = time.perf_counter()
        await translator.translate([text], "en", "es")
        took.append(time.perf_counter() - began)
    return took


def own_work(count: int) -> float:
    """Seconds of this program's own work for a chat message, the engine's and nobody's wait left out."""
    random = Random(3)  # noqa: S311 - repeatable, no secret
    words = translation_model.WORDS
    messages = []
    for sentence in translation_model.sentences(count, 29, words=9):
        extra = random.choice([*SPANS[:20], *NUMBERS, "", "", "", ""])
        messages.append(
            f"{sentence} {extra}".strip() if random.random() < 0.5 else f"{extra} {sentence}".strip()
        )
    busy = 0.0

    def answer(need: Need) -> Hypotheses:
        nonlocal busy
        began = time.perf_counter()
        out = [
            ["".join(words.get(f" {part}", f" {part}") for part in text.split())[1:]] for text in need.texts
        ]
        busy += time.perf_counter() - began
        return out

    way = Way("en", "es", "words", Form("⟦{}⟧"))
    plan = Plan("en", "es", [[Hop("en", "es", (lambda: way,))]])
    for message in messages[:50]:
        drive(translate(message, plan), answer)
    busy, began = 0.0, time.perf_counter()
    for message in messages:
        request = json.dumps({"id": 1, "source": "en", "target": "es", "texts": [message]})
        found = drive(translate(json.loads(request)["texts"][0], plan), answer)
        json.loads(
            json.dumps({"text": found.text, "segments": [[s.source, s.target] for s in found.segments]})
        )
    return (time.perf_counter() - began - busy) / len(messages)


def argos_api(files: Sequence[Path], texts: Sequence[str], folder: Path) -> tuple[float | None, str]:
    """Seconds a message by Argos's own API in an environment of its own; None and why if it cannot be had."""
    home = folder / "argos-api"
    try:
        program = uv()
    except FileNotFoundError as error:
        return None, str(error)
    install = [
        program,
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--no-deps",
        "--target",
        str(home),
    ]
    done = subprocess.run([*install, ARGOS_API], check=False, capture_output=True, text=True)
    if done.returncode:
        return None, f"{ARGOS_API} cannot be installed here"
    packages = folder / "argos-packages"
    for file in files:
        unpacked(file, packages)
    (folder / "texts.json").write_text(json.dumps(list(texts)), encoding="utf-8")
    script = Path(__file__).with_name("translation_argos.py")
    done = subprocess.run(
        [sys.executable, str(script), str(packages), str(folder / "texts.json")],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(home), "PYTHONSAFEPATH": "1"},
    )
    if done.returncode:
        return None, f"{ARGOS_API} fails: {done.stderr.strip().splitlines()[-1][:100]}"
    told = json.loads(done.stdout.splitlines()[-1])
    return told["seconds"] / told["messages"], ""


async def memory_per_model(models_dir: Path, folder: Path, build: Callable[[Path, str, str], Path]) -> float:
    """MB of the worker for each model of this size, beyond the first."""
    translator = WorkerTranslator(models_dir, 5000, CORES)
    directions = [("en", "es"), ("es", "en"), ("en", "fr")]
    sizes = []
    try:
        for source, target in directions:
            if (source, target) != ("en", "es"):
                await asyncio.to_thread(
                    import_file, models_dir, await asyncio.to_thread(build, folder, source, target)
                )
            for text in translation_model.sentences(4, 31):
                await translator.translate([text], source, target)
            sizes.append(memory_mb(translator.pid or 0)[0])
    finally:
        await translator.close()
    return (sizes[-1] - sizes[0]) / (len(sizes) - 1)
