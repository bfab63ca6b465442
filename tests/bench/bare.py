"""A relay bot of the usual pattern, to compare with: a callback that awaits `room_send`, and `sync_forever`.

Standalone: `python tests/bench/bare.py SETTINGS.json` with

    {"homeserver": …, "user": …, "password": …, "store": FOLDER, "routes": {ROOM: [ROOM, …], …},
     "timeline_limit": 100, "notify": FILE}

Every text message of a room is repeated in the rooms its route names, with its event id in the content
(`org.twinline.bench.source`) for the measurement. `timeline_limit` null takes the server's default.
`notify`, if given, is touched after every sync, the first one included. It joins where it is invited.
As usual with nio, the sync token is stored by the library, a failed send is not tried again, and a broken
connection is followed by a pause and a new `sync_forever`.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Any

from aiohttp import ClientError
from nio import (
    AsyncClient,
    AsyncClientConfig,
    InviteMemberEvent,
    LoginError,
    MatrixRoom,
    RoomMessageText,
    SyncResponse,
)

PAUSE = 1.0  # seconds after a broken connection; templates have 15

log = logging.getLogger("bare")


class BareBot:
    """The bot, as the templates write it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._store = Path(settings["store"])
        self._store.mkdir(parents=True, exist_ok=True)
        self._client = AsyncClient(
            settings["homeserver"],
            settings["user"],
            store_path=str(self._store),
            config=AsyncClientConfig(
                max_limit_exceeded=0,
                max_timeouts=0,
                store_sync_tokens=True,
                encryption_enabled=True,
            ),
        )
        self._client.add_event_callback(self._message, RoomMessageText)
        self._client.add_event_callback(self._invited, InviteMemberEvent)
        self._client.add_response_callback(self._synced, SyncResponse)

    async def _message(self, room: MatrixRoom, event: RoomMessageText) -> None:
        if event.sender == self._client.user_id:
            return
        for target in self._settings["routes"].get(room.room_id, ()):
            content = {
                "msgtype": "m.text",
                "body": event.body,
                "org.twinline.bench.source": event.event_id,
            }
            await self._client.room_send(target, "m.room.message", content, ignore_unverified_devices=True)

    async def _invited(self, room: MatrixRoom, event: InviteMemberEvent) -> None:
        if event.state_key == self._client.user_id and event.membership == "invite":
            await self._client.join(room.room_id)

    async def _synced(self, _: SyncResponse) -> None:
        notify = self._settings.get("notify")
        if notify:
            Path(notify).touch()

    async def _log_in(self) -> None:
        """Log in once; later starts take device and token from a file."""
        file = self._store / "login.json"
        if file.exists():
            kept = json.loads(file.read_text())
            self._client.restore_login(kept["user_id"], kept["device_id"], kept["access_token"])
            return
        answer = await self._client.login(self._settings["password"], device_name="bare")
        if isinstance(answer, LoginError):
            raise SystemExit(f"login failed: {answer.message}")
        kept = {
            "user_id": answer.user_id,
            "device_id": answer.device_id,
            "access_token": answer.access_token,
        }
        file.write_text(json.dumps(kept))

    async def run(self) -> None:
        """Until killed."""
        await self._log_in()
        if self._client.should_upload_keys:
            await self._client.keys_upload()
        limit = self._settings.get("timeline_limit")
        sync_filter = {"room": {"timeline": {"limit": limit}}} if limit else None
        try:
            while True:
                try:
                    await self._client.sync_forever(timeout=30_000, full_state=True, sync_filter=sync_filter)
                except (ClientError, OSError, TimeoutError):
                    log.warning("no connection; again in %.0f s", PAUSE)
                    await asyncio.sleep(PAUSE)
        finally:
            await self._client.close()


def main() -> None:
    """Read the settings and run."""
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(BareBot(json.loads(Path(sys.argv[1]).read_text())).run())


if __name__ == "__main__":
    main()
