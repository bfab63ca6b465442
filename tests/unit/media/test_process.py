"""The process that opens what strangers send: its walls hold, and it dies rather than the bot."""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bot.domain.files import Enclosed, Refusal, Sealed
from bot.media import picture, process, voice, worker
from bot.media.process import ProcessCleaner
from bot.sealed import Sealing
from bot.storage.files import Files
from tests.unit.media import corpus

MB = 1024 * 1024


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "files")


def seal(files: Files, data: bytes) -> Sealed:
    sealing, name = Sealing(), files.fresh()
    files.path(name).write_bytes(sealing.add(data))
    return Sealed(name, sealing.cipher, len(data))


async def cleaned(files: Files, data: bytes, *, blur: bool = False) -> Enclosed | str | Refusal:
    sealed = await asyncio.to_thread(seal, files, data)
    return await ProcessCleaner(files).clean(sealed, blur=blur)


def on_disk(files: Files) -> bytes:
    return b"".join(path.read_bytes() for path in files.folder.iterdir())


async def test_a_bot_with_many_open_files_has_its_pictures_cleaned(files: Files) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(200):
            held.enter_context(await asyncio.to_thread(Path("/dev/null").open))
        found = await cleaned(files, corpus.jpeg(corpus.scene(1200, 800)))
    assert isinstance(found, Enclosed)


async def test_a_picture_comes_back_clean_and_nothing_rests_in_clear(files: Files) -> None:
    found = await cleaned(files, corpus.jpeg(corpus.scene(1200, 800)))
    assert isinstance(found, Enclosed)
    look = found.form.picture
    assert look is not None
    assert look.thumbnail is not None
    assert (found.form.name, found.form.mimetype) == ("picture.jpg", "image/jpeg")
    assert (look.width, look.height) == (1200, 800)
    whole, small = await files.read(found.content), await files.read(look.thumbnail)
    assert whole.startswith(b"\xff\xd8\xff")
    assert small.startswith(b"\xff\xd8\xff")
    assert corpus.PLANTED not in whole + small
    resting = await asyncio.to_thread(on_disk, files)
    assert b"JFIF" not in resting
    assert corpus.PLANTED not in resting


async def test_a_voice_message_comes_back_clean(files: Files) -> None:
    found = await cleaned(files, corpus.voice())
    assert isinstance(found, Enclosed)
    assert found.form.voice is not None
    assert (found.form.name, found.form.voice.milliseconds) == ("voice.ogg", 2000)
    assert corpus.PLANTED not in await files.read(found.content)


async def test_a_text_comes_back_as_words(files: Files) -> None:
    assert await cleaned(files, "\ufeffuno\r\ndos\n\n".encode()) == "uno\ndos"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", Refusal.EMPTY),
        (b" \n", Refusal.EMPTY),
        (b"%PDF-1.7", Refusal.DOCUMENT),
        (b"\xff\xd8\xff\xe0<html>", Refusal.BROKEN),
        (corpus.claims(60_000, 60_000), Refusal.PIXELS),
        (b"a" * 300_000, Refusal.LARGE),
    ],
)
async def test_what_cannot_be_cleaned_is_refused(files: Files, data: bytes, why: Refusal) -> None:
    assert await cleaned(files, data) is why


async def test_what_is_not_what_was_promised_is_not_opened(files: Files) -> None:
    sealed = await asyncio.to_thread(seal, files, corpus.jpeg())
    other = replace(sealed, cipher=replace(sealed.cipher, sha256=Sealing().cipher.sha256))
    assert await ProcessCleaner(files).clean(other, blur=False) is Refusal.SPOILT


async def test_one_that_takes_too_long_is_ended(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "TOO_LONG", 0.01)
    assert await cleaned(files, corpus.jpeg()) is Refusal.HEAVY


@pytest.mark.parametrize(("data", "why"), [(corpus.jpeg(), Refusal.PIXELS), (corpus.voice(), Refusal.HEAVY)])
def test_without_memory_only_a_picture_is_called_a_picture(
    data: bytes, why: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    for module in (picture, voice):
        monkeypatch.setattr(module, "clean", full)
    sealing, path = Sealing(), tmp_path / "file"
    path.write_bytes(sealing.add(data))
    with path.open("rb") as file:
        request = {"input": file.fileno(), "cipher": asdict(sealing.cipher), "blur": False, "output": -1}
        assert worker._cleaned(request) == {"refused": why}


WALLS = """
import json, os, socket, sys
from bot.media import worker, picture
picture.prepare()
worker._raise_walls()
failed = []
def fails(name, what):
    try:
        what()
    except (OSError, MemoryError) as error:
        failed.append(name)
held = []
fails("open", lambda: [held.append(open("/etc/hostname")) for _ in range(4)])
fails("socket", lambda: [held.append(socket.socket()) for _ in range(4)])
held.clear()
fails("memory", lambda: bytearray(400 * 1024 * 1024))
print(json.dumps(failed))
"""


async def test_it_has_no_files_no_sockets_and_little_memory() -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", WALLS], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == ["open", "socket", "memory"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: corpus.png(corpus.noise(2500, 2000)),
        lambda: corpus.jpeg(corpus.noise(4000, 3000)),
        lambda: corpus.png(corpus.scene(5200, 3200).convert("RGBA")),
        lambda: corpus.jpeg(corpus.scene(12_000, 9_000)),
        lambda: corpus.gif(200, (240, 240)),
    ],
)
async def test_it_needs_less_than_300_mb(files: Files, make: Callable[[], bytes]) -> None:
    cleaner = ProcessCleaner(files)
    sealed = await asyncio.to_thread(lambda: seal(files, make()))
    assert isinstance(await cleaner.clean(sealed, blur=False), Enclosed)
    assert 10 * 1024 < cleaner.peak < 300 * 1024
