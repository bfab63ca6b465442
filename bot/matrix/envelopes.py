"""Messages from device to device: encrypted ones, and the one-time keys that begin a conversation."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from nio.crypto import OlmDevice

from bot.log import Plain
from bot.matrix.backoff import insist
from bot.matrix.http import KEYS_TIMEOUT, Http, Json, Oversized, path
from bot.matrix.machine import Machine
from bot.matrix.sizes import KEYS
from bot.pipeline.ports import Clock, Refused

DeviceKey: TypeAlias = "tuple[str, str, str]"  # user, device, Curve25519 key

_A_BREATH = 5  # devices until the loop gets its turn: each takes some milliseconds
_FIRST_WAIT, _LONGEST_WAIT = 30.0, 3600.0  # seconds until a device without one-time keys is asked again

logger = logging.getLogger(__name__)


def key_of(device: OlmDevice) -> DeviceKey:
    """A device by its name and its key."""
    return (device.user_id, device.id, device.curve25519)


class Envelopes:
    """Sends to devices."""

    def __init__(self, machine: Machine, http: Http, clock: Clock) -> None:
        self._machine = machine
        self._http = http
        self._clock = clock
        self._keyless: dict[DeviceKey, tuple[float, float]] = {}  # → not before, last wait
        self._claiming = asyncio.Lock()

    def asked_again(self, devices: Iterable[OlmDevice]) -> float:
        """When (seconds since 1970) the first of these devices without one-time keys may be asked again."""
        return min((self._keyless.get(key_of(device), (0.0, 0.0))[0] for device in devices), default=0.0)

    async def claim(self, devices: list[OlmDevice]) -> None:
        """Claim one-time keys and start sessions. A device that has none is left alone for a while.

        Raises Unavailable, LoggedOut.
        """
        now = self._clock.now().timestamp()
        asked = [device for device in devices if self._keyless.get(key_of(device), (0.0, 0.0))[0] <= now]
        if asked:
            async with self._claiming:
                await self._ask(asked, now)

    async def _ask(self, asked: list[OlmDevice], now: float) -> None:
        wanted: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for device in asked:
            wanted[device.user_id][device.id] = "signed_curve25519"
        body = {"one_time_keys": wanted, "timeout": 10_000}
        try:
            answer = await insist(
                self._clock,
                lambda: self._http.call("POST", "/keys/claim", body, timeout=KEYS_TIMEOUT, most=KEYS),
            )
        except (Refused, Oversized) as error:  # who has a session already must not wait for that
            if isinstance(error, Oversized) and len(asked) > 1:  # one of them must not harm the others
                half = len(asked) // 2
                await self._ask(asked[:half], now)
                await self._ask(asked[half:], now)
                return
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
            self._keyless.pop(key_of(device), None)
            return
        last = self._keyless.get(key_of(device), (0.0, 0.0))[1]
        wait = min(_LONGEST_WAIT, last * 2 or _FIRST_WAIT)
        self._keyless[key_of(device)] = (now + wait, wait)
        logger.warning("no one-time key for a device")  # whose it is would tell to whom the bot was writing

    async def send(self, devices: list[OlmDevice], event_type: str, content: Json) -> None:
        """Encrypt something for each device, and send it in one request. Raises Unavailable, Refused."""
        if not devices:
            return
        messages: defaultdict[str, Json] = defaultdict(dict)
        for start in range(0, len(devices), _A_BREATH):
            with self._machine.saving():
                for device in devices[start : start + _A_BREATH]:
                    encrypted = self._machine.encrypt_for(device, event_type, content)
                    messages[device.user_id][device.id] = encrypted
            await asyncio.sleep(0)
        await self.plain("m.room.encrypted", messages)

    async def plain(self, event_type: str, messages: Mapping[str, Mapping[str, Json]]) -> None:
        """Send to devices, user → device → content, as it is: nothing in it may be secret.

        Raises Unavailable, Refused, LoggedOut.
        """
        where = path("/sendToDevice/{type}/{txn}", type=event_type, txn=uuid.uuid4().hex)
        body = {"messages": messages}
        await insist(self._clock, lambda: self._http.call("PUT", where, body, timeout=KEYS_TIMEOUT))
