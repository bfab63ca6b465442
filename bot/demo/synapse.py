"""A private Synapse on a loopback port: its own folder, SQLite, no federation, no telemetry.

It runs as a process of its own and is imported nowhere. `start` after `stop` or `kill` continues on
the same folder and port, so that clients find what they left.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
import os
import sqlite3
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeAlias

import aiohttp

from bot.demo.process import Child, free_port, port_is_taken

Limits: TypeAlias = Literal["lifted", "default"]

_PLENTY = {"per_second": 100_000, "burst_count": 100_000}
_LIFTED = {
    "rc_message": _PLENTY,
    "rc_registration": _PLENTY,
    "rc_login": {"address": _PLENTY, "account": _PLENTY, "failed_attempts": _PLENTY},
    "rc_admin_redaction": _PLENTY,
    "rc_joins": {"local": _PLENTY, "remote": _PLENTY},
    "rc_joins_per_room": _PLENTY,
    "rc_key_requests": _PLENTY,
    "rc_invites": {"per_room": _PLENTY, "per_user": _PLENTY, "per_issuer": _PLENTY},
    "rc_media_create": _PLENTY,
    "rc_delayed_event_mgmt": _PLENTY,
    "rc_room_creation": _PLENTY,
    "rc_reports": _PLENTY,
    "rc_user_directory": _PLENTY,
    "rc_profile": _PLENTY,
}


class SynapseError(Exception):
    """Synapse did not start or refused a request; the text says what and shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Account:
    """A registered account. `user_id` is the full Matrix id."""

    user_id: str
    password: str


def installed() -> bool:
    """Whether the dependency group of the demonstration is there."""
    return importlib.util.find_spec("synapse") is not None


def _log_config(level: str) -> dict[str, Any]:
    return {
        "version": 1,
        "formatters": {"line": {"format": "%(asctime)s %(name)s %(levelname)s %(message)s"}},
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"level": level, "handlers": ["out"]},
        "disable_existing_loggers": False,
    }


