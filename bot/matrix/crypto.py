"""Keys that travel: ours to the server, room keys to everybody who is to read a message.

Before each message: the members' devices are up to date, every device that may read has the room's
key or is named as one that could not get it, and only then is anything encrypted. A device counts as
having the key only once the server has accepted the key for it.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from nio.crypto import OlmDevice, OutboundGroupSession

from bot.log import Plain
from bot.matrix.backoff import insist
from bot.matrix.devices import Devices
from bot.matrix.http import Http, Json, path
from bot.matrix.machine import MEGOLM, Machine
from bot.matrix.olm import NoKey, Opened
from bot.matrix.rooms import Room
from bot.pipeline.ports import Clock, Refused, Unavailable

DeviceKey: TypeAlias = "tuple[str, str, str]"  # user, device, Curve25519 key

_AT_ONCE = 20  # devices in one to-device request
_A_BREATH = 5  # devices until the loop gets its turn: each takes some milliseconds
_ROUNDS = 3
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 3600.0  # seconds until a device without one-time keys is asked again

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Shared:
    """Which devices have the key of a room's current Megolm session."""

    session_id: str
    devices: set[DeviceKey] = field(default_factory=set)


def _key(device: OlmDevice) -> DeviceKey:
    return (device.user_id, device.id, device.curve25519)


