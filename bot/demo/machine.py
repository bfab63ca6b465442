"""The encryption of a person's client: nio's Olm machine with our own requests around it.

nio encrypts and decrypts; which devices get a key, and that they got it, is decided and checked here,
because the people are the measuring instrument of every promise.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from nio import EncryptionError
from nio.crypto import Olm
from nio.events import Event, MegolmEvent, ToDeviceEvent
from nio.responses import KeysClaimResponse, KeysQueryResponse
from nio.store import SqliteMemoryStore, SqliteStore

from bot.demo.api import Api, Json, part
from bot.matrix.identity import CrossSigning

log = logging.getLogger(__name__)

_KEYS_LOW = 25


class Machine:
    """One device. `folder` None keeps its keys in memory only."""

    def __init__(self, api: Api, user_id: str, device_id: str, folder: Path | None) -> None:
        if folder is None:
            store = SqliteMemoryStore(user_id, device_id, "demo")
        else:
            store = SqliteStore(user_id, device_id, str(folder), "demo", f"{part(device_id)}.db")
        self._api = api
        self._olm = Olm(user_id, device_id, store)
        self.identity: CrossSigning | None = None

    @property
    def olm(self) -> Olm:
        return self._olm

    async def publish(self) -> Json:
        """Upload the device's keys for the first time; returns them."""
        body = self._olm.share_keys()
        await self._upload(body)
        device: Json = body["device_keys"]
        return device

    async def cross_sign(self, device: Json, identity: CrossSigning | None = None) -> None:
        """Sign the device by the identity of another device of this account, or by a new one."""
        if identity is None:
            identity = CrossSigning.create()
            body = identity.upload_body(self._olm.user_id)
            await self._api.call("POST", "v3/keys/device_signing/upload", body)
        signed = identity.signature_body(device)
        answer = await self._api.call("POST", "v3/keys/signatures/upload", signed)
        if answer.get("failures"):
            raise RuntimeError(f"the server refused the signature of the device: {answer['failures']}")
        self.identity = identity

    async def _upload(self, body: Mapping[str, Any]) -> None:
        answer = await self._api.call("POST", "v3/keys/upload", body)
        self._olm.account.shared = True
        self._olm.uploaded_key_count = int(answer["one_time_key_counts"].get("signed_curve25519", 0))
        self._olm.account.mark_keys_as_published()
        self._olm.save_account()

    async def refill(self, counts: Mapping[str, Any]) -> None:
        """Upload new one-time keys when the server says that few are left."""
        left = int(counts.get("signed_curve25519", 0))
        if left < _KEYS_LOW:
            self._olm.uploaded_key_count = left
            await self._upload(self._olm.share_keys())

    def devices_changed(self, users: Iterable[str]) -> None:
        """Ask for these users' devices before the next message to them."""
        self._olm.tracked_users.difference_update(users)

    def room_changed(self, room_id: str) -> None:
        """Somebody left: the next message gets a new key."""
        self._olm.outbound_group_sessions.pop(room_id, None)

    def take_to_device(self, events: Iterable[Mapping[str, Any]]) -> int:
        """Take messages from device to device (room keys above all); returns how many were understood."""
        understood = 0
        for raw in events:
            event = ToDeviceEvent.parse_event(dict(raw))
            if event is not None and self._olm.handle_to_device_event(event) is not None:
                understood += 1
        return understood

    def decrypt(self, room_id: str, raw: Mapping[str, Any]) -> Json | None:
        """The decrypted event as JSON, or None while the key is missing."""
        event = Event.parse_event(dict(raw))
        if not isinstance(event, MegolmEvent):
            return None
        try:
            decrypted = self._olm.decrypt_megolm_event(event, room_id)
        except EncryptionError:
            return None
        source = decrypted.source
        return source if isinstance(source, dict) else None

    async def encrypt(self, room_id: str, readers: list[str], kind: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` event, after every device of the readers got the key."""
        await self._share(room_id, readers)
        encrypted: Json = self._olm.group_encrypt(room_id, {"type": kind, "content": content})
        if "m.relates_to" in content:
            encrypted["m.relates_to"] = content["m.relates_to"]
        return encrypted

    async def _share(self, room_id: str, readers: list[str]) -> None:
        olm = self._olm
        await self._query([user for user in readers if user not in olm.tracked_users])
        session = olm.outbound_group_sessions.get(room_id)
        if session is None or session.expired:
            olm.create_outbound_group_session(room_id)
            session = olm.outbound_group_sessions[room_id]
        if self._waiting(room_id, readers):
            await self._claim(olm.get_missing_sessions(readers))
            session.shared = False  # nio would make a new session otherwise
            for devices, messages in olm.share_group_session_parallel(
                room_id, readers, ignore_unverified_devices=True
            ):
                await self._api.call("PUT", f"v3/sendToDevice/m.room.encrypted/{uuid4()}", messages)
                session.users_shared_with.update(devices)
            left = self._waiting(room_id, readers)
            if left:
                log.warning("%s could not give the key of %s to %d devices", olm.user_id, room_id, len(left))
        session.shared = True

    def _waiting(self, room_id: str, readers: list[str]) -> set[tuple[str, str]]:
        """Devices that have no key of the room's session yet."""
        shared: set[tuple[str, str]] = self._olm.outbound_group_sessions[room_id].users_shared_with
        devices = {
            (device.user_id, device.id)
            for user in readers
            for device in self._olm.device_store.active_user_devices(user)
            if device.id != self._olm.device_id
        }
        return devices - shared

    async def _query(self, users: list[str]) -> None:
        if not users:
            return
        body: Json = {"device_keys": {user: [] for user in users}}
        answer = await self._api.call("POST", "v3/keys/query", body)
        response = KeysQueryResponse.from_dict(answer)
        if not isinstance(response, KeysQueryResponse):
            raise TypeError(f"the answer to a key query is malformed: {json.dumps(answer)[:200]}")
        self._olm.handle_response(response)
        self._olm.tracked_users.update(users)

    async def _claim(self, missing: Mapping[str, Iterable[str]]) -> None:
        if not missing:
            return
        wanted = {user: dict.fromkeys(devices, "signed_curve25519") for user, devices in missing.items()}
        answer = await self._api.call("POST", "v3/keys/claim", {"one_time_keys": wanted})
        response = KeysClaimResponse.from_dict(answer)
        if not isinstance(response, KeysClaimResponse):
            raise TypeError(f"the answer to a key claim is malformed: {json.dumps(answer)[:200]}")
        self._olm.handle_response(response)

    def close(self) -> None:
        """Close the store."""
        self._olm.store.database.close()
