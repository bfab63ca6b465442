"""What pictures cost: `python -m tests.bench.media`.

A photograph of 5 MB from one group to its twin, and ten files of nearly 20 MB at once, on one machine with a
real homeserver and real clients. Prints one table and exits 1 when a goal is missed.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
import time
from pathlib import Path

from bot.demo.bot_process import BotProcess
from bot.demo.person import Parcel
from bot.demo.synapse import Synapse
from bot.demo.timeline import Shown
from tests.bench.common import Figure, at_most, exit_code, median, memory_mb, noted, table
from tests.integration.conftest import Cast, Home
from tests.unit.media import corpus

PHOTOGRAPHS = 5
FILES = 10
_PEAK = re.compile(r"memory (\d+) kB")


def photograph() -> bytes:
    """Some 5 MB of 12 million pixels."""
    image = corpus.noise(1000, 750).resize((4000, 3000))
    for quality in range(95, 50, -2):
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality, exif=corpus.exif())
        if len(out.getvalue()) <= 5_200_000:
            return out.getvalue()
    raise ValueError("no photograph of that size")


def heavy() -> bytes:
    """Nearly 20 MB that cannot be compressed."""
    out = io.BytesIO()
    corpus.noise(2620, 2600).save(out, "PNG", compress_level=0)
    return out.getvalue()


def asked(home: Home) -> list[Shown]:
    return [one for one in home.steward.screen(home.room) if "recognisable" in one.body]


def arrived(home: Home) -> int:
    return sum(1 for one in home.member.screen(home.room) if one.first.content.get("file"))


async def photographs(manila: Home, oaxaca: Home) -> list[float]:
    """Seconds for each, from the message until the question, and from the answer until it is there."""
    data, found = await asyncio.to_thread(photograph), list[float]()
    print(f"a photograph of {len(data) / 1e6:.1f} MB", file=sys.stderr)
    for _ in range(PHOTOGRAPHS):
        questions, files = len(asked(manila)), arrived(oaxaca)
        parcel = Parcel(data, "IMG_1.JPG", "image/jpeg", "!dispatch Good morning", "m.image")
        await manila.steward.attach(manila.room, parcel)
        began = time.monotonic()
        await manila.steward.wait_until(lambda seen=questions: len(asked(manila)) > seen, 60, "the question")  # type: ignore[misc]  # no inference
        waited = time.monotonic() - began
        await manila.steward.say(manila.room, "yes", reply_to=asked(manila)[-1].event_id)
        began = time.monotonic()
        await oaxaca.member.wait_until(lambda seen=files: arrived(oaxaca) > seen, 60, "the picture")  # type: ignore[misc]  # no inference
        found.append(waited + time.monotonic() - began)
    return found


async def at_once(manila: Home) -> float:
    """Seconds until ten large files, which come in together, have all been looked at."""
    parcel = Parcel(await asyncio.to_thread(heavy), "IMG_2.PNG", "image/png", "!dispatch", "m.image")
    print(f"files of {len(parcel.data) / 2**20:.1f} MB", file=sys.stderr)
    questions, began = len(asked(manila)), time.monotonic()
    await asyncio.gather(*(manila.steward.attach(manila.room, parcel) for _ in range(FILES)))
    await manila.steward.wait_until(lambda: len(asked(manila)) >= questions + FILES, 240, "the questions")
    return time.monotonic() - began


async def measure(folder: Path) -> list[Figure]:
    async with Synapse(folder / "synapse", name="bench.localhost") as server:
        cast = Cast(server, folder)
        try:
            process: BotProcess = await cast.bot()
            await process.start()
            manila, oaxaca = await cast.twins(process)
            times = await photographs(manila, oaxaca)
            pid = process.process.pid
            before = memory_mb(pid)[1] if pid is not None else 0.0
            seconds = await at_once(manila)
            most = memory_mb(pid)[1] if pid is not None else 0.0
            cleaner = max(int(found) for found in _PEAK.findall(process.log)) / 1024
        finally:
            await cast.end()
    return [
        at_most("5 MB photograph, cleaned and delivered: the middle one", median(times), 3.0, _seconds),
        at_most("the slowest of them", max(times), 3.0, _seconds),
        at_most("memory of the bot while ten files of 20 MB come in", most, 250, _mb),
        noted("before they came", _mb(before)),
        at_most("memory of the cleaner", cleaner, 300, _mb),
        noted("time until all ten were clean, uploads included", _seconds(seconds)),
    ]


def _seconds(value: float) -> str:
    return f"{value:.1f} s"


def _mb(value: float) -> str:
    return f"{value:.0f} MB"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(Path(folder)))
    print(table("Pictures", figures))
    return exit_code(figures)


if __name__ == "__main__":
    sys.exit(main())