class Crypto:
    """The encryption of one device, with the network it needs."""

    def __init__(self, machine: Machine, http: Http, clock: Clock) -> None:
        self._machine = machine
        self._http = http
        self._clock = clock
        self.devices = Devices(machine, http, clock)
        self._shared: dict[str, _Shared] = {}
        self._keyless: dict[DeviceKey, tuple[float, float]] = {}  # → not before, last wait
        self._uploading = asyncio.Lock()
        self._claiming = asyncio.Lock()
        self._tidied: datetime | None = None

    # -- our own keys

    async def publish(self) -> None:
        """Upload the device's keys and fill the one-time keys, if that was never done."""
        if not self._machine.published:
            await self.refill(0, fallback=True)

    async def refill(self, on_server: int, *, fallback: bool) -> None:
        """Upload one-time keys until the server has enough, and a fallback key if it asks for one."""
        async with self._uploading:
            body = self._machine.key_upload(on_server, fallback=fallback)
            if body is not None:
                await insist(self._clock, lambda: self._http.call("POST", "/keys/upload", body))
                self._machine.uploaded()

    # -- what comes in

    def receive(self, answer: Mapping[str, Any]) -> frozenset[str]:
        """Take the keys and device changes out of an answer to `GET /sync`; on disk when this returns."""
        lists = answer.get("device_lists")
        for name in ("changed", "left"):
            users = lists.get(name) if isinstance(lists, dict) else None
            self.devices.changed(users if isinstance(users, list) else ())
        to_device = answer.get("to_device")
        events = to_device.get("events") if isinstance(to_device, dict) else None
        return (
            self._machine.receive(events, self._clock.now())
            if isinstance(events, list) and events
            else frozenset()
        )

    def open(self, room_id: str, event: Mapping[str, Any]) -> Opened:
        """Decrypt a room event. Raises NoKey, Forged. The senders' devices have to be refreshed before."""
        try:
            return self._machine.open(room_id, event, self._clock.now())
        except NoKey as missing:
            if missing.device_unknown:
                self.devices.changed([event["sender"]])
            raise

    def tidy(self) -> None:
        """Delete keys that are of no use any more, once a day."""
        now = self._clock.now()
        if self._tidied is None or now - self._tidied >= timedelta(days=1):
            self._tidied = now
            logger.info("deleted %d room keys of old", self._machine.tidy(now))

    async def unwedge(self) -> None:
        """Start new sessions with devices whose messages could not be read, and tell them so."""
        devices = self._machine.wedged()
        if devices:
            await self._claim(devices)
            await self._to_devices([d for d in devices if self._machine.has_session(d)], "m.dummy", {})

    # -- what goes out

    async def prepare(self, room_id: str, room: Room) -> tuple[str, ...]:
        """Give the room's key to every device that is to read the next message.

        Returns the devices ("@user/DEVICE") that could not get it. Raises Unavailable, Refused. Calls for
        one room must not overlap.
        """
        lacking: list[OlmDevice] = []
        shared = _Shared("")
        for _ in range(_ROUNDS):
            await self.devices.refresh(room.readers())
            wanted = {_key(device): device for user in room.readers() for device in self.devices.of(user)}
            session, shared = self._session(room_id, room, wanted)
            lacking = [device for key, device in wanted.items() if key not in shared.devices]
            if not lacking or not await self._share(room_id, session, shared, lacking):
                break
        return self._unreadable(room, [device for device in lacking if _key(device) not in shared.devices])

    def encrypt(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an encrypted event; `prepare` comes first."""
        if self._machine.outbound(room_id) is None:
            raise Unavailable("the room key has expired meanwhile")
        return self._machine.encrypt(room_id, event_type, content)

    def _session(
        self, room_id: str, room: Room, wanted: Mapping[DeviceKey, OlmDevice]
    ) -> tuple[OutboundGroupSession, _Shared]:
        """The room's session; a new one when it is used up or somebody who has the key is gone."""
        session, shared = self._machine.outbound(room_id), self._shared.get(room_id)
        if session is None or shared is None or not shared.devices <= wanted.keys():
            session = self._machine.new_outbound(room_id, room.encryption)
            shared = self._shared[room_id] = _Shared(session.id)
        return session, shared

    def _unreadable(self, room: Room, lacking: Iterable[OlmDevice]) -> tuple[str, ...]:
        silent = (f"{user}/?" for user in room.readers() if self.devices.silent(user))
        return tuple(sorted({*(f"{device.user_id}/{device.id}" for device in lacking), *silent}))

    async def _share(
        self, room_id: str, session: OutboundGroupSession, shared: _Shared, lacking: list[OlmDevice]
    ) -> int:
        """Send the session's key; returns how many devices the server has accepted it for."""
        await self._claim([device for device in lacking if not self._machine.has_session(device)])
        ready = [device for device in lacking if self._machine.has_session(device)]
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        for start in range(0, len(ready), _AT_ONCE):
            some = ready[start : start + _AT_ONCE]
            await self._to_devices(some, "m.room_key", content)
            shared.devices.update(map(_key, some))
        return len(ready)

    async def _claim(self, devices: list[OlmDevice]) -> None:
        """Claim one-time keys and start sessions. A device that has none is left alone for a while."""
        now = self._clock.now().timestamp()
        asked = [device for device in devices if self._keyless.get(_key(device), (0.0, 0.0))[0] <= now]
        if asked:
            async with self._claiming:
                await self._ask_keys(asked, now)

    async def _ask_keys(self, asked: list[OlmDevice], now: float) -> None:
        wanted: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for device in asked:
            wanted[device.user_id][device.id] = "signed_curve25519"
        body = {"one_time_keys": wanted, "timeout": 10_000}
        try:
            answer = await insist(self._clock, lambda: self._http.call("POST", "/keys/claim", body))
        except Refused as error:  # for all of them; who has a session already must not wait for that
            logger.warning("no one-time keys: %s", Plain(error))
            answer = {}
        given = answer.get("one_time_keys")
        for start in range(0, len(asked), _A_BREATH):
            with self._machine.saving():
                for device in asked[start : start + _A_BREATH]:
                    self._start(device, given, now)
            await asyncio.sleep(0)

    def _start(self, device: OlmDevice, given: object, now: float) -> None:
        per_user = given.get(device.user_id) if isinstance(given, dict) else None
        claimed = per_user.get(device.id) if isinstance(per_user, dict) else None
        if claimed is not None and self._machine.start_session(device, claimed):
            self._keyless.pop(_key(device), None)
            return
        last = self._keyless.get(_key(device), (0.0, 0.0))[1]
        wait = min(_LONGEST_WAIT, last * 2 or _FIRST_WAIT)
        self._keyless[_key(device)] = (now + wait, wait)
        logger.warning("no one-time key for a device of %s", device.user_id)

    async def _to_devices(self, devices: list[OlmDevice], event_type: str, content: Json) -> None:
        """Send something encrypted to each device, in one request. Raises Unavailable, Refused."""
        if not devices:
            return
        messages: defaultdict[str, Json] = defaultdict(dict)
        for start in range(0, len(devices), _A_BREATH):
            with self._machine.saving():
                for device in devices[start : start + _A_BREATH]:
                    encrypted = self._machine.encrypt_for(device, event_type, content)
                    messages[device.user_id][device.id] = encrypted
            await asyncio.sleep(0)
        where = path("/sendToDevice/m.room.encrypted/{txn}", txn=uuid.uuid4().hex)
        await insist(self._clock, lambda: self._http.call("PUT", where, {"messages": messages}))
