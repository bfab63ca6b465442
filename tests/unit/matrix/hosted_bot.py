"""A bot's storage folder, and what its host can do with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.matrix.custody import Custody
from bot.matrix.identity import CrossSigning, verify_device
from bot.matrix.seeds import Seeds
from bot.matrix.session import MatrixSession, SessionSettings
from tests.unit.matrix.account_server import PASSWORD, USER, AccountServer


async def nothing_seen(_: object) -> set[str]:
    return set()


class Bot:
    """A bot's storage folder, and what its host can do with it."""

    def __init__(self, server: AccountServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.settings = SessionSettings(server.url, USER, lambda: PASSWORD, folder, "the host's secret")

    @property
    def custody(self) -> Custody:
        return Custody(self.settings, SystemClock())

    def session(self) -> MatrixSession:
        return MatrixSession(self.settings, SystemClock(), nothing_seen)

    async def run(self) -> None:
        """Start and stop once."""
        session = self.session()
        await session.start()
        await session.close()

    async def identity(self) -> CrossSigning | None:
        return await asyncio.to_thread(Seeds(self.folder, "the host's secret").load, USER)

    def signed(self, device: str, master: str) -> bool:
        """Whether people see the device as signed by that identity."""
        answer: dict[str, Any] = {"device_keys": {USER: self.server.device_keys}}
        answer |= {f"{name}s": {USER: key} for name, key in self.server.cross_signing.items()}
        return verify_device(answer, USER, device, master)

    def files(self) -> dict[str, bytes]:
        return {
            str(f.relative_to(self.folder)): f.read_bytes() for f in self.folder.rglob("*") if f.is_file()
        }
