"""Who gets the key of a room: before each message every device that may read has it, or is named.

A device may read if its owner is of the room's audience and the policy accepts its standing. To those that
the policy refuses goes a notice that the key is withheld, after the message, so that their owner sees why. A
device counts as having the key only once the server has accepted the key for it; whoever has it and may not
read any more makes the next message begin with a new one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from nio.crypto import OlmDevice, OutboundGroupSession

from bot.domain.trust import Audience
from bot.log import Plain
from bot.matrix.devices import Devices
from bot.matrix.envelopes import DeviceKey, Envelopes, key_of
from bot.matrix.http import Json
from bot.matrix.machine import MEGOLM, Machine
from bot.matrix.rooms import Room
from bot.matrix.trust import Trust
from bot.pipeline.ports import Clock, Refused

AudienceOf: TypeAlias = "Callable[[str], Awaitable[Audience]]"

_AT_ONCE = 20  # devices in one to-device request
_NOTICES = 200
_ROUNDS = 3

logger = logging.getLogger(__name__)


async def signed_only(room_id: str) -> Audience:
    """The audience where nobody has chosen another."""
    return Audience()


@dataclass(frozen=True, slots=True)
class _Settled:
    """What `prepare` came to, and what it went by: it holds until one of these changes, or until a time."""

    room: int
    trust: int
    audience: Audience
    until: float
    unreadable: tuple[str, ...]


@dataclass(slots=True)
class _Shared:
    """Which devices have the key of a room's current Megolm session, and which were refused it."""

    session_id: str
    devices: set[DeviceKey] = field(default_factory=set)
    refused: set[DeviceKey] = field(default_factory=set)
    settled: _Settled | None = None


