"""The encryption of one device towards the server: its keys kept in supply, what comes in, what goes out."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.matrix.backoff import insist
from bot.matrix.devices import Devices
from bot.matrix.envelopes import Envelopes
from bot.matrix.http import Http, Json
from bot.matrix.machine import Machine
from bot.matrix.opening import Drop, Forged, NoKey, Opened
from bot.matrix.rooms import Room
from bot.matrix.sharing import AudienceOf, Sharing, signed_only
from bot.matrix.trust import Trust
from bot.matrix.verification import Verification
from bot.pipeline.ports import Clock, Unavailable

_AWAITED = 10_000  # sessions of unknown devices

logger = logging.getLogger(__name__)


class Crypto:
    """The encryption of one device, with the network it needs."""

    def __init__(
        self, machine: Machine, trust: Trust, http: Http, clock: Clock, audience: AudienceOf = signed_only
    ) -> None:
        self._machine = machine
        self._http = http
        self._clock = clock
        self.trust = trust
        self.guard = machine.guard
        self.verification = Verification(machine.user_id)
        self.devices = Devices(machine, trust, http, clock)
        self.envelopes = Envelopes(machine, http, clock)
        self._sharing = Sharing(machine, trust, self.devices, self.envelopes, clock, audience)
        self._awaited: OrderedDict[str, str] = OrderedDict()  # session → who wrote, "" once asked for
        self._uploading = asyncio.Lock()
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
        for name, note in (("changed", self.devices.changed), ("left", self.devices.left)):
            users = lists.get(name) if isinstance(lists, dict) else None
            note(users if isinstance(users, list) else ())
        to_device = answer.get("to_device")
        events = to_device.get("events") if isinstance(to_device, dict) else None
        if not isinstance(events, list) or not events:
            return frozenset()
        self.verification.from_devices(events)
        return self._machine.receive(events, self._clock.now())

    def open(self, room_id: str, event: Mapping[str, Any]) -> Opened:
        """Decrypt a room event. Raises NoKey, Forged. The senders' devices have to be refreshed before."""
        now = self._clock.now()
        try:
            opened = self._machine.open(room_id, event, now)
        except NoKey as missing:
            if missing.owner_of is not None:
                self._await(missing.session_id, str(event["sender"]), missing.owner_of)
            raise
        if opened.type == "m.room.message":
            self.verification.in_room(room_id, event, opened.content, now)
        return replace(opened, standing=self.trust.standing(opened.device, now))

    def asked(self, room_id: str, event: Mapping[str, Any]) -> None:
        """A request to verify came in clear: it is declined, too."""
        self.verification.in_room(room_id, event, event["content"], self._clock.now())

    def _await(self, session_id: str, sender: str, owner_of: str) -> None:
        """Ask once more for the devices of somebody whose device is not known.

        Raises Forged if it is known whose it is.
        """
        if self.devices.current(sender) and self._machine.belongs_to_another(sender, owner_of):
            raise Forged("the key belongs to somebody else's device", Drop.NOT_THE_SENDERS)
        if session_id not in self._awaited:
            self._awaited[session_id] = sender
            self.devices.changed([sender])
            if len(self._awaited) > _AWAITED:
                self._awaited.popitem(last=False)

    def arrived(self) -> frozenset[str]:
        """The sessions whose devices were unknown and have been asked for since; each is named once."""
        found = {s for s, user in self._awaited.items() if user and self.devices.current(user)}
        self._awaited.update(dict.fromkeys(found, ""))
        return frozenset(found)

    def tidy(self) -> None:
        """Delete keys that are of no use any more, once a day."""
        now = self._clock.now()
        if self._tidied is None or now - self._tidied >= timedelta(days=1):
            self._tidied = now
            logger.info("deleted %d room keys of old", self._machine.tidy(now))

    async def keep_up(self) -> None:
        """Mend what went wrong between devices, follow those that have changed, tell who gets no keys.

        Raises Unavailable, Refused, LoggedOut.
        """
        await self._unwedge()
        await self.devices.follow()
        await self._sharing.give_notice()
        self.tidy()

    async def _unwedge(self) -> None:
        """Start new sessions with devices whose messages could not be read, and tell them so."""
        devices = self._machine.wedged()
        if devices:
            await self.envelopes.claim(devices)
            ready = [device for device in devices if self._machine.has_session(device)]
            await self.envelopes.send(ready, "m.dummy", {})

    # -- what goes out

    async def prepare(self, room_id: str, room: Room) -> tuple[str, ...]:
        """Give the room's key to every device that is to read the next message.

        Returns the devices ("@user/DEVICE") that have not got it. Raises Unavailable, Refused. Calls for
        one room must not overlap.
        """
        return await self._sharing.prepare(room_id, room)

    def encrypt(self, room_id: str, event_type: str, content: Json) -> Json:
        """The content of an encrypted event; `prepare` comes first."""
        if self._machine.outbound(room_id) is None:
            raise Unavailable("the room key has expired meanwhile")
        return self._machine.encrypt(room_id, event_type, content)

    def forget_said(self, room_id: str) -> None:
        """Destroy the keys of what was said in a room so far. Raises Unavailable while some of it is being
        handled."""
        self._machine.forget_said(room_id)

    def handled(self) -> None:
        """All that was opened so far has been handled, and need not be opened again."""
        self.guard.handled()

    async def acknowledge(self, user_id: str, change: str) -> None:
        """Pin the new identity that `change` told of. Raises Unavailable, Refused, LoggedOut."""
        await self.devices.refresh([user_id])
        await self.trust.acknowledge(user_id, change, self._clock.now())
