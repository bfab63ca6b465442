"""The process in which files of strangers are opened: one file, one life.

Its walls: memory and processor time, no new file, no socket, no process of its own, an empty network
namespace where the kernel allows one. It is given what it may read and write as open files; it decrypts what
it reads, and encrypts what it writes, with keys that it says on its output, in one line.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
from dataclasses import asdict
from typing import Any

from bot.domain.files import LARGEST, Cipher, Refusal
from bot.media import kinds, picture, voice
from bot.media.walls import leave_network
from bot.sealed import PIECE, Checking, Damaged, Opening, Sealing

MEMORY = 280 * 1024 * 1024
SECONDS = 20
LARGEST_TEXT = 256 * 1024


def main() -> None:
    """Read the request from standard input, and answer it."""
    request = json.load(sys.stdin)
    for name in ("input", "output", "thumbnail"):
        request[name] = _lowest(request[name])
    isolated = leave_network()
    picture.prepare()
    Opening(Sealing().cipher).take(b"")  # loads what it needs while files can still be opened
    status = os.open("/proc/self/status", os.O_RDONLY) if sys.platform == "linux" else -1
    _raise_walls()
    try:
        answer = _cleaned(request)
    except MemoryError:
        answer = {"refused": Refusal.HEAVY}
    peak = _peak(status) if status >= 0 else 0
    sys.stdout.write(json.dumps({**answer, "isolated": isolated, "peak": peak}) + "\n")


def _lowest(number: int) -> int:
    """The same open file under the lowest number that is free: the wall stands above the highest."""
    lower = os.dup(number)
    os.close(max(lower, number))
    return min(lower, number)


def _raise_walls() -> None:
    """Room for the files that are open, and for the copy of one."""
    highest = max([number for number in range(64) if _is_open(number)], default=0)
    for what, limit in (
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_AS, 8 * MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 4 * LARGEST),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, highest + 2),
    ):
        with contextlib.suppress(ValueError, OSError):  # a limit of the host's own is lower
            resource.setrlimit(what, (limit, limit))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _peak(status: int) -> int:
    """The most memory that this process has needed, in kB."""
    os.lseek(status, 0, os.SEEK_SET)
    lines = os.read(status, 8192).decode().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


def _cleaned(request: dict[str, Any]) -> dict[str, Any]:
    try:
        data = _read(request["input"], Cipher(**request["cipher"]))
    except Damaged:
        return {"refused": Refusal.SPOILT}
    kind = kinds.kind_of(data)
    if isinstance(kind, Refusal):
        return {"refused": kind}
    if kind == kinds.TEXT:
        return _text(data)
    try:
        if kind == kinds.VOICE:
            return _voice(data, request["output"])
        return _picture(data, kind, request)
    except (picture.Broken, picture.TooMany) as error:
        return {"refused": picture.REASONS[type(error)]}
    except MemoryError:
        return {"refused": Refusal.PIXELS if kind in kinds.PICTURES else Refusal.HEAVY}


def _read(number: int, cipher: Cipher) -> bytes:
    """The file, decrypted, once it is known to be whole. Raises Damaged."""
    checking = Checking(cipher)
    with os.fdopen(os.dup(number), "rb") as file:
        while piece := file.read(PIECE):
            checking.take(piece)
        checking.finish()
        file.seek(0)
        opening, found = Opening(cipher), bytearray()
        while piece := file.read(PIECE):
            found += opening.take(piece)
    return bytes(found)


def _write(number: int, data: bytes) -> dict[str, Any]:
    sealing = Sealing()
    for start in range(0, len(data), PIECE):
        piece = memoryview(sealing.add(data[start : start + PIECE]))
        while piece:
            piece = piece[os.write(number, piece) :]
    os.fsync(number)
    return {"cipher": asdict(sealing.cipher), "size": len(data)}


def _text(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST_TEXT:
        return {"refused": Refusal.LARGE}
    text = "\n".join((kinds.decoded(data) or "").splitlines()).strip()
    return {"text": text} if text else {"refused": Refusal.EMPTY}


def _voice(data: bytes, output: int) -> dict[str, Any]:
    found = voice.clean(data)
    return {
        "file": _write(output, found.data),
        "name": "voice.ogg",
        "mimetype": "audio/ogg",
        "milliseconds": found.milliseconds,
    }


def _picture(data: bytes, kind: str, request: dict[str, Any]) -> dict[str, Any]:
    found = picture.clean(data, kind, blur=request["blur"])
    mimetype = kinds.PICTURES[found.format]
    return {
        "file": _write(request["output"], found.data),
        "name": f"picture.{mimetype.removeprefix('image/').replace('jpeg', 'jpg')}",
        "mimetype": mimetype,
        "still": found.still,
        "picture": {
            "width": found.width,
            "height": found.height,
            "blurhash": found.blurhash,
            "animated": found.animated,
            "thumbnail_width": found.thumbnail_width,
            "thumbnail_height": found.thumbnail_height,
            "thumbnail_mimetype": kinds.PICTURES[found.thumbnail_format],
        },
        "thumbnail": _write(request["thumbnail"], found.thumbnail),
    }


if __name__ == "__main__":
    main()
