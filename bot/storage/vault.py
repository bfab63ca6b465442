"""The vault on the disk: a folder beside the database, with a file for each audit, for the bot alone.

It is in no backup: who restores one finds no secret, and so nothing that leads from words to people. While
there are secrets, a file beside them tells how far the database is, so that an older copy of it is noticed.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_SIZE = 32
_ENDING = ".secret"


class FileVault:
    """The port `Vault`. What was read is remembered, so that only the first reading touches the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[int, bytes] = {}
        self._there: set[int] | None = None  # the audits that have a file, once looked at

    def create(self, audit: int) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        secret = secrets.token_bytes(_SIZE)
        fresh = self._folder / f"{audit}.new"
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path(audit))
        self._flush_folder()
        self._known[audit] = secret
        self._there = {*self.known(), audit}

    def read(self, audit: int) -> bytes | None:
        if audit not in self._known:
            try:
                secret = self._path(audit).read_bytes()
            except FileNotFoundError:
                return None
            if len(secret) != _SIZE:
                return None
            self._known[audit] = secret
        return self._known[audit]

    def destroy(self, audit: int) -> None:
        self._known.pop(audit, None)
        self._there = None
        path = self._path(audit)
        try:
            with path.open("r+b") as file:
                file.write(secrets.token_bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())
        except FileNotFoundError:
            return
        path.unlink()
        if not self.known():
            for left in (self._count, self._count.with_suffix(".new")):
                left.unlink(missing_ok=True)
        self._flush_folder()

    def known(self) -> frozenset[int]:
        if self._there is None:
            names = [one.stem for one in self._folder.glob(f"*{_ENDING}")] if self._folder.is_dir() else []
            self._there = {int(name) for name in names if name.isdigit()}
        return frozenset(self._there)

    def remember(self, count: int) -> None:
        if not self.known():
            return
        fresh = self._count.with_suffix(".new")
        with contextlib.suppress(OSError):  # a full disk: what lags behind raises no false alarm
            fresh.write_text(str(count), encoding="ascii")
            fresh.replace(self._count)

    def remembered(self) -> int:
        try:
            return int(self._count.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    @property
    def _count(self) -> Path:
        return self._folder / "count"

    def _path(self, audit: int) -> Path:
        return self._folder / f"{audit}{_ENDING}"

    def _flush_folder(self) -> None:
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
