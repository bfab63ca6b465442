"""Whose devices there are: kept up to date with the server before anything is encrypted for them.

Which users are up to date does not survive a restart on purpose: after one, everybody is asked for again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nio.crypto import OlmDevice

from bot.log import Plain
from bot.matrix.backoff import insist
from bot.matrix.http import KEYS_TIMEOUT, Http, Json, Oversized
from bot.matrix.machine import Machine
from bot.matrix.sizes import KEYS
from bot.matrix.trust import Identity, Trust, identity_of
from bot.pipeline.ports import Clock, Refused

logger = logging.getLogger(__name__)

_AT_ONCE = 200  # users in one request
_A_BREATH = 10  # devices until the loop gets its turn
_FAR_AWAY = 60.0  # seconds until a server that did not answer is asked again


@dataclass(slots=True)
class _Answer:
    """What an answer says of one user: well-formed devices, and which of them are signed by the identity."""

    user: str
    identity: Identity | None
    payloads: dict[str, Json] = field(default_factory=dict)
    signed: set[str] = field(default_factory=set)


class Devices:
    """The device lists of the users the bot shares rooms with."""

    def __init__(self, machine: Machine, trust: Trust, http: Http, clock: Clock) -> None:
        self._machine = machine
        self._trust = trust
        self._http = http
        self._clock = clock
        self._current: set[str] = set()
        self._asked: set[str] = set()  # in the request under way, and not changed since it began
        self._stale: set[str] = set()  # were current once, or are known from before
        self._unanswered: dict[str, float] = {}  # user → when their server may be asked again
        self._asking = asyncio.Lock()

    def changed(self, users: Iterable[object]) -> None:
        """The server says that these users' devices have changed."""
        for user in users:
            if isinstance(user, str):
                if user in self._current or self._trust.knows(user):
                    self._stale.add(user)
                self._forget(user)

    def left(self, users: Iterable[object]) -> None:
        """These users share no room with the bot any more."""
        for user in users:
            if isinstance(user, str):
                self._stale.discard(user)
                self._forget(user)

    def _forget(self, user: str) -> None:
        self._current.discard(user)
        self._asked.discard(user)
        self._unanswered.pop(user, None)

    def of(self, user_id: str) -> list[OlmDevice]:
        """The devices that a user has, without this one."""
        return self._machine.devices(user_id)

    def current(self, user_id: str) -> bool:
        """Whether the user's devices are those that the server shows now."""
        return user_id in self._current

    def silent(self, user_id: str) -> bool:
        """Whether the user's server did not answer, so that their devices may be others."""
        return user_id in self._unanswered

    def _outdated(self, users: Iterable[str]) -> list[str]:
        now = self._clock.now().timestamp()
        return sorted({u for u in users if u not in self._current and self._unanswered.get(u, 0.0) <= now})

    async def refresh(self, users: Iterable[str]) -> None:
        """Ask for the devices of those users that are new or changed. Raises Unavailable, LoggedOut."""
        wanted = set(users)
        if not self._outdated(wanted):
            return
        async with self._asking:
            missing = self._outdated(wanted)
            for start in range(0, len(missing), _AT_ONCE):
                await self._ask_all(missing[start : start + _AT_ONCE])

    async def follow(self) -> None:
        """Ask for those whose devices have changed, also when nothing is to be sent to them."""
        await self.refresh(self._stale)

    async def _ask_all(self, users: list[str]) -> None:
        """Ask for several at once; if the server refuses that, or says too much, for each: one must not harm
        the others."""
        try:
            await self._ask(users)
        except (Refused, Oversized) as error:
            logger.warning("a key query has failed: %s", Plain(error))
            if len(users) == 1:
                self._unanswered[users[0]] = self._clock.now().timestamp() + _FAR_AWAY
                return
            for user in users:
                await self._ask_all([user])

    async def _ask(self, users: list[str]) -> None:
        body = {"device_keys": {user: [] for user in users}, "timeout": 10_000}
        self._asked = set(users)
        answer = await insist(
            self._clock,
            lambda: self._http.call("POST", "/keys/query", body, timeout=KEYS_TIMEOUT, most=KEYS),
        )
        failures = _part(answer, "failures")
        listed = _part(answer, "device_keys")
        silent = {user for user in users if user not in listed and user.partition(":")[2] in failures}
        for user in silent:
            self._asked.discard(user)
            self._unanswered[user] = self._clock.now().timestamp() + _FAR_AWAY
        await self._learn([user for user in users if user not in silent], answer)
        await self._trust.save()
        for user in self._asked:
            self._unanswered.pop(user, None)
        self._current |= self._asked
        self._stale -= self._asked

    async def _learn(self, users: list[str], answer: Mapping[str, Any]) -> None:
        """Take over users' devices and identities; the loop gets its turn every few devices."""
        ready: list[_Answer] = []
        for user in users:
            ready.append(await self._looked_at(user, answer))
            if sum(1 + len(one.payloads) for one in ready) >= _A_BREATH:
                self._keep(ready)
                ready.clear()
                await asyncio.sleep(0)
        self._keep(ready)

    async def _looked_at(self, user: str, answer: Mapping[str, Any]) -> _Answer:
        names = ("device_keys", "master_keys", "self_signing_keys")
        listed, master, own = (_part(answer, name).get(user) for name in names)
        identity = identity_of(user, master, own)
        found = _Answer(user, identity)
        for number, (device_id, payload) in enumerate(
            dict(listed).items() if isinstance(listed, Mapping) else ()
        ):
            checked = self._machine.checked(user, device_id, payload)
            if checked is not None:
                found.payloads[device_id] = checked
                if identity is not None and identity.signed(checked, user):
                    found.signed.add(device_id)
            if number % _A_BREATH == 0:
                await asyncio.sleep(0)
        return found

    def _keep(self, answers: list[_Answer]) -> None:
        with self._machine.saving():
            for one in answers:
                kept = self._machine.keep_devices(one.user, one.payloads)
                signed = {
                    device_id: device if device_id in one.signed else None
                    for device_id, device in kept.items()
                }
                self._trust.learn(one.user, one.identity, signed, self._clock.now())


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    return part if isinstance(part, Mapping) else {}