class Sharing:
    """The room keys of this device. Calls of `prepare` for one room must not overlap."""

    def __init__(
        self,
        machine: Machine,
        trust: Trust,
        devices: Devices,
        envelopes: Envelopes,
        clock: Clock,
        audience: AudienceOf,
    ) -> None:
        self._machine = machine
        self._trust = trust
        self._devices = devices
        self._envelopes = envelopes
        self._clock = clock
        self._audience = audience
        self._shared: dict[str, _Shared] = {}
        self._notices: list[tuple[OlmDevice, Json]] = []

    async def prepare(self, room_id: str, room: Room) -> tuple[str, ...]:
        """Give the room's key to every device that is to read the next message.

        Returns the devices ("@user/DEVICE") that have not got it. Raises Unavailable, Refused.
        """
        audience = await self._audience(room_id)
        lacking: list[OlmDevice] = []
        refused: list[OlmDevice] = []
        shared = _Shared("")
        for _ in range(_ROUNDS):
            await self._devices.refresh(self._people(room, audience))
            settled = self._settled(room_id, room, audience)
            if settled is not None:
                return settled
            wanted, refused = self._readers(room, audience)
            session, shared = self._session(room_id, room, wanted)
            lacking = [device for key, device in wanted.items() if key not in shared.devices]
            if not lacking or not await self._share(room_id, session, shared, lacking):
                break
        lacking = [device for device in lacking if key_of(device) not in shared.devices]
        self._withhold(room_id, shared, refused)
        return self._settle(room, shared, audience, lacking, refused)

    def _settled(self, room_id: str, room: Room, audience: Audience) -> tuple[str, ...] | None:
        """The result of last time, if nothing has happened since: most messages follow another."""
        shared, session = self._shared.get(room_id), self._machine.outbound(room_id)
        last = shared.settled if shared is not None else None
        if last is None or session is None or shared is None or session.id != shared.session_id:
            return None
        if (last.room, last.trust, last.audience) != (room.version, self._trust.version, audience):
            return None
        current = all(self._devices.current(user) for user in self._people(room, audience))
        return last.unreadable if current and self._clock.now().timestamp() < last.until else None

    def _settle(
        self,
        room: Room,
        shared: _Shared,
        audience: Audience,
        lacking: list[OlmDevice],
        refused: list[OlmDevice],
    ) -> tuple[str, ...]:
        named = {f"{device.user_id}/{device.id}" for device in (*lacking, *refused)}
        named |= {f"{user}/?" for user in self._people(room, audience) if self._devices.silent(user)}
        unreadable = tuple(sorted(named))
        until = self._envelopes.asked_again(lacking) if lacking else float("inf")
        shared.settled = _Settled(room.version, self._trust.version, audience, until, unreadable)
        return unreadable

    def _people(self, room: Room, audience: Audience) -> list[str]:
        """Whose devices may read at all."""
        known = audience.known
        return [u for u in room.readers() if known is None or u in known or u == self._machine.user_id]

    def _readers(self, room: Room, audience: Audience) -> tuple[dict[DeviceKey, OlmDevice], list[OlmDevice]]:
        """The devices that may read, and those that may not."""
        now = self._clock.now()
        wanted: dict[DeviceKey, OlmDevice] = {}
        refused = []
        for user in self._people(room, audience):
            for device in self._devices.of(user):
                if self._trust.accepts(device, audience.policy, now):
                    wanted[key_of(device)] = device
                else:
                    refused.append(device)
        return wanted, refused

    def _session(
        self, room_id: str, room: Room, wanted: dict[DeviceKey, OlmDevice]
    ) -> tuple[OutboundGroupSession, _Shared]:
        """The room's session; a new one when it is used up or somebody who has the key is gone."""
        session, shared = self._machine.outbound(room_id), self._shared.get(room_id)
        if session is None or shared is None or not shared.devices <= wanted.keys():
            session = self._machine.new_outbound(room_id, room.encryption)
            shared = self._shared[room_id] = _Shared(session.id)
        return session, shared

    async def _share(
        self, room_id: str, session: OutboundGroupSession, shared: _Shared, lacking: list[OlmDevice]
    ) -> int:
        """Send the session's key; returns how many devices the server has accepted it for."""
        await self._envelopes.claim([device for device in lacking if not self._machine.has_session(device)])
        ready = [device for device in lacking if self._machine.has_session(device)]
        content = {
            "algorithm": MEGOLM,
            "room_id": room_id,
            "session_id": session.id,
            "session_key": session.session_key,
        }
        for start in range(0, len(ready), _AT_ONCE):
            some = ready[start : start + _AT_ONCE]
            await self._envelopes.send(some, "m.room_key", content)
            shared.devices.update(map(key_of, some))
        return len(ready)

    def _withhold(self, room_id: str, shared: _Shared, refused: Iterable[OlmDevice]) -> None:
        """Keep a notice ready for each device that hears for the first time that it gets no key."""
        for device in refused:
            if key_of(device) not in shared.refused:
                shared.refused.add(key_of(device))
                content = {
                    "algorithm": MEGOLM,
                    "code": "m.unverified",
                    "reason": "The sender gives keys only to devices that their owner has verified",
                    "room_id": room_id,
                    "session_id": shared.session_id,
                    "sender_key": self._machine.curve25519,
                    "from_device": self._machine.device_id,
                }
                self._notices.append((device, content))

    async def give_notice(self) -> None:
        """Tell the devices that got no key. A device may have to hear it for several rooms.

        Raises Unavailable, LoggedOut; what was not sent is sent the next time.
        """
        while self._notices:
            messages: defaultdict[str, dict[str, Json]] = defaultdict(dict)
            later = []
            for number, (device, content) in enumerate(self._notices):
                if number < _NOTICES and device.id not in messages[device.user_id]:
                    messages[device.user_id][device.id] = content
                else:
                    later.append((device, content))
            count = len(self._notices)
            try:
                await self._envelopes.plain("m.room_key.withheld", messages)
            except Refused as error:
                logger.warning("no notice of withheld keys: %s", Plain(error))
            self._notices = later + self._notices[count:]
