"""Files of the storage folder that hold people's pictures and recordings, encrypted.

Their keys are in rows of the database alone. A file that no row names is removed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

from bot.domain.files import Content, Made, Sealed
from bot.sealed import PIECE, Checking, Damaged, Opening


class Files:
    """The folder; it is made when it is needed, for the bot's own user alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a file is, or will be."""
        return self.folder / name

    def fresh(self) -> str:
        """A name for a new file. Blocks."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return secrets.token_hex(16)

    async def check(self, content: Content) -> None:
        """Whether the file is there, whole. Raises Damaged."""
        if isinstance(content, Sealed):
            await asyncio.to_thread(self._check, content)

    def _check(self, sealed: Sealed) -> None:
        checking = Checking(sealed.cipher)
        try:
            with self.path(sealed.name).open("rb") as file:
                while piece := file.read(PIECE):
                    checking.take(piece)
        except FileNotFoundError:
            raise Damaged("a file is gone") from None
        checking.finish()

    async def pieces(self, content: Content) -> AsyncIterator[bytes]:
        """The bytes, decrypted, a piece at a time; `check` first. Raises Damaged."""
        if isinstance(content, Made):
            yield content.text.encode()
            return
        opening = Opening(content.cipher)
        file = await asyncio.to_thread(self.path(content.name).open, "rb")
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield opening.take(piece)
        finally:
            await asyncio.to_thread(file.close)

    async def read(self, content: Content) -> bytes:
        """All of it, decrypted. Raises Damaged."""
        await self.check(content)
        return b"".join([piece async for piece in self.pieces(content)])

    def create(self, name: str) -> BinaryIO:
        """A new file, in the place of one of that name; for the bot's own user alone. Blocks."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        how = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
        return os.fdopen(os.open(self.path(name), how, 0o600), "wb")

    async def names(self) -> set[str]:
        """The files that are there."""
        return await asyncio.to_thread(self._names)

    def _names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()

    async def remove(self, *names: str) -> None:
        """Erase files; one that is not there is no error."""
        for name in names:
            await asyncio.to_thread(_erase, self.path(name))


def _erase(path: Path) -> None:
    """Overwrite, which helps on disks that write in place, and unlink."""
    try:
        with path.open("r+b") as file:
            left = path.stat().st_size
            while left > 0:
                left -= file.write(bytes(min(left, PIECE)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
