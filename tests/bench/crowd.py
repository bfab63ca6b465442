"""Many people with many devices in a room: keys and signatures as clients publish them, and no screens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from vodozemac import Account as Keys

from bot.demo.api import Api, part
from bot.demo.person import Person
from bot.demo.synapse import Synapse
from bot.matrix.identity import CrossSigning, canonical

PASSWORD = "a long password"
AT_ONCE = 8  # people at the server at the same time

_ONE_TIME_KEYS = 3


@dataclass(slots=True)
class Somebody:
    """An account with devices."""

    user_id: str
    devices: list[str] = field(default_factory=list)


async def _device(api: Api, user_id: str, identity: CrossSigning) -> str:
    """Log in on a new device, publish its keys, and sign it."""
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user_id},
        "password": PASSWORD,
    }
    answer = await api.call("POST", "v3/login", login)
    api.token, device_id = str(answer["access_token"]), str(answer["device_id"])
    keys = Keys()

    def signed(value: dict[str, Any]) -> dict[str, Any]:
        signature = keys.sign(canonical(value)).to_base64()
        return {**value, "signatures": {user_id: {f"ed25519:{device_id}": signature}}}

    keys.generate_one_time_keys(_ONE_TIME_KEYS)
    device = signed(
        {
            "algorithms": ["m.olm.v1.curve25519-aes-sha2", "m.megolm.v1.aes-sha2"],
            "device_id": device_id,
            "user_id": user_id,
            "keys": {
                f"curve25519:{device_id}": keys.curve25519_key.to_base64(),
                f"ed25519:{device_id}": keys.ed25519_key.to_base64(),
            },
        }
    )
    one_time = {
        f"signed_curve25519:{name}": signed({"key": key.to_base64()})
        for name, key in keys.one_time_keys.items()
    }
    await api.call("POST", "v3/keys/upload", {"device_keys": device, "one_time_keys": one_time})
    answer = await api.call("POST", "v3/keys/signatures/upload", identity.signature_body(device))
    if answer.get("failures"):
        raise RuntimeError(f"the server refused a signature: {answer['failures']}")
    return device_id


async def _somebody(server: Synapse, name: str, devices: int, room: str) -> Somebody:
    account = await server.register(name, PASSWORD)
    identity, found = CrossSigning.create(), Somebody(account.user_id)
    api = Api(server.url)
    await api.open()
    try:
        answer = await api.call(
            "POST",
            "v3/login",
            {
                "type": "m.login.password",
                "identifier": {"type": "m.id.user", "user": account.user_id},
                "password": PASSWORD,
                "device_id": "SETUP",
            },
        )
        api.token = str(answer["access_token"])
        await api.call("POST", "v3/keys/device_signing/upload", identity.upload_body(account.user_id))
        await api.call("POST", f"v3/rooms/{part(room)}/join", {})
        for _ in range(devices):
            found.devices.append(await _device(api, account.user_id, identity))
    finally:
        await api.close()
    return found


async def gather_in(
    server: Synapse, host: Person, room: str, sizes: Sequence[int], tag: str
) -> list[Somebody]:
    """Somebody for each of `sizes`, with so many signed devices, all in the room, which anybody may enter."""
    await host.set_state(room, "m.room.join_rules", {"join_rule": "public"})
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, devices: int) -> Somebody:
        async with slots:
            return await _somebody(server, f"{tag}-{number}", devices, room)

    return list(await asyncio.gather(*(one(number, devices) for number, devices in enumerate(sizes))))


@dataclass(slots=True)
class Pulse:
    """How long the event loop was held up: use as `async with Pulse() as pulse:`.

    `wall` is the longest time in seconds between two turns beyond what was slept; `busy` the most processor
    time that this thread used in between, which a machine busy with other things does not lengthen.
    """

    wall: float = 0.0
    busy: float = 0.0
    _task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._beat(), name="pulse")
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _beat(self) -> None:
        pause = 0.002
        while True:
            wall, busy = time.perf_counter(), time.thread_time()
            await asyncio.sleep(pause)
            self.wall = max(self.wall, time.perf_counter() - wall - pause)
            self.busy = max(self.busy, time.thread_time() - busy)
