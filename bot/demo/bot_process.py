"""The bot as a process of its own, as a host runs it: configuration file, `run`, log, kill, restart."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.clock import AHEAD
from bot.demo.process import Child
from bot.demo.synapse import Account

PHRASEBOOK = Path(__file__).parent / "phrasebook"
_CALM = 5  # looks at the health file in a second
_ROOT = Path(__file__).resolve().parents[2]


class BotFailed(Exception):
    """The bot did not start; the text shows the end of its log."""


class BotProcess:
    """One bot with a folder of its own. `settings` are laid over the configuration written for it.

    `inviters` are those whose invitations it accepts (default: its own server).
    """

    def __init__(
        self,
        folder: Path,
        homeserver: str,
        account: Account,
        *,
        inviters: Iterable[str] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder = folder
        self.account = account
        self.user_id = account.user_id
        self.config_file = folder / "twinline.yaml"
        self.storage = folder / "storage"
        server = account.user_id.partition(":")[2]
        self._settings: dict[str, Any] = {
            "homeserver": homeserver,
            "account": account.user_id,
            "host_name": "Robin, who hosts this demonstration",
            "inviters": list(inviters) or [server],
            "storage": "storage",
            "password_file": "password.secret",
            "rates": {"person": 0, "group": 0},  # its people write faster than people do
            **(settings or {}),
        }
        self._process = Child(self._command("run"), folder, folder / "bot.log")

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot", *words, "--config", str(self.config_file)]

    @property
    def process(self) -> Child:
        return self._process

    @property
    def running(self) -> bool:
        return self._process.running

    @property
    def log(self) -> str:
        """All that it has logged so far, of all its runs."""
        return self._process.output()

    def write_config(self) -> None:
        """Write configuration and password. YAML reads JSON."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.storage.mkdir(mode=0o700, exist_ok=True)
        password = self.folder / "password.secret"
        password.touch(mode=0o600)
        password.write_text(self.account.password + "\n")
        self.config_file.write_text(json.dumps(self._settings, indent=1))

    def _env(self, env: Mapping[str, str] | None) -> dict[str, str]:
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", **(env or {})}

    async def command(self, *words: str, within: float = 60.0) -> str:
        """Run another sub-command on this bot's configuration; returns what it printed.

        Raises BotFailed if it ends with another code than 0.
        """
        self.write_config()
        process = await asyncio.create_subprocess_exec(
            *self._command(*words),
            cwd=self.folder,
            env={**os.environ, **self._env(None)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(within):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        text = out.decode("utf-8", "replace")
        if process.returncode != 0:
            raise BotFailed(f"{' '.join(words)} ended with {process.returncode}:\n{text}")
        return text

    async def import_phrasebook(self) -> None:
        """Install the phrasebook packages of the demonstration, English and Spanish."""
        for package in sorted(PHRASEBOOK.glob("*.argosmodel")):
            await self.command("models", "import", str(package))

    async def launch(self, env: Mapping[str, str] | None = None) -> None:
        """Start it without waiting until it is ready. `env` may name a point to die at."""
        self.write_config()
        await self._process.start(self._env(env))

    async def start(self, env: Mapping[str, str] | None = None, within: float = 30.0) -> float:
        """Start it and wait until it has synced; returns the seconds that took. Raises BotFailed."""
        began = time.time()
        ahead = float((env or {}).get(AHEAD, "0"))
        await self.launch(env)
        while not self._synced_since(began + ahead):
            if not self.running or time.time() - began > within:
                why = "is not ready" if self.running else f"ended with {self._process.exit_code}"
                await self.kill()
                raise BotFailed(f"The bot {why}. The end of its log:\n{self._process.last_lines()}")
            await asyncio.sleep(0.05)
        return time.time() - began

    def _synced_since(self, moment: float) -> bool:
        """Whether the file that `twinline health` reads tells of a sync after that time of its own clock."""
        try:
            synced = json.loads((self.storage / "health.json").read_bytes())["last_sync"]
        except FileNotFoundError:
            return False
        return synced is not None and datetime.fromisoformat(synced).timestamp() >= moment

    async def quiet(self, within: float = 30.0) -> None:
        """Wait until nothing has waited to be sent for a second, by its health file. Raises TimeoutError."""
        health = self.storage / "health.json"
        async with asyncio.timeout(within):
            calm = 0
            while calm < _CALM:
                state = json.loads(health.read_text())
                calm = calm + 1 if state["oldest_waiting"] is None else 0
                await asyncio.sleep(1 / _CALM)

    async def died(self, within: float = 60.0) -> int:
        """Wait for its end (at the point it was told to die at); returns the exit code.

        Raises TimeoutError.
        """
        try:
            return await self._process.wait(within)
        except TimeoutError:
            raise TimeoutError(f"the bot went on for {within:.0f} s although it was to end") from None

    async def kill(self) -> None:
        """kill −9."""
        await self._process.kill()

    async def stop(self, grace: float = 5.0) -> int | None:
        """SIGTERM; returns the exit code (−9 if it had to be forced after `grace` seconds)."""
        return await self._process.stop(grace)

    async def restart(self, env: Mapping[str, str] | None = None) -> float:
        """kill −9 if it runs, and start again."""
        await self.kill()
        return await self.start(env)
