"""The Olm machine and its key store: everything about keys that needs no network.

Built on nio's machine and store, behind checks of our own:
- a room key is kept only if it does not take the place of a better one or of somebody else's;
- a message counts only if the device that owns its key belongs to the event's sender, if it was
  encrypted for this room, and if the same ciphertext has not come as another event;
- one malformed device, key or message never spoils the others.

The store blocks; bulk is written in one transaction.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from nio import ToDeviceEvent
from nio.crypto import InboundGroupSession, OlmDevice, OutboundGroupSession, OutboundSession
from vodozemac import MegolmMessage

from bot.matrix.ages import Ages
from bot.matrix.epoch import Epoch
from bot.matrix.guard import Guard
from bot.matrix.identity import canonical, to_base64, verify_signature
from bot.matrix.moving import move_on
from bot.matrix.olm import OlmMachine
from bot.matrix.opening import Drop, Forged, NoKey, Opened, parsed
from bot.matrix.store import KeyStore
from bot.matrix.trust import Signed

Json: TypeAlias = "dict[str, Any]"

OLM = "m.olm.v1.curve25519-aes-sha2"
MEGOLM = "m.megolm.v1.aes-sha2"

_MAX_MESSAGES, _HOUR_MS, _WEEK_MS = 10_000, 3_600_000, 7 * 86_400_000

logger = logging.getLogger(__name__)


class Machine:
    """Keys of one device. Open it once per process; `folder` holds the key store."""

    def __init__(self, user_id: str, device_id: str, folder: Path, key: str) -> None:
        logging.getLogger("nio").setLevel(logging.CRITICAL + 1)  # its lines can hold pieces of payloads
        self.user_id = user_id
        self.device_id = device_id
        self._store = KeyStore(user_id, device_id, folder, key, self._load)
        self._load()
        self.signed = Signed(self._store.database)
        self.guard = Guard(folder)

    def _load(self) -> None:
        """Take everything from the store; the sessions of rooms begin anew."""
        self._olm = OlmMachine(self.user_id, self.device_id, self._store.nio)
        self._ages = Ages(self._store.database)

    @property
    def epoch(self) -> Epoch:
        """The count of changes of the store."""
        return self._olm.epoch

    def close(self) -> None:
        self.guard.close()
        self._store.close()

    def saving(self) -> AbstractContextManager[None]:
        """Everything saved within is saved in one transaction. Raises Unsaved; then nothing was."""
        return self._store.saving()

    # -- our own keys

    @property
    def published(self) -> bool:
        """Whether the device's keys were uploaded."""
        return bool(self._olm.account.shared)

    @property
    def ed25519(self) -> str:
        return str(self._olm.account.identity_keys["ed25519"])

    @property
    def curve25519(self) -> str:
        return str(self._olm.account.identity_keys["curve25519"])

    def _signed(self, value: Json) -> Json:
        signature = self._olm.account.sign(canonical(value).decode())
        return {**value, "signatures": {self.user_id: {f"ed25519:{self.device_id}": signature}}}

    def device_keys(self) -> Json:
        """The device's public keys, signed by itself, as `POST /keys/upload` and the identity want them."""
        keys = {f"curve25519:{self.device_id}": self.curve25519, f"ed25519:{self.device_id}": self.ed25519}
        return self._signed(
            {"algorithms": [OLM, MEGOLM], "device_id": self.device_id, "user_id": self.user_id, "keys": keys}
        )

    def key_upload(self, on_server: int, *, fallback: bool) -> Json | None:
        """What to upload, given how many one-time keys the server still has; None if nothing is missing.

        The private parts are saved before this returns. Keys of an upload whose answer was lost are
        offered again.
        """
        account = self._olm.account
        raw = account._account
        body: Json = {}
        wanted = account.max_one_time_keys - max(0, on_server)
        if wanted > 0 and not account.one_time_keys["curve25519"]:
            account.generate_one_time_keys(wanted)
        if wanted > 0:
            body["one_time_keys"] = {
                f"signed_curve25519:{name}": self._signed({"key": key})
                for name, key in account.one_time_keys["curve25519"].items()
            }
        if fallback:
            if not raw.fallback_key:
                raw.generate_fallback_key()
            body["fallback_keys"] = {
                f"signed_curve25519:{name}": self._signed({"key": key.to_base64(), "fallback": True})
                for name, key in raw.fallback_key.items()
            }
        if not self.published:
            body["device_keys"] = self.device_keys()
        if body:
            with self.saving():
                self._olm.save_account()
        return body or None

    def uploaded(self) -> None:
        """The server has accepted the last `key_upload`."""
        with self.saving():
            self._olm.account.shared = True
            self._olm.mark_keys_as_published()
            self._olm.save_account()

    # -- other people's devices

    def checked(self, user_id: str, device_id: str, payload: object) -> Json | None:
        """A device's keys, as `POST /keys/query` shows them, if they are well-formed and its own signature is
        good; without `unsigned`."""
        try:
            plain = {k: v for k, v in dict(payload).items() if k != "unsigned"}  # type: ignore[call-overload]  # checked by the except
            signing, curve = (plain["keys"][f"{kind}:{device_id}"] for kind in ("ed25519", "curve25519"))
            right = (plain["user_id"], plain["device_id"]) == (user_id, device_id) and isinstance(curve, str)
            if right and verify_signature(plain, user_id, f"ed25519:{device_id}", signing):
                return plain
        except (KeyError, TypeError, ValueError, AttributeError):
            pass
        self.guard.drop(Drop.MALFORMED, user_id)
        return None

    def keep_devices(self, user_id: str, keys: Mapping[str, Json]) -> dict[str, OlmDevice]:
        """A user's devices from now on, as `checked`; the others are gone.

        Returns them, without those that show another signing key than before: they stay as they were.
        """
        store, kept, new = self._olm.device_store, {}, {}
        for device_id, payload in keys.items():
            signing, curve = (payload["keys"][f"{kind}:{device_id}"] for kind in ("ed25519", "curve25519"))
            known = store[user_id].get(device_id)
            if known is None:
                known = OlmDevice(user_id, device_id, {"ed25519": signing, "curve25519": curve})
                store.add(known)
                new[device_id] = known
            elif known.ed25519 != signing:
                continue
            elif known.curve25519 != curve or known.deleted:
                known.curve25519, known.deleted = curve, False
                new[device_id] = known
            kept[device_id] = known
        for device in list(store.active_user_devices(user_id)):
            if device.id not in keys:
                device.deleted = True
                new[device.id] = device
        if new:
            with self.saving():
                self._olm.save_devices(new.values())
        return kept

    def devices(self, user_id: str) -> list[OlmDevice]:
        """The devices a user has now, without this one."""
        return [
            device
            for device in self._olm.device_store.active_user_devices(user_id)
            if (user_id, device.id) != (self.user_id, self.device_id)
        ]

    def has_session(self, device: OlmDevice) -> bool:
        """Whether messages can be encrypted for the device."""
        return self._olm.session_store.get(device.curve25519) is not None

    def start_session(self, device: OlmDevice, claimed: object) -> bool:
        """Start an Olm session with a claimed `{key_id: one-time key}`; False if that is no good."""
        try:
            key = dict(next(iter(dict(claimed).values())))  # type: ignore[call-overload]  # checked by the except
            if self._olm.verify_json(key, device.ed25519, device.user_id, device.id):
                session = OutboundSession(self._olm.account, device.curve25519, key["key"])
                self._olm.session_store.add(device.curve25519, session)
                self._olm.save_session(device.curve25519, session)
                return True
        except (KeyError, TypeError, ValueError, AttributeError, StopIteration):
            pass
        self.guard.drop(Drop.MALFORMED, device.user_id)
        return False

    def wedged(self) -> list[OlmDevice]:
        """Devices whose messages could not be read: they need a new session. Empties the list."""
        found = list(self._olm.wedged_devices)
        self._olm.wedged_devices.clear()
        self._olm.outgoing_to_device_messages.clear()  # requests for keys, which nobody answers any more
        return [device for device in found if not device.deleted]

    def encrypt_for(self, device: OlmDevice, event_type: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` to-device message. There has to be a session."""
        session = self._olm.session_store.get(device.curve25519)
        if session is None:
            raise LookupError("no session with the device")
        payload = {
            "sender": self.user_id,
            "sender_device": self.device_id,
            "keys": {"ed25519": self.ed25519},
            "recipient": device.user_id,
            "recipient_keys": {"ed25519": device.ed25519},
            "type": event_type,
            "content": content,
        }
        kind, body = _parts(session.encrypt(canonical(payload).decode()))
        self._olm.save_session(device.curve25519, session)
        ciphertext = {device.curve25519: {"type": kind, "body": body}}
        return {"algorithm": OLM, "sender_key": self.curve25519, "ciphertext": ciphertext}

    # -- what comes in

    def receive(self, events: Iterable[object], now: datetime) -> frozenset[str]:
        """Handle to-device events; everything is on disk when this returns.

        Returns the ids of the Megolm sessions that became known. A repeated event is harmless.
        """
        self._olm.fresh.clear()
        with self.saving():
            for event in events:
                if isinstance(event, dict) and event.get("type") == "m.room.encrypted":
                    self._take(event)
            self._olm.save_account()  # one-time keys that were used up
            for session_id in self._olm.fresh:
                self._ages.used(session_id, _day(now))
        return frozenset(self._olm.fresh)

    def _take(self, event: Json) -> None:
        """One message from device to device: whatever strangers send must not stop the others' keys."""
        sender, done = event.get("sender"), False
        with self.guard.reading(_dumped(event), sender) as worth:
            try:
                if worth:
                    self._olm.handle_to_device_event(ToDeviceEvent.parse_event(event))
                done = True
            except Forged as error:
                self.guard.drop(error.why, sender)
        if not done:
            with self.guard.reading(f"mend {_dumped(event)}", sender) as worth:
                if worth:
                    self._olm.mend(event)

    def open(self, room_id: str, event: Mapping[str, Any], now: datetime) -> Opened:
        """Decrypt a room event. Raises NoKey, Forged."""
        content = event["content"]
        session_id, ciphertext = content.get("session_id"), content.get("ciphertext")
        if (
            content.get("algorithm") != MEGOLM
            or not isinstance(session_id, str)
            or not isinstance(ciphertext, str)
        ):
            raise Forged("the encrypted event is malformed")
        session = self._olm.owners.get(session_id)
        if session is None:
            raise NoKey(session_id)
        if session.room_id != room_id:
            raise Forged("the key belongs to another room", Drop.ELSEWHERE)
        owner = self._owner(str(event["sender"]), session.sender_key)
        if owner is None:
            raise NoKey(session_id, owner_of=session.sender_key)
        if owner.ed25519 != session.ed25519:
            raise Forged("the key belongs to a device that is not the sender's", Drop.NOT_THE_SENDERS)
        text, index = self._decrypt(session, ciphertext)
        if not self.guard.first(session_id, index, str(event["event_id"])):
            raise Forged("the same ciphertext came as another event", Drop.REPEATED)
        if self._ages.due(session_id, _day(now)):
            with self.saving():
                self._ages.used(session_id, _day(now))
        return parsed(text, room_id, owner)

    def belongs_to_another(self, user_id: str, curve25519: str) -> bool:
        """Whether a device of somebody else holds the key."""
        return any(
            device.curve25519 == curve25519 and device.user_id != user_id for device in self._olm.device_store
        )

    def tidy(self, now: datetime) -> int:
        """Delete the keys that were of no use for 30 days, and those with too much to remember.

        Returns how many. What opened old ciphertext is in no file any more.
        """
        with self.saving():
            old = self._ages.old(self._olm.owners, _day(now))
            old += self._ages.oldest(self.guard.crowded(), set(old))
            self._ages.delete(old)
        for session_id in old:
            session = self._olm.owners.pop(session_id, None)
            if session is not None:
                del self._olm.inbound_group_store[session.room_id][session.sender_key][session_id]
        self.guard.forget(old)
        if old:
            self._store.shrink()
        return len(old)

    def forget_said(self, room_id: str) -> None:
        """Nothing on this disk opens any more what was said in the room: keys of others are moved on to what
        has not been read, and the next message of the bot begins with a new key.

        Raises Unavailable while a message of the room is being handled; then nothing has changed.
        """
        move_on(self._olm, self._store, self.guard, room_id)

    def _owner(self, user_id: str, curve25519: str) -> OlmDevice | None:
        """The sender's device that holds the key; devices that are gone count for what they wrote."""
        known = self._olm.device_store[user_id].values()
        return next((device for device in known if device.curve25519 == curve25519), None)

    def _decrypt(self, session: InboundGroupSession, ciphertext: str) -> tuple[str, int]:
        try:
            index = MegolmMessage.from_base64(ciphertext).message_index()
            if index < session.first_known_index:
                raise NoKey(session.id)
            text, index = session.decrypt(ciphertext)
        except ValueError:
            raise Forged("the ciphertext is damaged") from None
        return text, index

    # -- what goes out

    def outbound(self, room_id: str) -> OutboundGroupSession | None:
        """The Megolm session for a room, None if there is none or it is used up."""
        session = self._olm.outbound_group_sessions.get(room_id)
        return None if session is None or session.expired else session

    def new_outbound(self, room_id: str, encryption: Mapping[str, Any]) -> OutboundGroupSession:
        """A new Megolm session; `encryption` is the content of the room's `m.room.encryption`."""
        self._olm.create_outbound_group_session(room_id)  # saves nothing
        session = self._olm.outbound_group_sessions[room_id]
        messages = _bounded(encryption.get("rotation_period_msgs"), 1, _MAX_MESSAGES, 100)
        millis = _bounded(encryption.get("rotation_period_ms"), _HOUR_MS, _WEEK_MS, _WEEK_MS)
        session.max_messages = messages
        session.max_age = timedelta(milliseconds=millis)
        return session

    def encrypt(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an `m.room.encrypted` event. The room's session has to be shared before."""
        session = self._olm.outbound_group_sessions[room_id]
        session.mark_as_shared()
        inner = {"type": event_type, "content": content, "room_id": room_id}
        return {
            "algorithm": MEGOLM,
            "sender_key": self.curve25519,
            "ciphertext": session.encrypt(canonical(inner).decode()),
            "session_id": session.id,
            "device_id": self.device_id,
        }


def _dumped(event: Json) -> str:
    try:
        return json.dumps(event, sort_keys=True)
    except RecursionError:
        return "nested beyond reason"


def _day(now: datetime) -> int:
    return int(now.timestamp() // 86_400)


def _parts(message: Any) -> tuple[int, str]:
    kind, raw = message.to_parts()
    return int(kind), to_base64(raw)


def _bounded(value: object, least: int, most: int, default: int) -> int:
    return max(least, min(most, value)) if isinstance(value, int) and not isinstance(value, bool) else default