class Synapse:
    """One homeserver. Use as `async with Synapse(folder) as server:` or by `start` and `stop`.

    `limits="default"` leaves the rate limits as Synapse ships them, from the next start on. `room_version`
    chooses the version of new rooms.
    """

    def __init__(
        self,
        folder: Path,
        *,
        limits: Limits = "lifted",
        name: str = "demo.localhost",
        port: int | None = None,
        log_level: str = "WARNING",
        room_version: str = "12",
    ) -> None:
        self.folder = folder
        self.name = name
        self.port = port or free_port()
        self.limits = limits
        self._log_level = log_level
        self._room_version = room_version
        self._secret = base64.b32encode(os.urandom(20)).decode()
        self._child = Child(
            [sys.executable, "-m", "synapse.app.homeserver", "-c", str(folder / "homeserver.yaml")],
            folder,
            folder / "synapse.log",
        )

    @property
    def url(self) -> str:
        """The base address of the client-server API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "homeserver.db"

    @property
    def process(self) -> Child:
        return self._child

    def _settings(self) -> dict[str, Any]:
        """The configuration; JSON is YAML too."""
        listener = {
            "port": self.port,
            "type": "http",
            "tls": False,
            "bind_addresses": ["127.0.0.1"],
            "resources": [{"names": ["client"], "compress": False}],
        }
        settings: dict[str, Any] = {
            "server_name": self.name,
            "public_baseurl": self.url,
            "listeners": [listener],
            "pid_file": str(self.folder / "homeserver.pid"),
            "log_config": str(self.folder / "log.json"),
            "signing_key_path": str(self.folder / "signing.key"),
            "media_store_path": str(self.folder / "media"),
            "database": {"name": "sqlite3", "args": {"database": str(self.database)}},
            "registration_shared_secret": self._secret,
            "macaroon_secret_key": self._secret[::-1],
            "form_secret": self._secret[::-1],
            "enable_registration": False,
            "report_stats": False,
            "trusted_key_servers": [],
            "suppress_key_server_warning": True,
            "federation_domain_whitelist": [],
            "presence": {"enabled": False},
            "url_preview_enabled": False,
            "bcrypt_rounds": 4,
            "default_room_version": self._room_version,
            "user_directory": {"enabled": False},
        }
        return settings | (_LIFTED if self.limits == "lifted" else {})

    def _write(self, file: str, content: str) -> None:
        path = self.folder / file
        path.touch(mode=0o600)
        path.write_text(content)

    def _prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / "signing.key").exists():
            seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
            self._write("signing.key", f"ed25519 a_demo {seed}\n")
        self._write("log.json", json.dumps(_log_config(self._log_level)))
        self._write("homeserver.yaml", json.dumps(self._settings(), indent=1))

    async def start(self, within: float = 60.0) -> None:
        """Start it and wait until it answers. Raises SynapseError with the end of the log."""
        if not installed():
            raise SynapseError("matrix-synapse is not installed (dependency group `demo`)")
        if port_is_taken(self.port):
            raise SynapseError(f"port {self.port} is taken")
        self._prepare()
        # SQLITE_TMPDIR: nothing of the server's may rest outside its folder.
        await self._child.start({"SQLITE_TMPDIR": str(self.folder)})
        until = time.monotonic() + within
        async with aiohttp.ClientSession() as http:
            while time.monotonic() < until and self._child.running:
                try:
                    async with http.get(f"{self.url}/health", timeout=aiohttp.ClientTimeout(2)) as answer:
                        if answer.status == 200:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(0.1)
        why = "does not answer" if self._child.running else f"ended with {self._child.exit_code}"
        await self._child.kill()
        raise SynapseError(f"Synapse {why}. The end of its log:\n{self._child.last_lines()}")

    async def stop(self, grace: float = 3.0) -> None:
        """End it in good order, or by force after `grace` seconds."""
        await self._child.stop(grace)

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._child.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def register(self, user: str, password: str, *, admin: bool = False) -> Account:
        """Make an account with the shared secret (Synapse admin API, "Shared-Secret Registration")."""
        url = f"{self.url}/_synapse/admin/v1/register"
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as answer:
                nonce = (await answer.json())["nonce"]
            said = "\0".join([nonce, user, password, "admin" if admin else "notadmin"]).encode()
            mac = hmac.new(self._secret.encode(), said, hashlib.sha1).hexdigest()
            body = {"nonce": nonce, "username": user, "password": password, "admin": admin, "mac": mac}
            async with http.post(url, json=body) as answer:
                result = await answer.json()
                if answer.status != 200:
                    raise SynapseError(f"Synapse refused the account {user}: {result.get('error')}")
        return Account(result["user_id"], password)

    def stored_events(self, room_id: str | None = None) -> list[dict[str, Any]]:
        """Every event that the server keeps (of one room), oldest first, read from its database file.

        `event_id` and the server's `stream_ordering` are added to the JSON.
        """
        query = (
            "SELECT e.event_id, e.stream_ordering, j.json FROM events e JOIN event_json j USING (event_id)"
            " WHERE (? IS NULL OR e.room_id = ?) ORDER BY e.stream_ordering"
        )
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10) as db:
            rows = db.execute(query, (room_id, room_id)).fetchall()
        db.close()
        return [
            {**json.loads(text), "event_id": event_id, "stream_ordering": order}
            for event_id, order, text in rows
        ]

    def plaintext_messages(self, room_id: str | None = None) -> list[str]:
        """Ids of message events that the server could read. Empty is what we promise."""
        return [e["event_id"] for e in self.stored_events(room_id) if _readable(e)]

    def files_with(self, needle: str) -> list[Path]:
        """Files of the server's folder that contain the text, in UTF-8 or as JSON writes it."""
        forms = {needle.encode(), json.dumps(needle)[1:-1].encode()}
        return [
            path
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and any(form in path.read_bytes() for form in forms)
        ]


def _readable(event: Mapping[str, Any]) -> bool:
    return event["type"] in ("m.room.message", "m.sticker") and bool(event.get("content"))
